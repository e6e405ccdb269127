/** Child processes of `up`: forked with a channel, whose end tells them that the parent is gone; started again when they end by themselves. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pausesBetweenStarts } from './again';
import { steady } from './clock';
import { BoundedLog } from '../telemetry/bounded-log';
import { Calm, shownLine, type Shown } from './terminal';
import { terminalText } from '../text/terminal';

const BIN = join(__dirname, '..', '..', 'bin', 'errand.js');
/** Longer than the worker's own grace for calls in flight. */
const STOP_MS = 25_000;
/** How soon it is said how many lines of a storm were left out. */
const REST_MS = 1_000;

export type Started<T> = { first: T; signal: (name: NodeJS.Signals) => void; stop: () => Promise<void> };
export type ChildOptions = {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logDir: string;
  say: (line: string) => void;
  /** A line that needs nobody. Default: it is not said. */
  tell?: (line: string) => void;
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
  const calm = new Calm();
  const tell = (line: string): void => o.tell?.(`${o.name}: ${line}`);
  const show = (shown: Shown): void => {
    for (const line of calm.lines(shown, steady())) {
      if (shown.quiet) tell(line);
      else o.say(`${o.name}: ${line}`);
    }
  };
  const resting = setInterval(() => calm.rest(steady()).forEach(tell), REST_MS).unref();

  const launch = (): Promise<T> =>
    new Promise((ready, failed) => {
      const begun = steady();
      const words: string[] = [];
      let isReady = false;
      child = fork(BIN, o.args, { env: o.env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      if (child.stdout)
        createInterface(child.stdout).on('line', (line) => {
          log.write(Buffer.from(`${terminalText(line)}\n`));
          const shown = shownLine(line, o.name);
          if (shown) show(shown);
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
        o.say(`${o.name} ended (${signal ?? code}). It is started again by itself in ${pause / 1_000} s.`);
        setTimeout(() => void (stopping() || launch()), pause);
      });
    });

  const first = await launch();
  return {
    first,
    signal: (name) => void child.kill(name),
    stop: async () => {
      ending = true;
      clearInterval(resting);
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
