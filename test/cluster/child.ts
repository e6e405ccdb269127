/** A server that the suite starts for itself: its log in a file, its end awaited, and killed should the suite be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from '../support/watchdog';

/** Generous: only a server that never comes takes this long. */
const READY_MS = 300_000;
const PAUSE_MS = 200;
/** How long after the polite signal force is used. */
const END_MS = 20_000;
/** Of its log, for the words of a failure. */
const TAIL = 2_000;

export type ChildOptions = {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  log: string;
  /** Whom it runs as; undefined: as we do. */
  user?: { uid: number; gid: number };
};

/** A server ended before it was ready: perhaps somebody took its port, which nobody can keep between asking for it and using it. */
export class EndedEarly extends Error {
  override readonly name = 'EndedEarly';
}

export class Child {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(private readonly o: ChildOptions) {
    const log = openSync(o.log, 'a');
    // A group of its own: Ctrl-C ends the tests first, and then this, in order.
    this.child = spawn(o.command, o.args, { env: o.env, stdio: ['ignore', log, log], detached: true, ...o.user });
    closeSync(log);
    watch(this.child.pid);
    this.ended = new Promise((done) => {
      this.child.once('error', () => done()).once('close', () => done());
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until `look` does not throw. @throws EndedEarly */
  async ready(what: string, look: () => Promise<void>): Promise<void> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      try {
        return await look();
      } catch (e) {
        if (this.over) throw new EndedEarly(`${what} ended while starting. ${this.tail()}`, { cause: e });
        if (Date.now() > deadline) throw new Error(`${what} did not come up. ${this.tail()}`, { cause: e });
        await sleep(PAUSE_MS);
      }
    }
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    if (!this.over) this.child.kill(signal);
    const force = setTimeout(() => this.child.kill('SIGKILL'), END_MS);
    await this.ended;
    clearTimeout(force);
  }

  private get over(): boolean {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private tail(): string {
    return `Its log ends so:\n${readFileSync(this.o.log, 'utf8').slice(-TAIL)}`;
  }
}
