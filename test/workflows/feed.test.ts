/** What webhooks never told is found by sweeping, on a real server against pretend Sentry; every change here is made in silence. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { AUDIT, feedIdOf, SWEEP, workflowIdOf } from '../../src/contract';
import type { FeedProgress } from '../../src/temporal/client/feeds';
import type { SweepReport } from '../../src/core/feed/activities';
import type { FeedRecord } from '../../src/core/feed/record';
import type { IssueRef } from '../../src/core/refs';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { answered, until } from '../support/waiting';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { open } from './life';

const FEED = feedIdOf('sentry', 'acme');
/** Of a test, which waits many times. */
const TEST_MS = 600_000;
/** Of a pause, which Temporal keeps in whole seconds. */
const PASSED_MS = 1_500;

let world: TestWorld;
let old: IssueRef;

const sweep = (request = {}): Promise<SweepReport> =>
  world.client.workflow.getHandle(FEED).executeUpdate<SweepReport, [object]>(SWEEP, { args: [request] });
/**
 * Sweeps. @returns what a dry run found just before: a sweep in which the machine stood still is made again, and has told some by
 * then; one that tells nobody finds the same each time
 */
async function found(): Promise<SweepReport> {
  const report = await answered('a dry run', () => sweep({ dryRun: true }));
  await answered('the sweep', sweep);
  return report;
}
const state = (): Promise<FeedRecord> => world.client.workflow.getHandle(FEED).query<FeedRecord>('state');
const counts = ({ expected, present, created, closed, changed }: SweepReport): object => ({
  expected,
  present,
  created,
  closed,
  changed,
});

