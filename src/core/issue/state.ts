/** The record of one issue, and `reduce`, which folds in whatever happened. Total: never throws, whatever comes in what order. */
import type { Instant, IssueRef } from '../refs';
import type { Fact } from './facts';
import type { IssueRecord } from './record';
import type { Settings } from './settings';
import type { IssueSnapshot } from './snapshot';
import type { IssueView } from './row';
import { able, NOTHING } from './able';
import { lookForMissingAt, MISSING_FOR_GOOD, MISSING_PATIENCE } from './cadence';
import { plus, since } from '../time';
import { failed, isAttempted, clearAttention } from './attention';
import { undoubted } from './doubt';
import { choose, commanded } from './commanded';
import { decided, kept } from './decided';
import { addEnvironments, hinted } from './hinted';
import { hold, isBack, notThere } from './gone';
import { ended, statusChanged } from './life';
import { forgetNames, meet, nameOf } from './names';
import { noteDone, unanswered } from './outcomes';
import { attentionOf, noteOf, pendingSteps } from './plan';
import { wantedAssignee } from './wanted';
import { isOld, keepLacking, ownOf } from './seed';
import { sourceOf } from './named';
import { missingWords, readWords, say } from './story';
import { codeOf, means } from '../vendor';

/** Bounds of the lists: an issue that lives for years must fit into one continue-as-new argument (tested at 64 KiB). */
const MAX = {
  timeline: 60,
  rejects: 20,
  asks: 10,
  commands: 100,
  environments: 20,
  decisions: 2,
  destinations: 10,
  pending: 20,
  /** More details than this no rule asks for. */
  given: 50,
} as const;

/** @param earlier what the run before showed at its end, when an operator's act started this one */
export function initialRecord(ref: IssueRef, settings: Settings, now: Instant, earlier?: IssueView): IssueRecord {
  return {
    version: 1,
    ref,
    state: 'new',
    attention: [],
    heard: 0,
    answered: 0,
    look: true,
    environments: [],
    asks: [],
    commands: [],
    rejects: [],
    decide: false,
    decisions: [],
    decisionCount: 0,
    generation: 1,
    verified: false,
    taskDeleted: false,
    destinations: [],
    agreed: {},
    pending: [],
    epoch: Math.floor(Date.parse(now) / 1_000).toString(36),
    announced: { releases: [], environments: [], escalating: false, count: 0 },
    repeatsSaid: 0,
    regressions: 0,
    due: {},
    settings,
    can: NOTHING,
    timeline: [],
    changedAt: now,
    ...(earlier ? { earlier } : {}),
  };
}

/** @returns the record after `fact`; the input is not changed. */
export function reduce(record: IssueRecord, fact: Fact, now: Instant): IssueRecord {
  const r = structuredCopy(record);
  meet(r, fact);
  apply(r, fact, now);
  dropObsolete(r, now);
  bound(r);
  if (visible(r) !== visible(record)) r.changedAt = now;
  return r;
}

function apply(r: IssueRecord, fact: Fact, now: Instant): void {
  switch (fact.is) {
    case 'hinted':
      return hinted(r, fact.hint, now);
    case 'seen':
      if (fact.installation !== undefined) r.installation = fact.installation;
      return seen(r, fact.issue, fact.answers, now);
    case 'missing':
      return missing(r, fact.answers, now);
    case 'able':
      fact.refused?.forEach((step) => unanswered(r, step));
      return able(r, fact.can, fact.settings, now);
    case 'unread':
      looked(r, fact.answers);
      return clearAttention(r, 'readIssue');
    case 'decided':
      return decided(r, fact.decision, now);
    case 'kept':
      return kept(r, fact.at);
    case 'done': {
      const failedBefore = r.attention.some((a) => a.step === fact.done.do);
      // Of that one each half has its own end.
      if (fact.done.do !== 'linkIssue') clearAttention(r, fact.done.do, noteOf(fact.done));
      return noteDone(r, fact.done, failedBefore, now);
    }
    case 'failed':
      if (means(fact.code, 'many_gone')) return hold(r, now, fact.message);
      if (fact.given && r.agreed.details === false) r.agreed.given = fact.given.slice(0, MAX.given);
      unanswered(r, fact.step);
      return failed(r, fact.step, fact.code, fact.message, now, fact.note);
    case 'asked':
      if (!r.commands.includes(fact.ask.id) && !r.asks.some((a) => a.id === fact.ask.id)) r.asks.push(fact.ask);
      return;
    case 'commanded':
      return commanded(r, fact.command, now);
    case 'rejected':
      r.asks = r.asks.filter((a) => a.id !== fact.ask);
      r.rejects.push({ at: now, what: fact.what.slice(0, 300) });
      return;
    case 'elapsed':
      return elapsed(r, now);
  }
}

/** What is no longer pending cannot fail any more. An attempt to make a task stays: its outcome may be unknown. */
function dropObsolete(r: IssueRecord, now: Instant): void {
  const pending = new Set(pendingSteps(r, now).flatMap((s) => attentionOf(s).map((step) => `${step} ${noteOf(s)}`)));
  r.attention = r.attention.filter((a) => {
    if (a.step === 'readIssue' || a.step === 'believe') return true;
    // Closed while it was decided, or given to somebody by a person, nobody waits for a decision.
    if (a.step === 'decide') return r.decide || (!r.override && (r.state === 'open' || r.state === 'new'));
    // Whether somebody is to be assigned is seen after the look.
    if (a.step === 'assignIssue' && r.look) return true;
    if (a.step === 'ensureTask')
      return !r.task && !r.taskDeleted && !r.agreed.searched && (r.state !== 'skipped' || isAttempted(r));
    return pending.has(`${a.step} ${a.note}`);
  });
}

