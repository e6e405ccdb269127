/** The shortened day of the cost benchmark, and the bound that its figure is published beside. */
import { boundOf, looksIn, shortened } from '../../bench/day';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const QUIET = { first: 5 * SECOND, max: 15 * MINUTE };

test('a day has nine looks until the quiet time is at its longest, then one in a quarter of an hour, and one at the end', () => {
  // 5 s doubled eight times is beyond 15 min; until then 1,275 s have passed.
  expect(looksIn(DAY, QUIET)).toBe(9 + Math.floor((DAY - 1_275 * SECOND) / QUIET.max) + 1);
  expect(looksIn(DAY, QUIET)).toBe(104);
});

test('a shortened day has as many looks', () => {
  const short = shortened(QUIET, 600);
  expect(short).toEqual({ first: 8, max: 1_500 });
  expect(looksIn(DAY / 600, short)).toBe(looksIn(DAY, QUIET));
  expect(shortened(QUIET, 1e9)).toEqual({ first: 1, max: 1 });
});

test('noise of a moment is looked at when it begins and when it is over', () => {
  expect(looksIn(SECOND, QUIET)).toBe(2);
});

test('each look costs its signal and its read; comments and new runs come on top', () => {
  expect(boundOf(104, 4, 5)).toBe(217);
});
