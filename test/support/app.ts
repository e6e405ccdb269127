/**
 * The whole application as a user runs it: `node bin/errand.js …` of the built dist in a child process, on free ports and a
 * temporary DATA_DIR, in an environment that holds nothing but what the test says. {@link cleanUpApps} leaves no process and no
 * file behind, also after a failure.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssueDetail, IssueView } from '../../src/types';
import type { Running } from '../../src/running';
import { SandboxClient } from './sandbox-client';
import { temporalExecutable } from './temporal-executable';

export const BIN = join(__dirname, '..', '..', 'bin', 'errand.js');
const FIXTURES = join(__dirname, '..', 'fixtures', 'sentry');
/** Generous, because it only matters when something is broken. */
export const PATIENCE_MS = 60_000;
/** A start with a new Temporal database on two busy cores. */
const START_MS = 90_000;
/** Marks every process of one run in its environment, so that what is left of it can be found. */
const MARK = 'ERRAND_TEST_RUN';

export type Env = Record<string, string | undefined>;
export type Ended = { code: number | null; signal: NodeJS.Signals | null };
export type Said = { code: number | null; stdout: string; stderr: string };
export type Delivery = {
  id: string;
  what: string;
  understood: boolean;
  outcome: string;
  issue: string | null;
  keys?: string[];
};

const runs = new Set<Run>();

/**
 * Runs are groups of their own, so a test run that is itself killed would leave them behind: this process notices, because its
 * input ends then, and kills the groups that it was told of.
 */
const WATCHDOG = `
  const groups = new Set();
  require('node:readline').createInterface(process.stdin).on('line', (line) => groups.add(Number(line))).on('close', () => {
    for (const pid of groups) try { process.kill(-pid, 'SIGKILL'); } catch {}
  });`;
let watchdog: ChildProcess | undefined;

