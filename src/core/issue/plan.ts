/** What is still pending: pure functions of the record. */
import type { Instant, TaskRef } from '../refs';
import type { Decision } from './decision';
import type { IssueRecord } from './record';
import type { AttentionStep, Note, Step, StepName } from './steps';
import { SKIPPED_LOOK_EVERY } from './cadence';
import { plus } from '../time';
import { HELD, isAttempted } from './attention';
import { goneSteps } from './gone';
import { sourceOf } from './named';
import { knownName } from './names';
import { destinationOf } from './destination';
import { currentDecision, wantedAssignee, wantsDone } from './wanted';

/** Work that waits on one outside party does not wait on another. */
export type Lane = 'look' | 'tracker' | 'source' | 'chat';

const LANE: Record<StepName, Lane> = {
  ensureTask: 'tracker',
  findTask: 'tracker',
  ensureDetails: 'tracker',
  ensureSubtasks: 'tracker',
  verifyTask: 'tracker',
  assignTask: 'tracker',
  completeTask: 'tracker',
  comment: 'tracker',
  linkIssue: 'source',
  resolveIssue: 'source',
  countGone: 'look',
  hintIssue: 'source',
  tell: 'chat',
};
export function laneOf(step: StepName): Lane {
  return LANE[step];
}

function blocked(r: IssueRecord, step: string, now: Instant, note?: string): boolean {
  return r.attention.some((a) => a.step === step && a.note === note && a.again > now);
}

/** A comment and a message stand each for itself. */
export function noteOf(s: Step): string | undefined {
  return s.do === 'comment' || s.do === 'tell' ? s.with.note.key : undefined;
}

/** Is a read pending? A skipped issue is read at most hourly, however often it is hinted. */
export function mustLook(r: IssueRecord, now: Instant): boolean {
  if (r.state === 'done' || blocked(r, 'readIssue', now) || (r.due.look && r.due.look > now)) return false;
  if (r.look || !r.seen || r.attention.some((a) => a.step === 'readIssue')) return true;
  if (r.heard <= r.answered) return false;
  return r.state !== 'skipped' || plus(r.seen.readAt, SKIPPED_LOOK_EVERY) <= now;
}

/**
 * `again`: a task that could not be made keeps its decision, and before each further try it is seen whether that still holds:
 * the rules may have been corrected, and who was available then may be on leave now.
 */
function pendingDecision(r: IssueRecord, now: Instant): 'new' | 'again' | undefined {
  if (r.decide) return 'new';
  const decided = currentDecision(r)?.at;
  if (r.task || r.state !== 'open' || decided === undefined) return undefined;
  if (r.recheck) return 'again';
  const failed = r.attention.find((a) => a.step === 'ensureTask');
  return failed !== undefined && failed.again <= now && decided < failed.again ? 'again' : undefined;
}

/** @returns which decision is to be made now; undefined: none */
export function mustDecide(r: IssueRecord, now: Instant): 'new' | 'again' | undefined {
  const failed = r.attention.some((a) => a.step === 'decide' && a.code !== 'nobody_available');
  if (r.seen === undefined || (failed && blocked(r, 'decide', now))) return undefined;
  return pendingDecision(r, now);
}

/** Does a decision follow when a read shows it as unresolved? */
export function decidesWhenOpen({ state, decide, agreed }: IssueRecord): boolean {
  if (decide || state === 'skipped') return true;
  return state !== 'open' && state !== 'done' && agreed.source !== 'unresolved';
}

/**
 * The writes still pending, in order of importance; `[]` means settled. Steps in attention are left out, and so is
 * nothing that does not depend on them.
 */
export function plan(r: IssueRecord, now: Instant): Step[] {
  return pendingSteps(r, now).flatMap((s): Step[] => {
    if (s.do !== 'linkIssue') return blocked(r, s.do, now, noteOf(s)) ? [] : [s];
    // Its two halves are tried again each by itself.
    const link = s.with.link && !blocked(r, 'linkIssue', now);
    // A webhook that is not yet answered by a read may tell of somebody whom a person has chosen.
    const waits = blocked(r, 'assignIssue', now) || r.heard > r.answered;
    const assignee = waits ? null : s.with.assignee;
    return link || assignee !== null ? [{ ...s, with: { ...s.with, link, assignee } }] : [];
  });
}

