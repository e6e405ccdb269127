/** Each mutation is noticed by the suite that stands beside it; `npm run mutations` says by which test. */
import { MUTATIONS } from './list';
import { Scratch } from './run';

let scratch: Scratch;
beforeAll(() => {
  scratch = new Scratch();
});
afterAll(() => scratch.remove());

test('every suite is green without any of them', async () => {
  const { red, why } = await scratch.run([...new Set(MUTATIONS.map(({ suite }) => suite))]);
  expect({ red, why }).toEqual({ red: [], why: undefined });
});

test.each(MUTATIONS)('$name: $suite turns red', async ({ file, from, to, suite }) => {
  const { red, why } = await scratch.run([suite], { file, from, to });
  expect(why).toBeUndefined();
  expect(red).not.toEqual([]);
});
