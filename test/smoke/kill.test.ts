/** kill -9 at the worst moments: nothing that was acknowledged is lost, and nothing is made twice. */
import { freePort } from '../../src/temporal/server/ports';
import { cleanUpApps, fixture, idle, startUp, until, type App, type Env } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;
let env: Env;

beforeAll(async () => {
  await temporalExecutable();
  // Ports that are asked for, so that who comes back is found where it was.
  const port = await freePort('127.0.0.1');
  const operatorPort = await freePort('127.0.0.1', undefined, [port]);
  env = { PORT: String(port), OPERATOR_PORT: String(operatorPort) };
  app = await startUp({ env });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

/** An issue in pretend Sentry without its webhook, and the body of that webhook. */
async function silently(title: string): Promise<{ id: string; body: string }> {
  const { id } = await app.sandbox.raise({ title, platform: 'python', webhook: false });
  const payload = JSON.parse(fixture('issue.created.python-exception')) as { data: { issue: { id: string } } };
  payload.data.issue.id = id;
  return { id, body: JSON.stringify(payload) };
}

it('kill -9 of everything between the 202 and the task: after the restart the task exists, once', async () => {
  const { id, body } = await silently('Error: killed before the task');
  // Asana cannot be read, so the task is not even tried when the kill comes. The fault ends with the sandbox.
  await app.sandbox.fault({ vendor: 'asana', kind: 'down', method: 'GET' });
  expect(await app.webhook(body, 'issue')).toMatchObject({ status: 202 });
  expect(await app.sandbox.tasksOf(id)).toEqual([]);
  await app.run.end('SIGKILL');
  await app.run.nothingLeft();

  app = await startUp({ dataDir: app.dataDir, env });
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
});

it('kill -9 after the task was made but before anybody knew: it is found again, not made twice', async () => {
  const { id, body } = await silently('Error: killed behind the task');
  // Asana makes the task and hangs up without saying so.
  await app.sandbox.fault({ vendor: 'asana', method: 'POST', path: '/tasks$', kind: 'commitThenReset' });
  expect(await app.webhook(body, 'issue')).toMatchObject({ status: 202 });
  await until('the task is in Asana', async () => (await app.sandbox.tasksOf(id)).length === 1);
  await app.run.end('SIGKILL');
  await app.run.nothingLeft();

  app = await startUp({ dataDir: app.dataDir, env });
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id });
});

describe('while deliveries arrive', () => {
  /** Which process of `up` is killed, as its command line shows it. */
  const VICTIMS = [
    { victim: 'the api', like: /errand\.js api$/, again: /api ended \(SIGKILL\)/ },
    { victim: 'the worker', like: /errand\.js worker$/, again: /worker ended \(SIGKILL\)/ },
    { victim: 'the Temporal server', like: /start-dev/, again: /Temporal ended by itself/ },
  ];
  const ISSUES = 8;
  const TIMES = 3;

  it.each(VICTIMS)('kill -9 of $victim loses nothing that was answered with 202', async ({ like, again }) => {
    const issues: { id: string; body: string }[] = [];
    for (let i = 0; i < ISSUES; i += 1) issues.push(await silently(`Error: number ${i} of ${String(like)}`));
    const acknowledged = new Map<string, number>();
    let killed: Promise<unknown> | undefined;
    // As Sentry does, each delivery is tried once; what is not answered is not promised, and comes again only as another one.
    await until('every issue has been acknowledged some times, before or after the kill', async () => {
      for (const { id, body } of issues) {
        const answer = await app.webhook(body, 'issue').catch(() => undefined);
        if (answer?.status === 202) acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1);
        if (!killed && acknowledged.size === ISSUES / 2) {
          process.kill(app.run.childLike(like), 'SIGKILL');
          killed = app.run.says(again);
        }
      }
      return [...acknowledged.values()].filter((n) => n >= TIMES).length === ISSUES;
    });
    await killed;
    for (const { id } of issues) {
      const issue = await app.issueWhen(id, 'has its task', (i) => i.task !== null && idle(i));
      expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id });
    }
  });
});
