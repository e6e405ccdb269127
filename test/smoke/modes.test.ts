/** MODE changes while issues live: observe → live → observe → live, on the same data. */
import { cleanUpApps, idle, until, type App, type Env } from '../support/app';
import { rulesWith, SHORT, startAgain, startApart } from '../support/outage';
import type { Run } from '../support/run';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const ISSUES = 10;
let app: App & { env: Env; run: Run };
let ids: string[] = [];

beforeAll(async () => {
  await temporalExecutable();
  const RULES_DIR = rulesWith(`${SHORT}, sweepEvery: 2s`);
  app = await startApart((env) => ({ ...env, RULES_DIR, MODE: 'observe' }));
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

type Logged = { at: string; vendor: string; method: string; path: string };
/** What was written to a vendor after `from`. */
async function writes(from = ''): Promise<string[]> {
  const log = await app.sandbox.control<Logged[]>('/log', {}, 'GET');
  const reads = /auth\.test|\/v1\/absences|getAbsences|\/_control/;
  return log
    .filter((l) => l.at > from && l.method !== 'GET' && ['sentry', 'asana', 'slack'].includes(l.vendor))
    .filter((l) => !reads.test(l.path))
    .map((l) => `${l.vendor} ${l.method} ${l.path}`);
}
const tasks = (): Promise<number[]> => Promise.all(ids.map(async (id) => (await app.sandbox.tasksOf(id)).length));
const every = (what: string, state: string): Promise<unknown> =>
  Promise.all(ids.map((id) => app.issueWhen(id, what, (i) => i.state === state && idle(i))));
const messages = async (about: string): Promise<number> =>
  (await app.sandbox.control<{ 'slack-messages': { text: string }[] }>('/world', {}, 'GET'))['slack-messages'].filter(
    ({ text }) => text.includes(about),
  ).length;

it('observe: everything is decided and recorded, nothing is written', async () => {
  const raised = await Promise.all(
    Array.from({ length: ISSUES }, (_, i) => app.sandbox.raise({ title: `Error: mode ${i}`, platform: 'python' })),
  );
  ids = raised.map(({ id }) => id);
  await every('is decided', 'open');
  for (const id of ids) expect(await app.issue(id)).toMatchObject({ rule: 'python', task: null });
  expect(await writes()).toEqual([]);
});

it('live: each open issue gets its task with the next sweep, once, and chat hears of each once', async () => {
  app = await startAgain(app, { MODE: 'live' });
  await until('each has its task', async () => (await tasks()).every((n) => n > 0));
  await every('has its task', 'open');
  expect(await tasks()).toEqual(ids.map(() => 1));
  for (const id of ids) expect(await app.sandbox.commentsOn((await app.sandbox.onlyTaskOf(id)).gid)).toEqual([]);
  await until('chat was told', async () => (await messages('mode')) >= ISSUES);
  expect(await messages('mode')).toBe(ISSUES);
  // So the log would have told.
  expect(new Set((await writes()).map((w) => w.split(' ')[0]))).toEqual(new Set(['asana', 'sentry', 'slack']));
});

it('observe again: from the first moment on nothing is written, whatever Sentry and operators say', async () => {
  app = await startAgain(app, { MODE: 'observe' });
  const from = new Date().toISOString();
  const [first = '', second = ''] = ids;
  for (const id of ids.slice(2)) await app.sandbox.act(id, 'resolve');
  await app.errand('resolve', first);
  await app.errand('reassign', second, '--to', 'ewa');
  await Promise.all(
    ids.slice(2).map((id) => app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i))),
  );
  await app.issueWhen(first, 'is resolved', (i) => i.state === 'resolved' && idle(i));
  const { id } = await app.sandbox.raise({ title: 'Error: a later one', platform: 'python' });
  await app.issueWhen(id, 'is decided', (i) => i.state === 'open' && idle(i));
  expect(await writes(from)).toEqual([]);
  expect(await app.sandbox.tasksOf(id)).toEqual([]);
  expect((await app.sandbox.onlyTaskOf(ids[2] ?? '')).completed).toBe(false);
});

it('live again: what was resolved meanwhile is completed, with one word why', async () => {
  app = await startAgain(app, { MODE: 'live' });
  const closed = ids.filter((_, i) => i !== 1);
  await until('all are completed', async () =>
    (await Promise.all(closed.map((id) => app.sandbox.onlyTaskOf(id)))).every((t) => t.completed),
  );
  for (const id of closed) {
    await app.issueWhen(id, 'is at rest', idle);
    const { gid } = await app.sandbox.onlyTaskOf(id);
    expect(await app.sandbox.commentsOn(gid)).toHaveLength(1);
  }
  expect(await tasks()).toEqual(ids.map(() => 1));
});