function looked(r: IssueRecord, answers: number): void {
  r.answered = Math.max(r.answered, Math.min(answers, r.heard));
  r.look = false;
  delete r.due.look;
}

function seen(r: IssueRecord, issue: IssueSnapshot, answers: number, now: Instant): void {
  const before = r.seen;
  looked(r, answers);
  clearAttention(r, 'readIssue');
  delete r.missingSince;
  if (issue.via === 'api') undoubted(r);
  isBack(r, issue.status, now);
  if (isOld(issue, before)) return;
  addEnvironments(r, issue.environments);
  r.seen = { ...ownOf(keepLacking(issue, before), before, r.earlier), environments: r.environments };
  // It happened again, so Sentry lists it again.
  if (r.unlisted && issue.lastSeen && issue.lastSeen > r.unlisted) delete r.unlisted;
  if (!before) say(r, readWords(issue, sourceOf(r)), now);
  else if (before.project !== r.seen.project) say(r, `now in the ${sourceOf(r)} project ${r.seen.project}`, now);
  statusChanged(r, issue, now);
  if (!issue.mergedInto) assigneeSeen(r, issue, now);
  if (r.state === 'skipped' && issue.status === 'unresolved') r.decide = true;
  // Issues without a task in work would otherwise live for ever: they end after a quiet `linger`.
  if (r.state === 'skipped' || r.state === 'muted' || r.state === 'new') r.due.finish = plus(now, r.settings.linger);
}

/** Somebody was assigned in Sentry: that becomes the wish. Unassigning is not copied, only never fought. */
function assigneeSeen(r: IssueRecord, issue: IssueSnapshot, now: Instant): void {
  const known = r.agreed.sourceAssignee;
  r.agreed.sourceAssignee = issue.assignee;
  if (known === undefined || issue.assignee === null || issue.assignee === known) return;
  // Our own write, whose answer was lost or came after this read.
  if (issue.assignee === wantedAssignee(r) || issue.assignee === r.agreed.pushed) return;
  if (!r.settings.sync.toTracker || r.decisions.length === 0) return;
  // Ours is over: should it be seen again, then a person has chosen it.
  delete r.agreed.pushed;
  choose(r, issue.assignee, sourceOf(r));
  say(r, `assigned to ${nameOf(r, issue.assignee)} in ${sourceOf(r)}`, now);
}

function missing(r: IssueRecord, answers: number, now: Instant): void {
  looked(r, answers);
  if (r.seen) return notThere(r, now);
  // An operator's act began this run after the last had ended: there is no work in it that could be lost.
  if (r.earlier) {
    clearAttention(r, 'readIssue');
    return ended(r, 'done', `deleted in ${sourceOf(r)}`, now);
  }
  r.missingSince ??= now;
  if (since(r.missingSince, now) > MISSING_FOR_GOOD) {
    r.state = 'done';
    r.because = `${sourceOf(r)} never knew it, or deleted it before it was read`;
    clearAttention(r, 'readIssue');
  } else if (since(r.missingSince, now) < MISSING_PATIENCE) r.due.look = lookForMissingAt(r.missingSince, now);
  else failed(r, 'readIssue', codeOf(r.ref.source, 'issue_not_found'), missingWords(r), now);
}

/** A person ended it here and Sentry still shows it as unresolved: a sweep that found nothing running would begin it anew. */
function endedHereAlone({ state, agreed }: IssueRecord): boolean {
  return (state === 'resolved' || state === 'muted') && agreed.source === 'unresolved';
}

function elapsed(r: IssueRecord, now: Instant): void {
  const { due } = r;
  if (due.look && due.look <= now) {
    delete due.look;
    r.look = true;
  }
  if (due.gone && due.gone <= now) {
    delete due.gone;
    r.look = true;
  }
  if (due.decideAgain && due.decideAgain <= now) {
    delete due.decideAgain;
    if (r.state === 'open' && !r.override) r.decide = true;
  }
  if (due.unmute && due.unmute <= now) delete due.unmute;
  if (due.finish && due.finish <= now) {
    delete due.finish;
    // What an attempt may have made is looked for first, however long Asana cannot be asked.
    if (endedHereAlone(r) || isAttempted(r)) due.finish = plus(now, r.settings.linger);
    else if (r.state !== 'open' && (r.state !== 'new' || r.seen)) {
      r.because = `nothing happened for a while after it was ${r.state}`;
      r.state = 'done';
    }
  }
}

function bound(r: IssueRecord): void {
  r.timeline = r.timeline.slice(-MAX.timeline);
  r.rejects = r.rejects.slice(-MAX.rejects);
  r.asks = r.asks.slice(-MAX.asks);
  r.commands = r.commands.slice(-MAX.commands);
  r.environments = r.environments.slice(0, MAX.environments);
  r.decisions = r.decisions.slice(-MAX.decisions);
  r.destinations = r.destinations.slice(-MAX.destinations);
  r.pending = r.pending.slice(-MAX.pending);
  forgetNames(r);
}

/** What an operator would call a change; counts, times and writes that follow from one are not. */
function visible(r: IssueRecord): string {
  return JSON.stringify([
    r.state,
    r.attention.map((a) => [a.step, a.code]),
    wantedAssignee(r),
    r.task?.id,
    r.override,
    r.decisions.at(-1)?.rule,
  ]);
}

function structuredCopy(record: IssueRecord): IssueRecord {
  return JSON.parse(JSON.stringify(record)) as IssueRecord;
}
