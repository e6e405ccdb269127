import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { DirectoryLocked } from '../../../src/process/lock';
import type { DevServer, DevServerOptions } from '../../../src/temporal/server/dev-server';
import { DevServerError } from '../../../src/temporal/server/supervised';
import { ensureNamespace } from '../../../src/temporal/server/namespace';
import { endRecorded, factsOf, readRecord, writeRecord, type ServerRecord } from '../../../src/temporal/server/process';
import { freePort } from '../../../src/temporal/server/ports';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../../support/temporal-executable';
import { startOnFreePorts, withConnection } from './support/dev-server';
import { cleanUp, program, temporaryDir, until } from './support/processes';

const HOST = '127.0.0.1';
const DAY_MS = 24 * 60 * 60 * 1000;
/** As in supervisor.ts. */
const END_TIMEOUT_MS = 5_000;
/** Servers start and end several times in a test, each for many seconds on a slow machine. */
jest.setTimeout(10 * 60_000);

let executable: string;
let dataDir: string;
let running: DevServer[];
let listeners: Server[];
/** Servers whose owner is another process; ended after the test even when what it tests is broken. */
let foreign: ServerRecord[];

beforeAll(async () => {
  executable = await temporalExecutable();
}, MAKE_TIMEOUT_MS);

beforeEach(async () => {
  dataDir = await temporaryDir();
  running = [];
  listeners = [];
  foreign = [];
});

afterEach(async () => {
  for (const server of running) await server.stop();
  for (const record of foreign) await endRecorded(record);
  for (const listener of listeners) await new Promise((done) => listener.close(done));
  await cleanUp();
});

async function start(more: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startOnFreePorts(executable, { dataDir, headless: true, ...more });
  running.push(server);
  return server;
}

const retention = (connection: Connection, namespace: string): Promise<number> =>
  connection.workflowService
    .describeNamespace({ namespace })
    .then(({ config }) => tsToMs(config?.workflowExecutionRetentionTtl));

const startWorkflow = (address: string, workflowId: string): Promise<unknown> =>
  withConnection(address, (connection) =>
    new Client({ connection, namespace: 'errand' }).workflow.start('any', { workflowId, taskQueue: 'nobody' }),
  );

const statusOf = (address: string, workflowId: string): Promise<string> =>
  withConnection(address, async (connection) => {
    const handle = new Client({ connection, namespace: 'errand' }).workflow.getHandle(workflowId);
    return (await handle.describe()).status.name;
  });

const isGone = (pid: number): Promise<boolean> => factsOf(pid).then((facts) => facts === undefined);

async function listenOn(port: number): Promise<number> {
  const listener = createServer((socket) => socket.destroy());
  listeners.push(listener);
  await new Promise<void>((done) => listener.listen(port, HOST, done));
  return (listener.address() as AddressInfo).port;
}

