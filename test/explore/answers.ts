/**
 * What each activity does to the world and answers, as src/activities does it to the vendors: every write is looked up before it is
 * made, so that it may be repeated. Which calls fail, and how, is the scheduler's.
 */
import type { Activities } from '../../src/contract';
import type { Reads, Writes } from '../../src/core/issue/activities';
import type { Proposal } from '../../src/core/issue/decision';
import type { Abilities, Settings } from '../../src/core/issue/settings';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { ErrorCode } from '../../src/errors';
import type { PersonKey, TaskRef } from '../../src/core/refs';
import { SPEC } from '../support/records';
import { MARKER, PEOPLE, type Task, type World } from './world';

type Name = Exclude<keyof (Reads & Writes), 'lookAround'>;
type Input<K extends keyof Activities> = Parameters<Activities[K]>[0];
type Answer<K extends keyof Activities> = Awaited<ReturnType<Activities[K]>>;

/** A failure with a code of the catalogue. */
export class Refused extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly details: unknown = undefined,
  ) {
    super(code);
  }
}

/** What an activity forgets to look for. */
export type Blind = 'task' | 'comment';

/** What the vendors leave out this time. */
export type Flaws = {
  /** The tracker takes an assignee and leaves it out. */
  leftOut?: boolean;
  /** Sentry answers 404 of an issue that is there. */
  notFound?: boolean;
  /** Nothing is looked for before it is made. */
  blind?: Blind;
  /** The POST is committed so many ms later, and its answer is lost. */
  late?: number;
};

/** What an activity is given besides its input. */
export type Attempt = { w: World; settings: Settings; attempt: number; flaws: Flaws };

/** Writes to a vendor, and what they need besides `MODE=live` (activities/able.ts). */
export const WRITES: Partial<Record<string, 'source' | 'chat' | 'write'>> = {
  ensureTask: 'write',
  ensureDetails: 'write',
  ensureSubtasks: 'write',
  assignTask: 'write',
  completeTask: 'write',
  comment: 'write',
  linkIssue: 'source',
  resolveIssue: 'source',
  tell: 'chat',
};

export function abilities(w: World): Abilities {
  return { write: w.write, source: w.sentry, installation: true, chat: true };
}

function planOf({ w, settings }: Attempt): Proposal {
  return {
    rulesHash: `h${w.rules}`,
    rule: w.skips ? 'not-wanted' : 'all',
    reasons: [],
    candidates: ['anna', 'piotr'],
    rotation: { team: 'shop', kind: 'roundRobin' },
    fallback: [],
    verdict: w.skips ? { skip: 'not wanted' } : { task: SPEC },
    settings,
    can: abilities(w),
  };
}

