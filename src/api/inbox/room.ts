/**
 * The room on the disk of the inbox, looked at before each write.
 *
 * LMDB itself survives a full disk, but lmdb-js 3.5.6 may not: it words a write that failed into 100 bytes (mdb_page_flush in its
 * mdb.c), which numbers of several digits exceed, and then the process ends now or later. So a disk is taken for full a little before
 * it is. What `statfs` does not show, a quota or a broken disk, is still met there.
 */
import { statfsSync } from 'node:fs';
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';

const MIB = 1024 * 1024;
/** Nothing more is taken below this. Hundreds of the largest deliveries are flushed together at most, some 10 KiB each. */
export const ROOM_TO_TAKE = 8 * MIB;
/** What is kept is still moved and forgotten below that, since it makes room, and not below this: some hundred pages. */
export const ROOM_TO_CHANGE = MIB;
/** While there is room. A disk is not filled by 8 MiB in a shorter time by what usually shares it with us. */
const LOOK_EVERY_MS = 50;

export type Room = {
  /** @throws ErrandError `inbox_failed` when fewer bytes than these are left */
  require(bytes: number): void;
};

/** @param left bytes that may still be written; throws where that cannot be known, which is taken for enough */
export function roomOf(left: () => number, now: () => number = steady): Room {
  let at = 0;
  let last = 0;
  const look = (): number => {
    if (last >= ROOM_TO_TAKE && now() - at < LOOK_EVERY_MS) return last;
    at = now();
    try {
      last = left();
    } catch {
      last = Infinity;
    }
    return last;
  };
  return {
    require(bytes) {
      if (look() < bytes)
        throw new ErrandError('inbox_failed', `The disk has no room: less than ${bytes / MIB} MiB are left.`);
    },
  };
}

/** Of the disk that holds this path, for a process without special rights. */
export function bytesLeft(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
