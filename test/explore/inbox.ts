/**
 * The contract of the inbox and its dispatcher, not their code: what is kept reaches its workflow at least once, folded into one
 * pending row per destination, which is removed only if it is unchanged since it was sent.
 */
import type { Hint } from '../../src/core/issue/hint';
import { newestSeed } from '../../src/core/issue/seed';
import { REF, type Webhook } from './world';

export class Inbox {
  private row: { hint: Hint; version: number } | undefined;
  private deliveries = 0;

  get isEmpty(): boolean {
    return this.row === undefined;
  }

  /** A webhook is on the disk; from here on it is not lost. */
  keep({ what, urgent, seed }: Webhook, at: string): void {
    this.deliveries += 1;
    const hint: Hint = { delivery: `d${this.deliveries}`, at, about: { issue: REF }, urgent, what, seed };
    const { row } = this;
    if (!row) this.row = { hint, version: 1 };
    else {
      const folded = { ...row.hint, ...hint, urgent: urgent || row.hint.urgent, at: row.hint.at };
      const newest = row.hint.seed ? newestSeed(row.hint.seed, seed) : seed;
      this.row = { hint: { ...folded, seed: newest }, version: row.version + 1 };
    }
  }

  /** What is sent now, and what {@link sent} is told when it has arrived. */
  take(): { hint: Hint; version: number } | undefined {
    return this.row;
  }

  sent(version: number): void {
    if (this.row?.version === version) this.row = undefined;
  }
}
