/** Two Errands on one machine, each with a Temporal of its own. */
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { readRecord } from '../../../src/temporal/server/process';
import { startKept, type Embedded } from '../../../src/temporal/server/embedded';
import { PortClaims } from '../../../src/temporal/server/port-claims';
import { freePort } from '../../../src/temporal/server/ports';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../../support/temporal-executable';
import { cleanUp, program, temporaryDir, until } from './support/processes';

const HOST = '127.0.0.1';
jest.setTimeout(10 * 60_000);

let running: Embedded[] = [];

beforeAll(async () => {
  await temporalExecutable();
}, MAKE_TIMEOUT_MS);

afterEach(async () => {
  for (const one of running) await one.stop();
  running = [];
  await cleanUp();
});

async function start(dataDir: string, ports: { port: number; uiPort: number }): Promise<Embedded> {
  const executable = await temporalExecutable();
  const say = (): void => undefined;
  const one = await startKept({ executable, dataDir, namespace: 'errand', env: process.env, say, ...ports });
  running.push(one);
  return one;
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, tls: false, connectTimeout: 1_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('another Errand that starts while our Temporal is down does not take its place', async () => {
  const port = await freePort(HOST);
  const ports = { port, uiPort: await freePort(HOST, undefined, [port]) };
  const [mine, theirs] = [await temporaryDir(), await temporaryDir()];
  const first = await start(mine, ports);
  expect(first.address).toBe(`${HOST}:${port}`);

  const record = readRecord(join(mine, 'temporal.pid'));
  process.kill(record?.pid ?? 0, 'SIGKILL');
  const second = await start(theirs, ports);
  expect(second.address).not.toBe(first.address);
  expect(second.uiUrl).not.toBe(first.uiUrl);
  await until('the first is back in its place', async () => {
    const pid = readRecord(join(mine, 'temporal.pid'))?.pid;
    return pid !== undefined && pid !== record?.pid && (await answers(first.address));
  });

  // Given back in the end.
  await first.stop();
  const third = await start(await temporaryDir(), ports);
  expect(third.address).toBe(first.address);
});

onLinux('a claim is seen by other processes, and ends with its own, however that ends', async () => {
  const port = await freePort(HOST);
  const holder = program('port-holder', [String(port)]);
  expect(await holder.next()).toBe('true');
  const claims = new PortClaims();
  expect(await claims.take(port)).toBe(false);
  await holder.kill();
  await until('the port can be claimed', () => claims.take(port));
  expect(await new PortClaims().take(port)).toBe(false);
  await claims.release();
});
