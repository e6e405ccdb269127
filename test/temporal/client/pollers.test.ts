/** How many processes share a vendor's limit, on a real Temporal server. */
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { freePort } from '../../../src/temporal/server/ports';
import { identityOf, watchPollers } from '../../../src/temporal/client/pollers';
import { MAKE_TIMEOUT_MS } from '../../support/temporal-executable';
import { TemporalServer } from '../../support/temporal-server';
import { until } from '../../support/waiting';
import { quietRuntime, START_TIMEOUT_MS } from '../../support/world';

const QUEUE = 'vendor';
const NAMESPACE = 'default';
/** PID namespaces that are not ours: the kernel numbers its own from 4,026,531,836 on (PROC_PID_INIT_INO). */
const OTHERS = 4_026_000_000;
const HOUR = 3_600_000;
const someLooks = (): Promise<void> => new Promise((done) => setTimeout(done, 1_000));
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

test('who is not allowed to ask is told so once, and the whole limit is taken', async () => {
  const warned: unknown[] = [];
  const warn = (what: string, { share }: { share: number }): unknown => warned.push([what, share]);
  // Temporal answers the same way, with another code, to somebody without the right.
  const pollers = watchPollers(connection, 'not-ours', QUEUE, { everyMs: 200, warn });
  await someLooks();
  expect(warned).toEqual([[expect.stringMatching(/^Temporal refuses to say how many workers/), 1]]);
  expect(pollers.share()).toBe(1);
  await pollers.stop();
});

test('each process may use its part, also in containers of one name and with a wrong clock, and what was known last stands while Temporal is away', async () => {
  const warned: string[] = [];
  const pollers = watchPollers(connection, NAMESPACE, QUEUE, { everyMs: 200, warn: (what) => warned.push(what) });
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
  await someLooks();
  expect(pollers.share()).toBe(1 / 3);
  // As with host networking: one name, and in each container the worker is number 1, or one that is not seen from here.
  for (const name of [`1:${OTHERS}`, `1:${OTHERS + 1}`, `${pid}:${OTHERS}`])
    await startWorker(`errand@${hostname()}:${name}`);
  await share(1 / 6);
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + HOUR);
  await someLooks();
  clock.mockRestore();
  expect(pollers.share()).toBe(1 / 6);
  for (const stop of stopping.splice(0)) await stop();
  await server.stop();
  await someLooks();
  expect(pollers.share()).toBe(1 / 6);
  expect(warned).toEqual([]);
  await pollers.stop();
}, 120_000);
