/** The world that the tests of a file share. */
import { MAKE_TIMEOUT_MS } from './temporal-executable';
import type { TestWorld } from './test-world';
import { startWorld, START_TIMEOUT_MS, type WorldOptions } from './world';

/**
 * Starts a world before the tests of this file, and stops it after them. To be called at the top of the file.
 * @param begun gets it once it runs
 */
export function beginWorld(begun: (world: TestWorld) => void, options?: WorldOptions): void {
  let world: TestWorld | undefined;
  beforeAll(async () => {
    world = await startWorld(options);
    begun(world);
  }, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
  afterAll(() => world?.stop(), START_TIMEOUT_MS);
}
