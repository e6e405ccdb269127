/** Webhooks that our own writes cause. */
import type { Hint } from './hint';
import type { IssueRecord } from './record';
import { wantedAssignee } from './wanted';

const CHANGES = ['issue.assigned', 'issue.resolved'];

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
