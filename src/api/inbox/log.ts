/** A bounded log in an LMDB table: the newest `max` entries under ids that sort by time. */
import type { Database } from 'lmdb';
import type { Hint } from '../../core/issue/hint';
import type { Instant } from '../../core/refs';
import type { DeliveryLogEntry, Page, PageRequest } from './types';

export type Table = Database<string, string>;

const PAGE_DEFAULT = 50;
const PAGE_MAX = 500;

/** A page of a table, newest first, each value through `show`. */
export function page<T>(table: Table, request: PageRequest, show: (text: string) => T): Page<T> {
  const limit = Math.max(1, Math.min(Math.floor(request.limit ?? PAGE_DEFAULT), PAGE_MAX));
  const rows = [
    ...table.getRange({
      reverse: true,
      limit: limit + 1,
      // The cursor is the last row already seen.
      ...(request.cursor === undefined ? {} : { start: request.cursor, exclusiveStart: true }),
    }),
  ];
  const shown = rows.slice(0, limit);
  return { items: shown.map((row) => show(row.value)), next: rows.length > limit ? (shown.at(-1)?.key ?? null) : null };
}

/** Removes the oldest `surplus` rows; inside a transaction. Answers how many there were. */
export function trim(table: Table, surplus: number): number {
  const keys = [...table.getKeys({ limit: Math.max(0, surplus) })];
  for (const key of keys) table.removeSync(key);
  return keys.length;
}

/** A delivery as it is stored: with its hints (small ones, to replay), and with how many of them are still waiting. */
export type StoredDelivery = DeliveryLogEntry & { hints: Hint[]; left: number; joined?: Joined };
/** The hint that speaks for this delivery's. */
type Joined = { delivery: string; key: string };

/** What of a hint is logged: everything but the snapshot. */
export function small({ seed: _seed, ...hint }: Hint): Hint {
  return hint;
}

/** A chain of joined deliveries is followed this far; a merge at 80 % makes a step, and few of them fit before one is sent. */
const CHAIN = 50;

/**
 * The delivery with its outcome as of now: one that was joined with another shares that one's fate. When the other has
 * already left the log, `waiting` tells by its hint's key.
 */
export function shown(
  stored: StoredDelivery,
  find: (id: string) => StoredDelivery | undefined,
  waiting: (key: string) => boolean,
): DeliveryLogEntry {
  const { hints: _hints, left: _left, joined, ...entry } = stored;
  if (joined === undefined || entry.outcome !== 'kept') return entry;
  const why = `joined with ${joined.delivery}`;
  let last = joined;
  let other = find(last.delivery);
  for (let step = 0; step < CHAIN && other?.outcome === 'kept' && other.joined !== undefined; step++) {
    last = other.joined;
    other = find(last.delivery);
  }
  if (!other) return { ...entry, why, outcome: waiting(last.key) ? 'kept' : 'dispatched' };
  if (other.outcome === 'kept') return { ...entry, why };
  const dispatchedAt = other.dispatchedAt === undefined ? {} : { dispatchedAt: other.dispatchedAt };
  return { ...entry, outcome: other.outcome, why, ...dispatchedAt };
}

/** What became of a waiting hint. */
export type Fate = { dispatchedAt: Instant } | { joined: Joined } | { dead: string } | { revived: true };

/** One of the delivery's hints is no longer waiting. */
export function settled(stored: StoredDelivery, how: Fate): StoredDelivery {
  if ('revived' in how) {
    const { why: _why, joined: _joined, dispatchedAt: _at, ...rest } = stored;
    return { ...rest, outcome: 'kept', left: stored.left + 1 };
  }
  const left = Math.max(0, stored.left - 1);
  if ('dead' in how) return { ...stored, left, outcome: 'dead', why: how.dead };
  if ('joined' in how) return { ...stored, left, ...(how.joined.delivery === stored.id ? {} : { joined: how.joined }) };
  if (left > 0 || stored.outcome !== 'kept') return { ...stored, left };
  return { ...stored, left, outcome: 'dispatched', dispatchedAt: how.dispatchedAt };
}
