/** kill -9 at the worst moments: nothing that was acknowledged is lost, and nothing is made twice. */
import { freePort } from '../../src/temporal/server/ports';
import { cleanUpApps, startUp, until, type App, type Env } from '../support/app';
import { raiseSilently } from '../support/raise-silently';
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

it('kill -9 of everything between the 202 and the task: after the restart the task exists, once', async () => {
  const { id, body } = await raiseSilently(app, 'Error: killed before the task');
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
  const { id, body } = await raiseSilently(app, 'Error: killed behind the task');
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
