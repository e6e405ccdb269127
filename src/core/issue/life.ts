/** The turns of an issue's life: resolved, back again, archived, merged, gone. */
import type { Instant } from '../refs';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import type { Note } from './steps';
import { plus } from '../time';
import { undecided } from './attention';
import { nameOf } from './names';
import { repeated } from './repeats';
import { sourceOf } from './named';
import { addNote, say } from './story';

/** Compares what Sentry says with what it said last; our own writes are in `agreed` and so change nothing. */
export function statusChanged(r: IssueRecord, issue: IssueSnapshot, now: Instant): void {
  const before = r.agreed.source;
  const wasOpen = r.state === 'open';
  if (issue.mergedInto) return merged(r, issue.shortId ?? issue.mergedInto.id, issue.url, now);
  // Nothing is said by a status that is not known; and that it is gone is found out by looking (gone.ts).
  const told = issue.status !== 'unknown' && issue.status !== 'gone';
  if (told) r.agreed.source = issue.status;
  if (told && before === 'gone') delete r.because;
  if (told && issue.status !== before) {
    if (issue.status === 'resolved') resolvedThere(r, before === undefined, now);
    else if (issue.status === 'archived') archivedThere(r, before === undefined, now);
    else if (before === undefined) firstSeenOpen(r);
    else reopen(r, now, before === 'gone');
  }
  repeated(r, issue, wasOpen && r.state === 'open' && r.task !== undefined, now);
}

/** Only a `new` issue opens: an operator may have resolved it before the first read. */
function firstSeenOpen(r: IssueRecord): void {
  if (r.state !== 'new') return;
  r.state = 'open';
  r.decide = true;
}

function resolvedThere(r: IssueRecord, first: boolean, now: Instant): void {
  if (r.state === 'resolved' || r.state === 'done') return;
  if (!first) return close(r, sourceOf(r), now);
  // An issue first seen resolved gets no task.
  r.state = 'resolved';
  r.because = 'it was resolved when it was first seen';
  r.resolvedAt = now;
  r.resolvedBy = sourceOf(r);
  r.due.finish = plus(now, r.settings.linger);
}

function archivedThere(r: IssueRecord, first: boolean, now: Instant): void {
  if (r.state === 'done') return;
  r.state = 'muted';
  r.because = first ? 'it was archived when it was first seen' : `archived in ${sourceOf(r)}`;
  r.decide = false;
  undecided(r);
  say(r, `archived in ${sourceOf(r)}`, now);
  tellClosed(r, now);
}

/** @param by who closed it: the source, such as `Sentry`, or an operator's name */
export function close(r: IssueRecord, by: string, now: Instant): void {
  if (r.state === 'resolved' || r.state === 'done') return;
  r.state = 'resolved';
  delete r.because;
  r.resolvedAt = now;
  r.resolvedBy = by;
  r.decide = false;
  undecided(r);
  r.due.finish = plus(now, r.settings.linger);
  say(r, by === sourceOf(r) ? `resolved in ${by}` : `resolved by ${by}`, now);
  tellClosed(r, now);
}

/** Says on the task, if there is one, why it is closed. */
export function tellClosed(r: IssueRecord, now: Instant): void {
  if (r.task) addNote(r, 'task', closingNote(r), now);
}

function closingNote(r: IssueRecord): Note {
  if (r.agreed.source === 'gone' && !r.survivor) return { key: `gone-${r.regressions}`, say: 'gone', facts: {} };
  if (r.state === 'resolved')
    return { key: `resolved-${r.regressions}`, say: 'resolved', facts: { by: r.resolvedBy ?? sourceOf(r) } };
  if (r.state === 'muted') return { key: `archived-${r.regressions}`, say: 'archived', facts: {} };
  const { survivor } = r;
  return { key: 'gone', say: 'merged', facts: { into: survivor?.name ?? '', url: survivor?.url ?? '' } };
}

/** Back to work on the same task, the same person preferred. @param wasGone it was said to be deleted */
export function reopen(r: IssueRecord, now: Instant, wasGone = false): void {
  if (r.state === 'open' || r.state === 'new') return;
  const was = wasGone ? 'gone' : r.state;
  r.state = 'open';
  delete r.because;
  delete r.due.finish;
  delete r.agreed.searched;
  r.decide = true;
  const wanted = r.taskDeleted;
  if (r.taskDeleted) {
    r.taskDeleted = false;
    r.generation += 1;
    r.verified = false;
  }
  if (was === 'skipped') return;
  r.regressions += 1;
  const last = r.decisions.at(-1)?.verdict;
  const before = r.override?.assign ?? (last && 'assign' in last ? last.assign : null);
  if (before) r.before = before;
  if (r.override?.whileClosed) delete r.override.whileClosed;
  else delete r.override;
  say(
    r,
    wanted ? 'a task is wanted again' : was === 'muted' ? `no longer archived in ${sourceOf(r)}` : 'regressed',
    now,
  );
  // Without a task there is nothing to come back to: a new one is told as opened.
  if (r.task) tellRegressed(r, was, now);
  // Who closes it next is not who did then.
  delete r.resolvedBy;
  delete r.resolvedAt;
}

/** @param was the state before, or `gone`: it was said to be deleted */
export function tellRegressed(r: IssueRecord, was: IssueRecord['state'] | 'gone', now: Instant): void {
  const facts: Record<string, string | number> = {
    number: r.regressions,
    was: was === 'muted' ? 'archived' : was === 'gone' ? 'gone' : 'resolved',
  };
  if (r.resolvedAt) facts.resolvedAt = r.resolvedAt;
  if (r.resolvedBy) facts.resolvedBy = r.resolvedBy;
  if (r.seen?.release) facts.release = r.seen.release;
  if (r.before) facts.before = nameOf(r, r.before);
  const note = { key: `regressed-${r.regressions}`, say: 'regressed', facts } as const;
  addNote(r, 'task', note, now);
  addNote(r, 'chat', note, now);
}

/** The work goes on in the task of the other issue. */
function merged(r: IssueRecord, into: string, url: string, now: Instant): void {
  r.agreed.source = 'gone';
  r.survivor = { name: into, url };
  ended(r, 'done', `merged into ${into} in ${sourceOf(r)}`, now);
}

/** Nobody works on it any more, which its task is told. */
export function ended(r: IssueRecord, state: 'resolved' | 'done', because: string, now: Instant): void {
  if (r.state === 'done') return;
  r.state = state;
  r.because = because;
  r.decide = false;
  undecided(r);
  say(r, because, now);
  tellClosed(r, now);
}
