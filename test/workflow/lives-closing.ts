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
      assert.match(said, /It was resolved on .* in Sentry and is back\..*Regression no\. 1\..*anna had it before\./s);
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
    name: 'deleted in Sentry closes the task and ends the workflow',
    play: async (world) => {
      const ref = await open(world);
      await world.happens(ref, 'delete');
      assert.equal(await world.over(ref), 'deleted in Sentry');
      const task = { completed: true, comments: ['gone'], stories: ['marked_complete'] };
      await compare(world, ref, { ...ends(task), sentry: null });
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
