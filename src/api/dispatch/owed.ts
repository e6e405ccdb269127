/** What the inbox is still to be told, kept until it has been written: a full disk must not lose it, nor send twice. */
import type { Inbox } from '../inbox/types';

export class Owed {
  private removals = new Set<string>();
  private joins = new Map<string, string>();
  private burials = new Map<string, string>();

  constructor(private readonly inbox: Pick<Inbox, 'get' | 'remove' | 'join' | 'bury'>) {}

  get empty(): boolean {
    return this.removals.size + this.joins.size + this.burials.size === 0;
  }

  /** They arrived. */
  remove(keys: string[]): void {
    for (const key of keys) this.removals.add(key);
  }

  /** Each is superfluous beside the other. */
  join(keyToOther: Map<string, string>): void {
    for (const [key, other] of keyToOther) this.joins.set(key, other);
  }

  bury(keys: string[], why: string): void {
    for (const key of keys) this.burials.set(key, why);
  }

  /** Writes it all down; throws ErrandError('inbox_failed') with the rest still owed. */
  async settle(): Promise<void> {
    if (this.joins.size > 0) {
      const joins = this.joins;
      const orphans = [...joins].filter(([, other]) => this.inbox.get(other) === undefined).map(([key]) => key);
      await this.inbox.join(joins);
      for (const key of joins.keys()) this.joins.delete(key);
      // The other has been sent while the disk was full, and so has what this one says.
      this.remove(orphans);
    }
    if (this.removals.size > 0) {
      const keys = [...this.removals];
      await this.inbox.remove(keys);
      for (const key of keys) this.removals.delete(key);
    }
    for (const [key, why] of this.burials) {
      await this.inbox.bury(key, why);
      this.burials.delete(key);
    }
  }
}
