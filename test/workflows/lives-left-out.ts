/** What Asana leaves out or refuses of a task: it is put right, or said once, and nothing else waits for it. */
import assert from 'node:assert/strict';
import type { IssueRef } from '../../src/core/refs';
import type { TestWorld } from '../support/test-world';
import { emailOf } from '../support/world-rules';
import { compare, ends, open, same, type Life } from './life';
import { stuck } from './lives-failing';

const guest = (world: TestWorld, person: string, is: boolean): Promise<unknown> =>
  world.control(`asana/users/${emailOf(person)}`, { guest: is });
const treat = (world: TestWorld, details: object): Promise<unknown> => world.control('asana/details', details);

/** What was wrong is mended: `retry` is all that is needed. */
async function retried(world: TestWorld, ref: IssueRef): Promise<void> {
  await world.signal(ref, 'retry');
  await world.until(ref, 'no attention', (s) => s.attention.length === 0);
  await world.quiet(ref);
}

type Named = { gid: string; name: string; options?: Named[] };

/** The section of the one task, its custom fields and its followers, by their names. */
async function details(world: TestWorld, ref: IssueRef): Promise<Record<string, unknown>> {
  const { task } = await world.view(ref);
  const dump = (await world.control('world', {}, 'GET')) as Record<string, Named[]>;
  const nameOf = (table: string, gid: unknown): string =>
    dump[table]?.find((one) => one.gid === gid)?.name ?? String(gid);
  const options = (dump['asana-fields'] ?? []).flatMap((one) => one.options ?? []);
  const shown = (value: unknown): unknown => options.find((one) => one.gid === value)?.name ?? value;
  return {
    section: nameOf('asana-sections', task.memberships[0]?.section),
    fields: Object.fromEntries(
      Object.entries(task.fields).map(([gid, value]) => [nameOf('asana-fields', gid), shown(value)]),
    ),
    followers: task.followers.map((gid) => nameOf('asana-users', gid)),
  };
}
const DETAILS = { section: 'In progress', fields: { Severity: 'error', Release: 'shop@1' } };

/** The last message in the chat, whole. */
async function lastMessage(world: TestWorld): Promise<string> {
  const { 'slack-messages': messages } = (await world.control('world', {}, 'GET')) as { 'slack-messages': object[] };
  return JSON.stringify(messages.at(-1));
}

