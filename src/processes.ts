/** Child processes of `up`: forked with a channel, whose end tells them that the parent is gone; started again when they end by themselves. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pausesBetweenStarts } from './again';
import { steady } from './clock';
import { stepWords } from './issue/words';
import { BoundedLog } from './telemetry/bounded-log';
import { terminalLine, terminalText } from './text/terminal';

const BIN = join(__dirname, '..', 'bin', 'errand.js');
/** Longer than the worker's own grace for calls in flight. */
const STOP_MS = 25_000;

export type Started<T> = { first: T; signal: (name: NodeJS.Signals) => void; stop: () => Promise<void> };
export type ChildOptions = {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logDir: string;
  say: (line: string) => void;
  /** The parent is stopping: nothing is started again. */
  stopping: () => boolean;
};

/** A child that ended before it was ready; `code` is its exit code. */
export class ChildFailed extends Error {
  constructor(
    readonly child: string,
    readonly code: number,
    readonly words: string,
  ) {
    super(`${child} ended with ${code}`);
    this.name = 'ChildFailed';
  }
}

/**
 * Starts `errand <args>` and waits until it says (over the channel) that it is ready.
 * @returns its first message
 * @throws ChildFailed when it ends before that
 */
export async function startChild<T>(o: ChildOptions): Promise<Started<T>> {
  const log = new BoundedLog(join(o.logDir, `${o.name}.log`));
  let child: ChildProcess;
  let ending = false;
  let everReady = false;
  const stopping = (): boolean => ending || o.stopping();
  const pauseAfter = pausesBetweenStarts();

  const launch = (): Promise<T> =>
    new Promise((ready, failed) => {
      const begun = steady();
      const words: string[] = [];
      let isReady = false;
      child = fork(BIN, o.args, { env: o.env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      if (child.stdout)
        createInterface(child.stdout).on('line', (line) => {
          log.write(Buffer.from(`${terminalText(line)}\n`));
          const shown = shownLine(line);
          if (shown) o.say(`${o.name}: ${shown}`);
        });
      if (child.stderr)
        createInterface(child.stderr).on('line', (line) => {
          log.write(Buffer.from(`${terminalText(line)}\n`));
          if (!isReady) words.push(line);
          if (isReady) o.say(`${o.name}: ${line}`);
        });
      child.once('error', (e) => failed(new ChildFailed(o.name, 1, e.message)));
      child.once('message', (message) => {
        isReady = true;
        everReady = true;
        ready(message as T);
      });
      // 'close', not 'exit': what it printed last has been read by then.
      child.once('close', (code, signal) => {
        if (stopping()) return;
        if (!everReady) return failed(new ChildFailed(o.name, code ?? 1, words.join('\n')));
        const pause = pauseAfter(steady() - begun);
        o.say(`${o.name} ended (${signal ?? code}); started again in ${pause / 1_000} s`);
        setTimeout(() => void (stopping() || launch()), pause);
      });
    });

  const first = await launch();
  return {
    first,
    signal: (name) => void child.kill(name),
    stop: async () => {
      ending = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((done) => child.once('close', done));
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(hard);
      log.close();
    },
  };
}

type LogLine = {
  level?: string;
  msg?: string;
  todo?: string;
  why?: string;
  err?: { message?: string };
  /** What the SDK says with each of its own lines. */
  workflowId?: string;
  activityType?: string;
  attempt?: number;
};

/** The log holds everything; the terminal shows what needs a person. @returns undefined for what does not */
export function shownLine(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as LogLine;
    if (!['warn', 'error', 'fatal'].includes(entry.level ?? '')) return undefined;
    const parts = [entry.msg, concerns(entry), entry.err?.message, entry.why, entry.todo];
    return parts.flatMap((part) => (part ? [terminalLine(String(part))] : [])).join(' — ');
  } catch {
    return terminalText(line);
  }
}

/** `sentry:acme:123: make the Asana task, or find it (attempt 3)` */
function concerns({ workflowId, activityType, attempt }: LogLine): string | undefined {
  if (workflowId === undefined || activityType === undefined) return workflowId;
  return `${workflowId}: ${stepWords(activityType)}${attempt === undefined ? '' : ` (attempt ${attempt})`}`;
}
