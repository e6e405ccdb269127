/** From the first hint to the task: who gets it, and when there is none. */
import assert from 'node:assert/strict';
import { emailOf } from '../support/world-rules';
import { answered } from '../support/waiting';
import type { TestWorld } from '../support/test-world';
import { compare, ends, NEW_TASK, open, OPENED, same, type Life } from './life';

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOLIDAY_DAYS = 2;

/** Away for days around now, in any time zone. */
async function onLeave(world: TestWorld, person: string): Promise<void> {
  const day = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
  await world.control('calamari/absences', { email: emailOf(person), from: day(-HOLIDAY_DAYS), to: day(HOLIDAY_DAYS) });
}

export const OPENINGS: Life[] = [
  {
    name: 'a new issue becomes one task with its person, its link and one message',
    play: async (world) => {
      const ref = await open(world);
      const state = await world.state(ref);
      same(
        { state: state.state, rule: state.rule, assignee: state.assignee, attention: state.attention },
        { state: 'open', rule: 'everything-else', assignee: 'anna', attention: [] },
      );
      assert.equal((await world.view(ref)).task.gid, state.task?.id);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'a title with [HC] gets its three subtasks in order',
    play: async (world) => {
      const ref = await open(world, { title: '[HC] Orders were charged twice' });
      const subtasks = ['Find the affected records', 'Correct the data', 'Verify the correction'];
      await compare(world, ref, ends({ subtasks }));
    },
  },
  {
    name: 'a skipped environment gets no task',
    play: async (world) => {
      const ref = await world.raise({ environment: 'ci-1234' });
      await world.hint(ref, 'event_alert.triggered', { environment: 'ci-1234' });
      await world.until(ref, 'skipped', (s) => s.state === 'skipped');
      // A repeat of what is skipped is not even read again within the hour.
      await world.hint(ref, 'event_alert.triggered', { environment: 'ci-1234' });
      const state = await world.quiet(ref);
      same(state.decision?.verdict, { skip: 'not a deployed environment' });
      // Each attempt is a request, and a slow machine may need two; what is counted is how often a read was wanted.
      const wanted = (await world.history(ref)).filter(
        (e) => e.activityTaskScheduledEventAttributes?.activityType?.name === 'readIssue',
      );
      assert.equal(wanted.length, 1, 'reads in Sentry');
      await compare(world, ref, { sentry: { status: 'unresolved', assignee: null, linked: 0 }, tasks: [], chat: [] });
    },
  },
  {
    name: 'the first candidate is on leave, so the next gets it',
    play: async (world) => {
      await onLeave(world, 'lena');
      const ref = await open(world, { project: 'holiday' });
      const { decision } = await world.state(ref);
      same(
        // Who has had a task in this world before is known to Asana, and so by name.
        decision?.reasons.filter((r) => 'person' in r).map(({ name: _, ...r }) => r),
        [
          { person: 'lena', kept: false, because: 'not available' },
          { person: 'marek', kept: true, because: 'chosen' },
        ],
      );
      await compare(world, ref, ends({ assignee: 'marek' }));
    },
  },
  {
    name: 'nobody is available until an operator gives it to somebody',
    play: async (world) => {
      await onLeave(world, 'nina');
      const ref = await open(world, { project: 'alone' });
      const { attention, assignee } = await world.state(ref);
      same([assignee, attention.map((a) => [a.step, a.code])], [null, [['decide', 'nobody_available']]]);
      await compare(world, ref, ends({ assignee: null }, {}, ['nobody-1', 'opened-1']));
      await world.signal(ref, 'reassign', { to: 'ewa', by: 'Ada', id: 'r1' });
      await world.until(ref, 'given to ewa', (s) => s.assignee === 'ewa' && s.attention.length === 0);
      await world.quiet(ref);
      const expected = ends({ assignee: 'ewa', comments: ['reassigned-r1'] }, {}, ['nobody-1', 'opened-1']);
      await compare(world, ref, expected);
    },
  },
  {
    name: 'Calamari is down, so the task says so and is assigned later',
    play: async (world) => {
      await world.fault({ vendor: 'calamari', kind: 'down' });
      const ref = await world.raise({ project: 'late' });
      await world.hint(ref);
      await world.until(ref, 'an unassigned task', (s) => s.task !== null && s.assignee === null);
      const { task } = await world.view(ref);
      assert.match(task.notes, /Calamari could not be asked who is available/);
      assert.equal(task.assignee, null);
      await world.heal();
      await world.until(ref, 'given to oskar', (s) => s.assignee === 'oskar');
      await world.quiet(ref);
      const { comments } = (await world.ends(ref)).tasks[0] ?? NEW_TASK;
      assert.equal(comments.length, 1, `one comment that says who got it, not ${JSON.stringify(comments)}`);
      await compare(world, ref, ends({ assignee: 'oskar', comments }));
    },
  },
  {
    name: 'first seen resolved, so there is no task',
    play: async (world) => {
      const ref = await world.raise();
      await world.happens(ref, 'resolve');
      await world.until(ref, 'resolved', (s) => s.state === 'resolved');
      await world.quiet(ref);
      await compare(world, ref, { sentry: { status: 'resolved', assignee: null, linked: 0 }, tasks: [], chat: [] });
    },
  },
  {
    name: 'unknown to Sentry at first, then there',
    play: async (world) => {
      const ref = world.newRef();
      await world.hint(ref);
      await world.until(ref, 'read in vain', (s) => s.next.startsWith('Sentry does not know the issue yet'));
      await world.raise({}, ref);
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
      await compare(world, ref, OPENED);
    },
  },
  {
    name: 'three issues of one team take turns, and one decision has one turn',
    play: async (world) => {
      const people: (string | null)[] = [];
      for (let i = 0; i < 3; i += 1) {
        const ref = await open(world, { project: 'turns' });
        people.push((await world.state(ref)).assignee);
        await compare(world, ref, ends({ assignee: people.at(-1) ?? null }));
      }
      same(people, ['anna', 'piotr', 'ewa']);
      const candidates = ['anna', 'piotr', 'ewa'];
      const take = (decisionId: string): Promise<string> =>
        answered('a turn', () => world.temporal.takeTurn('turns', { decisionId, candidates }));
      same([await take('again'), await take('again'), await take('other')], ['anna', 'anna', 'piotr']);
    },
  },
  {
    name: 'fifty hints at once change nothing but counts',
    play: async (world) => {
      const ref = await open(world);
      const before = await world.state(ref);
      const reads = async (): Promise<number> =>
        (await world.requests(new RegExp(`^GET .*/issues/${ref.id}/$`))).length;
      const readBefore = await reads();
      await world.sentry(ref, 'event', { count: 5 });
      await Promise.all(Array.from({ length: 50 }, () => world.hint(ref, 'event_alert.triggered', { urgent: false })));
      await world.until(ref, 'the new count', (s) => s.events === (before.events ?? 0) + 5);
      const after = await world.quiet(ref);
      const steady = ({ state, assignee, task, rule, attention, changedAt }: typeof after): unknown[] => [
        state,
        assignee,
        task,
        rule,
        attention,
        changedAt,
      ];
      same(steady(after), steady(before));
      // Hints that come during a read are answered by one more read together.
      assert.ok((await reads()) - readBefore < 50, 'fewer reads than hints');
      await compare(world, ref, OPENED);
    },
  },
];
