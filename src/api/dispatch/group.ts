/** What waits for one issue: not the hints themselves but what they say, so that a long outage does not fill the memory. */
import { small } from '../inbox/log';
import { newestOf } from '../../core/issue/seed';
import { newestSeeded, type Says, saysOf, survivors } from '../inbox/merge';
import type { Inbox, InboxEntry } from '../inbox/types';
import type { Hint } from '../../core/issue/hint';
import type { IssueRef } from '../../core/refs';

/** A signal carries at most so many hints and bytes of JSON: Temporal warns at 256 KiB and a history must stay small. */
const SIGNAL_HINTS = 50;
const SIGNAL_BYTES = 64 * 1024;

export class Group {
  /** Oldest first. */
  private waiting: Says[] = [];
  private sending: Says[] = [];
  /** The last signal could not take all that was waiting. */
  cut = false;
  /** Refusals as invalid in a row. */
  tries = 0;
  /** Refusals in a row because its workflow was busy. */
  busy = 0;
  /** Not tried again before (milliseconds). */
  notBefore = 0;

  constructor(
    readonly id: string,
    readonly ref: IssueRef,
  ) {}

  get urgent(): boolean {
    return this.waiting.some((says) => says.urgent);
  }
  get empty(): boolean {
    return this.waiting.length === 0 && this.sending.length === 0;
  }
  get inFlight(): boolean {
    return this.sending.length > 0;
  }

  /** One more; answers those that it makes superfluous, each with the key that speaks for it. */
  add(entry: InboxEntry): Map<string, string> {
    this.waiting.push(saysOf(entry));
    const keep = survivors(this.waiting);
    const first = keep[0];
    if (!first || keep.length === this.waiting.length) return new Map();
    const kept = new Set(keep);
    const dropped = this.waiting.filter((says) => !kept.has(says));
    this.waiting = keep;
    return new Map(dropped.map((says) => [says.key, first.key]));
  }

  /**
   * Takes the next signal's hints, oldest first; they are in flight until {@link sent} or {@link failed}. Only one
   * snapshot goes with them, because the newest wins. Hints that the inbox has merged into newer ones meanwhile are
   * skipped. Empty when none is left.
   */
  take(inbox: Pick<Inbox, 'get'>): Hint[] {
    const hints: Hint[] = [];
    const newest = newestSeeded(this.waiting);
    const seed = newestOf(this.waiting.flatMap((says) => (says.seed && inbox.get(says.key)?.seed) ?? []));
    let bytes = 0;
    this.cut = false;
    while (this.waiting.length > 0 && hints.length < SIGNAL_HINTS) {
      const [says] = this.waiting;
      const whole = says && inbox.get(says.key);
      const hint = whole && (says === newest && seed ? { ...whole, seed } : small(whole));
      if (says && hint) {
        bytes += Buffer.byteLength(JSON.stringify(hint));
        this.cut = hints.length > 0 && bytes > SIGNAL_BYTES;
        if (this.cut) break;
        hints.push(hint);
        this.sending.push(says);
      }
      this.waiting.shift();
    }
    this.cut ||= this.waiting.length > 0;
    return hints;
  }

  /** Those in flight arrived, or are given up; answers their keys. */
  sent(): string[] {
    const keys = this.sending.map((says) => says.key);
    this.sending = [];
    this.tries = 0;
    this.busy = 0;
    return keys;
  }

  /** Those in flight wait again, before what has come since. */
  failed(): void {
    this.waiting = [...this.sending, ...this.waiting];
    this.sending = [];
  }
}
