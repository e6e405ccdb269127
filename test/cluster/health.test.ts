/** The healthchecks and jobs of docker-compose.yml hold against the same servers and processes, started natively. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { cleanUpApps, startOnCluster, until, type App, type Env } from '../support/app';
import type { Cluster } from '../support/cluster';
import { cleanEnv } from '../support/run';
import { serviceOf } from './compose';
import { SERVER_VERSION } from './needs';

const ROOT = join(__dirname, '..', '..');
const ADDRESS = process.env['ERRAND_TEST_CLUSTER'] ?? '';
const DAY_MS = 86_400_000;
const NOBODY = '127.0.0.1:9';

let app: App & { run: Cluster };

beforeAll(async () => {
  app = await startOnCluster(ADDRESS);
});
afterAll(cleanUpApps);

/** The command of a service's healthcheck, with places exchanged for those here. */
function check(service: string, ...places: [from: string, to: string][]): string[] {
  const [how, ...command] = serviceOf(service).healthcheck?.test ?? [];
  expect(how).toBe('CMD');
  return command.map((word) => places.reduce((text, [from, to]) => text.replace(from, to), word));
}

async function exitOf(
  [command = '', ...args]: string[],
  env: Env = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(command, args, { cwd: ROOT, env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, said };
}

/** One check may find a machine that stands still; Docker, too, asks several times. @returns what it said */
function healthy(command: string[], env?: Env): Promise<string> {
  return until('the check to pass', async () => {
    const { code, said } = await exitOf(command, env);
    if (code !== 0) throw new Error(`it ended with ${code}: ${said}`);
    return said || 'nothing';
  });
}

it('temporal: the page that is asked for is there', async () => {
  const url = check('temporal', ['http://127.0.0.1:7243', process.env['ERRAND_TEST_CLUSTER_HTTP'] ?? '']).at(-1) ?? '';
  const answer = await fetch(url);
  expect({ url, status: answer.status }).toEqual({ url, status: 200 });
  expect(await answer.json()).toMatchObject({ serverVersion: SERVER_VERSION, persistenceStore: 'postgres12' });
});

it('temporal-namespace: the namespace is there, and keeps closed workflows for 90 days', async () => {
  const connection = await Connection.connect({ address: ADDRESS });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'errand' });
  await connection.close();
  expect(tsToMs(config?.workflowExecutionRetentionTtl ?? undefined)).toBe(90 * DAY_MS);
});

it('api: healthy while it listens, and not when nobody does', async () => {
  const { host } = new URL(app.running.url);
  await healthy(check('api', ['127.0.0.1:8080', host]));
  expect(await exitOf(check('api', ['127.0.0.1:8080', NOBODY]))).toMatchObject({ code: 1 });
});

describe('worker', () => {
  it('healthy while it asks Temporal for work', async () => {
    expect(await healthy(check('worker'), app.run.env)).toMatch(/last asked for work \d+ s ago/);
  });

  it('not where nobody asks, and not while Temporal is away', async () => {
    const elsewhere = await exitOf(check('worker'), { ...app.run.env, TEMPORAL_NAMESPACE: 'errand' });
    expect(elsewhere.said).toContain('Temporal knows no worker');
    expect(elsewhere.code).toBe(1);
    const away = await exitOf(check('worker'), { ...app.run.env, TEMPORAL_ADDRESS: NOBODY });
    expect(away.said).toContain('Temporal cannot be asked');
    expect(away.code).toBe(1);
  });
});
