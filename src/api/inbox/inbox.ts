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
import { positionOf, shown, type StoredDelivery } from './fate';
import { idSource } from './id';
import { page, small, trim } from './log';
import type { Pending } from './pending';
import { ROOM_TO_TAKE } from './room';
import { PendingRows } from './rows';
import { failed, InboxStore, parse, rowsIn } from './store';
import type {
  ActLogEntry,
  DeadHint,
  DeliveryLogEntry,
  Done,
  Facts,
  Inbox,
  InboxCounts,
  InboxOptions,
  Page,
  PageRequest,
} from './types';

export type * from './types';

const FILE = 'inbox.lmdb';
/** `row`: the one whose signal was refused. */
type StoredDead = DeadHint & { row: string };

/**
 * Opens (or makes) the inbox in `dir`. Only one process may have it open; the caller holds the lock of DATA_DIR.
 * Throws ErrandError('inbox_failed') when the directory cannot be written, or holds an inbox in another format.
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
  private readonly rows: PendingRows;
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
    this.rows = new PendingRows(this.store, this.id, (bytes, entries) => this.full(bytes, entries));
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
    const written = digest === undefined ? undefined : this.digests.claim(digest, log.id);
    try {
      await this.store.change(() => {
        const stored: StoredDelivery = { ...log, hints: hints.map(small), positions: this.rows.fold(hints, true) };
        this.store.log.putSync(log.id, JSON.stringify(stored));
        if (digest !== undefined) this.digests.puts(digest, log.id);
      }, ROOM_TO_TAKE);
    } finally {
      written?.();
    }
    this.rows.hasChanged(hints);
    this.logged++;
    this.tidy();
  }

  async trouble(): Promise<ErrandError | undefined> {
    return this.full() > BOUND.REFUSE_ABOVE ? new ErrandError('inbox_full') : this.store.trouble();
  }

  oldest(limit: number, after?: string): Pending[] {
    return this.rows.oldest(limit, after);
  }

  unread(limit: number): Pending[] {
    return this.rows.unread(limit);
  }

  get(id: string): Pending | undefined {
    return this.rows.get(id);
  }

  async settle(done: Done[]): Promise<void> {
    const at = new Date(this.now()).toISOString();
    await this.store.change(() => {
      for (const one of done) this.end(one, at);
      const surplus = rowsIn(this.store.ended) - this.max.log;
      if (surplus > BOUND.LOG_SLACK) this.rows.forgetEnds(surplus);
    });
  }

  listDead(limit = BOUND.PAGE): DeadHint[] {
    return this.deadRows(limit).map(({ row: _row, ...dead }) => dead);
  }

  async replay(id: string): Promise<number> {
    const again = await this.store.change(() => {
      const stored = this.stored(id);
      const rows = new Set(stored?.positions.map((position) => positionOf(position, this.rows).row));
      const all = this.deadRows(Infinity);
      for (const dead of all) if (dead.id === id || dead.hint.delivery === id) rows.add(dead.row);
      const dead = all.filter((one) => rows.has(one.row));
      if (dead.length > 0) return this.revive(dead);
      if (!stored) return [];
      this.store.log.putSync(id, JSON.stringify({ ...stored, positions: this.rows.fold(stored.hints) }));
      return stored.hints;
    });
    this.rows.hasChanged(again);
    return again.length;
  }

  deliveries(request: PageRequest = {}): Page<DeliveryLogEntry> {
    return page(this.store.log, request, (text) => shown(parse<StoredDelivery>(text), this.rows));
  }

  delivery(id: string): DeliveryLogEntry | undefined {
    const stored = this.stored(id);
    return stored && shown(stored, this.rows);
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
      waiting: rowsIn(this.store.pending),
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

  /** Inside a transaction: what is done with is no longer waiting; what was refused is among the dead. */
  private end(done: Done, at: string): void {
    const row = this.rows.end(done, at);
    if (!done.dead || row === undefined) return;
    const { hints, why } = done.dead;
    for (const hint of hints) {
      const dead: StoredDead = { id: this.id(), at, why, hint, row };
      this.store.put(this.store.dead, dead.id, JSON.stringify(dead));
    }
  }

  /** Inside a transaction: all the dead hints of some rows, whose deliveries share what becomes of them now. */
  private revive(all: StoredDead[]): Hint[] {
    const hints = all.map(({ hint }) => hint);
    const positions = this.rows.fold(hints);
    all.forEach(({ id, row }, i) => {
      this.store.drop(this.store.dead, id);
      if (positions[i]) this.rows.endAgain(row, positions[i]);
    });
    return hints;
  }

  private deadRows(limit: number): StoredDead[] {
    return [...this.store.dead.getRange({ limit })].map(({ value }) => parse<StoredDead>(value));
  }

  private stored(id: string): StoredDelivery | undefined {
    const text = this.store.log.get(id);
    return text === undefined ? undefined : parse<StoredDelivery>(text);
  }

  private full(moreBytes = 0, moreEntries = 0): number {
    return Math.max(
      (this.store.size.bytes + moreBytes) / this.max.bytes,
      (this.store.size.entries + moreEntries) / this.max.entries,
    );
  }

  /** Cuts the log and the digests when it is time, behind the back of the request that noticed. */
  private tidy(): void {
    const isTooLong = this.logged > this.max.log + BOUND.LOG_SLACK;
    const forget = this.digests.isOverdue();
    if (this.busy || (!isTooLong && !forget)) return;
    this.busy = true;
    this.background = (async () => {
      try {
        if (forget) await this.store.change(() => this.digests.trim());
        if (isTooLong) await this.store.change(() => (this.logged -= trim(this.store.log, this.logged - this.max.log)));
      } catch {
        // The disk is in trouble; the next append meets it in the open.
      } finally {
        this.busy = false;
      }
    })();
  }
}
