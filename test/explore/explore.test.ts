/** Interleavings of one issue's life over the product's own workflow; a million of them by `npm run explore`. */
import { caseOf, parseCase, shrunk } from './choices';
import { explore, replayed, wordsOf } from './explore';
import { load } from './load';
import { MUTATIONS } from './mutations';

/** Some 2 ms each on a processor: 17 s of it, and twice that and more on a busy machine. */
const COUNT = 10_000;
/** Those that take more are for `npm run explore -- --mutations`. */
const QUICK = ['look-up before POST', 'earlier timer', 'wake for attention', 'observe mode', "a person's choice"];
const QUICK_COUNT = 1_000;

it(`every promise holds in ${COUNT} interleavings`, async () => {
  const { played, found } = await explore(load(), { seed: 1, count: COUNT });
  expect(found && wordsOf(found)).toBeUndefined();
  expect(played).toBe(COUNT);
});

it.each(MUTATIONS.filter(({ name }) => QUICK.includes(name)))('$name: it is found', async ({ breaks, blind }) => {
  const product = load(breaks, blind);
  const { found } = await explore(product, { seed: 1, count: QUICK_COUNT });
  expect(found).toBeDefined();
  // What is printed replays exactly, and the sound product stands it.
  const list = parseCase(found?.case ?? '');
  expect((await replayed(product, list)).broken).toEqual(found?.broken);
  expect((await replayed(load(), list)).broken).toBeUndefined();
});

it.each(MUTATIONS)('$name: its text stands in the sources', ({ breaks }) => {
  expect(() => load(breaks)).not.toThrow();
});

it('a case is a line of choices, and back', () => {
  expect(caseOf([1, 0, 61, 0, 0])).toBe('10z');
  expect(parseCase('10z')).toEqual([1, 0, 61]);
  expect(() => parseCase('1-2')).toThrow('"-" is not part of a case.');
});

it('a failure is shrunk to what it needs', async () => {
  const fails = (list: number[]): Promise<boolean> => Promise.resolve(list.includes(7) && list.indexOf(7) >= 1);
  expect(await shrunk([3, 9, 0, 7, 7, 12, 1], fails)).toEqual([0, 7]);
});
