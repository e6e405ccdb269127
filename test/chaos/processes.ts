/** The processes of a run, each started again when it was killed, and who kills them when. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Run, until, type Env } from '../support/run';
import type { Span } from './cells';

/** Docker's first pause before a restart. */
const AGAIN_MS = 100;
/** A process that ends by itself again and again is broken. */
const READY_TRIES = 100;
/** How long after it is ready the victim among the workers lives. */
const LIVES_MS = 2_000;
/** One time in four it is only stopped, as on a machine that hangs; shorter than what the proof of ensureTask allows. */
const STOPPED_SHARE = 0.25;
const STOPPED_MS = { least: 2_000, more: 4_000 };
/** The api is killed in the moment of its next answer, or after this without one. */
const NEXT_ANSWER_MS = 3_000;

export type Start = { name: string; args: string[]; env: Env; ready: RegExp; log: string; bin?: string };

export class Process {
  kills = 0;
  /** From each kill until it was ready again. */
  readonly downs: Span[] = [];
  readonly pauses: Span[] = [];
  private run: Run;
  private found: Promise<RegExpExecArray>;
  private stopping = false;
  private stopped = false;

  constructor(private readonly how: Start) {
    [this.run, this.found] = this.start();
  }

  /** Waits until one has said that it is ready, be it a later one. @throws Error with what it said, when none gets there */
  async ready(): Promise<RegExpExecArray> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.found;
      } catch (e) {
        if (this.stopping || tries >= READY_TRIES) throw e;
        // Killed before it was ready; the next one begins soon.
        await sleep(2 * AGAIN_MS);
      }
    }
  }

  /** For the processes started from now on: so that one comes back on the ports that it found. */
  from(args: string[], env: Env): void {
    this.how.args = args;
    Object.assign(this.how.env, env);
  }

  /** Ends it in order; it comes back. */
  async restart(): Promise<void> {
    const before = this.found;
    this.signal('SIGTERM');
    await until(`${this.how.name} starts again`, () => this.found !== before);
    await this.ready();
  }

  kill(): void {
    this.kills += 1;
    this.downs.push({ from: Date.now(), to: Infinity });
    this.signal('SIGKILL');
  }

  pause(): void {
    this.stopped = true;
    this.pauses.push({ from: Date.now(), to: Infinity });
    this.signal('SIGSTOP');
  }

  resume(): void {
    if (this.stopped) this.signal('SIGCONT');
    close(this.pauses);
    this.stopped = false;
  }

  /** Ends it in order, and for good. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.resume();
    if (this.run.child.exitCode === null && this.run.child.signalCode === null)
      await this.run.end('SIGTERM').catch(() => undefined);
    await this.run.destroy();
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.run.pid, signal);
    } catch {
      // It has just ended, and comes back.
    }
  }

  private start(): [Run, Promise<RegExpExecArray>] {
    const { name, args, env, ready, log, bin } = this.how;
    const run = new Run(args, { ...env }, [], bin);
    for (const stream of [run.child.stdout, run.child.stderr])
      stream?.on('data', (piece: string) => appendFileSync(log, piece));
    const found = run.says(ready);
    found.then(
      () => close(this.downs),
      () => undefined,
    );
    void this.again(run, name, log);
    return [run, found];
  }

  private async again(run: Run, name: string, log: string): Promise<void> {
    const { code, signal } = await run.ended;
    if (this.stopping || run.destroyed) return;
    appendFileSync(log, `${new Date().toISOString()} ${name} ended (${signal ?? code}); started again\n`);
    await run.destroy();
    await sleep(AGAIN_MS);
    if (!this.stopping) [this.run, this.found] = this.start();
  }
}

/** Whatever lasts until now. */
function close(spans: readonly Span[]): void {
  for (const span of spans) span.to = Math.min(span.to, Date.now());
}

type Next = () => number;

/** Kills or stops the worker two seconds after it became ready, until told to end; it runs then. */
export async function hunt(worker: Process, next: Next, over: AbortSignal): Promise<void> {
  const end = ended(over);
  while (!over.aborted) {
    await Promise.race([worker.ready().catch(() => undefined), end]);
    await rest(LIVES_MS, over);
    if (over.aborted) break;
    if (next() < STOPPED_SHARE) {
      worker.pause();
      await rest(STOPPED_MS.least + next() * STOPPED_MS.more, over);
      worker.resume();
    } else {
      worker.kill();
      await rest(2 * AGAIN_MS, over);
    }
  }
}

/** Kills the api again and again, each time in the moment in which it has promised something. */
export async function ambush(
  api: Process,
  every: number,
  answers: { onAcknowledged: () => void },
  over: AbortSignal,
): Promise<void> {
  while (every > 0 && !over.aborted) {
    await rest(every, over);
    if (over.aborted) break;
    await new Promise<void>((done) => {
      const kill = (): void => {
        answers.onAcknowledged = () => {};
        clearTimeout(patience);
        api.kill();
        done();
      };
      const patience = setTimeout(kill, NEXT_ANSWER_MS);
      answers.onAcknowledged = kill;
    });
  }
}

/** Sleeps, and no longer than until the end. */
export async function rest(ms: number, over: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => undefined);
}

function ended(over: AbortSignal): Promise<void> {
  if (over.aborted) return Promise.resolve();
  return new Promise((done) => over.addEventListener('abort', () => done(), { once: true }));
}