export const LEFT_OUT: Life[] = [
  {
    name: 'Asana leaves the assignee out of its 201, and retry gives them the task when they are a member',
    play: async (world) => {
      await guest(world, 'gosia', true);
      const ref = await world.raise({ project: 'guests' });
      await world.hint(ref);
      await stuck(world, ref, 'assignTask', 'asana_not_assigned');
      // Nobody has it, and nothing says otherwise.
      await compare(world, ref, ends({ assignee: null }, { assignee: 'gosia' }));
      const { task } = await world.view(ref);
      assert.match(task.notes, /The rule "guests" chose Gosia Example\./);
      assert.match(await lastMessage(world), /Assignee: nobody yet/);
      const told = (await world.state(ref)).timeline.filter((t) => t.what.includes('asana_not_assigned'));
      assert.equal(told.length, 1);
      await guest(world, 'gosia', false);
      await retried(world, ref);
      await compare(world, ref, ends({ assignee: 'gosia' }));
    },
  },
  {
    name: 'a comment says who was chosen later only once they have the task',
    play: async (world) => {
      await guest(world, 'hania', true);
      await world.fault({ vendor: 'calamari', kind: 'down' });
      const ref = await world.raise({ project: 'late-guests' });
      await world.hint(ref);
      await world.until(ref, 'an unassigned task', (s) => s.task !== null && s.assignee === null);
      await world.heal();
      await stuck(world, ref, 'assignTask', 'asana_not_assigned');
      same((await world.ends(ref)).tasks[0]?.comments, []);
      await guest(world, 'hania', false);
      await retried(world, ref);
      assert.match((await world.view(ref)).comments.join('\n'), /^Assigned to Hania Example by rule late-guests\./);
      assert.equal((await world.view(ref)).comments.length, 1);
    },
  },
  {
    name: 'Asana refuses two details at once, and each costs only itself',
    play: async (world) => {
      const message = 'words that nobody has ever seen';
      await treat(world, { refuse: { details: ['section', 'Severity'], status: 400, message } });
      const ref = await world.raise({ project: 'details' });
      await world.hint(ref);
      await world.until(ref, 'what is missing', (s) => s.attention.some((a) => a.code === 'asana_incomplete'));
      const state = await world.quiet(ref);
      same(
        state.attention.map((a) => [a.step, a.code, a.tries]),
        [['ensureDetails', 'asana_incomplete', 1]],
      );
      const said = `section "In progress": 400 ${message}; custom field "Severity": 400 ${message}`;
      assert.ok(state.attention[0]?.message?.endsWith(said), state.attention[0]?.message);
      assert.equal(state.timeline.filter((t) => t.what.endsWith(said)).length, 1);
      const some = { section: 'Inbox', fields: { Release: 'shop@1' } };
      const { followers, ...rest } = await details(world, ref);
      same(rest, some);
      assert.ok((followers as string[]).some((name) => name.startsWith('Piotr')));
      await compare(world, ref, ends({}));
      await world.heal();
      await retried(world, ref);
      const { followers: _, ...all } = await details(world, ref);
      same(all, DETAILS);
      await compare(world, ref, ends({ stories: ['section_changed'] }));
    },
  },
  {
    name: 'a task that lacks details and whose answer was lost is found, and given them',
    play: async (world) => {
      await treat(world, { leaveOut: ['section', 'Severity'] });
      await world.fault({ vendor: 'asana', kind: 'commitThenReset', method: 'POST', path: '/tasks$', times: 1 });
      const ref = await world.raise({ project: 'details' });
      await world.hint(ref);
      await world.until(ref, 'what is missing', (s) => s.attention.some((a) => a.code === 'asana_incomplete'));
      const { timeline } = await world.quiet(ref);
      assert.ok(timeline.some((t) => /^Asana task \d+ found$/.test(t.what)));
      await world.heal();
      await retried(world, ref);
      const { followers: _, ...all } = await details(world, ref);
      same(all, DETAILS);
      assert.equal((await world.ends(ref)).tasks.length, 1);
    },
  },
  {
    name: 'a wrong name in the rules is told, and what is corrected there heals it',
    play: async (world) => {
      const project = world.rules.projects.find(({ glob }) => glob === 'details');
      const { fields } = project ?? {};
      if (!project || !fields) throw new Error('the rules have changed');
      project.fields = { ...fields, Sevrity: 'error' };
      try {
        const ref = await world.raise({ project: 'details' });
        await world.hint(ref);
        await world.until(ref, 'what is missing', (s) => s.attention.some((a) => a.code === 'asana_incomplete'));
        const { attention } = await world.quiet(ref);
        assert.match(attention[0]?.message ?? '', /custom field "Sevrity": the project has none of this name/);
        project.fields = fields;
        await retried(world, ref);
        const { followers: _, ...all } = await details(world, ref);
        same(all, DETAILS);
      } finally {
        project.fields = fields;
      }
    },
  },
  {
    name: 'Asana takes a completion with 200 and ignores it',
    play: async (world) => {
      const ref = await open(world);
      await treat(world, { leaveOut: ['completed'] });
      await world.happens(ref, 'resolve');
      await stuck(world, ref, 'completeTask', 'asana_ignored');
      same((await world.ends(ref)).tasks[0]?.completed, false);
      await world.heal();
      await retried(world, ref);
      same((await world.ends(ref)).tasks[0]?.completed, true);
    },
  },
];
