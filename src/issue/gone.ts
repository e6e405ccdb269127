/**
 * An issue that Sentry showed once, and answers 404 for now. It may be deleted; it may also be in the middle of a merge (issues/endpoints/bases/group.py
 * answers 404 until that is done), so a 404 is believed only when several looks in a row, some time apart, found it.
 */
import type { ErrorCode } from '../errors';
import type { Instant, IssueRecord, Step } from '../types';
import { failed, settled } from './attention';
import { plus } from './cadence';
import { ended } from './life';
import { say } from './story';

/** What was said of an issue that is gone is looked at once more: a restored project, or an organisation that is back. */
const CORRECT_AFTER = 24 * 60 * 60_000;
const BECAUSE = 'deleted in Sentry';
/** Of this the record makes a wait for a person. */
export const MANY_GONE: ErrorCode = 'sentry_many_gone';

/** Is it believed to be gone? */
export function isGone(r: IssueRecord): boolean {
  return r.agreed.sentry === 'gone';
}

/** A look found it missing. Looks in between, which hints ask for, do not count. */
export function notThere(r: IssueRecord, now: Instant): void {
  if (r.gone?.held && !r.gone.confirmed) return hold(r, now);
  settled(r, 'readIssue');
  if (!r.gone) say(r, 'Sentry does not show it any more (404)', now);
  const gone = r.gone ?? { looks: 0, next: now };
  r.gone = gone;
  if (gone.confirmed) return believe(r, now);
  if (gone.next > now) return;
  if (isGone(r)) return over(r);
  gone.looks += 1;
  const pause = r.settings.goneAfter[gone.looks - 1];
  gone.next = plus(now, pause ?? 0);
  if (pause === undefined) delete r.due.gone;
  else r.due.gone = gone.next;
}

/** All looks have found it missing: what is left is whether that is too much to be believed. */
export function goneSteps(r: IssueRecord): Step[] {
  const { gone, seen } = r;
  if (!gone || !seen || gone.held || isGone(r) || gone.looks <= r.settings.goneAfter.length) return [];
  return [{ do: 'countGone', with: { ref: r.ref, project: seen.project } }];
}

/** It counts as deleted. The task is completed, and a day later it is looked at once more. */
export function believe(r: IssueRecord, now: Instant): void {
  if (!r.gone || !r.seen) return;
  r.gone = { looks: r.gone.looks, next: plus(now, CORRECT_AFTER) };
  r.due.gone = r.gone.next;
  r.agreed.sentry = 'gone';
  r.seen = { ...r.seen, status: 'gone' };
  ended(r, 'resolved', BECAUSE, now);
  r.due.finish = plus(now, r.settings.linger);
}

/** Too many of its project are: a person has to say that it is so. It is looked at again and again meanwhile, and may be back. */
export function hold(r: IssueRecord, now: Instant, message = 'more than ten of its project within an hour'): void {
  if (!r.gone) return;
  r.gone.held = true;
  delete r.due.gone;
  failed(r, 'readIssue', MANY_GONE, message, now);
}

/** Sentry shows it again. */
export function isBack(r: IssueRecord): void {
  delete r.gone;
  delete r.due.gone;
}

/** It has been gone for a day. */
function over(r: IssueRecord): void {
  r.state = 'done';
  r.because = BECAUSE;
  isBack(r);
}
