/** What must hold once the faults are over and everything has come to rest. Pure. */
import type { IssueRecord } from '../../src/core/issue/record';
import type { Config } from './config';
import { RECORD_MAX } from './invariants';
import type { Task, World } from './world';

export type Rest = { world: World; config: Config; record: IssueRecord | undefined; isRunning: boolean };
type Found = [invariant: string, what: string];

export function* atRest(rest: Rest): Generator<Found> {
  const { world: w, config, record: r, isRunning } = rest;
  const live = w.live();
  if (live.length > 1) yield ['one task', `there are ${live.length}`];
  if (config.observe && w.tasks.length + w.links.length > 0) yield ['observe writes nothing', 'something was written'];
  if (!r) {
    if (w.sentry && w.status === 'unresolved' && w.exists && !w.merged) yield ['nothing is lost', 'it is not followed'];
    return;
  }
  const size = JSON.stringify(r).length;
  if (size > RECORD_MAX) yield ['bounded', `${size} bytes`];
  if (!isRunning || !w.sentry) return;
  const isGone = !w.exists || w.merged;
  // Deleted before it was read it is waited for, for days, and says so.
  if (isGone && !r.seen) return;
  for (const { step, code } of r.attention)
    if (code !== 'nobody_available') yield ['never stuck', `${step} is still in attention: ${code}`];
  if (r.heard > r.answered && r.state !== 'done' && r.state !== 'skipped')
    yield ['never stuck', `${r.heard - r.answered} hints are not answered`];
  yield* states(rest, r);
  if (config.observe) return;
  const [owed] = r.pending;
  if (owed && r.task) yield ['never stuck', `a note is still owed: ${owed.note.key}`];
  const [task] = live;
  yield* tasks(rest, r, task);
  if (task && r.state === 'open') yield* people(rest, r, task);
}

/** Which states fit what Sentry says. */
function* states({ world: w, config }: Rest, r: IssueRecord): Generator<Found> {
  const isGone = !w.exists || w.merged;
  const byOperator = r.resolvedBy !== undefined && r.resolvedBy !== 'Sentry';
  const fits: IssueRecord['state'][] = isGone
    ? ['resolved', 'done']
    : w.status === 'resolved'
      ? ['resolved', 'done']
      : w.status === 'archived'
        ? ['muted', 'done', ...(byOperator ? (['resolved'] as const) : [])]
        : ['open', 'skipped'];
  if (w.status === 'unresolved' && w.touched.deleted && r.taskDeleted) fits.push('muted');
  if (w.status === 'unresolved' && byOperator && (config.observe || !config.settings.sync.toSentry))
    fits.push('resolved');
  if (r.state === 'skipped' && 'skip' in (r.decisions.at(-1)?.verdict ?? {}) && isGone) return;
  if (!fits.includes(r.state))
    yield ['agrees with Sentry', `${isGone ? 'gone' : w.status} in Sentry, and ${r.state} here`];
}

function* tasks({ world: w, config }: Rest, r: IssueRecord, task: Task | undefined): Generator<Found> {
  if (r.state === 'open') {
    if (!task) {
      if (!w.touched.deleted) yield ['nothing is lost', 'it is open and has no task'];
    } else if (task.completed && !w.touched.done) yield ['agrees with the tracker', 'open, and its task is completed'];
    return;
  }
  if (!task || task.completed || w.touched.done || !config.settings.sync.toTracker) return;
  if (r.state === 'muted' && (config.settings.onArchive === 'comment' || r.taskDeleted)) return;
  yield ['agrees with the tracker', `${r.state}, and its task is open`];
}

function* people({ world: w, config }: Rest, r: IssueRecord, task: Task): Generator<Found> {
  const verdict = r.decisions.at(-1)?.verdict;
  const wanted = r.override ? r.override.assign : verdict && 'assign' in verdict ? verdict.assign : null;
  if (task.assignee !== wanted && !w.touched.assignee)
    yield ['the right person', `${wanted ?? 'nobody'} is wanted, and ${task.assignee ?? 'nobody'} has the task`];
  if (wanted === null && w.away === null) yield ['the right person', 'nobody was chosen, and all are there'];
  const { toSentry, toTracker } = config.settings.sync;
  if (!toSentry || !toTracker || wanted === null || w.touched.unassigned || w.touched.assignee) return;
  if (w.assignee !== wanted)
    yield ['the right person', `${wanted} is wanted, and ${w.assignee ?? 'nobody'} has it in Sentry`];
}
