/**
 * The durable inbox. A webhook is answered once `append` has resolved, and that is once it is on the disk (store.ts).
 * A hint and its log entry stand or fall together.
 */
import { mkdirSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { ErrandError } from '../../errors';
import type { Hint } from '../../core/issue/hint';
import * as BOUND from './bounds';
import { Digests, REMEMBERED_MAX } from './digests';
import { idSource } from './id';
import { type Fate, page, settled, shown, small, type StoredDelivery, trim } from './log';
import { keysByIssue, mergedPage } from './merge';
import { failed, InboxStore, parse, rowsIn } from './store';
import type {
  ActLogEntry,
  DeadHint,
  DeliveryLogEntry,
  Facts,
  Inbox,
  InboxCounts,
  InboxEntry,
  InboxOptions,
  Page,
  PageRequest,
} from './types';

export type * from './types';

const FILE = 'inbox.lmdb';

/**
 * Opens (or makes) the inbox in `dir`. Only one process may have it open; the caller holds the lock of DATA_DIR.
 * Throws ErrandError('inbox_failed') when the directory cannot be written.
 */
export function openInbox(dir: string, o: InboxOptions = {}): Inbox {
  try {
    mkdirSync(dir, { recursive: true });
    return new LmdbInbox(joinPath(dir, FILE), o);
  } catch (error) {
    throw failed(error);
  }
}

class LmdbInbox implements Inbox {
  private readonly store: InboxStore;
  readonly facts: Facts;
  private readonly now: () => number;
  private readonly max: { bytes: number; entries: number; log: number };
  private readonly id: () => string;
  private readonly digests: Digests;
  /** How full it was after the last merge. */
  private mergedAt = 0;
  private busy = false;
  private background: Promise<void> = Promise.resolve();
  private logged: number;
  private acted: number;

  constructor(path: string, o: InboxOptions) {
    this.now = o.now ?? Date.now;
    this.max = {
      bytes: o.maxBytes ?? BOUND.MAX_BYTES,
      entries: o.maxEntries ?? BOUND.MAX_ENTRIES,
      log: o.maxLog ?? BOUND.MAX_LOG,
    };
    this.store = new InboxStore(path);
    const { digests, digestsByTime } = this.store;
    this.digests = new Digests(digests, digestsByTime, this.now, o.maxDigests ?? REMEMBERED_MAX);
    this.facts = this.store.facts;
    this.id = idSource(this.now, this.store.last());
    this.logged = rowsIn(this.store.log);
    this.acted = rowsIn(this.store.acts);
  }

  newId(): string {
    return this.id();
  }

  lastWith(digest: string): string | undefined {
    return this.digests.last(digest);
  }

  async append(hints: Hint[], log: DeliveryLogEntry, digest?: string): Promise<void> {
    this.store.requireOpen();
    const rows = hints.map((hint) => ({ key: this.id(), text: JSON.stringify(hint) }));
    const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row.text), 0);
    if (rows.length > 0 && this.full(bytes, rows.length) > BOUND.REFUSE_ABOVE) {
      this.tidy();
      throw new ErrandError('inbox_full');
    }
    const stored: StoredDelivery = { ...log, hints: hints.map(small), left: hints.length };
    // Counted before it is written, so that many at once cannot pass the bound together.
    this.store.resize({ bytes, entries: rows.length });
    const written = digest === undefined ? undefined : this.digests.claim(digest, log.id);
    try {
      await this.store.write(() => [
        ...rows.map((row) => this.store.hints.put(row.key, row.text)),
        this.store.log.put(log.id, JSON.stringify(stored)),
        ...(digest === undefined ? [] : this.digests.puts(digest, log.id)),
      ]);
    } catch (error) {
      this.store.resize({ bytes: -bytes, entries: -rows.length });
      throw failed(error);
    } finally {
      written?.();
    }
    this.logged++;
    this.tidy();
  }

  async trouble(): Promise<ErrandError | undefined> {
    return this.full() > BOUND.REFUSE_ABOVE ? new ErrandError('inbox_full') : this.store.trouble();
  }

  oldest(limit: number, after?: string): InboxEntry[] {
    const range = this.store.hints.getRange({
      limit: Math.max(0, Math.min(limit, BOUND.PAGE)),
      ...(after === undefined ? {} : { start: after, exclusiveStart: true }),
    });
    return [...range].map(({ key, value }) => ({ key, hint: parse<Hint>(value) }));
  }

  get(key: string): Hint | undefined {
    const text = this.store.hints.get(key);
    return text === undefined ? undefined : parse<Hint>(text);
  }

  async remove(keys: string[]): Promise<void> {
    const dispatchedAt = new Date(this.now()).toISOString();
    await this.store.change(() => {
      for (const key of keys) this.take(key, { dispatchedAt });
    });
  }

  async join(keyToOther: Map<string, string>): Promise<void> {
    await this.store.change(() => {
      for (const [key, other] of keyToOther) {
        const to = this.get(other);
        if (to && key !== other) this.take(key, { joined: { delivery: to.delivery, key: other } });
      }
    });
  }

  async merge(): Promise<void> {
    for (const keys of await keysByIssue((after) => this.oldest(BOUND.PAGE, after))) {
      if (keys.length > 1) await this.mergeOne(keys);
    }
    this.mergedAt = this.full();
  }

  /** One issue's hints, a page at a time, so that requests are answered in between; each page leaves its newest to the next. */
  private async mergeOne(keys: string[]): Promise<void> {
    for (let rest = keys; rest.length > 1;) {
      const some = rest.slice(0, BOUND.PAGE);
      const kept = await this.store.change(() => {
        const { stay, gone, joined } = mergedPage(some, (key) => this.get(key));
        for (const { key, hint } of stay) this.store.put(this.store.hints, key, hint);
        for (const key of gone) if (joined) this.take(key, { joined });
        return stay.map(({ key }) => key);
      });
      rest = rest.length > BOUND.PAGE ? [...kept, ...rest.slice(BOUND.PAGE)] : [];
    }
  }

  async bury(key: string, why: string): Promise<void> {
    const at = new Date(this.now()).toISOString();
    await this.store.change(() => {
      const hint = this.take(key, { dead: why });
      if (hint) this.store.put(this.store.dead, key, { id: key, at, why, hint } satisfies DeadHint);
    });
  }

  listDead(limit = BOUND.PAGE): DeadHint[] {
    return [...this.store.dead.getRange({ limit })].map(({ value }) => parse<DeadHint>(value));
  }

  async revive(id: string): Promise<boolean> {
    const key = this.id();
    return this.store.change(() => {
      const text = this.store.dead.get(id);
      if (text === undefined) return false;
      const { hint } = parse<DeadHint>(text);
      this.store.drop(this.store.dead, id, text);
      this.again(hint, key);
      return true;
    });
  }

  async replay(id: string): Promise<number> {
    if (await this.revive(id)) return 1;
    const dead = this.listDead(Infinity).filter((one) => one.hint.delivery === id);
    for (const one of dead) await this.revive(one.id);
    if (dead.length > 0) return dead.length;
    const keys = (this.stored(id)?.hints ?? []).map(() => this.id());
    return this.store.change(() => {
      const stored = this.stored(id);
      stored?.hints.forEach((hint, i) => this.again(hint, keys[i] ?? this.id()));
      return stored?.hints.length ?? 0;
    });
  }

  deliveries(request: PageRequest = {}): Page<DeliveryLogEntry> {
    return page(this.store.log, request, (text) => this.show(parse<StoredDelivery>(text)));
  }

  delivery(id: string): DeliveryLogEntry | undefined {
    const stored = this.stored(id);
    return stored && this.show(stored);
  }

  async appendAct(act: ActLogEntry): Promise<void> {
    await this.store.change(() => {
      this.store.acts.putSync(act.id, JSON.stringify(act));
      this.acted++;
      if (this.acted > this.max.log + BOUND.LOG_SLACK) this.acted -= trim(this.store.acts, this.acted - this.max.log);
    });
  }

  acts(request: PageRequest = {}): Page<ActLogEntry> {
    return page(this.store.acts, request, (text) => parse<ActLogEntry>(text));
  }

  counts(): InboxCounts {
    return {
      waiting: rowsIn(this.store.hints),
      dead: rowsIn(this.store.dead),
      deliveries: rowsIn(this.store.log),
      acts: rowsIn(this.store.acts),
      bytes: this.store.size.bytes,
      full: this.full(),
    };
  }

  async close(): Promise<void> {
    await this.background;
    await this.store.close();
  }

  /** Inside a transaction: takes a waiting hint away and says in the log what became of it. */
  private take(key: string, fate: Fate): Hint | undefined {
    const text = this.store.hints.get(key);
    if (text === undefined) return undefined;
    this.store.drop(this.store.hints, key, text);
    const hint = parse<Hint>(text);
    this.settle(hint, fate);
    return hint;
  }

  /**
   * Inside a transaction: the hint waits again, under a new key, so that a reader who has passed the old one sees it. The key
   * is taken before the transaction is queued: keys must commit in their order, or a reader would pass the later commit.
   */
  private again(hint: Hint, key: string): void {
    this.store.put(this.store.hints, key, hint);
    this.settle(hint, { revived: true });
  }

  private settle(hint: Hint, fate: Fate): void {
    const stored = this.stored(hint.delivery);
    if (stored) this.store.log.putSync(stored.id, JSON.stringify(settled(stored, fate)));
  }

  private stored(id: string): StoredDelivery | undefined {
    const text = this.store.log.get(id);
    return text === undefined ? undefined : parse<StoredDelivery>(text);
  }

  private show(stored: StoredDelivery): DeliveryLogEntry {
    return shown(
      stored,
      (id) => this.stored(id),
      (key) => this.store.hints.doesExist(key),
    );
  }

  private full(moreBytes = 0, moreEntries = 0): number {
    return Math.max(
      (this.store.size.bytes + moreBytes) / this.max.bytes,
      (this.store.size.entries + moreEntries) / this.max.entries,
    );
  }

  /** Merges and cuts the log when it is time, behind the back of the request that noticed. */
  private tidy(): void {
    this.mergedAt = Math.min(this.mergedAt, this.full());
    const merge = this.full() > BOUND.MERGE_ABOVE && this.full() - this.mergedAt >= BOUND.MERGE_STEP;
    const cut = this.logged > this.max.log + BOUND.LOG_SLACK;
    const forget = this.digests.overdue;
    if (this.busy || (!merge && !cut && !forget)) return;
    this.busy = true;
    this.background = (async () => {
      try {
        if (merge) await this.merge();
        if (forget) await this.store.change(() => this.digests.cut());
        if (cut) await this.store.change(() => (this.logged -= trim(this.store.log, this.logged - this.max.log)));
      } catch {
        // The disk is in trouble; the next append meets it in the open.
      } finally {
        this.busy = false;
      }
    })();
  }
}
