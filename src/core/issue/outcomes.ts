/** What each finished write changes in the record. */
import type { Instant, PersonKey } from '../refs';
import type { IssueRecord } from './record';
import type { AttentionStep, Done, Effects } from './steps';
import { forgetTask, isOutdated, keepHolder } from './adopt';
import { failed, clearAttention } from './attention';
import { plus } from '../time';
import { believe } from './gone';
import { nameOf } from './names';
import { tellClosed, tellRegressed } from './life';
import { currentDecision, wantedAssignee } from './wanted';
import { namedOf, sourceOf, taskWords } from './named';
import { addNote, say } from './story';

/** @param failedBefore the step was in attention, so an attempt of ours may have done what this one found */
export function noteDone(r: IssueRecord, done: Done, failedBefore: boolean, now: Instant): void {
  switch (done.do) {
    case 'ensureTask': {
      const { task, assignee, completed, made, retried, incomplete } = done.got;
      if (isOutdated(r, done.with.knownTasks, task)) return;
      const adopted = r.adopt?.id === task.id;
      // Found, and made by this life: perhaps bare, since the answer that said so was lost. Of an earlier life it is people's by now.
      const own = made || retried === true || failedBefore;
      keepHolder(r, done.got);
      r.task = task;
      r.agreed = { ...r.agreed, taskDone: completed, taskAssignee: assignee };
      if (incomplete || (!made && own && !adopted)) r.agreed.details = false;
      const { verdict } = done.with.decision;
      if ('task' in verdict && verdict.task.verify && !r.verified) r.due.verify = plus(now, r.settings.verifyAfter);
      say(r, made ? `${itsTask(r)} ${task.id} made` : `${itsTask(r)} ${task.id} found`, now);
      const facts: Record<string, string | number> = { rule: done.with.decision.rule };
      if (r.generation > 1) facts.generation = r.generation;
      if (r.missing !== undefined) facts.missing = r.missing;
      delete r.missing;
      // What an earlier life of the issue made was told by it.
      if (own) addNote(r, 'chat', { key: `opened-${r.generation}`, say: 'opened', facts }, now);
      else if (completed && r.state === 'open') {
        // Closed by an earlier run, and open again.
        r.regressions = Math.max(1, r.regressions);
        tellRegressed(r, 'resolved', now);
      }
      return;
    }
    case 'findTask': {
      const found = done.got;
      if (found && isOutdated(r, done.with.knownTasks, found.task)) return;
      r.agreed.searched = true;
      if (!found) return;
      const { task, assignee, completed } = found;
      delete r.adopt;
      r.task = task;
      r.agreed = { ...r.agreed, taskDone: completed, taskAssignee: assignee };
      say(r, `${itsTask(r)} ${task.id} found`, now);
      // A comment says why an issue is closed; the rules of today skip this one, which says nothing of the error.
      if (!completed && r.state !== 'skipped') tellClosed(r, now);
      return;
    }
    case 'ensureDetails':
      r.agreed.details = true;
      delete r.agreed.given;
      say(r, 'the details of the task are set', now);
      return;
    case 'ensureSubtasks':
      r.agreed.subtasks = true;
      say(r, `${done.with.titles.length} subtasks are there`, now);
      return;
    case 'verifyTask':
      return verified(r, done.got, now);
    case 'assignTask':
      r.agreed.taskAssignee = done.with.to;
      say(r, `${itsTask(r)} assigned to ${nameOf(r, done.with.to)}`, now);
      tellReassigned(r, done.with.to, now);
      return;
    case 'completeTask':
      r.agreed.taskDone = done.with.completed;
      say(r, `${itsTask(r)} ${done.with.completed ? 'completed' : 'reopened'}`, now);
      return;
    case 'comment':
      r.pending = r.pending.filter((o) => o.on !== 'task' || o.note.key !== done.with.note.key);
      return;
    case 'linkIssue':
      return linked(r, done.got, done.with.assignee, now);
    case 'countGone':
      return believe(r, now);
    case 'resolveIssue':
      // A look that overlapped this write may have found it archived: another one tells how it stands.
      if (r.state === 'resolved') r.agreed.source = 'resolved';
      else r.look = true;
      say(r, `set to resolved in ${sourceOf(r)}`, now);
      return;
    case 'hintIssue':
      r.agreed.survivor = true;
      return;
    case 'tell':
      r.pending = r.pending.filter((o) => o.on !== 'chat' || o.note.key !== done.with.note.key);
      return;
  }
}

/** `Asana task` */
const itsTask = (r: IssueRecord): string => taskWords(namedOf(r));

/** A write that did not end well may have been done all the same, by an attempt whose answer was lost: how the task stands is unknown. */
export function unanswered(r: IssueRecord, step: AttentionStep): void {
  if (step === 'completeTask') delete r.agreed.taskDone;
  if (step === 'assignTask') delete r.agreed.taskAssignee;
}

/** Each half stands for itself: what one is refused holds up nothing of the other. */
function linked(
  r: IssueRecord,
  { link, assign }: Effects['linkIssue'][1],
  assignee: PersonKey | null,
  now: Instant,
): void {
  if (link === 'done') {
    clearAttention(r, 'linkIssue');
    r.agreed.linked = true;
    say(r, `linked in ${sourceOf(r)}`, now);
  } else if (link) failed(r, 'linkIssue', link.code, link.message, now);
  if (assign === 'done') {
    clearAttention(r, 'assignIssue');
    r.agreed.pushed = assignee;
    r.agreed.sourceAssignee = assignee;
    say(r, `assigned to ${nameOf(r, assignee)} in ${sourceOf(r)}`, now);
  } else if (assign === 'taken') {
    clearAttention(r, 'assignIssue');
    r.look = true;
  } else if (assign) failed(r, 'assignIssue', assign.code, assign.message, now);
}

/**
 * Said once it is true: Asana may not know the person, or not let them have the task, and a closed issue is reassigned when it
 * comes back. Of a decision only when it was not the first: that one stands in the task itself.
 */
function tellReassigned(r: IssueRecord, to: string | null, now: Instant): void {
  const { override } = r;
  if (to === null || to !== wantedAssignee(r)) return;
  const name = nameOf(r, to);
  if (!override) {
    const rule = currentDecision(r)?.rule ?? '';
    const facts = { to: name, by: `rule ${rule}` };
    if (r.decisionCount > 1) addNote(r, 'task', { key: `assigned-${r.decisionCount}`, say: 'reassigned', facts }, now);
  } else if (override.id !== undefined) {
    addNote(
      r,
      'task',
      { key: `reassigned-${override.id}`, say: 'reassigned', facts: { to: name, by: override.by } },
      now,
    );
    delete override.id;
  }
}

/** Missing at the first look: it is made once more. Missing later: a person deleted it, and that is respected. */
function verified(r: IssueRecord, found: 'there' | 'gone', now: Instant): void {
  if (found === 'there') {
    delete r.due.verify;
    r.verified = true;
    return;
  }
  const first = !r.verified && r.generation === 1;
  if (first && r.task) r.missing = r.task.url;
  const its = itsTask(r);
  forgetTask(r);
  r.pending = r.pending.filter((o) => o.on === 'chat');
  if (first) {
    r.generation = 2;
    say(r, `the ${its} is missing; it is made again`, now);
    return;
  }
  r.taskDeleted = true;
  if (r.state === 'open') {
    r.state = 'muted';
    r.due.finish = plus(now, r.settings.linger);
  }
  r.because = `its ${its} was deleted by a person`;
  say(r, `the ${its} was deleted`, now);
}
