/**
 * The Temporal server that `up` brings along: the CLI's development server on SQLite, with its Web UI, run under a supervisor (supervisor.ts) so that
 * it never outlives us.
 *
 * A server that an earlier run left behind is replaced, never adopted: nobody reads its output or watches over it, and its version and
 * flags may be those of another release. Replacing costs two seconds; with `synchronous=full` every answer it gave is on disk.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockDirectory } from '../../process/lock';
import { DevServerError, Supervised, without } from './supervised';
import { endRecorded, readRecord } from './process';
import { awaitListening, awaitServing } from './serving';
import type { Env } from './executable/executable';
import type { ServerEnd } from './supervisor';
import { freePort } from './ports';
import { freeShutPort, openWebUi } from './web-ui';

/** Loopback only: the development server has no authentication. */
const HOST = '127.0.0.1';
/** Temporal's own usual ports, so that its CLI finds the server without being told. */
export const USUAL_PORT = 7233;
export const USUAL_UI_PORT = 8233;
/** A start takes half a second here, 2 s on a slow disk; a large database on a loaded machine must not be given up too soon. */
const START_TIMEOUT_MS = 90_000;
/**
 * The server prints its banner only once it holds its ports, which proves that whoever answers there is ours. Should another release
 * print none, a server that is still alive this long after its port answered is ours too: one that found its port taken ends at once.
 */
const BANNER_TIMEOUT_MS = 3_000;
/** Another process can take a port between our look and the server's start; then other ports are tried. */
const PORT_TRIES = 3;
/** `--help` is instant; without an answer the option is simply left out. */
const HELP_TIMEOUT_MS = 10_000;

export interface DevServerOptions {
  /** A Temporal CLI, see findOrMakeTemporal. */
  executable: string;
  /** Holds the database, the log, the lock and the pid file. Absent: everything in memory, and nothing is left to find after kill -9 of the supervisor. */
  dataDir?: string;
  /** The port to prefer; another one is used, and said, when it is taken. Default 7233. */
  port?: number;
  /** Likewise for the Web UI. Default 8233. */
  uiPort?: number;
  /** `port` and `uiPort` or none at all: others already know them. */
  onlyThere?: boolean;
  /** Whether a port that nobody listens on may be used; otherwise another is looked for. */
  mayUse?: (port: number) => Promise<boolean>;
  /** Aborted while it starts: the start fails, and nothing runs. Without effect afterwards. */
  signal?: AbortSignal;
  /** Made with 90 days' retention. Default errand. */
  namespace?: string;
  /** No Web UI. */
  headless?: boolean;
  /** Temporal's dynamic configuration. */
  dynamicConfig?: Record<string, string | number | boolean>;
  /** The environment of the child processes. TEMPORAL_* is kept from the server, NODE_OPTIONS from the supervisor. */
  env?: Env;
  /** A line for the terminal. */
  say: (line: string) => void;
}

