/** What needs a person: per step, with its code and the time of the next try. */
import type { ErrorCode } from '../errors';
import type { Attention, AttentionStep, Instant, IssueRecord } from '../types';
import { CHAT_PATIENCE, since, tryAgainAt, tryDailyAt, tryLastAt } from './cadence';
import { say } from './story';
import { counted, stepWords } from './words';

/** Takes the step out of attention: it succeeded. */
export function settled(r: IssueRecord, step: AttentionStep): void {
  r.attention = r.attention.filter((a) => a.step !== step);
}

/** No decision is owed or waited for any more. */
export function undecided(r: IssueRecord): void {
  settled(r, 'decide');
  delete r.due.decideAgain;
}

/** Steps on a task; a 404 there means that the task itself must be looked at. */
const ON_TASK: AttentionStep[] = ['assignTask', 'ensureDetails', 'completeTask', 'comment', 'ensureSubtasks'];

/** Who is held is told when it is its turn; by itself it asks only seldom, because there may be thousands. */
export const HELD: ErrorCode = 'storm_held';
const HELD_WORDS = 'held by the storm guard: too many new issues at once';

/** One wrong name in the rules concerns every open issue: by itself each asks only seldom whether it was corrected. */
const INCOMPLETE: ErrorCode = 'asana_incomplete';

function againAt(r: IssueRecord, code: string, tries: number, now: Instant): Instant {
  if (code === HELD) return tryLastAt(r.settings, now);
  return code === INCOMPLETE ? tryDailyAt(r.settings, now) : tryAgainAt(r.settings, tries, now);
}

/** Steps on the issue in Sentry; a 404 there means that the issue itself must be looked at. */
const ON_ISSUE: AttentionStep[] = ['linkIssue', 'assignIssue', 'resolveIssue'];
const NO_ISSUE: ErrorCode = 'sentry_issue_not_found';

export function failed(r: IssueRecord, step: AttentionStep, code: string, message: string, now: Instant): void {
  const old = r.attention.find((a) => a.step === step);
  const tries = (old?.tries ?? 0) + 1;
  const attention: Attention = {
    step,
    code,
    message: message.slice(0, 300),
    since: old?.since ?? now,
    tries,
    again: againAt(r, code, tries, now),
  };
  r.attention = [...r.attention.filter((a) => a.step !== step), attention];
  if (step === 'tell') dropStaleChat(r, now);
  if (code === 'asana_not_found' && ON_TASK.includes(step)) {
    // An issue that is over needs its task no more.
    if (r.state === 'done') delete r.task;
    else r.due.verify = now;
  }
  if (code === NO_ISSUE && ON_ISSUE.includes(step)) r.look = true;
  if (old?.code !== code) say(r, wordsOf(attention), now);
}

function wordsOf({ step, code, message }: Attention): string {
  if (code === HELD) return HELD_WORDS;
  // What is missing is the whole of it.
  return code === INCOMPLETE ? message : `could not ${stepWords(step)}: ${code}`;
}

function dropStaleChat(r: IssueRecord, now: Instant): void {
  const stale = r.owed.filter((o) => o.on === 'chat' && since(o.since, now) > CHAT_PATIENCE);
  if (stale.length === 0) return;
  r.owed = r.owed.filter((o) => !stale.includes(o));
  settled(r, 'tell');
  say(r, `${counted(stale.length, 'chat message')} dropped after an hour`, now);
}
