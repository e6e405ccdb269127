/** What needs a person: per step, with its code and the time of the next try. */
import type { ErrorCode } from '../../errors';
import type { Instant } from '../refs';
import type { Attention, IssueRecord } from './record';
import type { AttentionStep } from './steps';
import { CHAT_PATIENCE, tryAgainAt, tryDailyAt } from './cadence';
import { since } from '../time';
import { say } from './story';
import { namedOf, type Named } from './named';
import { counted, stepWords } from './words';
import { means } from '../vendor';

/** Takes the step out of attention: it succeeded. @param note of a comment or message, which stands for itself */
export function clearAttention(r: IssueRecord, step: AttentionStep, note?: string): void {
  r.attention = r.attention.filter((a) => a.step !== step || a.note !== note);
}

/** No decision is pending or waited for any more. */
export function undecided(r: IssueRecord): void {
  clearAttention(r, 'decide');
  delete r.due.decideAgain;
}

/** Steps on a task; a 404 there means that the task itself must be looked at. */
const ON_TASK: AttentionStep[] = ['assignTask', 'ensureDetails', 'completeTask', 'comment', 'ensureSubtasks'];

/** Who is held is told when it is its turn; by itself it asks only once a day, should the storm workflow be gone, because there may be thousands. */
export const HELD: ErrorCode = 'storm_held';
const HELD_WORDS = 'waits for the rate limit: too many new issues at once';

/** One wrong name in the rules concerns every open issue: by itself each asks only seldom whether it was corrected. */
const isIncomplete = (code: string): boolean => means(code, 'incomplete');

/** An attempt to make the task failed, and may have made it all the same. One that was held was never attempted. */
export function isAttempted(r: IssueRecord): boolean {
  return r.attention.some((a) => a.step === 'ensureTask' && a.code !== HELD);
}

function againAt(r: IssueRecord, step: AttentionStep, code: string, tries: number, now: Instant): Instant {
  return code === HELD || isIncomplete(code) || step === 'believe'
    ? tryDailyAt(r.settings, now)
    : tryAgainAt(r.settings, tries, now);
}

/** Steps on the issue in its source; a 404 there means that the issue itself must be looked at. */
const ON_ISSUE: AttentionStep[] = ['linkIssue', 'assignIssue', 'resolveIssue'];

export function failed(
  r: IssueRecord,
  step: AttentionStep,
  code: string,
  message: string,
  now: Instant,
  note?: string,
): void {
  if (step === 'comment' && note !== undefined && means(code, 'refused')) return drop(r, note, message, now);
  const old = r.attention.find((a) => a.step === step && a.note === note);
  const tries = (old?.tries ?? 0) + 1;
  const attention: Attention = {
    step,
    ...(note === undefined ? {} : { note }),
    code,
    message: message.slice(0, 300),
    since: old?.since ?? now,
    tries,
    again: againAt(r, step, code, tries, now),
  };
  clearAttention(r, step, note);
  r.attention.push(attention);
  if (step === 'tell') dropStaleChat(r, now);
  if (means(code, 'not_found') && ON_TASK.includes(step)) {
    // An issue that is over, or that the rules do not want, needs its task no more.
    if (r.state === 'done' || r.state === 'skipped') delete r.task;
    else r.due.verify = now;
  }
  if (means(code, 'issue_not_found') && ON_ISSUE.includes(step)) r.look = true;
  if (old?.code !== code) say(r, wordsOf(attention, namedOf(r)), now);
}

function wordsOf({ step, code, message }: Attention, named: Named): string {
  if (code === HELD) return HELD_WORDS;
  // What is missing is the whole of it.
  return isIncomplete(code) ? message : `could not ${stepWords(step, named)}: ${code}`;
}

function dropStaleChat(r: IssueRecord, now: Instant): void {
  const stale = r.pending.filter((o) => o.on === 'chat' && since(o.since, now) > CHAT_PATIENCE);
  if (stale.length === 0) return;
  r.pending = r.pending.filter((o) => !stale.includes(o));
  for (const { note } of stale) clearAttention(r, 'tell', note.key);
  say(r, `${counted(stale.length, 'chat message')} dropped after an hour`, now);
}

/** A comment that the tracker refuses for good holds up no other. */
function drop(r: IssueRecord, key: string, message: string, now: Instant): void {
  const note = r.pending.find((o) => o.on === 'task' && o.note.key === key)?.note;
  r.pending = r.pending.filter((o) => o.on !== 'task' || o.note.key !== key);
  clearAttention(r, 'comment', key);
  const by = namedOf(r).tracker ?? 'the tracker';
  say(r, `a comment was dropped (${note?.say ?? 'unknown'}), ${by} refuses it: ${message}`.slice(0, WORDS_MAX), now);
}
const WORDS_MAX = 300;
