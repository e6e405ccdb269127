/**
 * From the inbox to Temporal: what waits for an issue becomes one signal to its one workflow. Deleted only after the
 * signal has arrived, so a crash repeats one, which a workflow that looks at the current state absorbs.
 */
import { steady } from '../../process/clock';
import { workflowIdOf } from '../../contract';
import type { Hint } from '../../core/issue/hint';
import { attempt, verdictOf } from './attempt';
import { ABANDON, DISK_AGAIN, IN_FLIGHT, PAGE, POLL } from './bounds';
import { Group } from './group';
import { hintsOf, isUrgent, type Pending, rest } from '../inbox/pending';
import type { Done } from '../inbox/types';
import { Unwritten } from './unwritten';
import { Delayed, Quiet } from './quiet';
import { type After, afterTimeout, within, pauseAfter } from './time';
import type { Dispatcher, DispatcherOptions, DispatcherStats } from './types';

export type * from './types';

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The dispatcher of one inbox. Nothing happens before `start()`. Never throws; what fails is kept and tried again. */
export function createDispatcher(o: DispatcherOptions): Dispatcher {
  return new InboxDispatcher(o);
}

class InboxDispatcher implements Dispatcher {
  private readonly now: () => number;
  private readonly after: After;
  private readonly quiet: Quiet;
  private readonly unwritten: Unwritten;
  private readonly groups = new Map<string, Group>();
  /** In the order of their turn. */
  private readonly ready = new Set<string>();
  private readonly delayed = new Delayed();
  private readonly inFlight = new Set<string>();
  private running = false;
  private working = false;
  private again = false;
  private failures = 0;
  private pausedUntil = 0;
  /** The disk failed and is not asked again before. */
  private diskAgain = 0;
  private cancel: () => void = () => {};
  private waiters: (() => void)[] = [];
  private readonly total = { sent: 0, failed: 0, invalid: 0, dead: 0 };
  private lastError: string | null = null;

  constructor(private readonly o: DispatcherOptions) {
    this.now = o.now ?? steady;
    this.after = o.after ?? afterTimeout;
    this.quiet = new Quiet(o.settings);
    this.unwritten = new Unwritten(o.inbox);
  }

  start(): void {
    this.running = true;
    this.poke();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.diskAgain = 0;
    this.cancel();
    this.poke();
    await this.idle();
    this.cancel();
  }

  poke(): void {
    this.again = true;
    if (!this.working) void this.work();
  }

  stats(): DispatcherStats {
    return {
      issues: this.groups.size,
      delayed: this.delayed.size,
      inFlight: this.inFlight.size,
      ...this.total,
      failing: this.failures > 0,
      pausedUntil: this.pausedUntil > this.now() ? this.pausedUntil : null,
      lastError: this.lastError,
    };
  }

  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private get isIdle(): boolean {
    return !this.working && this.inFlight.size === 0;
  }

  /** Reads, writes down and launches until there is nothing more to do now. One at a time. */
  private async work(): Promise<void> {
    this.working = true;
    let wake: number | undefined;
    try {
      while (this.again) {
        this.again = false;
        await this.settle();
        if (this.running) await this.intake();
        if (this.running) this.launch();
      }
    } catch (error) {
      this.diskFailed(error);
      wake = DISK_AGAIN;
    }
    this.working = false;
    // Between the loop's last look and here nothing can have come: there is no await.
    this.cancel();
    if (this.running) this.cancel = this.after(wake ?? this.untilNext(), () => this.poke());
    if (this.isIdle) for (const resolve of this.waiters.splice(0)) resolve();
  }

  /** Milliseconds until something is due. */
  private untilNext(): number {
    const now = this.now();
    const resume = this.ready.size > 0 && this.pausedUntil > now ? this.pausedUntil : Infinity;
    const disk = this.unwritten.empty ? Infinity : this.diskAgain;
    return Math.max(0, Math.min(now + POLL, this.delayed.next, resume, disk) - now);
  }

  /** Writes down what has been done. A disk that fails holds up no signal: what has been sent is known here meanwhile. */
  private async settle(): Promise<void> {
    if (this.unwritten.empty || this.now() < this.diskAgain) return;
    try {
      await this.unwritten.settle();
    } catch (error) {
      this.diskFailed(error);
    }
  }

  private diskFailed(error: unknown): void {
    this.lastError = messageOf(error);
    this.diskAgain = this.now() + DISK_AGAIN;
    this.o.log.error({ err: error }, 'the inbox cannot be read or written; trying again');
  }

  /** Everything in the inbox that has not been read yet, or has changed since. */
  private async intake(): Promise<void> {
    for (;;) {
      const page = this.o.inbox.unread(PAGE);
      for (const row of page) this.admit(row);
      if (page.length < PAGE) return;
      this.launch();
      await this.settle();
    }
  }

