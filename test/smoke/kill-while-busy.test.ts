/** kill -9 of one process of `up` after the other, amid a stream of deliveries: nothing that was acknowledged is lost. */
import { freePort } from '../../src/temporal/server/ports';
import { cleanUpApps, idle, startUp, until, type App } from '../support/app';
import { raiseSilently } from '../support/raise-silently';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  // Ports that are asked for, so that who comes back is found where it was.
  const port = await freePort('127.0.0.1');
  const operatorPort = await freePort('127.0.0.1', undefined, [port]);
  app = await startUp({ env: { PORT: String(port), OPERATOR_PORT: String(operatorPort) } });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

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
    for (let i = 0; i < ISSUES; i += 1) issues.push(await raiseSilently(app, `Error: number ${i} of ${String(like)}`));
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