const TABLE: { [K in Name]: (input: Input<K>, a: Attempt) => Answer<K> } = {
  readIssue: ({ seed, known, decides }, a) => {
    const { w, settings, flaws } = a;
    const here = { can: abilities(w), settings };
    const planned = (issue: IssueSnapshot) => (decides && issue.status === 'unresolved' ? planOf(a) : undefined);
    if (!w.sentry)
      return seed
        ? { ...here, issue: seed, proposal: planned(seed) }
        : { ...here, issue: known ? ('unread' as const) : ('missing' as const) };
    if (!w.exists || flaws.notFound) return { ...here, issue: 'missing', installation: 'uuid' };
    const issue = w.snapshot('api');
    return { ...here, issue, proposal: planned(issue), installation: 'uuid' };
  },
  applyRules: (_input, a) => planOf(a),
  findPerson: ({ name }) => (PEOPLE.some((one) => one === name) ? { key: name } : { unknown: name, didYouMean: null }),
  checkAvailability: ({ people }, { w }) =>
    Object.fromEntries(people.map((one) => [one, one === w.away ? 'not available' : 'available'])),
  selectAssignee: ({ issue, proposal: plan, availability, before, at }, { w }) => {
    const { rulesHash, rule, reasons, verdict } = plan;
    if ('skip' in verdict) return { at, rulesHash, rule, reasons, verdict };
    const { task } = verdict;
    const again = new Date(Date.parse(at) + plan.settings.availability.again).toISOString();
    if (availability === 'unknown')
      return { at, rulesHash, rule, reasons, degraded: 'availability unknown', again, verdict: { assign: null, task } };
    const able = (one: PersonKey | null): boolean => one !== null && availability[one] === 'available';
    const kept = [issue.assignee, before].find(able);
    const left = plan.candidates.filter(able);
    w.turns += 1;
    const assign = kept ?? left[w.turns % left.length] ?? null;
    return { at, rulesHash, rule, reasons, verdict: { assign, task }, ...(assign === null ? { again } : {}) };
  },
  ensureTask: ({ assignee, knownTasks: known }, { w, attempt, flaws }) => {
    const found = flaws.blind === 'task' ? undefined : find(w, known);
    const told = ({ ref, completed, assignee: has }: Task) => ({ task: ref, assignee: has, completed });
    const retried = attempt > 1;
    if (found) return { ...told(found), made: false, incomplete: false, retried };
    const task = w.newTask(flaws.leftOut ? null : assignee);
    if (flaws.late !== undefined) {
      w.late.push({ at: w.now + flaws.late, task });
      throw new Refused('asana_outcome_unknown');
    }
    w.tasks.push(task);
    return { ...told(task), made: true, incomplete: flaws.leftOut === true, retried };
  },
  findTask: ({ knownTasks: known }, { w }) => {
    const found = find(w, known);
    return found ? { task: found.ref, assignee: found.assignee, completed: found.completed } : null;
  },
  ensureDetails: ({ task }, { w }) => (there(w, task), null),
  ensureSubtasks: ({ task, titles }, { w }) => {
    const of = there(w, task);
    for (const title of titles) if (!of.subtasks.includes(title)) of.subtasks.push(title);
    return null;
  },
  verifyTask: ({ task }, { w }) => (w.taskOf(task) ? 'there' : 'gone'),
  assignTask: ({ task, to, from }, { w }) => {
    const of = there(w, task);
    if (to !== null || from === null || of.assignee === from) of.assignee = to;
    return null;
  },
  completeTask: ({ task, completed, note }, { w, flaws }) => {
    const of = there(w, task);
    of.completed = completed;
    if (!note) return { complete: 'done' };
    say(of, note.key, flaws);
    return { complete: 'done', comment: 'done' };
  },
  comment: ({ task, note }, { w, flaws }) => (say(there(w, task), note.key, flaws), null),
  linkIssue: ({ task, link, assignee, was }, { w }) => {
    const refused = { code: 'sentry_issue_not_found', message: 'gone' };
    const alive = w.exists && !w.merged;
    const answer: Answer<'linkIssue'> = {};
    if (link) {
      answer.link = alive ? 'done' : refused;
      if (alive && !w.links.some((one) => one.id === task.id)) w.links.push(task);
    }
    if (assignee === null) return answer;
    const taken = w.assignee !== null && w.assignee !== was && w.assignee !== assignee;
    answer.assign = !alive ? refused : taken ? 'taken' : 'done';
    if (answer.assign !== 'done' || w.assignee === assignee) return answer;
    w.assignee = assignee;
    w.tell('issue.assigned');
    return answer;
  },
  resolveIssue: (_input, { w }) => {
    if (!w.exists || w.merged) throw new Refused('sentry_issue_not_found');
    if (w.status === 'resolved') return null;
    w.status = 'resolved';
    w.tell('issue.resolved');
    return null;
  },
  countGone: () => null,
  hintIssue: () => null,
  tell: () => null,
};

/** By what is known of it, then by the marker in its place; the oldest. */
function find(w: World, known: TaskRef[]): Task | undefined {
  for (const ref of known) {
    const task = w.taskOf(ref);
    if (task) return task;
  }
  return w.live()[0];
}

/** Once for each key. */
function say({ comments }: Task, key: string, flaws: Flaws): void {
  if (flaws.blind === 'comment' || !comments.includes(key)) comments.push(key);
}

function there(w: World, ref: TaskRef): Task {
  const task = w.taskOf(ref);
  if (!task) throw new Refused('asana_not_found');
  return task;
}

/**
 * @returns what the activity answers
 * @throws Refused when a vendor refuses it, or the installation may not do it
 */
export function answered(name: string, input: unknown, a: Attempt): unknown {
  const needs = WRITES[name];
  const can = abilities(a.w);
  if (needs !== undefined && !(can.write && can[needs])) throw new Refused('not_able', can);
  const work = TABLE[name as Name] as ((input: unknown, a: Attempt) => unknown) | undefined;
  if (!work) throw new Error(`${MARKER}: no answer is known for the activity ${name}.`);
  a.w.settleLate();
  return work(input, a);
}
