/** Every further turn that a Sentry issue can take, each to its right end. */
import assert from 'node:assert/strict';
import { listIssues } from '../../src/api/operator/issues';
import { workflowIdOf } from '../../src/contract';
import { answered } from '../support/waiting';
import type { TestWorld } from '../support/test-world';
import type { IssueRef } from '../../src/core/refs';
import { compare, ends, open, OPENED, same, type Life } from './life';

const NO_TASK = (status: string): Parameters<typeof compare>[2] => ({
  sentry: { status, assignee: null, linked: 0 },
  tasks: [],
  chat: [],
});

/** More occurrences, a hint, and the read that answers it. */
async function occurs(world: TestWorld, ref: IssueRef, event: object): Promise<void> {
  const before = (await world.state(ref)).events ?? 0;
  await world.sentry(ref, 'event', event);
  await world.hint(ref, 'event_alert.triggered', { urgent: false });
  await world.until(ref, 'more events', (s) => (s.events ?? 0) > before);
  await world.quiet(ref);
}

async function reaches(world: TestWorld, ref: IssueRef, act: string, state: string): Promise<void> {
  await world.happens(ref, act);
  await world.until(ref, state, (s) => s.state === state);
  await world.quiet(ref);
}

/** As the operators' listener does it for an issue whose run has ended. */
async function command(world: TestWorld, ref: IssueRef, act: 'resolve' | 'recheck'): Promise<void> {
  const id = workflowIdOf(ref);
  const run = await answered('its last run', () => world.temporal.run(id));
  const input = { id: `${act}-1`, by: 'Ada' };
  // The same id is the same command.
  await answered(act, () => world.temporal.command(ref, act, input, world.rules.settings, run?.earlier));
}

const comments = async (world: TestWorld, ref: IssueRef): Promise<string[]> => (await world.view(ref)).comments;