/** What stands in attention when the step fails. */
export function attentionOf(s: Step): AttentionStep[] {
  if (s.do !== 'linkIssue') return [s.do];
  return [
    ...(s.with.link ? (['linkIssue'] as const) : []),
    ...(s.with.assignee === null ? [] : (['assignIssue'] as const)),
  ];
}

/** The same with those that wait for another try. */
export function pendingSteps(r: IssueRecord, now: Instant): Step[] {
  const { seen } = r;
  if (!seen) return [];
  const always = [...survivorSteps(r, now), ...goneSteps(r)];
  return r.can.write ? [...always, ...taskSteps(r, now), ...sourceSteps(r), ...chatSteps(r)] : always;
}

/** Sentry tells nobody of a merge (getsentry/sentry#65829): the survivor, whose counts have changed, hears of it from here. */
function survivorSteps(r: IssueRecord, now: Instant): Step[] {
  const into = r.seen?.mergedInto;
  if (!into || r.agreed.survivor) return [];
  const what = `merged with ${r.seen?.shortId ?? r.ref.id}`;
  const hint = { delivery: `merged-${r.ref.id}`, at: now, about: { issue: into }, urgent: true, what };
  return [{ do: 'hintIssue', with: { ref: into, hint } }];
}

function taskSteps(r: IssueRecord, now: Instant): Step[] {
  const decision = currentDecision(r);
  const { task, seen } = r;
  if (!task && isClosed(r)) return searching(r, now);
  if (!seen || !decision || !('task' in decision.verdict)) {
    return task ? [...closing(r, task), ...comments(r, task)] : [];
  }
  if (!task) {
    // Resolved while an attempt was failing: the attempt may have made it, so it is still brought to an end.
    const attempted = r.attention.some((x) => x.step === 'ensureTask');
    if (r.taskDeleted || pendingDecision(r, now) || !(r.state === 'open' || attempted)) return [];
    return [
      {
        do: 'ensureTask',
        with: {
          issue: seen,
          decision,
          assignee: wantedAssignee(r),
          generation: r.generation,
          destinations: r.destinations.length > 0 ? r.destinations : [destinationOf(decision.verdict.task)],
          knownTasks: knownTasks(r),
          unknownOutcome: r.settings.unknownOutcome,
        },
      },
    ];
  }
  const steps = closing(r, task);
  const wanted = wantedAssignee(r);
  const assign = assignment(r, decision, wanted);
  if (!r.decide && !wantsDone(r) && assign) steps.push({ do: 'assignTask', with: { task, ...assign } });
  const spec = decision.verdict.task;
  if (r.agreed.details === false && r.state === 'open' && !r.decide)
    steps.push({ do: 'ensureDetails', with: { task, issue: seen, spec, given: r.agreed.given ?? [] } });
  const { subtasks } = spec;
  if (subtasks.length > 0 && !r.agreed.subtasks && !wantsDone(r))
    steps.push({ do: 'ensureSubtasks', with: { task, titles: subtasks } });
  steps.push(...comments(r, task));
  if (r.state !== 'done' && r.due.verify && r.due.verify <= now)
    steps.push({ do: 'verifyTask', with: { task, ref: r.ref, spec } });
  return steps;
}

/** Says why a task is completed or open again, so it is written along with that. */
const WHY: Note['say'][] = ['resolved', 'archived', 'gone', 'merged', 'regressed'];

/** @param steps of a plan @returns what is said along with the completion in it: the first comment that is pending, if it says why */
export function noteAlong(steps: Step[]): Note | undefined {
  const first = steps.find((s) => s.do === 'comment');
  return first?.do === 'comment' && WHY.includes(first.with.note.say) ? first.with.note : undefined;
}

function knownTasks({ adopt, seen }: IssueRecord): TaskRef[] {
  return [...(adopt ? [adopt] : []), ...(seen?.links ?? [])];
}

function comments({ pending }: IssueRecord, task: TaskRef): Step[] {
  return pending.flatMap((o) => (o.on === 'task' ? [{ do: 'comment', with: { task, note: o.note } }] : []));
}

/** Nobody is to work on it. Skipped issues are many, and have no task unless one was attempted. */
function isClosed(r: IssueRecord): boolean {
  return r.state === 'muted' || (r.state === 'skipped' ? isAttempted(r) : wantsDone(r));
}

/**
 * Closed without a known task: an earlier run may have made one, or an attempt whose answer was lost. It is looked for
 * once, and after a failed attempt only when that would be tried again, because it may still be coming into being. One that
 * was held was never attempted.
 */
