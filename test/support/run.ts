/**
 * Errand as a user runs it: `node bin/errand.js …` of the built dist in a child process, in an environment that holds nothing but
 * what the test says. {@link cleanUpApps} leaves no process and no file behind, also after a failure.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWatch, watch } from './watchdog';

export const BIN = join(__dirname, '..', '..', 'bin', 'errand.js');
/**
 * Only a test that fails waits this long. Beyond the longest that the product itself waits: an attempt that a killed worker had
 * begun is given up after a minute, another worker may then be found only after the ten seconds of a sticky queue.
 */
export const PATIENCE_MS = 180_000;
/** Marks every process of one run in its environment, so that what is left of it can be found. `up` gives LC_… to all of its processes. */
const MARK = 'LC_ERRAND_TEST_RUN';

export type Env = Record<string, string | undefined>;
export type Ended = { code: number | null; signal: NodeJS.Signals | null };
export type Said = { code: number | null; stdout: string; stderr: string };

/** What a test may do with the processes of a running Errand, be it one `up` or several of each. */
export type Processes = Pick<Run, 'output' | 'says' | 'end' | 'processes' | 'childLike' | 'nothingLeft'>;

const runs = new Set<Run>();
const dirs: string[] = [];
const undos: (() => Promise<void>)[] = [];

/** {@link cleanUpApps} does this too, after the processes have ended. */
export function onCleanUp(undo: () => Promise<void>): void {
  undos.push(undo);
}

/** A directory that {@link cleanUpApps} removes. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'errand-smoke-'));
  dirs.push(dir);
  watch(dir);
  return dir;
}

/** For afterAll or afterEach: ends every process of every run, those that outlived their parent too, and removes every directory. */
export async function cleanUpApps(): Promise<void> {
  for (const run of [...runs]) await run.destroy();
  for (const undo of undos.splice(0)) await undo();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  endWatch();
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

/** What a process needs to run at all, and `more`; nothing of Errand's from the outside gets in, nor a developer's `.env`. */
export function cleanEnv(more: Env): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG'].map((name) => [name, process.env[name]]));
  const all = { ...kept, ERRAND_ENV_FILE: 'none', ...more };
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined));
}

/** A process that runs until it is told to end. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Ended by {@link destroy}: it is not to come back. */
  destroyed = false;
  private readonly mark = randomUUID();
  private text = '';

  /**
   * @param bin another build's `bin/errand.js`
   * @param within a command that becomes the one given behind it
   */
  constructor(args: string[], env: Env, node: string[] = [], bin = BIN, within: string[] = []) {
    // A group of its own, as a terminal gives to what one types: Ctrl-C reaches all of it.
    const [command = process.execPath, ...rest] = [...within, process.execPath, ...node, bin, ...args];
    this.child = spawn(command, rest, {
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
  async says(what: RegExp, patienceMs = PATIENCE_MS): Promise<RegExpExecArray> {
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
    await until('no process is left', () => this.processes().length === 0).catch((e: Error) => {
      throw new Error(`${e.message}: ${JSON.stringify(this.processes())}`);
    });
  }

  /** Ends it and all of its descendants at once. */
  async destroy(): Promise<void> {
    this.destroyed = true;
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

/** Runs a command to its end. @param cwd its working directory; default: ours */
export async function errand(args: string[], env: Env = {}, node: string[] = [], cwd?: string): Promise<Said> {
  const child = spawn(process.execPath, [...node, BIN, ...args], {
    cwd,
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