beforeAll(async () => {
  world = await startWorld();
  // Before the first start: not ours.
  old = await world.raise({ title: 'Error: older than the first start' });
  await answered('the feed to be started', () => world.temporal.startFeed('acme'));
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(() => world.stop(), START_TIMEOUT_MS);
afterEach(() => world.heal());

test(
  'what is older than the first start is left alone, and the reason is counted',
  async () => {
    const report = await answered('the sweep', sweep);
    expect(counts(report)).toEqual({ expected: 0, present: 0, created: 0, closed: 0, changed: 0 });
    expect(report.leftAlone).toEqual({ 'older than the first start; import it if it is wanted': 1 });
    expect(await world.temporal.state(workflowIdOf(old))).toBeUndefined();
  },
  TEST_MS,
);

test(
  'without any webhook: raised, resolved, back, archived, assigned, deleted',
  async () => {
    const ref = await world.raise({ title: 'Error: nobody told' });
    expect(counts(await found())).toMatchObject({ created: 1, closed: 0, changed: 0 });
    await world.until(ref, 'a task', (s) => s.task !== null);
    await world.quiet(ref);
    await world.listed(ref);
    const { task } = await world.state(ref);
    expect((await world.state(ref)).timeline.map((t) => t.what)).toContain(
      'a sweep found that Sentry shows another state',
    );
    expect(counts(await answered('the sweep', sweep))).toMatchObject({ present: 1, created: 0, closed: 0, changed: 0 });

    const steps = [
      { act: 'resolve', counted: { closed: 1 }, state: 'resolved', completed: true },
      { act: 'regress', counted: { changed: 1 }, state: 'open', completed: false },
      { act: 'archive', counted: { closed: 1 }, state: 'muted', completed: true },
      { act: 'unresolve', counted: { changed: 1 }, state: 'open', completed: false },
    ] as const;
    for (const step of steps) {
      await world.sentry(ref, step.act);
      expect(counts(await found())).toMatchObject(step.counted);
      await world.until(ref, `${step.state} after ${step.act}`, (s) => s.state === step.state);
      await world.quiet(ref);
      await world.listed(ref);
      const view = await world.view(ref);
      expect({ gid: view.task.gid, completed: view.task.completed }).toEqual({
        gid: task?.id,
        completed: step.completed,
      });
    }
    await world.sentry(ref, 'assign', { email: 'piotr@example.com' });
    expect(counts(await found())).toMatchObject({ changed: 1 });
    await world.until(ref, 'given to piotr', (s) => s.assignee === 'piotr');
    await world.quiet(ref);
    await world.listed(ref);
    await world.sentry(ref, 'delete');
    const { shortId } = await world.state(ref);
    expect(await found()).toMatchObject({
      closed: 0,
      rechecked: 1,
      named: [{ id: workflowIdOf(ref), shortId, verdict: 'rechecked' }],
      more: 0,
    });
    await world.until(ref, 'closed', (s) => s.state === 'resolved');
    await world.quiet(ref);
    await world.listed(ref);
    expect(counts(await answered('the sweep', sweep))).toMatchObject({ created: 0, closed: 0, changed: 0 });
  },
  TEST_MS,
);

test(
  'more issues than a page of Sentry, and what stands is not told to look again',
  async () => {
    const refs = await Promise.all(Array.from({ length: 120 }, () => world.raise({ environment: 'ci-1' })));
    const first = await found();
    expect(first).toMatchObject({ created: 120, more: 100 });
    const ids = refs.map(workflowIdOf);
    expect(first.named).toHaveLength(20);
    for (const one of first.named ?? []) {
      expect(ids).toContain(one.id);
      expect(one).toMatchObject({ verdict: 'created', shortId: expect.stringMatching(/^\S+-\S+$/) as string });
    }
    expect(first.pages).toBeGreaterThan(1);
    for (const ref of refs) await world.until(ref, 'skipped', (s) => s.state === 'skipped');
    await world.listed(...refs);
    const second = await answered('the sweep', sweep);
    expect(second).toMatchObject({ created: 0, closed: 0, changed: 0, named: [], more: 0 });
    expect(second.present).toBeGreaterThanOrEqual(120);
  },
  TEST_MS,
);

test(
  'a time that is none is refused, and nothing is swept',
  async () => {
    const { sweeps } = await state();
    for (const since of ['5', '2026-11', '2999-01-01'])
      await expect(sweep({ since })).rejects.toMatchObject({ cause: { type: 'invalid' } });
    expect((await state()).sweeps).toBe(sweeps);
  },
  TEST_MS,
);

test(
  'a workflow that was terminated comes back, and finds its task',
  async () => {
    const ref = await open(world);
    const { task } = await world.state(ref);
    await world.client.workflow.getHandle(workflowIdOf(ref)).terminate('by hand');
    await world.listed(ref);
    expect(counts(await found())).toMatchObject({ changed: 1 });
    await world.until(ref, 'its task again', (s) => s.task !== null);
    await world.quiet(ref);
    expect((await world.state(ref)).task).toEqual(task);
    expect((await world.view(ref)).tasks).toHaveLength(1);
  },
  TEST_MS,
);

test(
  'a workflow that was terminated, and then resolved in silence: its task is completed all the same',
  async () => {
    const ref = await open(world);
    await world.client.workflow.getHandle(workflowIdOf(ref)).terminate('by hand');
    await world.listed(ref);
    await world.sentry(ref, 'resolve');
    expect(counts(await found())).toMatchObject({ closed: 1 });
    await world.until(ref, 'resolved', (s) => s.state === 'resolved');
    await world.quiet(ref);
    await world.listed(ref);
    expect((await world.view(ref)).task).toMatchObject({ completed: true });
    expect(counts(await answered('the sweep', sweep))).toMatchObject({ changed: 0, closed: 0 });
  },
  TEST_MS,
);

test(
  'Sentry is down: it is said, the watermark stays, and the next sweep goes on from there',
  async () => {
    const { watermark } = await state();
    await world.fault({ vendor: 'sentry', kind: 'down' });
    await expect(sweep()).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await state()).toMatchObject({ watermark, failed: { code: 'sentry_unavailable' } });
    const ref = await world.raise({ environment: 'ci-1' });
    await world.heal();
    expect(counts(await found())).toMatchObject({ created: 1 });
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
    const after = await state();
    expect(after.failed).toBeUndefined();
    expect(after.watermark > watermark).toBe(true);
  },
  TEST_MS,
);

test(
  'the first sweep after a start fails: it says how often is swept, and comes again a minute later',
  async () => {
    const id = feedIdOf('sentry', 'elsewhere');
    await world.fault({ vendor: 'sentry', kind: 'down' });
    await answered('the feed to be started', () => world.temporal.startFeed('elsewhere'));
    const handle = world.client.workflow.getHandle(id);
    const record = await until(
      'the first sweep to fail',
      () => handle.query<FeedRecord>('state'),
      (r) => r.failed !== undefined,
    );
    expect(record).toMatchObject({ every: world.rules.settings.sweepEvery, failed: { tries: 1 } });
    const { events } = await until(
      'its pause',
      () => handle.fetchHistory(),
      (h) => h.events?.some((e) => e.timerStartedEventAttributes) === true,
    );
    const pauses = (events ?? []).flatMap((e) => e.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? []);
    expect(Number(pauses[0])).toBe(60);
    await handle.terminate();
  },
  TEST_MS,
);

test(
  'who asks for an audit again and again does not put off the sweeps',
  async () => {
    const id = feedIdOf('sentry', 'audited');
    await answered('the feed to be started', () => world.temporal.startFeed('audited'));
    const handle = world.client.workflow.getHandle(id);
    const pauses = async (): Promise<number[]> => {
      const { events } = await handle.fetchHistory();
      const timers = (events ?? []).flatMap((e) => e.timerStartedEventAttributes?.startToFireTimeout ?? []);
      return timers.map(({ seconds }) => Number(seconds));
    };
    await until('the pause after the first sweep', pauses, (all) => all.length === 1);
    await sleep(PASSED_MS);
    await handle.executeUpdate(AUDIT);
    const [whole = 0, rest = 0] = await until('the pause after the audit', pauses, (all) => all.length === 2);
    expect(whole).toBe(world.rules.settings.sweepEvery / 1_000);
    expect(rest).toBeLessThan(whole);
    await handle.terminate();
  },
  TEST_MS,
);

test(
  'who waits for a sweep sees how far it is, not only how it began',
  async () => {
    const seenOf = async (): Promise<Partial<FeedProgress>> => {
      for (let i = 0; i < 30; i += 1) await world.raise({ environment: 'ci-1' });
      // Each page takes longer than from one heartbeat to the next.
      await world.fault({ vendor: 'sentry', kind: 'latency', path: '/issues/$', ms: 4_000 });
      const number = await answered('the sweep to be taken', () => world.temporal.askFeed('acme', SWEEP, {}));
      const look = () => answered('how far it is', () => world.temporal.feedResult('acme', number));
      const isOver = (answer: object): boolean => 'created' in answer;
      const seen = await until('a number of issues', look, (a) => isOver(a) || Number((a as FeedProgress).signals) > 0);
      await world.heal();
      await until('its report', look, isOver);
      return seen;
    };
    // Who stood still while it went on sees the report only, and looks once more.
    const seen = await until('progress', seenOf, (answer) => answer.running === true);
    expect(seen).toMatchObject({ running: true, doing: 'sweepSource' });
  },
  TEST_MS,
);

test(
  'an issue that came while a sweep went on, and was found by it, does not speak for the webhooks in the next one',
  async () => {
    // After it no other is under way.
    await sweep();
    // The list is answered after this, so the next sweep begins before the issue.
    await world.fault({ vendor: 'sentry', kind: 'latency', path: '/issues/$', ms: 4_000 });
    const ref = await world.raise({ environment: 'ci-1', firstSeen: new Date(Date.now() + 3_000).toISOString() });
    await sweep();
    await world.heal();
    // Found by the sweep, since nothing else told of it.
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
    await world.listed(ref);
    expect(await sweep()).toMatchObject({ heard: 0 });

    const told = await world.raise({ environment: 'ci-1' });
    await world.hint(told);
    await world.until(told, 'skipped', (s) => s.state === 'skipped');
    await world.listed(told);
    expect(await sweep()).toMatchObject({ heard: 1 });
  },
  TEST_MS,
);
