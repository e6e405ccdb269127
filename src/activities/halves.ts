/** One activity that makes two writes, of which neither waits for the other. */
import type { WriteOutcome } from '../core/issue/steps';
import { ErrandError } from '../errors';

/** What each half came to. A definite refusal is an outcome, not a failure; what may pass is left to another attempt. */
export class Halves<K extends string> {
  readonly outcomes: Partial<Record<K, WriteOutcome>> = {};
  /** What a further attempt may bring to an end. */
  passing: Error | undefined;

  async attempt(half: K, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.outcomes[half] = 'done';
    } catch (e) {
      if (e instanceof ErrandError && !e.entry.retry) this.outcomes[half] = { code: e.code, message: e.message };
      else this.passing ??= e instanceof Error ? e : new Error(String(e));
    }
  }

  /** @throws what may pass, when nothing else came to an end: Temporal repeats it. Otherwise it is left out, and asked for alone. */
  settle(): void {
    if (this.passing && Object.keys(this.outcomes).length === 0) throw this.passing;
  }
}
