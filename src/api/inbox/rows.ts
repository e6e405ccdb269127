/** The rows in which hints wait: one for each workflow, in the order of first arrival. */
import { workflowIdOf } from '../../contract';
import type { Hint } from '../../core/issue/hint';
import { ErrandError } from '../../errors';
import { PAGE, REFUSE_ABOVE } from './bounds';
import type { Ended, Position, Rows } from './fate';
import { folded, type Pending, pendingOf, rest, textOf } from './pending';
import { type InboxStore, parse } from './store';
import type { Done } from './types';

export class PendingRows implements Rows {
  /** The last row that was given out as unread, and workflows whose row has changed since it was. */
  private cursor = '';
  private readonly changed = new Set<string>();

  constructor(
    private readonly store: InboxStore,
    private readonly id: () => string,
    private readonly full: (moreBytes: number, moreEntries: number) => number,
  ) {}

  get(id: string): Pending | undefined {
    return this.read(id).row;
  }

  oldest(limit: number, after = ''): Pending[] {
    const range = this.store.order.getRange({
      limit: Math.max(0, Math.min(limit, PAGE)),
      start: after,
      exclusiveStart: true,
    });
    return [...range].flatMap(({ value }) => this.get(value) ?? []);
  }

  unread(limit: number): Pending[] {
    const most = Math.min(limit, PAGE);
    const fresh = this.oldest(most, this.cursor);
    this.cursor = fresh.at(-1)?.key ?? this.cursor;
    for (const row of fresh) this.changed.delete(workflowIdOf(row.ref));
    const again = [...this.changed].slice(0, most - fresh.length);
    for (const id of again) this.changed.delete(id);
    const rows = again.flatMap((id) => this.get(id) ?? []);
    return [...rows.sort((a, b) => (a.key < b.key ? -1 : 1)), ...fresh];
  }

  /** Once they are on the disk: before that nobody can read them. */
  hasChanged(hints: Hint[]): void {
    for (const hint of hints) this.changed.add(workflowIdOf(hint.about.issue));
  }

  readonly ended = (row: string): Ended | undefined => {
    const text = this.store.ended.get(row);
    return text === undefined ? undefined : parse<Ended>(text);
  };

  readonly waiting = (hint: Hint): string | undefined => this.get(workflowIdOf(hint.about.issue))?.key;

  /**
   * Inside a transaction: each hint into its workflow's row; answers where each is.
   * @param bounded what would make a full inbox fuller is refused, before anything is written
   */
  fold(hints: Hint[], bounded = false): Position[] {
    const rows = new Map<string, { before: string | undefined; row: Pending | undefined }>();
    const positions = hints.map((hint): Position => {
      const id = workflowIdOf(hint.about.issue);
      const known = rows.get(id) ?? this.read(id);
      const seq = this.id();
      const row = folded(known.row, hint, seq);
      rows.set(id, { before: known.before, row });
      return { row: row.key, seq, ...(row.first.delivery === hint.delivery ? {} : { with: row.first.delivery }) };
    });
    const writes = [...rows].flatMap(([id, { before, row }]) => (row ? [{ id, before, row, text: textOf(row) }] : []));
    if (bounded) this.requireRoom(writes);
    for (const { id, before, row, text } of writes) {
      this.store.put(this.store.pending, id, text, before);
      if (before === undefined) this.store.order.putSync(row.key, id);
    }
    return positions;
  }

  private read(id: string): { before: string | undefined; row: Pending | undefined } {
    const before = this.store.pending.get(id);
    return { before, row: before === undefined ? undefined : pendingOf(before) };
  }

  private requireRoom(writes: { before: string | undefined; text: string }[]): void {
    let [bytes, entries] = [0, 0];
    for (const { before, text } of writes) {
      bytes += Buffer.byteLength(text) - Buffer.byteLength(before ?? '');
      entries += before === undefined ? 1 : 0;
    }
    if ((bytes > 0 || entries > 0) && this.full(bytes, entries) > REFUSE_ABOVE) throw new ErrandError('inbox_full');
  }

  /**
   * Inside a transaction: takes away what is done with, and says how it ended; what has come since stays as a row of its own.
   * Answers the key of the row that ended; undefined when there is none any more.
   */
  end({ id, seq, dead, unchanged }: Done, at: string): string | undefined {
    const { before, row } = this.read(id);
    if (!row || row.key > seq) return undefined;
    const left = rest(row, seq);
    this.store.order.removeSync(row.key);
    if (left) {
      this.store.put(this.store.pending, id, textOf(left), before);
      this.store.order.putSync(left.key, id);
    } else this.store.drop(this.store.pending, id);
    const next = left && { row: left.key, with: left.first.delivery };
    const ended: Ended = {
      upTo: seq,
      ...(next ? { next } : {}),
      ...(dead ? { dead: dead.why } : unchanged ? { unchanged } : { dispatchedAt: at }),
    };
    this.store.ended.putSync(row.key, JSON.stringify(ended));
    return row.key;
  }

  /** Inside a transaction: the dead hints of this row wait again. */
  endAgain(row: string, again: Position): void {
    const ended = this.ended(row);
    if (!ended || !('dead' in ended)) return;
    this.store.ended.putSync(row, JSON.stringify({ ...ended, again } satisfies Ended));
  }

  /** Inside a transaction: of rows that ended long ago. Dead ones are known as long as their hints are. */
  forgetEnds(count: number): void {
    for (const { key, value } of [...this.store.ended.getRange({ limit: count })]) {
      const ended = parse<Ended>(value);
      if (!('dead' in ended) || ended.again) this.store.ended.removeSync(key);
    }
  }
}
