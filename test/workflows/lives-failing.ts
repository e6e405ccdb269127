/** Vendors that fail: exactly one task all the same, and attention for the one step that fails. */
import assert from 'node:assert/strict';
import { workflowIdOf } from '../../src/contract';
import type { AttentionStep } from '../../src/core/issue/steps';
import type { IssueDetail } from '../../src/core/issue/view';
import type { IssueRef } from '../../src/core/refs';
import type { HistoryEvent, TestWorld } from '../support/test-world';
import { until } from '../support/waiting';
import { compare, ends, OPENED, same, type Life, open } from './life';

/** So that one try at least was made by itself. */
const TRIES = 2;

/** Everything is done but one step, which waits for a person. */
export async function stuck(world: TestWorld, ref: IssueRef, step: AttentionStep, code: string): Promise<void> {
  await world.until(ref, `${TRIES} tries of ${step}`, (s) => s.attention.some((a) => a.tries >= TRIES));
  const state = await world.quiet(ref);
  same(
    state.attention.map((a) => [a.step, a.code]),
    [[step, code]],
  );
}

/** `retry` heals, and it is the signal that does it. */
async function healed(world: TestWorld, ref: IssueRef, step: AttentionStep): Promise<void> {
  // While it goes on failing: the pause doubles with each try, so that in the end no timer comes in between, however slow this machine is.
  await until(
    `${step} to be tried because of the signal, not of a timer`,
    () => triedBySignal(world, ref, step),
    Boolean,
  );
  await world.heal();
  await world.signal(ref, 'retry');
  await world.until(ref, 'no attention', (s) => s.attention.length === 0);
  await world.quiet(ref);
}

/** @returns whether no timer fired between `retry` and the try that followed it */
async function triedBySignal(world: TestWorld, ref: IssueRef, step: AttentionStep): Promise<boolean> {
  const triesIn = ({ attention }: IssueDetail): number => attention.find((a) => a.step === step)?.tries ?? 0;
  const before = triesIn(await world.quiet(ref));
  await world.signal(ref, 'retry');
  await world.until(ref, `another try of ${step}`, (s) => triesIn(s) > before);
  const events = await world.history(ref);
  const signalled = events.findLastIndex((e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'retry');
  const after = events.slice(signalled);
  // One activity writes both halves.
  const name = step === 'assignIssue' ? 'linkIssue' : step;
  const attempt = after.findIndex((e) => e.activityTaskScheduledEventAttributes?.activityType?.name === name);
  const fired = (e: HistoryEvent): boolean => Boolean(e.timerFiredEventAttributes);
  return attempt > 0 && !after.slice(0, attempt).some(fired);
}

export const FAILURES: Life[] = [
  {
    name: 'Asana commits the task and hangs up, and there is one task',
    play: async (world) => {
      const before = (await world.requests(/^POST .*\/tasks$/)).length;
      await world.fault({ vendor: 'asana', kind: 'commitThenReset', method: 'POST', path: '/tasks$', times: 1 });
      const ref = await world.raise();
      await world.hint(ref);
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
      await world.heal();
      assert.equal((await world.requests(/^POST .*\/tasks$/)).length - before, 1, 'tasks posted');
      const state = await world.state(ref);
      assert.ok(state.timeline.some((t) => t.what.startsWith('Asana task') && t.what.endsWith('found')));
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'Asana refuses subtasks, and the rest goes on',
    play: async (world) => {
      await world.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/subtasks$' });
      const ref = await world.raise({ title: '[HC] Invoices without numbers' });
      await world.hint(ref);
      await stuck(world, ref, 'ensureSubtasks', 'asana_forbidden');
      await compare(world, ref, OPENED);
      await healed(world, ref, 'ensureSubtasks');
      const subtasks = ['Find the affected records', 'Correct the data', 'Verify the correction'];
      await compare(world, ref, ends({ subtasks }));
    },
  },
  {
    name: 'Sentry refuses the link, and the rest goes on',
    play: async (world) => {
      await world.fault({ vendor: 'sentry', kind: 'status', status: 403, method: 'POST', path: '/external-issues/$' });
      const ref = await world.raise();
      await world.hint(ref);
      await stuck(world, ref, 'linkIssue', 'sentry_forbidden');
      await compare(world, ref, ends({}, { linked: 0 }));
      await healed(world, ref, 'linkIssue');
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'Sentry refuses the assignee, who is in no team of the project, and the link is made all the same',
    play: async (world) => {
      await world.fault({ vendor: 'sentry', kind: 'status', status: 400, method: 'PUT', path: '/issues/[0-9]+/$' });
      const ref = await world.raise();
      await world.hint(ref);
      await stuck(world, ref, 'assignIssue', 'sentry_refused');
      await compare(world, ref, ends({}, { assignee: null }));
      await healed(world, ref, 'assignIssue');
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'Sentry takes a resolution with 200 and does not make it, which is said',
    play: async (world) => {
      const ref = await open(world, { category: 'metric', type: 'metric_issue' });
      await world.update(ref, 'resolve');
      await stuck(world, ref, 'resolveIssue', 'sentry_ignored');
      const closed = { completed: true, comments: ['resolved-0'], stories: ['marked_complete'] };
      await compare(world, ref, ends(closed));
    },
  },
  {
    name: 'Sentry lost the latest event of an issue, and its task is made without it',
    play: async (world) => {
      await world.fault({ vendor: 'sentry', kind: 'status', status: 500, path: '/events/latest/$' });
      const ref = await world.raise();
      await world.hint(ref);
      await world.until(ref, 'a task', (s) => s.task !== null);
      const { timeline } = await world.quiet(ref);
      const read = timeline.find((t) => t.what.startsWith('read in Sentry'))?.what ?? '';
      assert.match(read, /, without its latest event \(GET .*: 500 Internal Error\)$/);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'Slack is down, and the issue opens and closes all the same',
    play: async (world) => {
      await world.fault({ vendor: 'slack', kind: 'down' });
      const ref = await world.raise();
      await world.hint(ref);
      await stuck(world, ref, 'tell', 'slack_unavailable');
      await world.happens(ref, 'resolve');
      const closed = { completed: true, comments: ['resolved-0'], stories: ['marked_complete'] };
      await world.until(ref, 'the task completed', (s) => s.timeline.some((t) => t.what === 'Asana task completed'));
      same((await world.ends(ref)).tasks[0]?.completed, true);
      await world.until(ref, `${TRIES + 1} tries of tell`, (s) => s.attention.some((a) => a.tries > TRIES));
      await healed(world, ref, 'tell');
      await compare(world, ref, ends(closed, { status: 'resolved' }));
    },
  },
  {
    name: 'Asana refuses the task, and it is made after retry',
    play: async (world) => {
      await world.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
      const ref = await world.raise();
      await world.hint(ref);
      await stuck(world, ref, 'ensureTask', 'asana_forbidden');
      await world.heal();
      const answer = await world.update(ref, 'retry');
      assert.equal(answer.id, workflowIdOf(ref));
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
];
