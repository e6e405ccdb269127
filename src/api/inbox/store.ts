/**
 * The LMDB environment under the inbox: its tables, transactions, and the count of what is kept.
 *
 * Why a write that has resolved is on the disk: the environment is opened with `overlappingSync: false`, so each commit is
 * LMDB's own, which syncs data and meta page before it returns, and lmdb-js resolves a write's promise after the commit:
 * "Once the promise resolves, the transaction will have been fully written to the physical storage medium"
 * (github.com/kriszyp/lmdb-js, README, `db.put`). The library's default on Linux, `overlappingSync: true`, resolves before
 * the sync unless `db.flushed` is awaited as well. Traced once: fdatasync(2) returns before the promise resolves.
 *
 * `eventTurnBatching: false`, and every write in a `transaction`: with it lmdb-js 3.5 makes a promise of its own
 * that nobody holds, and a full disk would end the process with an unhandled rejection. Writes that arrive while others are
 * being synced share the next transaction all the same, so a hundred at once cost a few syncs: their functions run one after the
 * other, in the order in which they were asked for, and each reads what those before it wrote.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { ErrandError } from '../../errors';
import type { Table } from './log';
import { pendingOf } from './pending';
import type { Facts } from './types';
import { bytesLeft, ROOM_TO_CHANGE, ROOM_TO_TAKE, roomOf, type Room } from './room';

/** Sorts before every id, and never stays. */
const PROBE = '0';
/** Tables in use, and room for later ones; the file does not depend on it. */
const MAX_TABLES = 16;
/** Of the tables and their rows. 2: a row for each workflow, where 1 had one for each hint. */
const FORMAT = '2';
const FACTS = 'facts';

export function failed(error: unknown): ErrandError {
  return error instanceof ErrandError
    ? error
    : new ErrandError('inbox_failed', error instanceof Error ? error.message : '');
}

/**
 * What LMDB said when a commit failed. lmdb-js puts it in a promise beside the error, rejected in the same turn; nobody
 * else looks at it, so it must be caught here or it would end the process.
 */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (!commitError) return error;
  return Promise.race([commitError.catch((cause: unknown) => cause), nextTurn(error)]);
}

export function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** MDB_MAGIC, little-endian, behind the 24 bytes of the first page's header (lmdb-js, dependencies/lmdb: mdb.c). */
const MAGIC = Buffer.from('dec0efbe', 'hex');
const MAGIC_AT = 24;

/** Throws when there is a file that LMDB did not write: lmdb-js 3.5 does not refuse it but ends the process (SIGSEGV). */
function refuseOther(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(MAGIC_AT + MAGIC.length);
    const length = readSync(file, head, 0, head.length, 0);
    if (length > 0 && !head.subarray(MAGIC_AT).equals(MAGIC)) throw new Error(`${path} is not an inbox.`);
  } finally {
    closeSync(file);
  }
}

/** Rows in a table, without walking it. */
export function rowsIn(table: Table): number {
  return (table.getStats() as { entryCount: number }).entryCount;
}

/** What is kept of hints: waiting and dead together, because both stay until somebody or something takes them. */
type Size = { bytes: number; entries: number };

export class InboxStore {
  private readonly root: RootDatabase<string, string>;
  /** Workflow id → its row (pending.ts), and the row's key → that id, which is the order of first arrival. */
  readonly pending: Table;
  readonly order: Table;
  /** Keys of rows that ended → how (fate.ts). */
  readonly ended: Table;
  readonly dead: Table;
  readonly log: Table;
  readonly acts: Table;
  /** See digests.ts. */
  readonly digests: Table;
  readonly digestsByTime: Table;
  private readonly known: Table;
  /** As it will be when all writes that are under way are on the disk, so that many at once cannot pass the bound together. */
  readonly size: Size = { bytes: 0, entries: 0 };

  /** `seq` of the newest hint that waited when this was opened. */
  private newest = '';
  private closed = false;
  private readonly room: Room;
  /** The last write failed. */
  private failing = false;

  constructor(path: string) {
    refuseOther(path);
    this.room = roomOf(() => bytesLeft(dirname(path)));
    this.root = open<string, string>({
      path,
      noSubdir: true,
      overlappingSync: false,
      eventTurnBatching: false,
      encoding: 'string',
      maxDbs: MAX_TABLES,
    });
    try {
      this.known = this.factsOf(path);
      const table = (name: string): Table => this.root.openDB<string, string>({ name, encoding: 'string' });
      this.pending = table('pending');
      this.order = table('order');
      this.ended = table('ended');
      this.dead = table('dead');
      this.log = table('deliveries');
      this.acts = table('acts');
      this.digests = table('digests');
      this.digestsByTime = table('digestsByTime');
      for (const kept of [this.pending, this.dead])
        for (const { value } of kept.getRange()) {
          this.resize({ bytes: Buffer.byteLength(value), entries: 1 });
          if (kept !== this.pending) continue;
          const { seq } = pendingOf(value);
          if (seq > this.newest) this.newest = seq;
        }
    } catch (error) {
      void this.root.close();
      throw error;
    }
  }