  private admit(row: Pending): void {
    const id = workflowIdOf(row.ref);
    const group = this.groups.get(id) ?? new Group(id, row.ref);
    this.groups.set(id, group);
    const now = this.now();
    const due = isUrgent(row) ? now : this.quiet.heard(id, now);
    if (this.inFlight.has(id) || this.ready.has(id)) return;
    if (due <= now) this.makeReady(id);
    else if (!this.delayed.has(id)) this.delayed.delay(id, due);
  }

  /** What is still to be sent to it. */
  private waiting({ id }: Group): Pending | undefined {
    return rest(this.o.inbox.get(id), this.unwritten.upTo(id) ?? '');
  }

  private makeReady(id: string): void {
    this.delayed.release(id);
    this.ready.add(id);
  }

  private launch(): void {
    const now = this.now();
    for (const id of this.delayed.releaseDue(now)) this.ready.add(id);
    if (now < this.pausedUntil) return;
    // After a failure one goes ahead and the others wait for what becomes of it.
    const room = (): number => (this.failures > 0 ? 1 : IN_FLIGHT) - this.inFlight.size;
    for (const id of this.ready) {
      if (room() <= 0) return;
      this.ready.delete(id);
      const group = this.groups.get(id);
      if (!group) continue;
      if (group.notBefore > now) this.delayed.delay(id, group.notBefore);
      else this.fly(group);
    }
  }

  /** Sends all that waits for the group in one signal, and sees to what comes of it. */
  private fly(group: Group): void {
    let row: Pending | undefined;
    try {
      row = this.waiting(group);
    } catch (error) {
      this.makeReady(group.id);
      throw error;
    }
    if (!row) {
      this.groups.delete(group.id);
      return;
    }
    const { seq } = row;
    const hints = hintsOf(row);
    const at = this.now();
    const noisy = row.kinds.some(({ urgent }) => !urgent);
    this.inFlight.add(group.id);
    const waiting = { row, hints };
    void within(ABANDON, this.after, () => attempt(this.o, group, waiting, this.now))
      .then(
        (done) => {
          this.inFlight.delete(group.id);
          if (done === 'sent') this.arrived(group, { seq, at, noisy });
          else if (done === 'unchanged') this.done(group, { id: group.id, seq, unchanged: true });
          else this.compareLater(group, seq, done.wait);
        },
        (error: unknown) => {
          this.inFlight.delete(group.id);
          this.refused(group, { seq, hints }, error);
        },
      )
      .finally(() => this.poke());
  }

  private arrived(group: Group, sent: { seq: string; at: number; noisy: boolean }): void {
    if (this.failures > 0) this.o.log.info({ failures: this.failures }, 'Temporal takes signals again');
    this.failures = 0;
    this.total.sent++;
    this.quiet.sent(group.id, sent.at, sent.noisy);
    this.done(group, { id: group.id, seq: sent.seq });
  }

  /** Until then, unless more has come meanwhile. */
  private compareLater(group: Group, seq: string, ms: number): void {
    const { id } = group;
    group.comparedAt ??= this.now() + ms;
    if (this.o.inbox.get(id)?.seq === seq) this.delayed.delay(id, group.comparedAt);
    else this.makeReady(id);
  }

  /** What has come meanwhile waits for its turn, or its quiet time. */
  private done(group: Group, done: Done): void {
    this.unwritten.add(done);
    group.begin();
    try {
      const left = this.waiting(group);
      if (!left) this.groups.delete(group.id);
      else if (isUrgent(left)) this.makeReady(group.id);
      else this.delayed.delay(group.id, this.quiet.due(group.id));
    } catch {
      // The inbox cannot be read: at its turn it is tried again, and then it is said.
      this.makeReady(group.id);
    }
  }

  private refused(group: Group, sent: { seq: string; hints: Hint[] }, error: unknown): void {
    this.total.failed++;
    this.lastError = messageOf(error);
    const verdict = verdictOf(error, this.o.classify);
    if (verdict === 'pause') {
      this.pause(error);
      this.makeReady(group.id);
      return;
    }
    // It was Temporal that answered.
    this.failures = 0;
    if (verdict === 'busy') {
      group.refusedAsBusy(this.now());
      this.delayed.delay(group.id, group.notBefore);
      this.o.log.info({ err: error, issue: group.id }, 'its workflow takes no signal now; its hints wait');
      return;
    }
    this.total.invalid++;
    if (group.refusedAsInvalid(this.now())) {
      this.makeReady(group.id);
      return;
    }
    const { seq, hints } = sent;
    this.total.dead += hints.length;
    this.o.log.error({ issue: group.id, hints: hints.length, err: error }, 'refused three times; kept among the dead');
    this.done(group, { id: group.id, seq, dead: { hints, why: this.lastError } });
  }

  /** Several that fail together are one failure. */
  private pause(error: unknown): void {
    const now = this.now();
    if (now < this.pausedUntil) return;
    const wait = pauseAfter(this.failures++);
    this.pausedUntil = now + wait;
    this.o.log.warn({ err: error, wait, waiting: this.groups.size }, 'signals wait: Temporal does not take them');
  }
}
