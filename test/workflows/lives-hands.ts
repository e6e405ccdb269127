/** What operators do by hand: the same five acts by signal and by update. */
import assert from 'node:assert/strict';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { compare, ends, open, OPENED, type Life } from './life';

const DONE = ends({ completed: true, comments: ['resolved-0'], stories: ['marked_complete'] }, { status: 'resolved' });

export const HANDS: Life[] = [
  {
    name: 'resolve by signal closes both sides',
    play: async (world) => {
      const ref = await open(world);
      await world.signal(ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await compare(world, ref, DONE);
      assert.match((await world.view(ref)).comments.join('\n'), /Resolved by an operator\./);
    },
  },
  {
    name: 'resolve by update closes both sides and answers the state',
    play: async (world) => {
      const ref = await open(world);
      const answer = await world.update(ref, 'resolve', { by: 'Ada' });
      assert.equal(answer.state, 'resolved');
      await world.quiet(ref);
      await compare(world, ref, DONE);
      assert.match((await world.view(ref)).comments.join('\n'), /Resolved by Ada\./);
    },
  },
  {
    name: 'reassign by signal, as an object, as a bare string, and to somebody unknown',
    play: async (world) => {
      const ref = await open(world);
      await world.signal(ref, 'reassign', { to: 'piotr', id: 'one' });
      await world.until(ref, 'given to piotr', (s) => s.assignee === 'piotr');
      // The same command once more is not a second one.
      await world.signal(ref, 'reassign', { to: 'ewa', id: 'one' });
      await world.quiet(ref);
      assert.equal((await world.state(ref)).assignee, 'piotr');
      await world.signal(ref, 'reassign', 'ewa');
      await world.until(ref, 'given to ewa', (s) => s.assignee === 'ewa');
      await world.signal(ref, 'reassign', 'pitor');
      const state = await world.until(ref, 'a reject', (s) => s.rejects.length > 0);
      assert.match(state.rejects[0]?.what ?? '', /no person "pitor" in the rules; did you mean "piotr"\?/);
      await world.quiet(ref);
      const { comments } = (await world.ends(ref)).tasks[0] ?? { comments: [] };
      assert.match(comments.join(' '), /^reassigned-one reassigned-[0-9a-f-]{36}$/);
      await compare(world, ref, ends({ assignee: 'ewa', comments, stories: ['assigned', 'assigned'] }));
    },
  },
  {
    name: 'reassign by update answers the state and refuses somebody unknown',
    play: async (world) => {
      const ref = await open(world);
      await assert.rejects(world.update(ref, 'reassign', 'pitor'), (e) => {
        assert.ok(e instanceof WorkflowUpdateFailedError);
        assert.match(e.cause?.message ?? '', /no person "pitor" in the rules; did you mean "piotr"\?/);
        return true;
      });
      await assert.rejects(world.update(ref, 'reassign', { two: 'anna' }), WorkflowUpdateFailedError);
      const answer = await world.update(ref, 'reassign', { to: 'piotr', id: 'two' });
      assert.equal(answer.assignee, 'piotr');
      await world.quiet(ref);
      await compare(world, ref, ends({ assignee: 'piotr', comments: ['reassigned-two'], stories: ['assigned'] }));
    },
  },
  {
    name: 'recheck finds what no webhook told',
    play: async (world) => {
      const ref = await open(world);
      await world.sentry(ref, 'resolve');
      await world.signal(ref, 'recheck');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await world.sentry(ref, 'regress');
      assert.ok((await world.update(ref, 'recheck')).id);
      await world.until(ref, 'open again', (s) => s.state === 'open');
      await world.quiet(ref);
      const task = { comments: ['resolved-0', 'regressed-1'], stories: ['marked_complete', 'marked_incomplete'] };
      await compare(world, ref, ends(task, {}, ['opened-1', 'regressed-1']));
    },
  },
  {
    name: 'mute silences comments and chat, not the close',
    play: async (world) => {
      const ref = await open(world);
      await world.signal(ref, 'mute', { for: '1d' });
      await world.happens(ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      const task = { completed: true, stories: ['marked_complete'] };
      await compare(world, ref, ends(task, { status: 'resolved' }));
      assert.equal((await world.update(ref, 'mute', '2h')).state, 'resolved');
      await assert.rejects(world.update(ref, 'mute', 'for ever'), WorkflowUpdateFailedError);
      await compare(world, ref, ends(task, { status: 'resolved' }));
    },
  },
  {
    name: 'the task is deleted before it is verified, so it is made again once',
    play: async (world) => {
      const ref = await world.raise();
      // Nothing can be verified until the task is deleted, however slow this machine is.
      await world.fault({ vendor: 'asana', kind: 'status', status: 503, method: 'GET', path: '/tasks/\\d+$' });
      await world.hint(ref);
      await world.until(ref, 'a task and its link', (s) => s.timeline.some((t) => t.what.startsWith('linked')));
      const { gid } = (await world.view(ref)).task;
      await world.control(`asana/tasks/${gid}/delete`);
      await world.heal();
      await world.until(ref, 'a second task', (s) => s.task !== null && s.task.id !== gid);
      const state = await world.quiet(ref);
      assert.equal((await world.view(ref)).task.gid, state.task?.id);
      await compare(world, ref, ends({}, {}, ['opened-1', 'opened-2']));
    },
  },
  {
    name: 'the task is deleted later, so the issue is muted',
    play: async (world) => {
      const ref = await open(world);
      const { gid } = (await world.view(ref)).task;
      await world.control(`asana/tasks/${gid}/delete`);
      await world.signal(ref, 'recheck');
      const state = await world.until(ref, 'muted', (s) => s.state === 'muted');
      assert.match(state.next, /its Asana task was deleted by a person/);
      await world.quiet(ref);
      await compare(world, ref, {
        sentry: { status: 'unresolved', assignee: 'anna', linked: 0 },
        tasks: [],
        chat: OPENED.chat,
      });
    },
  },
];
