/** Two tasks of one issue become one by sweeping, on a real server against pretend Asana. */
import { feedIdOf, SWEEP, workflowIdOf } from '../../src/contract';
import type { AsanaTask } from '../../src/sandbox/records';
import type { SweepReport } from '../../src/core/feed/activities';
import type { FeedRecord } from '../../src/core/feed/record';
import type { IssueRef } from '../../src/core/refs';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { answered } from '../support/waiting';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { asana, open, projectOfErrors } from './life';

const FEED = feedIdOf('sentry', 'acme');
/** Of a test, which waits many times. */
const TEST_MS = 600_000;

let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
  await answered('the feed to be started', () => world.temporal.startFeed('acme'));
  // The one that it makes by itself is over then: whatever a test makes is found by the sweep that the test asks for.
  await sweep();
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(() => world.stop(), START_TIMEOUT_MS);
afterEach(() => world.heal());

const sweep = (request = {}): Promise<SweepReport> =>
  answered('the sweep', () =>
    world.client.workflow.getHandle(FEED).executeUpdate<SweepReport, [object]>(SWEEP, { args: [request] }),
  );
/** Sweeps. @returns what a dry run found just before: what it finds is found by each of its attempts */
async function found(): Promise<SweepReport> {
  const report = await sweep({ dryRun: true });
  await sweep();
  return report;
}
const recheck = (ref: IssueRef): Promise<void> => world.client.workflow.getHandle(workflowIdOf(ref)).signal('recheck');

async function taskOf(gid: string): Promise<AsanaTask | undefined> {
  const { 'asana-tasks': tasks } = (await world.control('world', {}, 'GET')) as { 'asana-tasks': AsanaTask[] };
  return tasks.find((t) => t.gid === gid);
}

async function duplicate(ref: IssueRef, of: string): Promise<string> {
  const [project] = (await taskOf(of))?.memberships ?? [];
  const notes = `Made a second time.\n\n${workflowIdOf(ref)}`;
  return (await asana(world, '/tasks', { name: 'Error: duplicate', notes, projects: [project?.project] })).gid;
}

test(
  'a younger duplicate is completed and points to the older one, on which nothing changes',
  async () => {
    const ref = await open(world);
    const { task } = await world.state(ref);
    const before = await world.view(ref);
    const other = await duplicate(ref, task?.id ?? '');
    expect((await found()).duplicates).toBe(1);
    await world.quiet(ref);
    const after = await world.view(ref);
    expect(after.tasks.map((t) => t.gid)).toEqual([task?.id]);
    expect(after.ends).toEqual(before.ends);
    expect((await world.state(ref)).task?.id).toBe(task?.id);
    const retired = await taskOf(other);
    expect(retired?.completed).toBe(true);
    expect(retired?.notes).toMatch(/^Made a second time\./);
    const { 'asana-stories': stories } = (await world.control('world', {}, 'GET')) as {
      'asana-stories': { task: string; text?: string }[];
    };
    expect(stories.find((s) => s.task === other && s.text?.includes('is a duplicate'))?.text).toContain(task?.url);
    expect((await sweep()).duplicates).toBe(0);
  },
  TEST_MS,
);

test(
  'the issue works on the younger one: it goes on with the older, its assignee, its link and its end',
  async () => {
    const ref = await world.raise({ title: 'Error: committed late' });
    // As an attempt of ours whose commit came late would have: made before the issue looked, listed after it.
    const { gid: older } = await asana(world, '/tasks', {
      name: 'late',
      notes: 'late',
      projects: [await projectOfErrors(world)],
    });
    await world.hint(ref);
    await world.until(ref, 'a task', (s) => s.task !== null);
    await world.quiet(ref);
    const younger = (await world.state(ref)).task?.id;
    await world.control(`asana/tasks/${older}/describe`, { notes: `late\n\n${workflowIdOf(ref)}` });
    expect((await found()).duplicates).toBe(1);
    await world.until(ref, 'the older task', (s) => s.task?.id === older);
    await world.quiet(ref);
    expect((await taskOf(younger ?? ''))?.completed).toBe(true);
    const view = await world.view(ref);
    expect(view.tasks.map((t) => t.gid)).toEqual([older]);
    expect(view.ends).toMatchObject({ sentry: { linked: 1 }, tasks: [{ completed: false, assignee: 'anna' }] });
    await world.happens(ref, 'resolve');
    await world.until(ref, 'resolved', (s) => s.state === 'resolved');
    await world.quiet(ref);
    expect((await taskOf(older))?.completed).toBe(true);
  },
  TEST_MS,
);

test(
  'Asana cannot be asked: Sentry is swept all the same, and the next sweep looks back far enough',
  async () => {
    const ref = await open(world);
    const { task } = await world.state(ref);
    await duplicate(ref, task?.id ?? '');
    await world.fault({ vendor: 'asana', kind: 'status', status: 403, path: '/tasks$', method: 'GET' });
    const blind = await sweep();
    expect(blind.duplicates).toBeNull();
    await world.heal();
    expect((await found()).duplicates).toBe(1);
    const record = await world.client.workflow.getHandle(FEED).query<FeedRecord>('state');
    expect(record.failed).toBeUndefined();
    await world.quiet(ref);
    expect((await world.view(ref)).tasks.map((t) => t.gid)).toEqual([task?.id]);
  },
  TEST_MS,
);

test(
  'Asana refuses to change a duplicate: the report of the sweep counts it, and it is merged when Asana lets it be',
  async () => {
    const ref = await open(world);
    const { task } = await world.state(ref);
    const other = await duplicate(ref, task?.id ?? '');
    await world.fault({ vendor: 'asana', kind: 'status', status: 403, path: `/tasks/${other}$`, method: 'PUT' });
    const refused = await sweep();
    expect([refused.duplicates, refused.duplicatesRefused]).toEqual([0, 1]);
    await world.heal();
    const merged = await found();
    expect(merged.duplicates).toBe(1);
    expect(merged).not.toHaveProperty('twinsRefused');
    await world.quiet(ref);
    expect((await taskOf(other))?.completed).toBe(true);
  },
  TEST_MS,
);

test(
  'a task that a person deleted: the next sweep misses it, and its issue is muted; the others are left alone',
  async () => {
    const ref = await open(world);
    const other = await open(world);
    // The first look is over, so that the deletion is a person's.
    for (const one of [ref, other]) await recheck(one);
    for (const one of [ref, other]) await world.quiet(one);
    await world.listed(ref, other);
    const { task } = await world.state(ref);
    await world.control(`asana/tasks/${task?.id}/delete`, {});
    const dry = await sweep({ dryRun: true });
    expect(dry.missed).toBe(1);
    expect((await world.state(ref)).state).toBe('open');
    expect((await found()).missed).toBe(1);
    await world.until(ref, 'muted', (s) => s.state === 'muted');
    await world.quiet(ref);
    await world.listed(ref);
    expect((await world.view(ref)).tasks).toEqual([]);
    expect((await world.state(other)).state).toBe('open');
    expect((await sweep()).missed).toBe(0);
  },
  TEST_MS,
);

test(
  'a project cannot be read: no task in it is said to be missing',
  async () => {
    const ref = await open(world);
    await world.fault({ vendor: 'asana', kind: 'status', status: 403, path: '/tasks$', method: 'GET' });
    const blind = await sweep();
    expect(blind.duplicates).toBeNull();
    expect(blind).not.toHaveProperty('missed');
    await world.heal();
    await world.quiet(ref);
    expect((await world.state(ref)).state).toBe('open');
  },
  TEST_MS,
);
