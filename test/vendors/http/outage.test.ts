/** A vendor that fails for two minutes is told once, and that it answers again; what is not the vendor's doing is not. */
import { ErrandError, type ErrorCode } from '../../../src/errors';
import { createOutages, LASTING_MS, NotSent, watched, type Outage } from '../../../src/vendors/http/outage';

let now = 0;
let told: [ErrorCode, Outage | undefined][] = [];
const outages = () =>
  createOutages(
    (code, outage) => told.push([code, outage]),
    () => now,
  );
const failure = (words: string): ErrandError => new ErrandError('asana_unavailable', words);
beforeEach(() => {
  now = 0;
  told = [];
});

it('is told once the calls of two minutes have failed, with how many and the words of the last', () => {
  const watch = outages()('asana_unavailable');
  const began = Date.now();
  for (let i = 0; i < 4; i += 1, now += LASTING_MS / 3) watch(failure(`${500 + i}`));
  expect(told).toEqual([['asana_unavailable', { since: expect.any(String) as string, times: 4, said: '503' }]]);
  expect(Date.parse(told[0]?.[1]?.since ?? '')).toBeGreaterThanOrEqual(began);
  now += LASTING_MS;
  for (let i = 0; i < 3; i += 1) watch(failure('504'));
  expect(told).toHaveLength(1);
  // Twice as many.
  watch(failure('505'));
  expect(told[1]?.[1]).toMatchObject({ times: 8, said: '505' });
  watch();
  expect(told.slice(2)).toEqual([['asana_unavailable', undefined]]);
});

it('is none when a single call was answered meanwhile', () => {
  const watch = outages()('asana_unavailable');
  watch(failure('500'));
  now += LASTING_MS - 1;
  watch();
  now += 1;
  watch(failure('500'));
  expect(told).toEqual([]);
});

it('keeps vendors apart', () => {
  const watch = outages();
  const [asana, slack] = [watch('asana_unavailable'), watch('slack_unavailable')];
  asana(failure('500'));
  slack();
  now += LASTING_MS;
  slack();
  asana(failure('500'));
  expect(told.map(([code]) => code)).toEqual(['asana_unavailable']);
});

const outcome = async (error?: Error): Promise<unknown[]> => {
  const seen: unknown[] = [];
  await watched(
    (failed) => seen.push(failed?.code ?? 'answered'),
    () => (error ? Promise.reject(error) : Promise.resolve()),
  ).catch(() => undefined);
  return seen;
};

it.each([
  ['an answer', undefined, ['answered']],
  ['a refusal', new ErrandError('asana_forbidden'), ['answered']],
  ['an outage', new ErrandError('asana_unavailable'), ['asana_unavailable']],
  ['an unknown outcome', new ErrandError('asana_outcome_unknown'), ['asana_outcome_unknown']],
  ['what our own limit did not let go', new NotSent('asana_unavailable'), []],
  ['a call that was given up, as the worker stops', new Error('aborted'), []],
])('hears of %s', async (_, error, seen) => {
  expect(await outcome(error)).toEqual(seen);
});
