/**
 * An issue that Sentry showed once, and answers 404 for now. It may be deleted; it may also be in the middle of a merge (issues/endpoints/bases/group.py
 * answers 404 until that is done), so a 404 is believed only when several looks in a row, some time apart, found it.
 */
import type { Instant } from '../refs';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import type { Step } from './steps';
import { failed, clearAttention } from './attention';
import { plus } from '../time';
import { ended } from './life';
import { sourceOf } from './named';
import { say } from './story';
import { codeOf, means } from '../vendor';

/** What was said of an issue that is gone is looked at once more: a restored project, or an organisation that is back. */
const CORRECT_AFTER = 24 * 60 * 60_000;
const because = (r: IssueRecord): string => `deleted in ${sourceOf(r)}`;

/** Is it believed to be gone? */
export function isGone(r: IssueRecord): boolean {
  return r.agreed.source === 'gone';
}

/** A look found it missing. Looks in between, which hints ask for, do not count. */
export function notThere(r: IssueRecord, now: Instant): void {
  if (r.gone?.unconfirmed && !r.gone.confirmed) return hold(r, now);
  clearAttention(r, 'readIssue');
  if (!r.gone) say(r, `${sourceOf(r)} does not show it any more (404)`, now);
  const gone = r.gone ?? { looks: 0, next: now };
  r.gone = gone;
  if (gone.confirmed) return believe(r, now);
  if (gone.next > now) return;
  if (isGone(r)) return over(r);
  gone.looks += 1;
  if (gone.looks > r.settings.goneAfter.length && hasNoTask(r)) {
    believe(r, now);
    // There is nothing to be found, nor to be closed.
    r.agreed.searched = true;
    return;
  }
  const pause = r.settings.goneAfter[gone.looks - 1];
  gone.next = plus(now, pause ?? 0);
  if (pause === undefined) delete r.due.gone;
  else r.due.gone = gone.next;
}

/** All looks have found it missing: what is left is whether that is too much to be believed. */
export function goneSteps(r: IssueRecord): Step[] {
  const { gone, seen } = r;
  if (!gone || !seen || gone.unconfirmed || isGone(r) || gone.looks <= r.settings.goneAfter.length) return [];
  return [{ do: 'countGone', with: { ref: r.ref, project: seen.project } }];
}

/** Nothing can be closed wrongly, so that it is no matter how many others are gone. */
function hasNoTask(r: IssueRecord): boolean {
  return r.state !== 'open' && !r.task && !r.attention.some((a) => a.step === 'ensureTask');
}

/** It counts as deleted. The task is completed, and a day later it is looked at once more. */
export function believe(r: IssueRecord, now: Instant): void {
  if (!r.gone || !r.seen) return;
  r.gone = { looks: r.gone.looks, next: plus(now, CORRECT_AFTER), was: asItStands(r) };
  r.due.gone = r.gone.next;
  r.agreed.source = 'gone';
  r.seen = { ...r.seen, status: 'gone' };
  ended(r, 'resolved', because(r), now);
  r.due.finish = plus(now, r.settings.linger);
}

/** Too many of its project are: a person has to say that it is so. It is looked at again and again meanwhile, and may be back. */
export function hold(r: IssueRecord, now: Instant, message = 'more than ten of its project within an hour'): void {
  if (!r.gone) return;
  r.gone.unconfirmed = true;
  delete r.due.gone;
  failed(r, 'readIssue', codeOf(r.ref.source, 'many_gone'), message, now);
}

function asItStands({ state, because, agreed }: IssueRecord): NonNullable<NonNullable<IssueRecord['gone']>['was']> {
  return { state, ...(because === undefined ? {} : { because }), source: agreed.source };
}

/** Sentry cannot show it, and a person has ended it here: it is not waited for any more. */
export function giveUp(r: IssueRecord, now: Instant): void {
  const lost = r.attention.some((a) => a.step === 'readIssue' && means(a.code, 'many_gone', 'project_not_found'));
  if (!lost) return;
  clearAttention(r, 'readIssue');
  delete r.due.gone;
  r.gone = { looks: r.gone?.looks ?? 0, next: now, was: asItStands(r) };
  r.agreed.source = 'gone';
}

/** Sentry shows it again. @returns true when it goes on as it was before it was taken for gone, because nothing has changed */
export function isBack(r: IssueRecord, status: IssueSnapshot['status'], now: Instant): boolean {
  // That it is there tells nothing of what was believed.
  if (status === 'unknown' && isGone(r)) return false;
  const was = r.gone?.was;
  delete r.gone;
  delete r.due.gone;
  if (!was || !isGone(r) || status !== was.source || was.state === 'open' || was.state === 'new') return false;
  r.state = was.state;
  if (was.because === undefined) delete r.because;
  else r.because = was.because;
  r.agreed.source = status;
  r.due.finish = plus(now, r.settings.linger);
  say(r, `${sourceOf(r)} shows it again, as it was`, now);
  return true;
}

/** It has been gone for a day. */
function over(r: IssueRecord): void {
  r.state = 'done';
  r.because = because(r);
  delete r.gone;
  delete r.due.gone;
}
