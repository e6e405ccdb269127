/** While a vendor is away, Temporal tells what is tried again, and `retry` makes the next attempt of that same activity now. */
import { resolveId } from '../../src/api/operator/issues';
import { workflowIdOf } from '../../src/contract';
import type { Hint } from '../../src/core/issue/hint';
import type { Trying } from '../../src/core/issue/view';
import type { IssueRef } from '../../src/core/refs';
import { snapshot } from '../support/records';
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';
import { until } from '../support/waiting';
import { RULES } from '../support/world-rules';

const TEST_MS = 300_000;
/** Longer than the test: whatever happens, happens because it was brought forward. */
const PAUSES = RULES.replace('attempts: 3, first: 100ms, max: 1s', 'attempts: 10, first: 1h, max: 1h').replace(
  '[1s, 2s]',
  '[15s, 1h]',
);

let world: TestWorld;
beginWorld((begun) => (world = begun), { rules: PAUSES });
afterEach(() => world.heal());

/** Of an issue, once so many attempts have failed. */
async function failing(ref: IssueRef, step: string, tries = 1): Promise<Trying> {
  const look = async (): Promise<Trying | undefined> => (await world.temporal.run(workflowIdOf(ref)))?.trying[0];
  const trying = await until(`${step} to fail`, look, (t) => t?.step === step && t.tries >= tries && t.again !== null);
  if (!trying) throw new Error('nothing is tried');
  return trying;
}
/** @returns its first failure */
async function raised(ref: IssueRef, more: Partial<Hint> = {}, step = 'ensureTask'): Promise<Trying> {
  await world.hint(ref, 'issue.created', more);
  return failing(ref, step);
}
const scheduled = async (ref: IssueRef, name: string): Promise<number> =>
  (await world.history(ref)).filter((e) => e.activityTaskScheduledEventAttributes?.activityType?.name === name).length;

test(
  'from the first failed attempt on it says what failed, in the vendor’s words, and when the next comes',
  async () => {
    await world.fault({ vendor: 'asana', kind: 'status', status: 503, method: 'POST', path: '/tasks$' });
    const ref = await world.raise();
    const before = Date.now();
    await raised(ref);
    const { again, ...trying } = await failing(ref, 'ensureTask', 2);
    expect(trying).toMatchObject({ code: 'asana_outcome_unknown', tries: 2, of: 10 });
    expect(trying.message).toContain('503');
    expect(Date.parse(again ?? '')).toBeGreaterThan(before + 3_000_000);
  },
  TEST_MS,
);

test(
  'retry makes the next attempt now, of the same activity',
  async () => {
    await world.fault({ vendor: 'sentry', kind: 'down' });
    const ref = await world.raise();
    const seed = snapshot({ via: 'webhook', title: 'As told', shortId: 'SHOP-77' });
    const trying = await raised(ref, { seed }, 'readIssue');
    expect(trying).toMatchObject({ code: 'sentry_unavailable', tries: 1, of: 10 });
    // What the webhook told is shown meanwhile, and found.
    expect(await world.state(ref)).toMatchObject({ title: 'As told', shortId: 'SHOP-77', state: 'new' });
    const id = workflowIdOf(ref);
    await until(
      'it is found by its short id',
      () => resolveId(world.temporal, 'acme', 'SHOP-77'),
      (found) => found === id,
    );
    await world.heal();
    expect(await world.temporal.tryNow(workflowIdOf(ref))).toBe(1);
    await world.until(ref, 'a task', (s) => s.task !== null);
    expect(await scheduled(ref, 'readIssue')).toBe(1);
    expect(await world.temporal.run(workflowIdOf(ref))).toEqual({ trying: [] });
  },
  TEST_MS,
);

test(
  'what may have been made keeps its pause: the pause is the proof',
  async () => {
    await world.fault({ vendor: 'asana', kind: 'commitThenReset', method: 'POST', path: '/tasks$', times: 1 });
    const ref = await world.raise();
    const { again } = await raised(ref);
    expect(await world.temporal.tryNow(workflowIdOf(ref))).toBe(0);
    expect((await world.temporal.run(workflowIdOf(ref)))?.trying).toMatchObject([{ again }]);
  },
  TEST_MS,
);

test(
  'a task that an attempt made before the retry is told as made, not taken for one of an earlier life',
  async () => {
    await world.fault({ vendor: 'asana', kind: 'commitThenReset', method: 'POST', path: '/tasks$', times: 1 });
    const ref = await world.raise();
    expect(await raised(ref)).toMatchObject({ code: 'asana_outcome_unknown' });
    await world.fault({ vendor: 'asana', kind: 'down' });
    expect(await failing(ref, 'ensureTask', 2)).toMatchObject({ code: 'asana_unavailable' });
    await world.heal();
    expect(await world.temporal.tryNow(workflowIdOf(ref))).toBe(1);
    await world.until(ref, 'a task', (s) => s.task !== null);
    await world.until(ref, 'rest', (s) => s.next.startsWith('The task is checked') || s.next.startsWith('Waits'));
    const { tasks, chat } = await world.ends(ref);
    expect([tasks.length, chat]).toEqual([1, [expect.stringContaining('opened-1')]]);
  },
  TEST_MS,
);