export const TURNS: Life[] = [
  {
    name: 'repeats are commented at 10 and 100 events and not in between',
    play: async (world) => {
      const ref = await open(world);
      await occurs(world, ref, { count: 5 });
      await occurs(world, ref, { count: 4 });
      await occurs(world, ref, { count: 40 });
      await occurs(world, ref, { count: 50 });
      await occurs(world, ref, { count: 50 });
      await compare(world, ref, ends({ comments: ['x10', 'x100'] }));
      const said = await comments(world, ref);
      assert.match(said[0] ?? '', /It keeps happening: 10 events/);
      assert.match(said[1] ?? '', /It keeps happening: 100 events/);
    },
  },
  {
    name: 'a new release and a new environment are said once',
    play: async (world) => {
      const ref = await open(world, { release: 'shop@1', environment: 'production' });
      await occurs(world, ref, { release: 'shop@1', environment: 'production' });
      await occurs(world, ref, { release: 'shop@2', environment: 'staging' });
      await occurs(world, ref, { release: 'shop@2', environment: 'staging' });
      await occurs(world, ref, { release: 'shop@1', environment: 'production' });
      // Within the hour even something new waits.
      await occurs(world, ref, { release: 'shop@3', environment: 'production' });
      await compare(world, ref, ends({ comments: ['news-1'] }));
      const [said = ''] = await comments(world, ref);
      assert.match(said, /first time in release shop@2\./);
      assert.match(said, /first time in environment staging\./);
    },
  },
  {
    name: 'escalating while it is open is said once',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'escalate');
      await world.until(ref, 'the hint', (s) => s.timeline.some((t) => t.what === 'Sentry sent issue.escalate'));
      await world.quiet(ref);
      await occurs(world, ref, { count: 2 });
      await compare(world, ref, ends({ comments: ['news-1'] }));
      assert.match((await comments(world, ref))[0] ?? '', /Sentry says that it is escalating\./);
    },
  },
  {
    name: 'resolved again and again, it is always the same task',
    play: async (world) => {
      const ref = await open(world);
      const { task } = await world.state(ref);
      const said: string[] = [];
      const stories: string[] = [];
      for (let n = 1; n <= 3; n += 1) {
        await reaches(world, ref, 'resolve', 'resolved');
        await reaches(world, ref, 'regress', 'open');
        said.push(`resolved-${n - 1}`, `regressed-${n}`);
        stories.push('marked_complete', 'marked_incomplete');
      }
      same((await world.state(ref)).task, task);
      const chat = ['opened-1', 'regressed-1', 'regressed-2', 'regressed-3'];
      await compare(world, ref, ends({ comments: said, stories }, {}, chat));
    },
  },
  {
    name: 'merged, and the survivor that nobody knew gets its own task',
    play: async (world) => {
      const survivor = await world.raise({ title: 'Error: the survivor' });
      const ref = await open(world);
      await world.sentry(ref, 'merge', { into: survivor.id });
      await world.signal(ref, 'recheck');
      assert.match(await world.over(ref), /^merged into \S+ in Sentry$/);
      const [pointer = ''] = await comments(world, ref);
      assert.match(pointer, new RegExp(`Merged into \\S+ in Sentry \\(.*/issues/${survivor.id}/\\)`));
      await world.until(survivor, 'a task', (s) => s.task !== null);
      await world.quiet(survivor);
      await compare(world, survivor, OPENED);
      const { tasks } = await world.ends(ref);
      same(tasks, ends({ completed: true, comments: ['gone'], stories: ['marked_complete'] }).tasks);
      const { timeline } = await world.state(survivor);
      assert.match(timeline.map((t) => t.what).join('\n'), /^merged with \S+ in Sentry$/m);
    },
  },
  {
    name: 'resolved by hand after its workflow was terminated, so its task is found and closed',
    play: async (world) => {
      const ref = await open(world);
      await world.client.workflow.getHandle(workflowIdOf(ref)).terminate('by hand');
      await command(world, ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      const expected = ends(
        { completed: true, comments: ['resolved-0'], stories: ['marked_complete'] },
        { status: 'resolved' },
      );
      await compare(world, ref, expected);
    },
  },
  {
    name: 'rechecked after it was deleted and its workflow ended, it is over at once and keeps its name',
    play: async (world) => {
      const ref = await open(world);
      await world.sentry(ref, 'delete');
      await world.signal(ref, 'recheck');
      await world.until(ref, 'closed', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await world.client.workflow.getHandle(workflowIdOf(ref)).terminate();
      const before = await world.state(ref);
      await command(world, ref, 'recheck');
      assert.equal(await world.over(ref), 'deleted in Sentry');
      const { state, attention, title, shortId, task } = await world.state(ref);
      same([state, attention, title, shortId, task], ['done', [], before.title, before.shortId, before.task]);
      // Two runs have ended; the list shows the latest alone.
      await world.listed(ref);
      const { issues } = await answered('the list', () => listIssues(world.temporal, { state: 'done', limit: 200 }));
      assert.equal(issues.filter((i) => i.id === workflowIdOf(ref)).length, 1);
    },
  },
  {
    name: 'a regression after its run has ended reopens the same task and says so',
    play: async (world) => {
      const ref = await open(world);
      await reaches(world, ref, 'resolve', 'resolved');
      const { task } = await world.state(ref);
      await world.client.workflow.getHandle(workflowIdOf(ref)).terminate('as if its time were over');
      await reaches(world, ref, 'regress', 'open');
      await world.until(ref, 'the same task', (s) => s.task?.id === task?.id);
      await world.quiet(ref);
      const stories = ['marked_complete', 'marked_incomplete'];
      const expected = ends({ comments: ['resolved-0', 'regressed-1'], stories }, {}, ['opened-1', 'regressed-1']);
      await compare(world, ref, expected);
    },
  },
  {
    name: 'reassigned while it was resolved, the person gets it when it comes back',
    play: async (world) => {
      const ref = await open(world);
      await reaches(world, ref, 'resolve', 'resolved');
      await world.update(ref, 'reassign', { to: 'piotr', id: 'r1' });
      await world.quiet(ref);
      await reaches(world, ref, 'regress', 'open');
      await world.until(ref, 'given to piotr', (s) => s.assignee === 'piotr');
      await world.quiet(ref);
      const stories = ['marked_complete', 'marked_incomplete', 'assigned'];
      const comments = ['resolved-0', 'reassigned-r1', 'regressed-1'];
      const { comments: said } = (await world.ends(ref)).tasks[0] ?? { comments: [] };
      same([...said].sort(), [...comments].sort());
      await compare(world, ref, ends({ assignee: 'piotr', comments: said, stories }, {}, ['opened-1', 'regressed-1']));
    },
  },
  {
    name: 'deleted before the first read gets no task',
    play: async (world) => {
      const ref = await world.raise();
      await world.sentry(ref, 'delete');
      await world.hint(ref);
      const state = await world.until(ref, 'read in vain', (s) => s.next.startsWith('Sentry does not know the issue'));
      same([state.state, state.task], ['new', null]);
      same(await world.ends(ref), { sentry: null, tasks: [], chat: [] });
    },
  },
  {
    name: 'its Sentry project is renamed and its Asana task is moved, and it stays the same task',
    play: async (world) => {
      const ref = await open(world, { project: 'old-name' });
      const { task } = await world.state(ref);
      await world.control('sentry/projects/old-name/rename', { slug: 'new-name' });
      await world.control(`asana/tasks/${task?.id ?? ''}/move`, { project: 'Checkout bugs' });
      await occurs(world, ref, {});
      const state = await world.state(ref);
      same([state.project, state.task, state.state], ['new-name', task, 'open']);
      await reaches(world, ref, 'resolve', 'resolved');
      await reaches(world, ref, 'regress', 'open');
      same((await world.state(ref)).task, task);
      assert.equal((await world.view(ref)).tasks.length, 1);
    },
  },
  {
    name: 'first seen resolved, it gets its task when it comes back',
    play: async (world) => {
      const ref = await world.raise();
      await world.sentry(ref, 'resolve');
      await world.hint(ref);
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await compare(world, ref, NO_TASK('resolved'));
      await reaches(world, ref, 'regress', 'open');
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'first seen archived, it gets its task when it escalates',
    play: async (world) => {
      const ref = await world.raise();
      await world.sentry(ref, 'archive');
      await world.hint(ref);
      await world.until(ref, 'muted', (s) => s.state === 'muted');
      await world.quiet(ref);
      await compare(world, ref, NO_TASK('ignored'));
      await reaches(world, ref, 'escalate', 'open');
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'muted by an operator, it repeats in silence and is closed all the same',
    play: async (world) => {
      const ref = await open(world);
      await world.signal(ref, 'mute', { for: '1d' });
      await occurs(world, ref, { count: 200, release: 'shop@9' });
      await compare(world, ref, OPENED);
      await reaches(world, ref, 'resolve', 'resolved');
      await compare(world, ref, ends({ completed: true, stories: ['marked_complete'] }, { status: 'resolved' }));
    },
  },
];
