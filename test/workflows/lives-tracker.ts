/** What a look through all of Asana's tasks tells an issue: an older task of its own, or none. */
import assert from 'node:assert/strict';
import { workflowIdOf } from '../../src/contract';
import { asana, compare, ends, open, OPENED, projectOfErrors, type Life } from './life';

export const FINDINGS: Life[] = [
  {
    name: 'an older task of the same issue takes the place of its own',
    play: async (world) => {
      const place = { projects: [await projectOfErrors(world)] };
      // Committed late: made before the issue looked, listed after it.
      const { gid: older } = await asana(world, '/tasks', { name: 'late', notes: 'late', ...place });
      const ref = await open(world);
      const younger = (await world.state(ref)).task?.id;
      await world.control(`asana/tasks/${older}/describe`, { notes: `late\n\n${workflowIdOf(ref)}` });
      const task = { tracker: 'asana', id: older, url: `https://app.asana.com/0/0/${older}` } as const;
      await world.hint(ref, 'duplicates', { task });
      await world.until(ref, 'the older task', (s) => s.task?.id === older);
      await world.control(`asana/tasks/${younger}/delete`, {});
      await world.quiet(ref);
      const { tasks, sentry } = await world.ends(ref);
      assert.equal(tasks.length, 1);
      assert.equal(tasks[0]?.completed, false);
      assert.equal(tasks[0].assignee, 'anna');
      assert.equal(sentry?.linked, 1);
    },
  },
  {
    name: 'a person deletes its task, a sweep misses it, and recheck makes it again',
    play: async (world) => {
      const ref = await open(world);
      // The first look is over, so that the deletion is a person's.
      await world.signal(ref, 'recheck');
      await world.quiet(ref);
      const { task } = await world.state(ref);
      assert.ok(task);
      await world.control(`asana/tasks/${task.id}/delete`, {});
      await world.hint(ref, 'missed', { missed: { ...task, tracker: 'asana' } });
      await world.until(ref, 'muted', (s) => s.state === 'muted');
      await world.quiet(ref);
      assert.equal((await world.ends(ref)).tasks.length, 0);
      await world.signal(ref, 'recheck');
      await world.until(ref, 'another task', (s) => s.task !== null && s.task.id !== task.id);
      await world.quiet(ref);
      await compare(world, ref, ends({}, {}, [...OPENED.chat, 'opened-2']));
    },
  },
];
