/**
 * What must have become of an issue, from the history of its life and from what Sentry says at the end. Pure. The other
 * half of every promise: docs/developing/chaos.md tells the same in words.
 */
import { candidatesOf, emailOf, SKIPPED, type Person, type Project } from './people';
import type { ActName } from './schedule';
import { VERIFY_AFTER_MS } from './weather';

/** An act that was done. Times are ms since 1970. */
export type Happened = {
  at: number;
  /** When it began, without what it waited for before. */
  began?: number;
  do: ActName;
  to?: Person;
  /** Why nothing was done. */
  skipped?: string;
  /** The issue was at rest when it was done. */
  calm?: boolean;
  /** Of `delete`: the task, and how old it was in ms. */
  task?: string;
  age?: number;
};
export type SentryEnd = { status: 'unresolved' | 'resolved' | 'archived' | 'gone'; assignee: string | null };
export type Expected = {
  /** False: nothing of it is any business of the product's. */
  followed: boolean;
  tasks: readonly number[];
  /** Empty: either. */
  completed: readonly boolean[];
  /** Addresses; of an open task only. */
  assignees: readonly string[];
  /** Because of what, for whoever reads a difference. */
  because: string[];
};
export type Subject = { project: Project; environment: string; old?: true };

const TURNS: readonly ActName[] = ['resolve', 'regress', 'archive', 'unarchive'];
const HANDS: readonly ActName[] = ['terminate', 'reset'];
/** The clocks of one machine, and the moment between the look and the deletion. */
const MARGIN_MS = 2_000;

/** @param away who is on leave during the whole run */
export function expected(of: Subject, done: readonly Happened[], sentry: SentryEnd, away: Person): Expected {
  const happened = done.filter((h) => h.skipped === undefined);
  const because: string[] = [];
  const none = { tasks: [0], completed: [], assignees: [] };
  if (of.old) return { ...none, followed: false, because: ['older than the first start'] };
  if (of.environment === SKIPPED) return { ...none, followed: true, because: ['the rules skip its environment'] };
  const open = sentry.status === 'unresolved';
  because.push(`${sentry.status} in Sentry`);
  return {
    followed: true,
    tasks: tasksOf(happened, open, because),
    completed: wasForgotten(happened, TURNS) ? [] : open ? completedWhileOpen(happened, because) : [true],
    assignees: open ? assigneesOf(of.project, happened, sentry, away, because) : [],
    because,
  };
}

function tasksOf(happened: readonly Happened[], open: boolean, because: string[]): number[] {
  const deletion = happened.findLast((h) => h.do === 'delete');
  if (deletion) {
    const early = (deletion.age ?? Infinity) < VERIFY_AFTER_MS - MARGIN_MS;
    because.push(`its task was deleted by a person${early ? ' before it was verified: made again' : ''}`);
    // Later it stays deleted until the issue comes back, and whether it was verified by then is not known here.
    return early && open ? [1] : [0, 1];
  }
  if (open) return [1];
  because.push('closed before it was seen it gets none');
  return [0, 1];
}

/**
 * A run that is reset forgets what it wrote since then, and a write of the forgotten one may still be on its way when the new one
 * looks. Sentry may be back at what the new one remembers, which then sees nothing to write; only Asana, which is not read
 * back, would tell.
 */
function wasForgotten(happened: readonly Happened[], what: readonly ActName[]): boolean {
  return happened.some((h, i) => h.do === 'reset' && happened.slice(0, i).some((before) => what.includes(before.do)));
}

/** A task follows Sentry; one that a person completed while Sentry's issue stayed open is left as the person left it. */
function completedWhileOpen(happened: readonly Happened[], because: string[]): boolean[] {
  const at = happened.findLastIndex((h) => h.do === 'complete');
  if (at < 0) return [false];
  const later = happened.slice(at + 1);
  const calm = happened[at]?.calm === true;
  const turns = later.filter((h) => TURNS.includes(h.do) || h.do === 'repeat');
  because.push(`completed by a person in Asana${calm ? '' : ' while it was in motion'}`);
  // A new run does not know who completed the task that it finds.
  if (later.some((h) => HANDS.includes(h.do) || h.do === 'delete')) return [true, false];
  if (!turns.some((h) => TURNS.includes(h.do))) return calm ? [true] : [true, false];
  // Closed and opened again between two looks it has not changed for us.
  return turns.every((h) => h.calm) ? [false] : [true, false];
}

function assigneesOf(
  project: Project,
  happened: readonly Happened[],
  sentry: SentryEnd,
  away: Person,
  because: string[],
): string[] {
  const chosen = happened.filter((h) => h.do === 'assign');
  const last = chosen.at(-1);
  // A run that is reset decides by what it had read until then.
  const reset = happened.slice(happened.findIndex((h) => h === last)).some((h) => h.do === 'reset');
  if (last?.to && last.calm && !reset) {
    because.push(`assigned to ${last.to} in Sentry`);
    return [emailOf(last.to)];
  }
  const byRules = candidatesOf(project, away);
  const able = new Set<string>([...byRules, ...chosen.flatMap((h) => (h.to ? [h.to] : []))].map(emailOf));
  if (wasForgotten(happened, ['assign'])) {
    because.push('reset after somebody was chosen');
    return [...able];
  }
  // Both sides agree in the end, whoever was faster.
  const agreed = [...able].filter((email) => sentry.assignee === null || email === sentry.assignee);
  because.push(`${away} is on leave`, `${sentry.assignee ?? 'nobody'} in Sentry`);
  return agreed;
}
