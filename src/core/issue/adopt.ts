/** A task that was found for an issue, after its own was lost sight of: by a rebuild, or as the older of two. */
import type { Instant, PersonKey, TaskRef } from '../refs';
import type { IssueRecord } from './record';
import { undecided } from './attention';
import { wantedAssignee } from './wanted';
import { taskWords } from './named';
import { titleOf } from '../vendor';
import { say } from './story';

/** What was agreed on with the tracker, which another task knows nothing of. */
export function forgetTask(r: IssueRecord): void {
  delete r.task;
  delete r.due.verify;
  const { source, sourceAssignee, pushed } = r.agreed;
  r.agreed = { source, sourceAssignee, pushed };
}

/** The same way as for a task that an earlier run made: it is looked at, and what it says is taken over. */
export function adopt(r: IssueRecord, task: TaskRef, now: Instant): void {
  if (task.id === r.task?.id) return;
  forgetTask(r);
  r.adopt = task;
  r.taskDeleted = false;
  say(r, `${taskWords({ tracker: titleOf(task.tracker) })} ${task.id} was found for it`, now);
}

/**
 * An attempt that began before a task was found for the issue knows nothing of it: what it found or made is the other one.
 * @param known the tasks that it was told of
 */
export function isOutdated(r: IssueRecord, known: TaskRef[], found: TaskRef): boolean {
  return r.adopt !== undefined && r.adopt.id !== found.id && !known.some((k) => k.id === r.adopt?.id);
}

/** An open task that was found for the issue stays with whoever has it: the decision was made without knowing of it. */
export function keepHolder(
  r: IssueRecord,
  found: { task: TaskRef; assignee: PersonKey | null; completed: boolean },
): void {
  const adopted = r.adopt?.id === found.task.id;
  delete r.adopt;
  const { assignee } = found;
  if (!adopted || found.completed || assignee === null || assignee === wantedAssignee(r) || r.override) return;
  r.override = { assign: assignee, by: titleOf(found.task.tracker) };
  undecided(r);
}
