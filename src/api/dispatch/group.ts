/** A workflow for which something waits. What that is stays on the disk, so that a long outage does not fill the memory. */
import type { IssueRef } from '../../core/refs';
import { PAUSE_FIRST, pauseAfter } from './time';

/** Refusals of a signal as invalid until it is given up. */
const TRIES = 3;

export class Group {
  /** Refusals as invalid in a row, and because its workflow was busy. */
  private tries = 0;
  private busy = 0;
  /** Not tried again before (milliseconds). */
  notBefore = 0;

  /** Its assignment is compared no sooner (milliseconds); undefined: none has waited. */
  comparedAt: number | undefined;

  constructor(
    readonly id: string,
    readonly ref: IssueRef,
  ) {}

  refusedAsBusy(now: number): void {
    this.notBefore = now + pauseAfter(this.busy++);
  }

  /** Answers whether it is worth another try. */
  refusedAsInvalid(now: number): boolean {
    this.tries++;
    this.notBefore = now + this.tries * PAUSE_FIRST;
    return this.tries < TRIES;
  }

  /** A signal arrived, or is given up. */
  begin(): void {
    this.tries = 0;
    this.busy = 0;
    this.comparedAt = undefined;
    this.notBefore = 0;
  }
}
