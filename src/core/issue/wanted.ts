/** What is wanted of a task: whom it belongs to, and whether it is completed. Pure. */
import type { Decision } from './decision';
import type { IssueRecord } from './record';

export function currentDecision(r: IssueRecord): Decision | undefined {
  return r.decisions.at(-1);
}

/** Whom the task belongs to now: a person's choice overrides the rules. */
export function wantedAssignee(r: IssueRecord): string | null {
  if (r.override) return r.override.assign;
  const verdict = currentDecision(r)?.verdict;
  return verdict && 'assign' in verdict ? verdict.assign : null;
}

/** Is its task to be completed? */
export function wantsDone(r: IssueRecord): boolean {
  if (r.state === 'resolved' || r.state === 'skipped') return true;
  // An issue that ended because nothing happened any more leaves its task as it is.
  if (r.state === 'done')
    return r.seen?.status === 'gone' || r.seen?.mergedInto !== undefined || r.agreed.taskDone === true;
  return r.state === 'muted' && r.agreed.source === 'archived' && r.settings.onArchive === 'complete';
}
