/** Too many new issues at once, over the whole application: what is made, what waits, and what lets it go on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActLogEntry } from '../../src/api/inbox/types';
import { CATALOGUE } from '../../src/errors';
import type { IssueView } from '../../src/core/issue/row';
import type { StormView } from '../../src/core/storm/record';
import { Alarms, type Told } from '../support/alarms';
import { cleanUpApps, startUp, until, type App } from '../support/app';
import { rulesWith } from '../support/rules-dir';
import type { PretendTask } from '../support/sandbox-client';

const TEST_MS = 240_000;
const MAX = 3;
const BURST = 8;
/** Far longer than the test, so that nobody's turn comes meanwhile; it is looked at every ten seconds. */
const SETTINGS = `{ maxNewTasks: ${MAX}, stormWindow: 10m, verifyAfter: 2s, alertEvery: 1s }`;

let app: App;
let ids: string[] = [];
let told: Told;

beforeAll(async () => {
  app = await startUp({ env: { RULES_DIR: rulesWith(SETTINGS) } });
}, TEST_MS);
afterAll(cleanUpApps);

const raise = async (project: string, count: number): Promise<string[]> => {
  const raised = Array.from({ length: count }, (_, n) =>
    app.sandbox.raise({ title: `Error: number ${n} of ${project}`, project, platform: 'python' }),
  );
  return (await Promise.all(raised)).map(({ id }) => id);
};
const held = async (): Promise<IssueView[]> =>
  (await app.get<{ issues: IssueView[] }>('/issues?attention=true&limit=200')).issues.filter((i) =>
    i.attention.some((a) => a.code === 'storm_held'),
  );
const lastLine = (t: PretendTask): string => t.notes.trimEnd().split('\n').at(-1) ?? '';
const stormTasks = async (): Promise<PretendTask[]> =>
  (await app.sandbox.allTasks()).filter((t) => lastLine(t).startsWith('storm:'));
const made = async (): Promise<string[]> => {
  const tasks = await app.sandbox.allTasks();
  return ids.filter((id) => tasks.some((t) => lastLine(t) === `sentry:acme:${id}`));
};
const storms = async (): Promise<StormView[]> =>
  (JSON.parse((await app.errand('--json', 'storms')).stdout) as { storms: StormView[] }).storms;

it(
  'eight issues at once where three may have a task: three have one, five wait in one storm task, also when the worker is killed',
  async () => {
    const burst = raise('burst', BURST);
    const calm = raise('calm', 2);
    await until('the first task of the burst', async () => (await app.sandbox.allTasks()).length > 0);
    ids = await burst;
    await app.renewWorkers();
    for (const id of await calm) await app.settled(id);
    await until('five are held', async () => (await held()).length === BURST - MAX);
    // Who was let in may still be about to have its task: an attempt of the killed worker is given up after a minute.
    await until('three have theirs', async () => (await made()).length === MAX);

    const waiting = await held();
    const listed = async (): Promise<PretendTask | undefined> => {
      const [task] = await stormTasks();
      return task && waiting.every((i) => task.notes.includes(i.shortId ?? '?')) ? task : undefined;
    };
    const task = await until('all that wait are in the storm task', listed);
    expect(await stormTasks()).toHaveLength(1);
    expect(task).toMatchObject({ completed: false, assignee: null, name: expect.stringContaining('burst') as string });
    expect(task.notes).toContain('5 issues wait');
    expect(task.notes.match(/Error: number/g)).toHaveLength(BURST - MAX);
    // The storm workflow hears of its task a moment after the task is there.
    const shown = await until('the storm shows its task and all that wait', async () => {
      const all = await storms();
      return all.every((s) => s.task !== null && s.held === BURST - MAX) && all;
    });
    const [storm, ...more] = shown;
    expect(more).toEqual([]);
    expect(storm).toMatchObject({ project: 'burst', held: 5, admitted: MAX, max: MAX, task: { id: task.gid } });
    expect((await app.errand('storms')).stdout).toMatch(/^burst: 5 held since/);
    told = await new Alarms(app).says('storm_held', /5 issues need a person[^]*\nSentry projects: burst\.\n/);
  },
  TEST_MS,
);

it(
  'an issue that has its task comes back during the storm: it is reopened as always',
  async () => {
    const [id = ''] = await made();
    await app.settled(id);
    await app.sandbox.act(id, 'resolve');
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved');
    await app.sandbox.act(id, 'regress');
    await app.settled(id);
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ completed: false });
    expect(await held()).toHaveLength(BURST - MAX);
  },
  TEST_MS,
);

it('a release of what holds nothing says so, and is no failure', async () => {
  const nowhere = await app.errand('release', '--project', 'nowhere');
  expect([nowhere.code, nowhere.stdout]).toEqual([0, expect.stringContaining('Nothing is held in nowhere') as string]);
  const calm = await app.errand('--json', 'release', '--project', 'calm');
  expect([calm.code, JSON.parse(calm.stdout)]).toEqual([0, { released: [] }]);
});

it(
  'released as the alert says, all eight have their one task each, and the storm task is completed',
  async () => {
    const said = await app.errand(...Alarms.commandIn(told, 'release'));
    expect([said.code, said.stdout]).toEqual([0, expect.stringMatching(/^burst: 5 released/) as string]);
    // To wait is no failure: said once for each, and nothing is warned of. Only `up` keeps the log beside its data.
    const log = join(app.dataDir, 'worker.log');
    if (existsSync(log)) {
      const lines = readFileSync(log, 'utf8').split('\n');
      expect(lines.filter((line) => line.includes(CATALOGUE.storm_held.message))).toEqual([]);
      expect(lines.filter((line) => line.includes('over the rate limit')).length).toBeGreaterThanOrEqual(BURST - MAX);
    }
    // Its workflow looks again only in ten seconds: until then it does not know that the storm is over.
    for (const more of [[], ['--project', 'burst']]) {
      const again = await app.errand('--json', 'release', ...more);
      expect([again.code, JSON.parse(again.stdout)]).toEqual([0, { released: [] }]);
    }
    const stories: string[][] = [];
    for (const id of ids) {
      stories.push((await app.settled(id)).timeline.map((t) => t.what));
      await app.sandbox.onlyTaskOf(id);
    }
    expect(stories.filter((story) => story.includes('released by local'))).toHaveLength(BURST - MAX);
    expect(stories.flat()).not.toContainEqual(expect.stringContaining('asked: retry'));
    await until('the storm task is completed', async () => (await stormTasks())[0]?.completed);
    const [task, ...more] = await stormTasks();
    expect(more).toEqual([]);
    expect((await app.sandbox.commentsOn(task?.gid ?? '')).join('\n')).toMatch(/The storm is over/);
    expect(await storms()).toEqual([]);
    const over = await app.errand('release');
    expect([over.code, over.stdout]).toEqual([0, 'Nothing is held.\n']);
    const { acts } = await app.get<{ acts: ActLogEntry[] }>('/logs');
    const releases = acts.filter((a) => a.act === 'release' && a.outcome === '200');
    expect(releases).toMatchObject([{ by: 'local', issue: 'storm:acme:burst' }]);
  },
  TEST_MS,
);
