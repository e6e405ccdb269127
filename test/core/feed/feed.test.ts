/** The feed's own arithmetic: when to sweep again, and which times are believed. */
import { asFailure } from '../../../src/activities/failure';
import { toldAs } from '../../../src/api/operator/from-temporal';
import { ErrandError } from '../../../src/errors';
import { countGone, parseSweep, pastInstant, pauseAfter, pauseLeft, sweptUpTo } from '../../../src/core/feed/feed';
import type { SweepReport } from '../../../src/core/feed/activities';
import type { FeedRecord } from '../../../src/core/feed/record';
import { later, T0 } from '../../support/records';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const record = (more: Partial<FeedRecord> = {}): FeedRecord => ({
  version: 1,
  floor: T0,
  watermark: T0,
  sweeps: 0,
  silent: 0,
  ...more,
});
const failed = (tries: number) => ({ at: T0, code: 'sentry_unavailable', message: '', tries });

test('a sweep that failed comes again after a minute, then after twice the time, and never less often than always', () => {
  const pauses = (every: number): number[] =>
    [1, 2, 3, 4, 5, 2_000].map((tries) => pauseAfter(record({ every, failed: failed(tries) })) / MINUTE);
  expect(pauses(5 * MINUTE)).toEqual([1, 2, 4, 5, 5, 5]);
  expect(pauses(60 * MINUTE)).toEqual([1, 2, 4, 8, 16, 60]);
  expect(pauses(30 * SECOND)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  expect(pauseAfter(record({ failed: failed(1) }))).toBe(MINUTE);
});

test('a worker whose clock is ahead does not move the watermark past what was swept, nor does the workflow’s own', () => {
  const report = (startedAt: string) => ({ startedAt }) as SweepReport;
  expect(sweptUpTo(report(later(MINUTE)), T0)).toBe(T0);
  expect(sweptUpTo(report(T0), later(MINUTE))).toBe(T0);
});

test('as often as the rules say once they have been told, by whatever sweep, and five minutes until then', () => {
  expect(pauseAfter(record())).toBe(5 * MINUTE);
  expect(pauseAfter(record({ every: 2 * SECOND }))).toBe(2 * SECOND);
  expect(pauseAfter(record({ every: 1 }))).toBe(SECOND);
  expect(asFailure(new ErrandError('sentry_unavailable'), 1, { details: [{ every: 7 }] }).details).toEqual([
    { every: 7 },
  ]);
});

test('a run that was continued goes on with what is left of the pause, also after a failure and a clock set back', () => {
  const after = (ms: number, more: Partial<FeedRecord>): number => pauseLeft(record(more), later(ms));
  expect(after(20 * SECOND, { every: 5 * MINUTE, failed: failed(1) })).toBe(40 * SECOND);
  expect(after(70 * SECOND, { every: 5 * MINUTE, failed: failed(1) })).toBe(SECOND);
  expect(after(-60 * MINUTE, { every: 5 * MINUTE, failed: failed(2) })).toBe(2 * MINUTE);
  expect(after(0, {})).toBe(SECOND);
});

test('a worker whose clock is behind does not sweep without a pause: what counts is when the workflow saw it end', () => {
  const behind = record({ every: 5 * MINUTE, last: { endedAt: later(-10 * MINUTE) } as SweepReport });
  expect(pauseLeft(behind, later(MINUTE), T0)).toBe(4 * MINUTE);
});

test.each<[string, string | undefined]>([
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T01:00:00+02:00', '2026-10-31T23:00:00.000Z'],
  [T0, T0],
  [later(1), undefined],
  ['5', undefined],
  ['2026-11', undefined],
  ['2026-11-01 00:00', undefined],
  ['2026-13-01', undefined],
  ['1 Nov 2026', undefined],
  ['yesterday', undefined],
  ['', undefined],
])('a time is a date, and past: %j is %j', (text, at) => {
  expect(pastInstant(text, T0)).toBe(at);
  const asked = parseSweep({ since: text }, T0);
  if (at === undefined) expect(asked).toMatch(/^since: must be a time in the past/);
  else expect(asked).toMatchObject({ since: at });
});

test('a failure that was told as a whole is told once', () => {
  const first = new ErrandError('asana_unauthorized', 'GET users/me: 401 Not Authorized');
  const again = toldAs(first.code, first.message);
  expect([again.code, again.message, again.detail]).toEqual([first.code, first.message, first.detail]);
  expect(toldAs('asana_unauthorized', new ErrandError('asana_unauthorized').message).detail).toBeUndefined();
  expect(toldAs('no such code', 'words')).toMatchObject({ code: 'unexpected', detail: 'words' });
});

test('to be held is no failure: the worker does not warn of it', () => {
  expect(asFailure(new ErrandError('storm_held'), 1).category).toBe('BENIGN');
  expect(asFailure(new ErrandError('asana_refused'), 1).category).not.toBe('BENIGN');
});

describe('issues that are gone', () => {
  const HOUR = 60 * MINUTE;
  const ask = (r: FeedRecord, issue: number, at = T0, project = 'shop'): boolean =>
    countGone(r, { issue: String(issue), project }, at);

  test('up to ten of a project within an hour are believed; more wait for a person', () => {
    const r = record();
    const answers = Array.from({ length: 12 }, (_, i) => ask(r, i, later(i * SECOND)));
    expect(answers).toEqual([...Array.from({ length: 10 }, () => true), false, false]);
    expect(ask(r, 12, T0, 'other')).toBe(true);
  });

  test('one that asks again counts once, and the answer is the same', () => {
    const r = record();
    for (let i = 0; i < 20; i += 1) expect(ask(r, 1)).toBe(true);
    expect(r.gone?.shop).toHaveLength(1);
  });

  test('an hour later they are forgotten, in all projects', () => {
    const r = record();
    for (let i = 0; i < 10; i += 1) ask(r, i);
    ask(r, 1, T0, 'other');
    expect(ask(r, 10, later(HOUR - 1))).toBe(false);
    expect(ask(r, 10, later(HOUR))).toBe(true);
    expect(r.gone).toEqual({ shop: [['10', later(HOUR)]] });
  });

  test('in so many projects at once that it is no deletion by hand, they wait, and the record does not grow', () => {
    const r = record();
    const answers = Array.from({ length: 60 }, (_, i) => ask(r, i, T0, `project-${i}`));
    expect(answers.filter(Boolean)).toHaveLength(50);
    expect(Object.keys(r.gone ?? {})).toHaveLength(50);
  });
});
