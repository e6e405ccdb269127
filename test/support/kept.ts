/** A process that is started again when it ends by itself, as `restart: unless-stopped` in docker-compose.yml does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Run, type Ended, type Env } from './run';

/** Docker's first pause before a restart; it doubles from there, which tests do not need. */
const AGAIN_MS = 100;

export class Kept {
  private run: Run;
  private stopping = false;

  /** @param hear every piece that it prints, and a line for each end */
  constructor(
    readonly name: string,
    private readonly args: string[],
    private readonly env: Env,
    private readonly hear: (piece: string) => void,
  ) {
    this.run = this.start();
  }

  /** Waits until the process that runs now has said it. */
  says(what: RegExp): Promise<RegExpExecArray> {
    return this.run.says(what);
  }

  /** For the processes started from now on: so that one comes back on the ports that it found. */
  from(args: string[], env: Env): void {
    this.args.splice(0, Infinity, ...args);
    Object.assign(this.env, env);
  }

  /** kill -9; it comes back. */
  kill(): void {
    process.kill(this.run.pid, 'SIGKILL');
  }

  /** Ends it for good. */
  stop(signal: NodeJS.Signals): Promise<Ended> {
    this.stopping = true;
    return this.run.end(signal);
  }

  processes(): { pid: number; command: string }[] {
    return this.run.processes();
  }

  private start(): Run {
    const run = new Run([...this.args], this.env);
    for (const stream of [run.child.stdout, run.child.stderr]) stream?.on('data', this.hear);
    void this.again(run);
    return run;
  }

  private async again(run: Run): Promise<void> {
    const { code, signal } = await run.ended;
    if (this.stopping || run.destroyed) return;
    this.hear(`${this.name} ended (${signal ?? code}); started again\n`);
    await sleep(AGAIN_MS);
    // Asked again: the test may have ended meanwhile.
    if (!this.stopping && !run.destroyed) this.run = this.start();
  }
}
