/**
 * The bodies that were taken before. A signature fits its body for ever and covers no time, so who has seen one delivery can send it again
 * whenever they like; only the memory of it tells. Kept on the disk with the deliveries, of the newest that show an issue.
 */
import { createHash } from 'node:crypto';
import { timeOf } from './id';
import { type Table, trim } from './log';
import { rowsIn } from './store';

/** As long as a closed issue is followed by default (`settings.linger`): later there is nothing left that it could close. */
export const REMEMBERED_MS = 90 * 24 * 60 * 60 * 1_000;
/**
 * Two days of one a second, 90 days of one in 39 seconds. A row of each table has 43 characters of digest and 26 of an id, with LMDB's
 * own some 200 bytes for both: 40 MB.
 */
export const REMEMBERED_MAX = 200_000;
/** Grows this far beyond its bound before it is cut, so that one cut serves many. */
const SLACK = 200;
/** Whether there are too many or too old ones is looked at after so many deliveries or so long. */
const LOOK_AFTER = 50;
const LOOK_AFTER_MS = 60_000;
/** Rows that are too old are looked at so many at a time. */
const CUT_MAX = 1_000;

/** Of a body's bytes, in 43 characters. Its headers are not signed: they are left out, so that another one makes no other delivery of it. */
export function digestOf(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('base64url');
}

export class Digests {
  /** Being written, with the delivery that brings it: two that come together are not both the first. */
  private readonly writing = new Map<string, string>();

  private unseen = 0;
  private lookedAt = -Infinity;

  constructor(
    /** Digest → the newest delivery that brought it. */
    private readonly byDigest: Table,
    /** That delivery → digest, in the order of time. */
    private readonly byTime: Table,
    private readonly now: () => number,
    private readonly max: number,
  ) {}

  /** The delivery that last brought this body; undefined when none is remembered. */
  last(digest: string): string | undefined {
    return this.writing.get(digest) ?? this.byDigest.get(digest);
  }

  /** Call before {@link puts}, and what it answers when they are on the disk or have failed. */
  claim(digest: string, id: string): () => void {
    this.writing.set(digest, id);
    return () => void (this.writing.get(digest) === id && this.writing.delete(digest));
  }

  /** Inside a transaction: the newest delivery with this body is `id`. One that is sent again and again stays known. */
  puts(digest: string, id: string): void {
    const before = this.byDigest.get(digest);
    if (before !== undefined) this.byTime.removeSync(before);
    this.byDigest.putSync(digest, id);
    this.byTime.putSync(id, digest);
  }

  /** There is more than may be kept. Asked after each delivery. */
  isOverdue(): boolean {
    if (++this.unseen < LOOK_AFTER && this.now() - this.lookedAt < LOOK_AFTER_MS) return false;
    this.unseen = 0;
    this.lookedAt = this.now();
    const [oldest] = this.byTime.getKeys({ limit: 1 });
    if (oldest === undefined) return false;
    return timeOf(oldest) < this.now() - REMEMBERED_MS || rowsIn(this.byTime) > this.max + SLACK;
  }

  /** Inside a transaction: forgets the oldest of too many, and some that are too old. */
  trim(): void {
    const before = this.now() - REMEMBERED_MS;
    const surplus = Math.max(0, rowsIn(this.byTime) - this.max);
    const old = [...this.byTime.getKeys({ limit: CUT_MAX })].filter((id) => timeOf(id) < before).length;
    const count = Math.max(surplus, old);
    for (const { key, value } of [...this.byTime.getRange({ limit: count })])
      if (this.byDigest.get(value) === key) this.byDigest.removeSync(value);
    trim(this.byTime, count);
  }
}