export interface DevServer {
  /** host:port of the gRPC frontend. */
  address: string;
  /** The Web UI's root, without a slash at the end; undefined when headless. */
  uiUrl: string | undefined;
  namespace: string;
  /** The server's process. */
  pid: number;
  /** Its supervisor's process. */
  supervisorPid: number;
  /** Settles when the server is gone, by `stop` or by itself. Never rejects. */
  ended: Promise<ServerEnd>;
  /** Ends the server and resolves when it and its supervisor are gone and the data directory is free. To be called also after `ended`; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the server and returns when it serves `namespace`.
 * @throws DirectoryLocked when another process runs a server on `dataDir`; DevServerError when it does not come up. Nothing runs then.
 */
export async function startDevServer(o: DevServerOptions): Promise<DevServer> {
  const home = o.dataDir === undefined ? undefined : prepareHome(o.dataDir);
  const lock = home && (await lockDirectory(home.dir, 'temporal'));
  try {
    if (home) await endOrphan(home, o.say);
    const server = await startWithPorts(o, home);
    return {
      ...server,
      stop: async () => {
        await server.stop();
        if (home) await rm(home.record, { force: true });
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** The files in the data directory. */
interface Home {
  dir: string;
  database: string;
  log: string;
  record: string;
}

function prepareHome(dataDir: string): Home {
  // Absolute, because the database's path on the command line is what an orphan is recognised by.
  const dir = resolve(dataDir);
  mkdirSync(dir, { recursive: true });
  const inDir = (name: string): string => join(dir, name);
  return { dir, database: inDir('temporal.db'), log: inDir('temporal.log'), record: inDir('temporal.pid') };
}

async function endOrphan(home: Home, say: (line: string) => void): Promise<void> {
  const record = readRecord(home.record);
  if (record === undefined) return;
  if (await endRecorded(record)) {
    say(`ended the Temporal server of an earlier run (process ${record.pid}, port ${record.port}); starting a new one`);
  }
  await rm(home.record, { force: true });
}

async function startWithPorts(o: DevServerOptions, home: Home | undefined): Promise<DevServer> {
  const help = await startHelp(o);
  if (o.onlyThere)
    return startOnce(o, home, help, o.port ?? USUAL_PORT, o.headless ? undefined : (o.uiPort ?? USUAL_UI_PORT));
  for (let tries = 1; ; tries += 1) {
    // After a lost race any port will do: the usual ones are what everybody else is trying for.
    const [preferred, preferredUi] = tries === 1 ? [o.port ?? USUAL_PORT, o.uiPort ?? USUAL_UI_PORT] : [];
    const port = await choosePort('port', preferred, [], o);
    const uiPort = o.headless ? undefined : await choosePort('Web UI port', preferredUi, [port], o);
    try {
      return await startOnce(o, home, help, port, uiPort);
    } catch (error) {
      // A port that was taken between our look and its start ends it in several ways, a panic in its HTTP frontend among them.
      const early = error instanceof DevServerError && error.endedEarly;
      if (!early || tries >= PORT_TRIES) throw error;
      o.say('the Temporal server ended while starting, perhaps because another process took a port; trying others');
    }
  }
}

async function choosePort(
  name: string,
  preferred: number | undefined,
  avoid: readonly number[],
  { say, mayUse }: Pick<DevServerOptions, 'say' | 'mayUse'>,
): Promise<number> {
  const refused = [...avoid];
  let port = await freePort(HOST, preferred, refused);
  while (mayUse && !(await mayUse(port))) {
    refused.push(port);
    port = await freePort(HOST, preferred, refused);
  }
  if (preferred === undefined) say(`using ${name} ${port}`);
  else if (port !== preferred) say(`${name} ${preferred} is taken, using ${port} instead`);
  return port;
}

/** Starts supervisor and server once, on these ports; on any failure both are gone before this throws. */
async function startOnce(
  o: DevServerOptions,
  home: Home | undefined,
  help: string,
  port: number,
  uiPort: number | undefined,
): Promise<DevServer> {
  const namespace = o.namespace ?? 'errand';
  const ui = uiPort === undefined ? undefined : await openUi(o, uiPort);
  const supervised = new Supervised(o.env, {
    kind: 'run',
    executable: o.executable,
    args: serverArguments({ ...o, namespace }, home, help, port, ui?.behind),
    env: without(o.env, (name) => name.startsWith('TEMPORAL_')),
    logFile: home?.log,
    record: home && { file: home.record, port, database: home.database },
  });
  // Ends the waits below when the server ends first.
  const waits = new AbortController();
  const signal = waits.signal;
  const giveUp = (): void => void supervised.stop();
  o.signal?.addEventListener('abort', giveUp, { signal });
  try {
    const address = `${HOST}:${port}`;
    const deadline = Date.now() + START_TIMEOUT_MS;
    await supervised.whileAlive(awaitListening(HOST, port, deadline, signal));
    await supervised.whileAlive(Promise.race([supervised.banner, sleep(BANNER_TIMEOUT_MS, undefined, { signal })]));
    await supervised.whileAlive(awaitServing(address, namespace, deadline, signal));
    return {
      address,
      uiUrl: ui && `http://${HOST}:${uiPort}`,
      namespace,
      pid: await supervised.whileAlive(supervised.pid),
      supervisorPid: supervised.supervisorPid,
      ended: supervised.ended,
      stop: async () => {
        await ui?.close();
        await supervised.stop();
      },
    };
  } catch (error) {
    await ui?.close();
    await supervised.stop();
    if (error instanceof DevServerError) throw error;
    throw new DevServerError(`The Temporal server did not come up: ${(error as Error).message}.`);
  } finally {
    waits.abort();
  }
}

/**
 * The door to the Web UI, and the port behind it. Opened before the server is started, so that the port is held.
 * Undefined, and said, when no port is left that browsers do not open: rather no UI than one that any web page can use.
 * @throws DevServerError when the port was taken meanwhile
 */
async function openUi(
  o: DevServerOptions,
  uiPort: number,
): Promise<{ behind: number; close(): Promise<void> } | undefined> {
  const behind = await freeShutPort(HOST, o.mayUse ?? (() => Promise.resolve(true)));
  if (behind === undefined) {
    o.say('no Web UI: every port that it could have away from browsers is taken');
    return undefined;
  }
  try {
    return { behind, ...(await openWebUi(HOST, uiPort, behind)) };
  } catch (error) {
    throw new DevServerError(`The Web UI's port ${uiPort} cannot be had: ${(error as Error).message}.`, [], true);
  }
}

function serverArguments(
  o: DevServerOptions & { namespace: string },
  home: Home | undefined,
  help: string,
  port: number,
  uiPort: number | undefined,
): string[] {
  const args = ['server', 'start-dev', '--ip', HOST, '--port', String(port)];
  // Given here too, so that the server knows it from its first moment; ensureNamespace then corrects the retention of one day.
  args.push('--namespace', o.namespace);
  if (uiPort === undefined) args.push('--headless');
  else args.push('--ui-ip', HOST, '--ui-port', String(uiPort));
  // The Web UI must not ask the vendor's site for news from a machine that may be offline. Older CLIs do not have the option.
  if (uiPort !== undefined && help.includes('--ui-disable-news-fetch')) args.push('--ui-disable-news-fetch');
  if (home) {
    args.push('--db-filename', home.database);
    args.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full');
  }
  // Its HTTP API takes a web page's POST without a preflight: no Host that a browser can name is let in. Errand speaks gRPC.
  args.push('--dynamic-config-value', `frontend.httpAllowedHosts=["${randomBytes(16).toString('hex')}.invalid"]`);
  for (const [key, value] of Object.entries(o.dynamicConfig ?? {})) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return args;
}

/** The options this CLI knows; empty when it does not say, and then the start itself will tell what is wrong. */
function startHelp(o: DevServerOptions): Promise<string> {
  return new Promise<string>((done) => {
    const options = { env: o.env, timeout: HELP_TIMEOUT_MS };
    execFile(o.executable, ['server', 'start-dev', '--help'], options, (error, stdout) => done(error ? '' : stdout));
  }).catch(() => '');
}
