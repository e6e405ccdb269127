/** How often, and what, Temporal is asked for the metrics; that its answers are right is tested in test/smoke. */
import { watchTemporal } from '../../src/api/metrics';

/** Counts as many as it was asked questions. */
class Asked {
  reachable = true;
  queries: string[] = [];
  looks = 0;
  up = (): Promise<boolean> => {
    this.looks += 1;
    return Promise.resolve(this.reachable);
  };
  count = (query: string): Promise<number> => Promise.resolve(this.queries.push(query));
  unhealthy = { needing: (): Promise<number> => this.count('those that need a person') };
}

test('six counts, then none for 15 seconds, however many scrape', async () => {
  const asked = new Asked();
  let now = 1_000_000;
  const state = watchTemporal(asked, () => now);
  const [first, second] = await Promise.all([state(), state()]);
  expect(first).toEqual({
    up: true,
    issues: { states: { new: 1, open: 2, resolved: 3, muted: 4, skipped: 5 }, attention: 6 },
  });
  expect(second).toBe(first);
  now += 14_999;
  expect(await state()).toBe(first);
  expect(asked).toMatchObject({ looks: 1, queries: { length: 6 } });
  now += 1;
  expect((await state()).issues?.attention).toBe(12);
  expect(asked.looks).toBe(2);
});

test('only running issues are counted, and those that no worker has read are new', async () => {
  const asked = new Asked();
  await watchTemporal(asked)();
  for (const query of asked.queries.slice(0, 5))
    expect(query).toContain(`WorkflowType = 'issue' AND ExecutionStatus = 'Running'`);
  expect(asked.queries[0]).toContain(`(IssueState = 'new' OR IssueState IS NULL)`);
});

test('while it cannot be reached it is not asked to count; a count that fails leaves it up', async () => {
  const asked = new Asked();
  asked.reachable = false;
  expect(await watchTemporal(asked)()).toEqual({ up: false });
  expect(asked.queries).toEqual([]);
  const failing = { ...asked, count: () => Promise.reject(new Error('no visibility')) };
  asked.reachable = true;
  expect(await watchTemporal(failing)()).toEqual({ up: true, issues: undefined });
});
