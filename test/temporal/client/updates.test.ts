/** Temporal takes ten updates of one workflow at a time (history.maxInFlightUpdates): ours stay below that, over all workers. */
import { ServiceError } from '@temporalio/client';
import { createUpdates } from '../../../src/temporal/client/updates';

const refusal = (): Error => {
  const details = 'limit on number of concurrent in-flight updates has been reached (10)';
  return new ServiceError('failed', { cause: Object.assign(new Error(details), { code: 8, details, metadata: {} }) });
};

/** The most that were under way at a time, of `count` updates of each of `ids`. */
async function most(share: number, ids: string[], count = 40): Promise<number[]> {
  const inTurn = createUpdates({ share: () => share });
  const now = new Map(ids.map((id) => [id, 0]));
  const peak = new Map(now);
  const ask = (id: string) => async (): Promise<void> => {
    now.set(id, (now.get(id) ?? 0) + 1);
    peak.set(id, Math.max(peak.get(id) ?? 0, now.get(id) ?? 0));
    await new Promise((done) => setImmediate(done));
    now.set(id, (now.get(id) ?? 0) - 1);
  };
  await Promise.all(ids.flatMap((id) => Array.from({ length: count }, () => inTurn(id, 'x', ask(id)))));
  return [...peak.values()];
}

test.each([
  [1, 8],
  [1 / 2, 4],
  [1 / 3, 2],
  [1 / 20, 1],
])('with %d of it a process has %i under way, of each workflow', async (share, at) => {
  expect(await most(share, ['rotation:a', 'rotation:b'])).toEqual([at, at]);
});

test('one that is refused all the same is counted, and asked again soon', async () => {
  const refused: [string, number][] = [];
  const inTurn = createUpdates({ refused: (id, times) => refused.push([id, times]) });
  for (let i = 0; i < 2; i += 1)
    await expect(
      inTurn('storm:acme:shop', 'The rate limit of new tasks did not answer.', () => Promise.reject(refusal())),
    ).rejects.toMatchObject({ code: 'worker_unavailable', retryAfter: 2_000 });
  expect(refused).toEqual([
    ['storm:acme:shop', 1],
    ['storm:acme:shop', 2],
  ]);
  expect(await inTurn('storm:acme:shop', 'x', () => Promise.resolve('admitted'))).toBe('admitted');
});
