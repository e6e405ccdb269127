/** Webhooks that our own writes cause. */
import type { SourceMark } from '../feed/record';
import type { Instant, PersonKey } from '../refs';
import { abilitiesInWord } from './able';
import type { Hint } from './hint';
import type { IssueRecord } from './record';
import { isOfIssue } from './seed';
import type { IssueSnapshot } from './snapshot';
import { wantedAssignee } from './wanted';

export const ASSIGNED = 'issue.assigned';
const CHANGES = [ASSIGNED, 'issue.resolved'];
/** What an `issue.assigned` says, where that is all of it. */
export type Assignment = { assignee: PersonKey; status: IssueSnapshot['status'] };
/** What Temporal knows of a running issue. `mark`: what Sentry said last; `busy`: something is under way; `firstRunAt`: when it began, unless continued. */
export type Standing = { mark: SourceMark | undefined; busy: boolean; firstRunAt?: Instant };

/** undefined: another hint, or an assignee that a row does not name: a team, or a person whom the rules do not know. */
export function assignmentOf({ what, seed }: Hint): Assignment | undefined {
  if (what !== ASSIGNED || !seed || !isOfIssue(seed) || seed.assignee === null || seed.assigneeOther) return undefined;
  return { assignee: seed.assignee, status: seed.status };
}

/**
 * Milliseconds until an assignment is compared; 0: now. Within the first `wait` of an issue it is our own, as a rule, and what it says
 * is known only once our write has ended.
 * @param wait `settings.assignedWait`
 * @param now milliseconds of the wall clock, as the server's time is
 */
export function waitOf(standing: Standing | undefined, wait: number, now: number): number {
  if (standing?.firstRunAt === undefined) return 0;
  const left = Date.parse(standing.firstRunAt) + wait - now;
  return Math.min(wait, Math.max(0, left));
}

/**
 * Does it say what the issue's workflow knows already? It is judged by what it says and never by its actor, whose name is ours for
 * whatever is changed through the same integration. False whenever it is not sure: nothing is known, a read or a write is under way,
 * Sentry cannot be read, so that webhooks are all that tells, or an installation is still to be learnt.
 */
export function isKnown({ assignee, status }: Assignment, standing: Standing | undefined): boolean {
  if (!standing?.mark || standing.busy) return false;
  const { mark } = standing;
  const reads = abilitiesInWord(mark.can).includes('source');
  return reads && !mark.unlinked && mark.assignee === assignee && mark.status === status;
}

/**
 * Sentry tells of our own writes, too. A change of status or assignee that says what is known or wished already has
 * nothing to look for: a later change sends a webhook of its own. Events are not meant, they tell neither.
 */
export function isEcho(r: IssueRecord, { what, seed }: Hint): boolean {
  if (!seed || !r.can.source || !CHANGES.includes(what) || seed.assigneeOther) return false;
  const { source, sourceAssignee, pushed } = r.agreed;
  const status = seed.status === source || (seed.status === 'resolved' && r.state === 'resolved');
  return status && [sourceAssignee, pushed, wantedAssignee(r)].includes(seed.assignee);
}
