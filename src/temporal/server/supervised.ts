/** A supervisor (supervisor.ts) and the server it runs, from our side of the channel. */
import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { endRecorded, type ServerRecord } from './process';
import type { Env } from './executable/executable';
import type { SupervisorMessage, SupervisorOrder, SupervisorReport, ServerEnd } from './supervisor';

/** How long after SIGTERM and SIGKILL by the supervisor (5 s) we still wait for the supervisor itself. */
const STOP_TIMEOUT_MS = 15_000;
/** Characters kept of what a failing supervisor prints. */
const KEPT_COMPLAINT = 2_000;
/** Of its last lines the one that names the fault, where there is one: the end of a Go stack names nothing. */
export function telling(tail: string[]): string {
  return tail.find((line) => /^panic:|error/i.test(line)) ?? tail.slice(-3).join(' | ');
}

/** The server did not come up. `tail` is what it said last. */
export class DevServerError extends Error {
  override readonly name = 'DevServerError';
  constructor(
    message: string,
    readonly tail: string[] = [],
    /** It came so far as to run, and ended by itself. */
    readonly endedEarly = false,
  ) {
    super(tail.length > 0 ? `${message} It said: ${telling(tail)}` : message);
  }
}

export class Supervised {
  readonly pid: Promise<number>;
  readonly banner: Promise<void>;
  readonly ended: Promise<ServerEnd>;
  private readonly supervisor: ChildProcess;
  private known: ServerRecord | undefined;
  private stopping = false;

  /** @param own variables of the supervisor itself; the server's stand in the order */
  constructor(own: Env | undefined, order: SupervisorOrder) {
    // Sources run under tsx, the same file that production runs compiled.
    const extension = extname(__filename);
    const execArgv = extension === '.ts' ? ['--require', require.resolve('tsx/cjs')] : [];
    this.supervisor = fork(join(__dirname, `supervisor${extension}`), [], {
      execArgv,
      env: without(own, (name) => name === 'NODE_OPTIONS'),
      // A session of its own: Ctrl-C in the terminal must not end the server before those who still use it.
      detached: true,
      // Not inherited: whoever reads our output would wait for the supervisor, too.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    this.supervisor.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (complaint = (complaint + text).slice(-KEPT_COMPLAINT)));

    let report: ServerEnd | undefined;
    let running: (pid: number) => void = () => undefined;
    let bannered: () => void = () => undefined;
    this.pid = new Promise((done) => (running = done));
    this.banner = new Promise((done) => (bannered = done));
    this.supervisor.on('message', (message: SupervisorReport) => {
      if (message.kind === 'banner') bannered();
      else if (message.kind === 'ended') report = { code: message.code, signal: message.signal, tail: message.tail };
      else {
        const { pid, started } = message;
        const { executable, record } = order;
        // Without a database there is no path of our own on the command line; the start time and the executable have to do.
        const recognisedBy = record?.database ?? executable;
        this.known =
          started === undefined
            ? undefined
            : { pid, started, executable, port: record?.port ?? 0, database: recognisedBy };
        running(pid);
      }
    });
    this.ended = new Promise((done) => {
      const finish = (reason: string) => void this.clearUp(report, `${reason} ${complaint}`.trim()).then(done);
      this.supervisor.once('error', (error) => finish(`the supervisor cannot run (${error.message})`));
      this.supervisor.once('exit', (code, signal) => finish(`the supervisor ended with ${code ?? signal}`));
    });
    this.tell(order);
  }

  get supervisorPid(): number {
    return this.supervisor.pid ?? 0;
  }

  /** The given promise, unless the server ends first. */
  async whileAlive<T>(wanted: Promise<T>): Promise<T> {
    // Whoever loses the race must not become an unhandled rejection.
    wanted.catch(() => undefined);
    const gone = this.ended.then((end): never => {
      throw new DevServerError('The Temporal server ended while starting.', end.tail, true);
    });
    return Promise.race([wanted, gone]);
  }

  async stop(): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      this.tell({ kind: 'stop' });
    }
    const timer = setTimeout(() => this.supervisor.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  /** When the supervisor goes without having seen the server end (killed -9), the server is ended here. */
  private async clearUp(report: ServerEnd | undefined, reason: string): Promise<ServerEnd> {
    if (report) return report;
    if (this.known) await endRecorded(this.known).catch(() => undefined);
    return { code: null, signal: null, tail: [reason] };
  }

  private tell(message: SupervisorMessage): void {
    if (this.supervisor.connected) this.supervisor.send(message, () => undefined);
  }
}

/** A copy without the variables whose names are unwanted. */
export function without(env: Env | undefined, unwanted: (name: string) => boolean): Env {
  return Object.fromEntries(Object.entries(env ?? {}).filter(([name]) => !unwanted(name)));
}