function watch(pid: number | undefined): void {
  if (!watchdog) {
    watchdog = spawn(process.execPath, ['-e', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watchdog.unref();
  }
  watchdog.stdin?.write(`${pid}\n`);
}
const dirs: string[] = [];

/** A directory that {@link cleanUpApps} removes. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'errand-smoke-'));
  dirs.push(dir);
  return dir;
}

/** For afterAll or afterEach: ends every process of every run, those that outlived their parent too, and removes every directory. */
export async function cleanUpApps(): Promise<void> {
  for (const run of [...runs]) await run.destroy();
  watchdog?.stdin?.end();
  watchdog = undefined;
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/**
 * Waits until `look` gives something other than undefined and false; it may throw meanwhile.
 * @throws Error that says what was waited for and what was seen last
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      last = found;
    } catch (e) {
      last = e;
    }
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms for: ${what}; last: ${String(last)}`);
    await sleep(50);
  }
}

/** What a process needs to run at all, and `more`; nothing of Errand's from the outside gets in. */
function cleanEnv(more: Env): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG'].map((name) => [name, process.env[name]]));
  return Object.fromEntries(Object.entries({ ...kept, ...more }).filter(([, v]) => v !== undefined));
}

/** A process that runs until it is told to end. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  private readonly mark = randomUUID();
  private text = '';

  constructor(args: string[], env: Env, node: string[] = []) {
    // A group of its own, as a terminal gives to what one types: Ctrl-C reaches all of it.
    this.child = spawn(process.execPath, [...node, BIN, ...args], {
      env: cleanEnv({ ...env, [MARK]: this.mark }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    runs.add(this);
    watch(this.child.pid);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (piece: string) => (this.text += piece));
    this.ended = new Promise((done) => this.child.once('close', (code, signal) => done({ code, signal })));
  }

  /** All that it has printed, on both streams. */
  get output(): string {
    return this.text;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it was not started');
    return this.child.pid;
  }

  /** Waits for a piece of its output; an end before that is an error with all that it said. */
  async says(what: RegExp, patienceMs = START_MS): Promise<RegExpExecArray> {
    let over: Ended | undefined;
    void this.ended.then((e) => (over = e));
    const found = await until(
      `${String(what)} in the output`,
      () => what.exec(this.text) ?? (over ? 'over' : undefined),
      patienceMs,
    ).catch((e: Error) => {
      throw new Error(`${e.message}\nIt printed:\n${this.text}`);
    });
    if (found === 'over') throw new Error(`it ended (${JSON.stringify(over)}) and printed:\n${this.text}`);
    return found;
  }

  /** Sends a signal to the process, or to its whole group as a terminal does, and waits for the end. */
  async end(signal: NodeJS.Signals, to: 'process' | 'group' = 'process'): Promise<Ended> {
    process.kill(to === 'group' ? -this.pid : this.pid, signal);
    let over: Ended | undefined;
    void this.ended.then((e) => (over = e));
    return until(`the end after ${signal}`, () => over);
  }

  /** Every living process that descends from this one, with its command line; on Linux only. */
  processes(): { pid: number; command: string }[] {
    if (!existsSync('/proc')) return [];
    return readdirSync('/proc').flatMap((name) => {
      try {
        if (!/^\d+$/.test(name) || !readFileSync(`/proc/${name}/environ`, 'utf8').includes(`${MARK}=${this.mark}`))
          return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim();
        return [{ pid: Number(name), command }];
      } catch {
        return [];
      }
    });
  }

  /** The one child whose command line matches. */
  childLike(command: RegExp): number {
    const found = this.processes().filter((p) => command.test(p.command));
    if (found.length !== 1 || !found[0])
      throw new Error(`not one process like ${String(command)}: ${JSON.stringify(this.processes())}`);
    return found[0].pid;
  }

  async nothingLeft(): Promise<void> {
    await until('no process is left', () => this.processes().length === 0, 20_000).catch((e: Error) => {
      throw new Error(`${e.message}: ${JSON.stringify(this.processes())}`);
    });
  }

  /** Ends it and all of its descendants at once. */
  async destroy(): Promise<void> {
    const kill = (pid: number): void => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    if (this.child.exitCode === null && this.child.signalCode === null) kill(-this.pid);
    for (const p of this.processes()) kill(p.pid);
    await until('everything has ended', () => this.processes().length === 0, 10_000).catch(() => undefined);
    runs.delete(this);
  }
}

/** Runs a command to its end. */
export async function errand(args: string[], env: Env = {}, node: string[] = []): Promise<Said> {
  const child = spawn(process.execPath, [...node, BIN, ...args], {
    env: cleanEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Said = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (said.stdout += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said.stderr += piece));
  const hung = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  said.code = await new Promise((done) => child.once('close', done));
  clearTimeout(hung);
  return said;
}

/** As Sentry's integration signs: HMAC-SHA256 over the exact bytes, in hex. */
export function signature(body: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

export function fixture(name: string): string {
  return readFileSync(join(FIXTURES, `${name}.json`), 'utf8');
}

/** The listeners of a running Errand, its command line, and its pretend vendors. */
export class App {
  readonly sandbox: SandboxClient;

  constructor(
    readonly run: Run,
    readonly dataDir: string,
    readonly running: Running,
  ) {
    if (!running.sandbox) throw new Error('there is no sandbox');
    this.sandbox = new SandboxClient(running.sandbox.url);
  }

  get secret(): string {
    return this.running.sandbox?.sentrySecret ?? '';
  }

  get token(): string {
    return readFileSync(join(this.dataDir, 'operator-token'), 'utf8').trim();
  }

  /** The command line on the same DATA_DIR. */
  errand(...args: string[]): Promise<Said> {
    return errand(args, { DATA_DIR: this.dataDir });
  }

  /** A signed webhook. */
  async webhook(body: string, resource: string): Promise<{ status: number; delivery: string | undefined }> {
    const answer = await fetch(`${this.running.url}/webhooks/sentry`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'sentry-hook-resource': resource,
        'sentry-hook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'sentry-hook-signature': signature(body, this.secret),
      },
      body,
    });
    const { delivery } = (await answer.json().catch(() => ({}))) as { delivery?: string };
    return { status: answer.status, delivery };
  }

  /** A GET on the operators' listener. */
  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.running.operatorUrl}${path}`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  issue(id: string): Promise<IssueDetail> {
    return this.get<IssueDetail>(`/issues/${encodeURIComponent(id)}`);
  }

  async issues(): Promise<IssueView[]> {
    return (await this.get<{ issues: IssueView[] }>('/issues?limit=200')).issues;
  }

  async deliveries(): Promise<Delivery[]> {
    return (await this.get<{ deliveries: Delivery[] }>('/deliveries?limit=500')).deliveries;
  }

  /** Waits until the issue is as `is` says, and shows its story when it never gets there. */
  async issueWhen(id: string, what: string, is: (issue: IssueDetail) => boolean): Promise<IssueDetail> {
    let last: IssueDetail | undefined;
    return until(`issue ${id} ${what}`, async () => {
      last = await this.issue(id);
      return is(last) && last;
    }).catch((e: Error) => {
      throw new Error(`${e.message}\nThe issue: ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** Waits until the task is made and nothing is owed. */
  settled(id: string): Promise<IssueDetail> {
    return this.issueWhen(id, 'is open with its task', (i) => i.state === 'open' && i.task !== null && idle(i));
  }

  /** The delivery is out of the inbox. */
  async dispatched(delivery: string): Promise<Delivery> {
    return until(`delivery ${delivery} is dispatched`, async () =>
      (await this.deliveries()).find((d) => d.id === delivery && d.outcome === 'dispatched'),
    );
  }

  /** A signal typed by hand, with Temporal's own tool. */
  async signal(id: string, name: string, input?: string): Promise<void> {
    const { address, namespace } = this.running.temporal;
    const args = ['workflow', 'signal', '--workflow-id', `sentry:acme:${id}`, '--name', name];
    args.push('--address', address, '--namespace', namespace, ...(input === undefined ? [] : ['--input', input]));
    const child = spawn(await temporalExecutable(), args, { env: cleanEnv({}), stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
    const code = await new Promise((done) => child.once('close', done));
    if (code !== 0) throw new Error(`temporal ${args.join(' ')}: ${errors}`);
  }
}

/** Nothing is owed: what comes next is a time or somebody. */
export function idle(issue: IssueDetail): boolean {
  return issue.attention.length === 0 && !issue.next.startsWith('Next:');
}

/** The variables of an `up` on free ports with the Temporal executable of this machine. */
export async function upEnv(dataDir: string, more: Env = {}): Promise<Env> {
  return { DATA_DIR: dataDir, PORT: '0', OPERATOR_PORT: '0', TEMPORAL_CLI_PATH: await temporalExecutable(), ...more };
}

/** Starts `errand up` in sandbox mode and waits until it is ready. */
export async function startUp(o: { dataDir?: string; env?: Env } = {}): Promise<App> {
  const dataDir = o.dataDir ?? temporaryDir();
  const run = new Run(['up'], await upEnv(dataDir, o.env));
  await run.says(/^Ready\./m);
  return new App(run, dataDir, JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as Running);
}
