import { durationMs, plus, timeWords } from '../../src/core/time';

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

test.each([
  ['2026-11-23T02:02:33.000Z', undefined, '2026-11-23 02:02:33 UTC'],
  ['2026-11-23T02:02:33.000Z', 'UTC', '2026-11-23 02:02:33 UTC'],
  ['2026-11-23T02:02:33.000Z', 'Europe/Warsaw', '2026-11-23 03:02:33 Europe/Warsaw'],
  ['2026-07-31T22:30:00.000Z', 'Europe/Warsaw', '2026-08-01 00:30:00 Europe/Warsaw'],
  ['2026-11-23T02:02:33.000Z', 'Asia/Kolkata', '2026-11-23 07:32:33 Asia/Kolkata'],
  ['2026-10-25T00:59:59.000Z', 'Europe/Warsaw', '2026-10-25 02:59:59 Europe/Warsaw'],
  ['2026-10-25T01:00:00.000Z', 'Europe/Warsaw', '2026-10-25 02:00:00 Europe/Warsaw'],
  ['2026-04-04T15:00:00.000Z', 'Australia/Lord_Howe', '2026-04-05 01:30:00 Australia/Lord_Howe'],
  ['2026-11-23T02:02:33.000Z', 'Asia/Kathmandu', '2026-11-23 07:47:33 Asia/Kathmandu'],
  ['+275760-09-13T00:00:00.000Z', 'Europe/Warsaw', '+275760-09-13 00:00 UTC'],
  ['2026-11-23T02:02:33.000Z', 'Mars/Olympus', '2026-11-23 02:02:33 UTC'],
  ['soon', 'Europe/Warsaw', 'soon'],
])('%s in %s is told as %s', (at, zone, words) => {
  expect(timeWords(at, zone)).toBe(words);
});

test('to the minute', () => {
  expect(timeWords('2026-11-23T02:02:33.000Z', undefined, false)).toBe('2026-11-23 02:02 UTC');
  expect(timeWords('2026-11-23T02:02:33.000Z', 'Europe/Warsaw', false)).toBe('2026-11-23 03:02 Europe/Warsaw');
});
