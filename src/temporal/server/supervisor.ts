/**
 * A small process between us and the Temporal server, because the server, a Go program, cannot notice that its parent is gone.
 *
 * The supervisor runs the server and listens on the channel to its own parent. When that closes, for whatever reason (end, crash, kill -9), it
 * ends the server and itself. What the server prints passes through the supervisor into a bounded log; so when the supervisor alone is killed, the
 * server meets a broken pipe at its next line, and until then the pid file lets the next start find it.
 *
 * The supervisor leads its own session, so Ctrl-C in a terminal reaches only the parent, which stops its parts in the right order.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { BoundedLog } from '../../telemetry/bounded-log';
import { factsOf, writeRecord, type ServerRecord } from './process';

/** The one message to a supervisor that is an order; the other is "stop". */
export interface SupervisorOrder {
  kind: 'run';
  executable: string;
  args: string[];
  env: Record<string, string | undefined>;
  logFile?: string;
  /** Where the server is recorded for the next start, and what is known of it beforehand. */
  record?: { file: string; port: number; database: string };
}

export type SupervisorMessage = SupervisorOrder | { kind: 'stop' };

/** How the server ended. */
export interface ServerEnd {
  code: number | null;
  signal: string | null;
  /** Its last lines, or the reason why it could not be started. */
  tail: string[];
}

export type SupervisorReport =
  | { kind: 'running'; pid: number; started: string | undefined }
  /** The server printed its banner, which it does once it serves. */
  | { kind: 'banner' }
  | ({ kind: 'ended' } & ServerEnd);

/** The server ends in about a second when asked; one that does not within this is killed, as SQLite survives that. */
const END_TIMEOUT_MS = 5_000;
/** Lines kept for the error when the server ends by itself. */
const TAIL_LINES = 30;

function main(): void {
  let server: ChildProcess | undefined;
  let ending = false;

  const end = (): void => {
    ending = true;
    if (server === undefined) process.exit(0);
    server.kill('SIGTERM');
    setTimeout(() => server?.kill('SIGKILL'), END_TIMEOUT_MS);
  };
  process.on('message', (message: SupervisorMessage) => {
    if (message.kind === 'stop') end();
    else if (!ending && server === undefined) {
      try {
        server = run(message);
      } catch (error) {
        // Node throws what it does not hand to "error", such as a file of the wrong format.
        leave({ kind: 'ended', code: null, signal: null, tail: [(error as Error).message] });
      }
    }
  });
  process.on('disconnect', end);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
}

function run(order: SupervisorOrder): ChildProcess {
  const log = new BoundedLog(order.logFile);
  const tail = new Tail();
  const server = spawn(order.executable, order.args, { env: order.env, stdio: ['ignore', 'pipe', 'pipe'] });

  const hear = (chunk: Buffer): void => {
    log.write(chunk);
    tail.add(chunk.toString('utf8'));
  };
  server.stdout.on('data', hear).once('data', () => report({ kind: 'banner' }));
  server.stderr.on('data', hear);
  server.on('error', (error) => leave({ kind: 'ended', code: null, signal: null, tail: [error.message] }));
  // "close" and not "exit": the last words are still in the pipe when the process is gone.
  server.on('close', (code, signal) => leave({ kind: 'ended', code, signal, tail: tail.lines }));

  if (server.pid !== undefined) void introduce(server.pid, order);
  return server;
}

/** Records the server before telling anybody of it, so that what the parent knows of can be found again. */
async function introduce(pid: number, order: SupervisorOrder): Promise<void> {
  const started = (await factsOf(pid))?.started;
  if (order.record !== undefined && started !== undefined) {
    const { file, port, database } = order.record;
    const record: ServerRecord = { pid, started, executable: order.executable, port, database };
    try {
      writeRecord(file, record);
    } catch (error) {
      // Without the record the server would be lost to a later start; the parent learns of the full disk through the end it gets.
      process.kill(pid, 'SIGKILL');
      leave({ kind: 'ended', code: null, signal: 'SIGKILL', tail: [(error as Error).message] });
      return;
    }
  }
  report({ kind: 'running', pid, started });
}

function report(message: SupervisorReport): void {
  // The parent may be gone already; then nobody needs the message.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function leave(message: SupervisorReport): void {
  if (!process.connected || process.send === undefined) process.exit(0);
  process.send(message, undefined, undefined, () => process.exit(0));
}

/** The last lines of a text that comes in pieces. */
class Tail {
  private text = '';
  add(piece: string): void {
    this.text = (this.text + piece).split('\n').slice(-TAIL_LINES).join('\n');
  }
  get lines(): string[] {
    return this.text.split('\n').filter((line) => line.trim() !== '');
  }
}

// Loaded for its types by the parent, run as a program by its child.
if (require.main === module) main();
