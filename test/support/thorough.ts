/** How much a test does: `npm run test:all` and `.ci/run` ask for all of it, `npm test` for what is worth its time. */

/** @param quick in `npm test` @param all with ERRAND_TEST_THOROUGH=1 */
export function thorough<T>(quick: T, all: T): T {
  return process.env['ERRAND_TEST_THOROUGH'] === '1' ? all : quick;
}
