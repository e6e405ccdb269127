/** A bounded log in an LMDB table: the newest `max` entries under ids that sort by time. */
import type { Database } from 'lmdb';
import type { Hint } from '../../core/issue/hint';
import type { Page, PageRequest } from './types';

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

/** What of a hint is logged: everything but the snapshot. */
export function small({ seed: _seed, ...hint }: Hint): Hint {
  return hint;
}
