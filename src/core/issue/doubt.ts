/** A delivery that came before. Without a token it may be a replay, and nothing tells it from an honest repeat. */
import type { ErrorCode } from '../../errors';
import type { Instant } from '../refs';
import type { Repeated } from './hint';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import { failed, clearAttention } from './attention';
import { isOfIssue } from './seed';

export const REPEATED: ErrorCode = 'repeated_delivery';

/** What stays of a snapshot that is not to be believed. An event tells no assignee. */
export function repeatedOf(seed: Pick<IssueSnapshot, 'status' | 'assignee' | 'shortId'>): Repeated {
  const { status, assignee } = seed;
  return isOfIssue(seed) ? { status, assignee } : { status };
}

/**
 * Needs a person when it says something else than is known: a resolve, a reopening and a resolve can have the same body twice.
 * With a token the read that follows tells; before the first read there is nothing that it could change.
 */
export function doubt(r: IssueRecord, { status, assignee }: Repeated, now: Instant): void {
  if (r.can.source || !r.seen) return;
  const same = status === r.seed?.status || (status === 'resolved' && r.state === 'resolved');
  if (same && (assignee === undefined || assignee === r.seed?.assignee)) return;
  failed(
    r,
    'believe',
    REPEATED,
    `It says that the issue is ${status}. The same body came before, so it may be a replay.`,
    now,
  );
}

/** Something newer is known, or a person has looked. */
export function undoubted(r: IssueRecord): void {
  clearAttention(r, 'believe');
}
