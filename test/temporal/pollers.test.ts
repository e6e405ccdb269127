/** How many processes share a vendor's limit, on a real Temporal server. */
import { spawnSync } from 'node:child_process';
import { Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { freePort } from '../../src/temporal/ports';
import { identityOf, watchPollers } from '../../src/temporal/pollers';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import { TemporalServer } from '../support/temporal-server';
import { until } from '../support/waiting';
import { quietRuntime, START_TIMEOUT_MS } from '../support/world';

const QUEUE = 'vendor';
const NAMESPACE = 'default';
let server: TemporalServer;
let address: string;
let connection: Connection;
/** Whatever fails, nothing is left running. */
const stopping: (() => Promise<void>)[] = [];

beforeAll(async () => {
  quietRuntime();
  const port = await freePort('127.0.0.1');
  address = `127.0.0.1:${port}`;
  server = new TemporalServer(port, NAMESPACE);
  await server.start();
  connection = await Connection.connect({ address });
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await connection.close();
  await server.stop();
}, START_TIMEOUT_MS);

/** As a process of its own: they are told apart by their identity. */
async function startWorker(identity: string): Promise<void> {
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: native,
    namespace: NAMESPACE,
    taskQueue: QUEUE,
    identity,
    activities: { nothing: () => Promise.resolve() },
  });
  const run = worker.run();
  stopping.push(async () => {
    worker.shutdown();
    await run;
    await native.close();
  });
}

test('each process may use its part, and what was known last stands while Temporal is away', async () => {
  const pollers = watchPollers(connection, NAMESPACE, QUEUE, 200);
  const share = (part: number): Promise<number> =>
    until(
      `a share of ${part}`,
      () => Promise.resolve(pollers.share()),
      (is) => is === part,
    );
  expect(pollers.share()).toBe(1);
  await startWorker('errand@first:1');
  await share(1);
  await startWorker('errand@second:1');
  await share(1 / 2);
  await startWorker(identityOf(process.pid));
  await share(1 / 3);
  // One that was killed on this machine is listed for minutes.
  const { pid } = spawnSync(process.execPath, ['--version']);
  await startWorker(identityOf(pid));
  await new Promise((done) => setTimeout(done, 1_000));
  expect(pollers.share()).toBe(1 / 3);
  for (const stop of stopping.splice(0)) await stop();
  await server.stop();
  await new Promise((done) => setTimeout(done, 1_000));
  expect(pollers.share()).toBe(1 / 3);
  await pollers.stop();
}, 120_000);
