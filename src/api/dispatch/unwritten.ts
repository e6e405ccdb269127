/** What the inbox is still to be told, kept until it has been written: a full disk must not lose it, nor send twice. */
import type { Done, Inbox } from '../inbox/types';

/** One transaction holds up the answers to webhooks for some ten milliseconds at most. */
const AT_ONCE = 500;

export class Unwritten {
  /** In the order in which it was done. */
  private readonly steps: Done[] = [];
  /** How far each workflow's row is done with. */
  private readonly done = new Map<string, string>();

  constructor(private readonly inbox: Pick<Inbox, 'settle'>) {}

  get empty(): boolean {
    return this.steps.length === 0;
  }

  add(step: Done): void {
    this.steps.push(step);
    this.done.set(step.id, step.seq);
  }

  /** Nothing up to here is to be sent again; undefined when the inbox knows. */
  upTo(id: string): string | undefined {
    return this.done.get(id);
  }

  /** Writes it all down; throws ErrandError('inbox_failed') with the rest still pending. */
  async settle(): Promise<void> {
    while (!this.empty) {
      const some = this.steps.slice(0, AT_ONCE);
      await this.inbox.settle(some);
      this.steps.splice(0, some.length);
      for (const { id, seq } of some) if (this.done.get(id) === seq) this.done.delete(id);
    }
  }
}