describe('startDevServer', () => {
  it('serves the namespace with 90 days of retention, and its workflows survive a restart', async () => {
    const first = await start();
    expect(first.namespace).toBe('errand');
    expect(first.uiUrl).toBeUndefined();
    await withConnection(first.address, async (connection) => {
      expect(await retention(connection, 'errand')).toBe(90 * DAY_MS);
    });
    await startWorkflow(first.address, 'before');
    const asked = performance.now();
    await first.stop();
    await first.stop();
    // Asked to end, and killed only when it does not in time.
    const inTime = performance.now() - asked < END_TIMEOUT_MS;
    expect(await first.ended).toMatchObject(inTime ? { code: 0 } : {});
    expect(await isGone(first.pid)).toBe(true);
    expect(await isGone(first.supervisorPid)).toBe(true);
    expect(existsSync(join(dataDir, 'temporal.pid'))).toBe(false);

    const second = await start();
    expect(await statusOf(second.address, 'before')).toBe('RUNNING');
    await withConnection(second.address, async (connection) => {
      expect(await retention(connection, 'errand')).toBe(90 * DAY_MS);
    });
  });

  it('keeps a write-ahead log on disk and its own log at hand', async () => {
    const { pid } = await start({ dynamicConfig: { 'frontend.rps': 5000, 'frontend.someText': 'a b' } });
    const command = (await factsOf(pid))?.command;
    expect(command).toContain('--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=full');
    expect(command).toContain(
      '--dynamic-config-value frontend.rps=5000 --dynamic-config-value frontend.someText="a b"',
    );
    expect(existsSync(join(dataDir, 'temporal.db-wal'))).toBe(true);
    expect(readFileSync(join(dataDir, 'temporal.log'), 'utf8')).toContain('temporal.db');
    expect(readRecord(join(dataDir, 'temporal.pid'))).toMatchObject({ pid, executable });
  });

  it('its HTTP API answers no Host that a web page can name, and its UI is where no browser goes', async () => {
    const { pid } = await start({ headless: false });
    const refused: number[] = [];
    for (const port of listeningPorts(pid))
      for (const path of ['/api/v1/namespaces', `/api/v1/namespaces/errand/workflows/x/signal/resolve`]) {
        const method = path.endsWith('resolve') ? 'POST' : 'GET';
        const url = `http://127.0.0.1:${port}${path}`;
        const answer = await fetch(url, { method, signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
        if (answer) refused.push(answer.status);
      }
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter((status) => status < 400)).toEqual([]);
    expect(refused).toContain(403);
  });

  it('works in memory, with a Web UI that answers and does not ask for news', async () => {
    const server = await start({ dataDir: undefined, headless: false, namespace: 'elsewhere' });
    expect((await factsOf(server.pid))?.command).toContain('--ui-disable-news-fetch');
    await until(
      'the Web UI answers',
      async () => (await fetch(`${server.uiUrl}/`).catch(() => undefined))?.ok === true,
    );
  });

  it('is not misled by TEMPORAL_* in the environment', async () => {
    const server = await start({
      env: { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'x', TEMPORAL_TLS: 'true' },
    });
    await startWorkflow(server.address, 'w');
  });

  it('names a taken port and uses a free one, leaving the other server alone', async () => {
    const said: string[] = [];
    const [port, uiPort] = [await listenOn(0), await listenOn(0)];
    const server = await start({ port, uiPort, headless: false, say: (line) => said.push(line) });
    const used = server.address.split(':')[1];
    const usedUi = new URL(server.uiUrl ?? '').port;
    expect(server.address).not.toBe(`${HOST}:${port}`);
    expect(usedUi).not.toBe(String(uiPort));
    // A free port may be taken by another suite before the server has it: then it says so, and tries others.
    expect(said[0]).toMatch(new RegExp(`^port ${port} is taken, using \\d+ instead$`));
    expect(said[1]).toMatch(new RegExp(`^Web UI port ${uiPort} is taken, using \\d+ instead$`));
    expect(said.filter((line) => /^port |^using port /.test(line)).at(-1)).toMatch(new RegExp(`\\b${used}\\b`));
    expect(said.filter((line) => /Web UI port /.test(line)).at(-1)).toMatch(new RegExp(`\\b${usedUi}\\b`));
    await startWorkflow(server.address, 'w');
  });

  it('refuses a second server on the same data', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(DirectoryLocked);
    await startWorkflow(first.address, 'still-there');
  });

  it('tells what the server said when it does not come up, and leaves nothing behind', async () => {
    const broken = join(dataDir, 'broken');
    writeFileSync(broken, '#!/bin/sh\necho disk on fire >&2\nexit 7\n', { mode: 0o755 });
    const refusal = start({ executable: broken });
    await expect(refusal).rejects.toThrow(DevServerError);
    await expect(refusal).rejects.toThrow('disk on fire');
    await expect(start({ executable: join(dataDir, 'nowhere') })).rejects.toThrow('ENOENT');
    await start();
  });

  it('tries other ports when one is taken between the look and the start', async () => {
    const lateComer = join(dataDir, 'late');
    // Fails as the real one does, once.
    writeFileSync(
      lateComer,
      `#!/bin/sh\nif [ "$3" != --help ] && [ ! -e "${dataDir}/once" ]; then : > "${dataDir}/once"; ` +
        `echo "can't set frontend port: listen tcp: bind: address already in use" >&2; exit 1; fi\nexec "${executable}" "$@"\n`,
      { mode: 0o755 },
    );
    const said: string[] = [];
    const server = await start({ executable: lateComer, say: (line) => said.push(line) });
    expect(said[0]).toMatch(/perhaps because another process took a port; trying others/);
    await startWorkflow(server.address, 'w');
  });
});