function searching(r: IssueRecord, now: Instant): Step[] {
  const failed = r.attention.find((a) => a.step === 'ensureTask' && a.code !== HELD);
  if (!r.seen || r.agreed.searched || r.taskDeleted || (failed && failed.again > now)) return [];
  return [{ do: 'findTask', with: { issue: r.seen, destinations: r.destinations, knownTasks: knownTasks(r) } }];
}

/**
 * An unassigned task is only written to when somebody is wanted: a person may have taken it meanwhile. It is taken from
 * somebody only when we gave it to them and the rules now find that nobody is available.
 */
function assignment(
  r: IssueRecord,
  decision: Decision,
  wanted: string | null,
): { to: string | null; from: string | null } | undefined {
  const has = r.agreed.taskAssignee ?? null;
  if (wanted !== null) return r.agreed.taskAssignee === wanted ? undefined : { to: wanted, from: null };
  return has !== null && !r.override && !decision.degraded ? { to: null, from: has } : undefined;
}

function closing(r: IssueRecord, task: TaskRef): Step[] {
  if (r.agreed.taskDone === wantsDone(r)) return [];
  // Of one that ended in quiet the task stays as it is, known or not.
  if (r.state === 'done' && !wantsDone(r)) return [];
  // Whether the rules still want a task is being decided.
  if (!wantsDone(r) && r.decide) return [];
  if (wantsDone(r) && !r.settings.sync.toTracker && isClosedThere(r)) return [];
  return [{ do: 'completeTask', with: { task, completed: wantsDone(r) } }];
}

/** Resolved, archived, deleted or merged there, not by an operator here. */
function isClosedThere({ ref, state, resolvedBy, gone, survivor }: IssueRecord): boolean {
  if (state === 'resolved' && resolvedBy !== undefined) return resolvedBy === sourceOf({ ref });
  return state === 'muted' || survivor !== undefined || gone !== undefined;
}

function sourceSteps(r: IssueRecord): Step[] {
  const decision = currentDecision(r);
  const steps: Step[] = [];
  if (!r.can.source || r.agreed.source === 'gone' || r.state === 'done') return steps;
  const open = r.agreed.source === 'unresolved' || r.agreed.source === 'archived';
  if (r.state === 'resolved' && open && r.resolvedBy !== sourceOf(r) && r.settings.sync.toSentry)
    steps.push({ do: 'resolveIssue', with: { ref: r.ref, how: 'now' } });
  if (!r.task || !decision || !('task' in decision.verdict)) return steps;
  const wanted =
    r.settings.sync.toSentry && r.state === 'open' && !r.decide && !r.look && r.seen?.assigneeOther !== 'unknown'
      ? wantedAssignee(r)
      : null;
  const assign = wanted !== null && wanted !== r.agreed.sourceAssignee && wanted !== r.agreed.pushed;
  const link = !r.agreed.linked && canLink(r);
  if (link || assign) {
    steps.push({
      do: 'linkIssue',
      with: {
        ref: r.ref,
        task: r.task,
        destination: destinationOf(decision.verdict.task),
        link,
        assignee: assign ? wanted : null,
        was: r.agreed.sourceAssignee ?? null,
        readAt: r.seen?.readAt ?? '',
        installation: r.installation ?? null,
      },
    });
  }
  return steps;
}

/** The uuid of an installation is known. */
function canLink({ can, installation }: IssueRecord): boolean {
  return can.installation || installation !== undefined;
}

/** Its task would be shown in Sentry if the uuid of an installation were known. */
export function isUnlinked(r: IssueRecord): boolean {
  const { can, agreed, task, state } = r;
  const writes = can.write && can.source && state !== 'done' && agreed.source !== 'gone';
  return writes && task !== undefined && !agreed.linked && !canLink(r);
}

function chatSteps(r: IssueRecord): Step[] {
  const { seen } = r;
  if (!r.can.chat || !seen) return [];
  const assignee = r.agreed.taskAssignee ?? null;
  const assigneeName = assignee === null ? undefined : knownName(r, assignee);
  return r.pending
    .filter((o) => o.on === 'chat')
    .map((o) => ({
      do: 'tell',
      with: { note: o.note, issue: seen, task: r.task ?? null, assignee, assigneeName },
    }));
}

/** The life is over: nothing is pending and nothing waits for another try. */
export function finished(r: IssueRecord, now: Instant): boolean {
  return r.state === 'done' && plan(r, now).length === 0 && !r.attention.some((a) => a.step in LANE);
}
