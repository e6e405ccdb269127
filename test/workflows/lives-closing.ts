/** Resolved, back again, archived, merged, deleted: what Sentry says after the task is there. */
import assert from 'node:assert/strict';
import { emailOf } from '../support/world-rules';
import { compare, ends, open, OPENED, same, type Life } from './life';

const CLOSED = { status: 'resolved' } as const;

export const CLOSINGS: Life[] = [
  {
    name: 'resolved in Sentry completes the task',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await compare(
        world,
        ref,
        ends({ completed: true, comments: ['resolved-0'], stories: ['marked_complete'] }, CLOSED),
      );
    },
  },
  {
    name: 'a regression reopens the same task and says what was before',
    play: async (world) => {
      const ref = await open(world);
      const first = (await world.state(ref)).task;
      await world.happens(ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await world.happens(ref, 'regress');
      await world.until(ref, 'open again', (s) => s.state === 'open');
      const state = await world.quiet(ref);
      same(state.task, first);
      const said = (await world.view(ref)).comments.at(-1) ?? '';
      assert.match(
        said,
        /It was resolved on .* in Sentry and is back\..*Regression no\. 1\..*Anna Nowak had it before\./s,
      );
      await compare(
        world,
        ref,
        ends({ comments: ['resolved-0', 'regressed-1'], stories: ['marked_complete', 'marked_incomplete'] }, {}, [
          'opened-1',
          'regressed-1',
        ]),
      );
    },
  },
  {
    name: 'archived completes the task, and coming back reopens it',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'archive');
      await world.until(ref, 'muted', (s) => s.state === 'muted');
      await world.quiet(ref);
      const archived = { completed: true, comments: ['archived-0'], stories: ['marked_complete'] };
      await compare(world, ref, ends(archived, { status: 'ignored' }));
      await world.happens(ref, 'escalate');
      await world.until(ref, 'open again', (s) => s.state === 'open');
      await world.quiet(ref);
      const back = { comments: ['archived-0', 'regressed-1'], stories: ['marked_complete', 'marked_incomplete'] };
      await compare(world, ref, ends(back, {}, ['opened-1', 'regressed-1']));
    },
  },
  {
    name: 'deleted in Sentry closes the task, once three looks have found it so',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'delete');
      await world.until(ref, 'closed', (s) => s.state === 'resolved');
      const state = await world.quiet(ref);
      assert.match(state.next, /Read once more at .*, in case that was wrong\.$/);
      const task = { completed: true, comments: ['gone-0'], stories: ['marked_complete'] };
      await compare(world, ref, { ...ends(task), sentry: null });
    },
  },
  {
    name: 'a proxy answers 404 for a while, and nothing is closed, said or written',
    play: async (world) => {
      const ref = await open(world);
      await world.fault({ vendor: 'sentry', kind: 'page', status: 404, path: `/issues/${ref.id}/` });
      await world.signal(ref, 'recheck');
      await world.until(ref, 'the read in attention', (s) => s.attention.some((a) => a.code === 'sentry_unavailable'));
      const state = await world.quiet(ref);
      assert.equal(state.state, 'open');
      assert.match(state.attention[0]?.message ?? '', /404, and not in Sentry's own words/);
      await world.heal();
      await world.until(ref, 'to be read again', (s) => s.attention.length === 0);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'its project belongs to another organisation now, so its 404 is no deletion',
    play: async (world) => {
      const ref = await open(world, { project: 'transferred' });
      await world.control('sentry/projects/transferred/transfer');
      await world.signal(ref, 'recheck');
      const code = 'sentry_project_not_found';
      await world.until(ref, 'the project in attention', (s) => s.attention.some((a) => a.code === code));
      const state = await world.quiet(ref);
      assert.equal(state.state, 'open');
      await world.control('sentry/projects/transferred/transfer', { back: true });
      await world.until(ref, 'to be read again', (s) => s.attention.length === 0);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'a merge takes a while, and ends as a merge with a pointer',
    play: async (world) => {
      const survivor = await open(world);
      const ref = await open(world);
      await world.sentry(ref, 'merge', { into: survivor.id, ms: 1_500 });
      await world.hint(ref, 'issue.unresolved');
      assert.match(await world.over(ref), /^merged into \S+ in Sentry$/);
      const said = (await world.view(ref)).comments;
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', new RegExp(`/issues/${survivor.id}/`));
    },
  },
  {
    name: 'merged into another issue closes the task with a pointer',
    play: async (world) => {
      const survivor = await open(world);
      const ref = await open(world);
      await world.sentry(ref, 'merge', { into: survivor.id });
      await world.hint(ref, 'issue.unresolved');
      assert.match(await world.over(ref), /^merged into \S+ in Sentry$/);
      const said = (await world.view(ref)).comments;
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', new RegExp(`/issues/${survivor.id}/`));
      const { tasks, chat } = await world.ends(ref);
      same(
        { tasks, chat },
        {
          tasks: ends({ completed: true, comments: ['gone'], stories: ['marked_complete'] }).tasks,
          chat: ['opened-1'],
        },
      );
      await compare(world, survivor, OPENED);
    },
  },
  {
    name: 'assigned to somebody else in Sentry, so the task follows',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'assign', { email: emailOf('piotr') });
      await world.until(ref, 'given to piotr', (s) => s.assignee === 'piotr');
      await world.quiet(ref);
      await compare(world, ref, ends({ assignee: 'piotr', stories: ['assigned'] }));
    },
  },
];