describe('a server never outlives its owner', () => {
  const own = async (): Promise<{
    owner: ReturnType<typeof program>;
    pid: number;
    supervisorPid: number;
    address: string;
  }> => {
    const options = { executable, dataDir, headless: true, port: await freePort(HOST) };
    const owner = program('server-owner', [JSON.stringify(options)]);
    const { pid, supervisorPid, address } = JSON.parse(await owner.next()) as {
      pid: number;
      supervisorPid: number;
      address: string;
    };
    const record = readRecord(join(dataDir, 'temporal.pid'));
    if (record) foreign.push(record);
    return { owner, pid, supervisorPid, address };
  };

  it('ends when its owner is killed with -9', async () => {
    const { owner, pid, supervisorPid } = await own();
    await owner.kill();
    await until('server and supervisor are gone', async () => (await isGone(pid)) && (await isGone(supervisorPid)));
  });

  it('can be started again at once after that, with its data', async () => {
    const { owner, address, pid } = await own();
    await startWorkflow(address, 'before');
    await owner.kill();
    const server = await start();
    expect(await isGone(pid)).toBe(true);
    expect(await statusOf(server.address, 'before')).toBe('RUNNING');
  });

  it('ends when its supervisor is killed with -9, and the owner learns of it', async () => {
    const server = await start();
    process.kill(server.supervisorPid, 'SIGKILL');
    expect((await server.ended).tail).toEqual(['the supervisor ended with SIGKILL']);
    expect(await isGone(server.pid)).toBe(true);
  });

  it('ends, and the owner learns of it, when the server itself is killed', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    expect(await server.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    await until('the supervisor is gone', () => isGone(server.supervisorPid));
  });

  it('is replaced by the next start when owner and supervisor were both killed with -9', async () => {
    const { owner, pid, supervisorPid, address } = await own();
    await startWorkflow(address, 'before');
    // Stopped, so that it cannot clean up when its supervisor goes.
    owner.child.kill('SIGSTOP');
    process.kill(supervisorPid, 'SIGKILL');
    await owner.kill();
    const server = await start();
    expect(await isGone(pid)).toBe(true);
    expect(await statusOf(server.address, 'before')).toBe('RUNNING');
  });
});

describe('the record of an earlier server', () => {
  const idle = async (database: string) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', database], { stdio: 'ignore' });
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    const pid = child.pid ?? 0;
    const started = (await factsOf(pid))?.started ?? '';
    return { child, gone, record: { pid, started, executable: process.execPath, port: 1, database } };
  };

  it('ends exactly the process it describes', async () => {
    const { gone, record } = await idle('/some/where/temporal.db');
    writeRecord(join(dataDir, 'p'), record);
    expect(readRecord(join(dataDir, 'p'))).toEqual(record);
    expect(await endRecorded(record)).toBe(true);
    await gone;
    expect(await endRecorded(record)).toBe(false);
  });

  it('spares a stranger that has the number now, or that works on other data', async () => {
    const { child, gone, record } = await idle('/some/where/temporal.db');
    expect(await endRecorded({ ...record, started: 'another boot/1' })).toBe(false);
    expect(await endRecorded({ ...record, database: '/other/temporal.db' })).toBe(false);
    expect(await isGone(record.pid)).toBe(false);
    child.kill('SIGKILL');
    await gone;
  });

  it('is ignored when it is torn or nonsense', () => {
    const file = join(dataDir, 'p');
    for (const text of [
      '',
      '{"pid":',
      'null',
      '{"pid":1}',
      '{"pid":-1,"started":"x","executable":"x","database":"x"}',
    ]) {
      writeFileSync(file, text);
      expect(readRecord(file)).toBeUndefined();
    }
    expect(readRecord(join(dataDir, 'absent'))).toBeUndefined();
  });
});

describe('ensureNamespace', () => {
  it('makes what is absent, raises a shorter retention, and leaves a longer one and a second call alone', async () => {
    const { address } = await start({ dataDir: undefined });
    await withConnection(address, async (connection) => {
      await ensureNamespace(connection, 'made', 3);
      expect(await retention(connection, 'made')).toBe(3 * DAY_MS);
      await Promise.all([ensureNamespace(connection, 'made', 90), ensureNamespace(connection, 'twice', 90)]);
      await ensureNamespace(connection, 'made', 30);
      expect(await retention(connection, 'made')).toBe(90 * DAY_MS);
      expect(await retention(connection, 'twice')).toBe(90 * DAY_MS);
    });
  });
});

/** TCP ports of IPv4 and IPv6 on which a process listens (proc_pid_net(5); state 0A is LISTEN). */
function listeningPorts(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    }),
  );
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
      .map((fields) => parseInt(fields[1]?.split(':').at(-1) ?? '', 16)),
  );
}
