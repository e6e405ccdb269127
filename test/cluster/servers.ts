/** The servers of docker-compose.yml, natively and thrown away afterwards: Postgres, and Temporal on it, on free ports of loopback. */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { freePort } from '../../src/temporal/server/ports';
import { Child } from './child';
import { serviceOf } from './compose';
import type { Needs } from './needs';

const run = promisify(execFile);
const HOST = '127.0.0.1';
const USER = 'temporal';
const DEPLOY = join(__dirname, '..', '..', 'deploy', 'temporal');
/** The name that the health service knows the frontend by, and grpc.health.v1's SERVING. */
const FRONTEND = 'temporal.api.workflowservice.v1.WorkflowService';
const SERVING = 1;

export type Postgres = { port: number; password: string; stop: () => Promise<void> };
export type Temporal = { address: string; http: string; pid: number; stop: () => Promise<void> };

/** @param dir holds the database, the password and the log; it must exist */
export async function startPostgres(needs: Needs, dir: string): Promise<Postgres> {
  const data = join(dir, 'postgres');
  const passwordFile = join(dir, 'password');
  const password = randomUUID();
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (needs.user) for (const own of [dir, data, passwordFile]) chownSync(own, needs.user.uid, needs.user.gid);
  const how = [
    '--username',
    USER,
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--no-sync',
  ];
  execFileSync(needs.initdb, ['--pgdata', data, '--locale', 'C', ...how], { ...needs.user, cwd: dir, stdio: 'pipe' });

  const port = await freePort(HOST);
  // As in the compose file; the socket is kept out of the system's folder.
  const [, ...options] = serviceOf('postgres').command ?? [];
  const child = new Child({
    command: needs.postgres,
    args: ['-D', data, '-h', HOST, '-p', String(port), '-k', dir, ...options],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    log: join(dir, 'postgres.log'),
    user: needs.user,
  });
  const stop = (): Promise<void> => child.stop('SIGINT');
  await child
    .ready('Postgres', async () => void (await run(needs.pgIsReady, ['-h', HOST, '-p', String(port), '-U', USER])))
    .catch(async (e: unknown) => {
      await stop();
      throw e;
    });
  return { port, password, stop };
}

/** Runs the compose file's own jobs, each twice, because every start of the compose file runs them again. */
async function runJob(name: string, bin: string, env: Record<string, string>): Promise<void> {
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  for (let times = 0; times < 2; times += 1)
    await run('/bin/sh', [join(DEPLOY, name)], { env: { PATH: path, HOME: bin, ...env } });
}

/** Makes both schemas and the namespace, and starts the server in between. @param dir for its log; it must exist */
export async function startTemporal(
  needs: Needs,
  dir: string,
  postgres: Postgres,
  namespace: string,
): Promise<Temporal> {
  // The jobs call the tools by the names that they have in the image.
  const bin = join(dir, `bin-${randomUUID()}`);
  mkdirSync(bin);
  symlinkSync(needs.sqlTool, join(bin, 'temporal-sql-tool'));
  symlinkSync(needs.temporal, join(bin, 'temporal'));
  await runJob('schema.sh', bin, {
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: HOST,
    SQL_PORT: String(postgres.port),
    SQL_USER: USER,
    SQL_PASSWORD: postgres.password,
  });

  const ports = await temporalPorts();
  const child = new Child({
    command: needs.server,
    args: ['start'],
    env: {
      PATH: process.env['PATH'],
      // What the compose file says, but for the places.
      ...serviceOf('temporal').environment,
      POSTGRES_SEEDS: HOST,
      DB_PORT: String(postgres.port),
      POSTGRES_USER: USER,
      POSTGRES_PWD: postgres.password,
      BIND_ON_IP: HOST,
      DYNAMIC_CONFIG_FILE_PATH: join(DEPLOY, 'dynamicconfig.yaml'),
      ...ports,
    },
    log: join(dir, 'temporal.log'),
  });
  const stop = (): Promise<void> => child.stop('SIGTERM');
  const address = `${HOST}:${ports.FRONTEND_GRPC_PORT}`;
  try {
    const connection = Connection.lazy({ address });
    await child.ready('Temporal', async () => {
      const { status } = await connection.healthService.check({ service: FRONTEND });
      if (Number(status) !== SERVING) throw new Error(`its health is ${String(status)}`);
    });
    await connection.close();
    await runJob('namespace.sh', bin, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  } catch (e) {
    await stop();
    throw e;
  }
  return { address, http: `http://${HOST}:${ports.FRONTEND_HTTP_PORT}`, pid: child.pid, stop };
}

/** Postgres keeps the ports of a membership as smallint; the system's own choice of a free one would mostly be above. */
const PORTS = { from: 15_000, to: 32_767 };

async function lowPort(avoid: number[]): Promise<number> {
  for (;;) {
    const wanted = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if ((await freePort(HOST, wanted, avoid)) === wanted) return wanted;
  }
}

/** The four services in one process listen on these (config_template_embedded.yaml of the server). */
async function temporalPorts() {
  const taken: number[] = [];
  const next = async (): Promise<string> => {
    const port = await lowPort(taken);
    taken.push(port);
    return String(port);
  };
  return {
    FRONTEND_GRPC_PORT: await next(),
    FRONTEND_MEMBERSHIP_PORT: await next(),
    FRONTEND_HTTP_PORT: await next(),
    MATCHING_GRPC_PORT: await next(),
    MATCHING_MEMBERSHIP_PORT: await next(),
    HISTORY_GRPC_PORT: await next(),
    HISTORY_MEMBERSHIP_PORT: await next(),
    WORKER_GRPC_PORT: await next(),
    WORKER_MEMBERSHIP_PORT: await next(),
  };
}