  /** The table that says in which format the others are. Throws when that is another one: it would be misread. */
  private factsOf(path: string): Table {
    // LMDB lists its tables as keys of the root.
    const isNew = [...this.root.getKeys()].every((name) => name === FACTS);
    const facts = this.root.openDB<string, string>({ name: FACTS, encoding: 'string' });
    if (isNew && rowsIn(facts) === 0) facts.putSync('format', FORMAT);
    const format = facts.get('format') ?? '1';
    if (format === FORMAT) return facts;
    throw new Error(
      `${path} was written by another version of Errand: its format is ${format}, and this one reads ${FORMAT}. Start the version that wrote it, or move the file away; what waits in it is lost then until a sweep finds it.`,
    );
  }

  /** The greatest id anywhere. */
  last(): string | undefined {
    return [this.ended, this.dead, this.log, this.acts, this.digestsByTime]
      .flatMap((table) => [...table.getKeys({ reverse: true, limit: 1 })])
      .concat(this.newest)
      .toSorted()
      .at(-1);
  }

  readonly facts: Facts = {
    get: (name) => this.known.get(name),
    set: (name, value) => this.change(() => void this.known.putSync(name, value)),
  };

  /** Throws after {@link close}: lmdb-js would leave the promise of a later write hanging for ever. */
  requireOpen(): void {
    if (this.closed) throw new ErrandError('inbox_failed', 'It is closed.');
  }

  resize(by: Size): void {
    this.size.bytes += by.bytes;
    this.size.entries += by.entries;
  }

  /** Why nothing more can be taken now; undefined when it can. After a write that failed, one is tried. */
  async trouble(): Promise<ErrandError | undefined> {
    const nothing = (): void => {
      this.log.putSync(PROBE, '');
      this.log.removeSync(PROBE);
    };
    try {
      this.requireOpen();
      this.room.require(ROOM_TO_TAKE);
      if (this.failing) await this.told(() => this.root.transaction(nothing));
      return undefined;
    } catch (error) {
      return failed(error);
    }
  }

  /** Remembers whether it failed. @throws ErrandError with LMDB's own words */
  private async told<T>(write: () => Promise<T>): Promise<T> {
    try {
      const answer = await write();
      this.failing = false;
      return answer;
    } catch (error) {
      this.failing = true;
      throw failed(await causeOf(error));
    }
  }

  /**
   * Runs `act` alone, in one transaction, and resolves with its answer once that is on the disk. Rejects with what `act` throws, which
   * must come before its first write, or with ErrandError('inbox_failed') when it could not be written.
   * @param room bytes that the disk must have left
   */
  async change<T>(act: () => T, room = ROOM_TO_CHANGE): Promise<T> {
    this.requireOpen();
    // What `act` throws must not leave the transaction: lmdb-js would commit what was written before it.
    type Outcome = { answer: T } | { error: unknown };
    let changed: Size = { bytes: 0, entries: 0 };
    const run = (): Outcome => {
      const before = { ...this.size };
      try {
        return { answer: act() };
      } catch (error) {
        return { error };
      } finally {
        changed = { bytes: this.size.bytes - before.bytes, entries: this.size.entries - before.entries };
      }
    };
    const outcome = await this.told(async () => {
      this.room.require(room);
      return this.root.transaction(run);
    }).catch((error: unknown) => {
      this.resize({ bytes: -changed.bytes, entries: -changed.entries });
      throw error;
    });
    if ('error' in outcome) throw failed(outcome.error);
    return outcome.answer;
  }

  /** Inside {@link change}, of a table whose size is counted. `before`: the text that it takes the place of. */
  put(table: Table, key: string, text: string, before?: string): void {
    table.putSync(key, text);
    this.resize({
      bytes: Buffer.byteLength(text) - Buffer.byteLength(before ?? ''),
      entries: before === undefined ? 1 : 0,
    });
  }

  /** As {@link put}. */
  drop(table: Table, key: string): void {
    const before = table.get(key);
    if (before === undefined) return;
    table.removeSync(key);
    this.resize({ bytes: -Buffer.byteLength(before), entries: -1 });
  }

  /** Waits for the writes that are under way. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.root.close();
  }
}
