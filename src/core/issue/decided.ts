/** What a decision changes in the record. */
import type { Instant } from '../refs';
import type { Decision } from './decision';
import type { IssueRecord } from './record';
import { chosenName } from './names';
import { failed, isAttempted, clearAttention } from './attention';
import { plus } from '../time';
import { destinationOf } from './destination';
import { addNote, say } from './story';

/** Between two decisions there is time for the writes that the first one asks for. */
const REDECIDE_MIN = 1_000;

/** Before a further try to make the task: whom it belongs to and where it is made stay as they are. */
export function kept(r: IssueRecord, at: Instant): void {
  delete r.recheck;
  clearAttention(r, 'decide');
  const decision = r.decisions.at(-1);
  if (decision) r.decisions[r.decisions.length - 1] = { ...decision, at };
}

export function decided(r: IssueRecord, decision: Decision, now: Instant): void {
  const again = r.decisions.at(-1);
  const same = again !== undefined && sameVerdict(again, decision);
  r.decide = false;
  delete r.recheck;
  clearAttention(r, 'decide');
  delete r.due.decideAgain;
  if (same) r.decisions[r.decisions.length - 1] = decision;
  else {
    r.decisions.push(decision);
    r.decisionCount += 1;
  }
  if ('skip' in decision.verdict) {
    if (r.state === 'new' || r.state === 'open') r.state = 'skipped';
    r.due.finish = plus(now, r.settings.linger);
    // What an attempt may have made is still looked for (plan.ts).
    if (!isAttempted(r)) clearAttention(r, 'ensureTask');
    if (!same) say(r, `skipped by rule ${decision.rule}: ${decision.verdict.skip}`, now);
    return;
  }
  const { assign, task } = decision.verdict;
  if (r.state === 'new' || r.state === 'skipped') {
    r.state = 'open';
    delete r.due.finish;
    delete r.agreed.searched;
  }
  const destination = destinationOf(task);
  if (!r.destinations.includes(destination)) r.destinations.push(destination);
  if (!same) say(r, `rule ${decision.rule} gives it to ${chosenName(decision) ?? 'nobody'}`, now);
  if (assign !== null) return;
  // Resolved, archived, or given to somebody by a person while this was decided.
  if (r.state !== 'open' || r.override) return;
  // Counted from now: asking took its time, and a moment already past would decide again before the task is made.
  const soonest = plus(now, decision.degraded ? Math.max(REDECIDE_MIN, r.settings.availability.again) : REDECIDE_MIN);
  if (decision.again) r.due.decideAgain = decision.again > soonest ? decision.again : soonest;
  if (decision.degraded) return;
  failed(r, 'decide', 'nobody_available', 'Nobody whom the rule names is available.', now);
  const mark = r.attention.find((a) => a.step === 'decide');
  if (mark && decision.again) mark.again = decision.again;
  if (!same)
    addNote(r, 'chat', { key: `nobody-${r.decisionCount}`, say: 'nobody', facts: { rule: decision.rule } }, now);
}

function sameVerdict(a: Decision, b: Decision): boolean {
  if (a.rule !== b.rule || a.degraded !== b.degraded) return false;
  if ('skip' in a.verdict) return 'skip' in b.verdict && a.verdict.skip === b.verdict.skip;
  return 'task' in b.verdict && a.verdict.assign === b.verdict.assign;
}
