/** The storm workflow on a real server: turns as the window moves on, over many runs of its workflow. */
import { stormIdOf, workflowIdOf } from '../../src/contract';
import type { IssueRef } from '../../src/core/refs';
import type { StormView } from '../../src/core/storm/record';
import type { TestWorld } from '../support/test-world';
import { until } from '../support/waiting';
import { START_TIMEOUT_MS, startWorld } from '../support/world';
import { RULES } from '../support/world-rules';

const MAX = 2;
const ISSUES = 7;
const PATIENCE_MS = 180_000;
/** They wait one after the other, two in a window. */
const TEST_MS = 600_000;
/** Longer than it takes until all are there, however slow this machine is; then the window is made short. */
const LONG = '10m';
const LONG_MS = 10 * 60_000;
const SHORT_MS = 6_000;
type Task = { gid: string; name: string; notes: string; completed: boolean };

let world: TestWorld;

beforeAll(async () => {
  const rules = RULES.replace('maxNewTasks: 10000', `maxNewTasks: ${MAX}\n  stormWindow: ${LONG}`);
  // So that the storm workflow continues as new in the middle of the storm, again and again.
  world = await startWorld({ rules, suggestContinueAsNew: 40 });
}, START_TIMEOUT_MS);
afterAll(() => world.stop());

async function tasks(): Promise<Task[]> {
  const dump = (await world.control('world', {}, 'GET')) as { 'asana-tasks': Task[] };
  return dump['asana-tasks'];
}
const lastLine = (task: Task): string => task.notes.trimEnd().split('\n').at(-1) ?? '';
const storm = async (project: string): Promise<StormView | undefined> => world.temporal.storm('acme', project);

/** The event time, on the server, at which an issue was first told to go on. */
async function turnOf(ref: IssueRef): Promise<number> {
  const told = (await world.history(ref)).find(
    (e) => e.workflowExecutionSignaledEventAttributes?.signalName === 'retry',
  );
  const { seconds, nanos } = told?.eventTime ?? {};
  return Number(seconds) * 1_000 + Number(nanos) / 1_000_000;
}

test(
  'seven issues at once, two tasks in the window: each gets its one task in the order they came, and the storm task is completed',
  async () => {
    const refs: IssueRef[] = [];
    for (let n = 1; n <= ISSUES; n += 1) {
      const ref = await world.raise({ title: `Error: number ${n}`, project: 'burst' });
      await world.hint(ref);
      await world.until(ref, 'a task or its place in the line', (s) => s.task !== null || s.attention.length > 0);
      refs.push(ref);
    }
    const held = await world.state(refs.at(-1) ?? world.newRef());
    expect([held.task, held.attention.map((a) => a.code)]).toEqual([null, ['storm_held']]);
    world.rules.settings.stormWindow = SHORT_MS;

    for (const ref of refs)
      await until(
        `the task of ${ref.id}`,
        () => world.state(ref),
        (s) => s.task !== null,
        PATIENCE_MS,
      );
    const ours = (await tasks()).filter((t) => refs.some((ref) => lastLine(t) === workflowIdOf(ref)));
    expect(ours.map(lastLine).sort()).toEqual(refs.map(workflowIdOf).sort());
    const turns = await Promise.all(refs.slice(MAX).map(turnOf));
    expect(turns.every((at) => at > 0)).toBe(true);
    expect(turns).toEqual([...turns].sort((a, b) => a - b));

    await until(
      'the end of the storm',
      () => storm('burst'),
      (s) => s?.since === null,
    );
    const ended = (all: Task[]): boolean => all.some((t) => lastLine(t).startsWith('storm:acme:burst/') && t.completed);
    await until('the storm task to be completed', tasks, ended);
    expect((await tasks()).filter((t) => lastLine(t).startsWith('storm:'))).toHaveLength(1);
    expect((await world.runs(stormIdOf('acme', 'burst'))).length).toBeGreaterThan(1);
  },
  TEST_MS,
);

test(
  'a storm task that Asana will not complete holds up no later storm of the same project, and is completed once Asana takes it',
  async () => {
    const refs: IssueRef[] = [];
    const burst = async (): Promise<void> => {
      for (let n = 0; n <= MAX; n += 1) {
        const ref = await world.raise({ project: 'again' });
        await world.hint(ref);
        refs.push(ref);
      }
    };
    const ofStorms = async (): Promise<Task[]> =>
      (await tasks()).filter((t) => lastLine(t).startsWith('storm:acme:again/'));
    world.rules.settings.stormWindow = LONG_MS;
    await burst();
    const [first] = await until('the first storm task', ofStorms, (all) => all.length === 1, PATIENCE_MS);
    await world.fault({
      vendor: 'asana',
      method: 'PUT',
      path: `/tasks/${first?.gid ?? ''}$`,
      kind: 'status',
      status: 403,
    });
    world.rules.settings.stormWindow = SHORT_MS;
    await until(
      'the end of the first storm',
      () => storm('again'),
      (s) => s?.since === null,
      PATIENCE_MS,
    );
    world.rules.settings.stormWindow = LONG_MS;
    await burst();
    await until('the task of the second storm', ofStorms, (all) => all.length === 2, PATIENCE_MS);
    expect((await ofStorms()).map((t) => t.completed)).toEqual([false, false]);
    await world.heal();
    world.rules.settings.stormWindow = SHORT_MS;
    const ended = (all: Task[]): boolean => all.length === 2 && all.every((t) => t.completed);
    await until('both to be completed', ofStorms, ended, PATIENCE_MS);
    for (const ref of refs) await world.until(ref, 'its task', (s) => s.task !== null);
  },
  TEST_MS,
);
