import { durationMs, plus } from '../../src/core/time';

test('a later instant keeps its form', () => {
  expect(plus('2026-08-14T08:00:00.000Z', 300_000)).toBe('2026-08-14T08:05:00.000Z');
  expect(plus('soon', 1)).toBe('soon');
});

test.each([
  ['100ms', 100],
  ['30s', 30_000],
  ['5m', 300_000],
  [' 1h ', 3_600_000],
  ['90d', 7_776_000_000],
  ['2w', 1_209_600_000],
  ['3650d', 315_360_000_000],
])('%j is a duration', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '5', 'm', '-1d', '1.5h', '1 d', '1y', '3651d', '2026-11-01'])('%j is none', (text) => {
  expect(durationMs(text)).toBeUndefined();
});
