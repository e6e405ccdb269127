/**
 * What a run must have reached: each fault at each transition of an issue. Pure.
 *
 * A *transition* lasts from its act (in Sentry, in Asana, or by an operator) until the activity that carries it has completed. It
 * counts only if that activity was scheduled before the next act of this life that has a transition of its own; an assignment
 * ends no other transition.
 * A *cell* is reached when the fault was seen within it: a process was killed, or was down, while it was under way; its own
 * webhook was dropped, doubled or overtaken; a call about this issue or its task, made while it was under way, was answered by
 * the fault. All of it is seen from outside: kills by who kills, webhooks between Sentry and the receiver, calls in the
 * log of the pretend vendors, and the ends in Temporal's histories.
 */
import type { Happened } from './expect';
import { SKIPPED } from './people';
import { ROUND_ISSUES, type Act, type Life } from './schedule';
import { VERIFY_AFTER_MS } from './weather';

export const TRANSITIONS = [
  'created',
  'skipped',
  'resolved',
  'reopened',
  'archived',
  'unarchived',
  'reassigned',
  'deleted',
  'merged',
  'made again',
  'terminated',
  'reset',
] as const;
export type Transition = (typeof TRANSITIONS)[number];

export const FAULTS = [
  'api killed',
  'worker killed',
  'worker stopped',
  'Temporal killed',
  'webhook dropped',
  'webhook doubled',
  'webhook overtaken',
  'Asana 429',
  'Asana 500',
  'Asana done, then reset',
  'Asana done late',
  'Asana leaves out',
  'Sentry 500',
  "Sentry: a proxy's page",
  'Sentry 404',
] as const;
export type FaultName = (typeof FAULTS)[number];
export type Cell = `${FaultName} × ${Transition}`;

const WEBHOOK: readonly FaultName[] = ['webhook dropped', 'webhook doubled', 'webhook overtaken'];
const WRITES: readonly FaultName[] = [
  'Asana 429',
  'Asana 500',
  'Asana done, then reset',
  'Asana done late',
  'Asana leaves out',
];
const READS: readonly FaultName[] = ['Sentry 500', "Sentry: a proxy's page", 'Sentry 404'];

/**
 * Cells that cannot occur, each with its reason. The list's lag, the backlog and the leave of one person have no row: they are
 * not done at a moment, but hold for the whole run. Nor have completions and late deletions in Asana a column: Errand does not
 * read them yet (docs/developing/chaos.md).
 */
const CANNOT: { faults: readonly FaultName[]; at: readonly Transition[]; because: string }[] = [
  { faults: WEBHOOK, at: ['deleted', 'merged'], because: 'Sentry sends no webhook of it' },
  { faults: WEBHOOK, at: ['made again', 'terminated', 'reset'], because: 'it is not done in Sentry' },
  { faults: WRITES, at: ['skipped'], because: 'no task is made' },
  { faults: WRITES, at: ['terminated', 'reset'], because: 'it ends with the first read of the run that follows' },
  {
    faults: ['Asana done late'],
    at: ['resolved', 'reopened', 'archived', 'unarchived', 'reassigned', 'deleted', 'merged'],
    because: 'a PUT that is done late is left out of a run',
  },
  { faults: READS, at: ['made again'], because: 'Sentry is not asked between verification and the second task' },
  { faults: ['Sentry 404'], at: ['deleted', 'merged'], because: 'it is what Sentry says of it in any case' },
];

/** @returns why this cell cannot occur; undefined where it can */
export function cannot(fault: FaultName, transition: Transition): string | undefined {
  return CANNOT.find(({ faults, at }) => faults.includes(fault) && at.includes(transition))?.because;
}

export const CELLS: readonly Cell[] = TRANSITIONS.flatMap((t) =>
  FAULTS.filter((f) => cannot(f, t) === undefined).map((f): Cell => `${f} × ${t}`),
);
/** Of {@link CELLS}, in a run that is long enough for it: issue 12. */
const REACHED_SHARE = 0.95;
/** So many issues are long enough. */
const LONG_ISSUES = 500;
/**
 * Of one round, on two cores that others use as well: the lowest of two measured runs, 83 %, less a tenth
 * (docs/developing/chaos.md, "What must be reached"). A slow machine folds turns into one, and fewer transitions are seen by themselves.
 */
const REACHED_SHARE_OF_ROUND = 0.75;

/** How many cells a run of so many issues must have reached; 0 where it is shorter than a round. */
export function cellsWanted(issues: number): number {
  if (issues < ROUND_ISSUES) return 0;
  return Math.ceil(CELLS.length * (issues < LONG_ISSUES ? REACHED_SHARE_OF_ROUND : REACHED_SHARE));
}

/** From and until, in ms since 1970. */
export type Span = { from: number; to: number };
export type Webhook = { issue: string; at: number; copies: number; arrived: number[] };
/** A request that a fault befell. */
export type Befallen = { at: number; vendor: string; method: string; path: string; body: string; befell: string };
/** An activity of an issue that completed. */
export type Work = Span & { name: string; input: Record<string, unknown>; result: Record<string, unknown> };
export type Seen = {
  api: Span[];
  worker: Span[];
  stopped: Span[];
  temporal: Span[];
  /** Asana left something out meanwhile. */
  leftOut: Span[];
  webhooks: Webhook[];
  calls: Befallen[];
};

/** Which transition an act is, if any. @param before what was done to the issue until then */
export function transitionOf(
  life: Pick<Life, 'environment'>,
  act: Act,
  before: readonly Happened[],
): Transition | undefined {
  if (life.environment === SKIPPED && !['raise', 'terminate', 'reset'].includes(act.do)) return undefined;
  switch (act.do) {
    case 'raise':
      return life.environment === SKIPPED ? 'skipped' : 'created';
    case 'resolve':
      return 'resolved';
    case 'regress':
      return 'reopened';
    case 'repeat': {
      const turn = before.findLast((h) => ['resolve', 'regress', 'archive', 'unarchive', 'repeat'].includes(h.do));
      return turn?.do === 'resolve' ? 'reopened' : undefined;
    }
    case 'archive':
      return 'archived';
    case 'unarchive':
      return 'unarchived';
    case 'assign':
      return 'reassigned';
    case 'remove':
      return 'deleted';
    case 'merge':
      return 'merged';
    case 'delete':
      return act.early ? 'made again' : undefined;
    case 'terminate':
      return 'terminated';
    case 'reset':
      return 'reset';
    case 'complete':
      return undefined;
  }
}

const CARRIED: { [T in Transition]: (work: Work) => boolean } = {
  created: ({ name }) => name === 'ensureTask',
  skipped: ({ name }) => name === 'readIssue',
  resolved: completes(true),
  reopened: completes(false),
  archived: completes(true),
  unarchived: completes(false),
  reassigned: ({ name }) => name === 'assignTask',
  deleted: completes(true),
  merged: completes(true),
  'made again': ({ name }) => name === 'ensureTask',
  terminated: ({ name }) => name === 'readIssue',
  reset: ({ name }) => name === 'readIssue',
};

function completes(completed: boolean): (work: Work) => boolean {
  return ({ name, input }) => name === 'completeTask' && input.completed === completed;
}

/** The cells that one life reached. @param done its acts that were done, by their place in `life.acts`; absent where none was */
export function reachedBy(life: Life, done: readonly Happened[], work: readonly Work[], seen: Seen): Set<Cell> {
  const cells = new Set<Cell>();
  const acts = life.acts.flatMap((act, i) => {
    const happened = done[i];
    const transition = happened && happened.skipped === undefined && transitionOf(life, act, done.slice(0, i));
    // Verified before, it would stay deleted.
    if (transition === 'made again' && (happened?.age ?? Infinity) >= VERIFY_AFTER_MS) return [];
    return transition ? [{ transition, from: happened.began ?? happened.at, at: happened.at }] : [];
  });
  const tasks = new Set(work.flatMap(tasksOf));
  for (const [i, { transition, from, at }] of acts.entries()) {
    const ends = (one: { transition: Transition }): boolean =>
      one.transition !== 'reassigned' || transition === 'reassigned';
    const until = acts.slice(i + 1).find(ends)?.from ?? Infinity;
    const carries = work
      .filter((w) => CARRIED[transition](w) && w.from >= from && w.from < until)
      .sort((a, b) => a.to - b.to)[0];
    if (!carries) continue;
    const reach = (fault: FaultName, is: boolean): void => {
      if (is && cannot(fault, transition) === undefined) cells.add(`${fault} × ${transition}`);
    };
    const span = { from, to: carries.to };
    reach(
      'api killed',
      seen.api.some((s) => meet(s, span)),
    );
    reach(
      'worker killed',
      seen.worker.some((s) => meet(s, span)),
    );
    reach(
      'worker stopped',
      seen.stopped.some((s) => meet(s, span)),
    );
    reach(
      'Temporal killed',
      seen.temporal.some((s) => meet(s, span)),
    );
    reach(
      'Asana leaves out',
      seen.leftOut.some((s) => meet(s, carries)),
    );
    const own = seen.webhooks.filter((w) => w.issue === life.id && w.at >= from && w.at <= at);
    reach('webhook dropped', own.length > 0 && own.every(({ copies }) => copies === 0));
    reach(
      'webhook doubled',
      own.some(({ copies }) => copies > 1),
    );
    reach(
      'webhook overtaken',
      own.some((w) => wasOvertaken(w, seen.webhooks)),
    );
    for (const call of seen.calls) {
      const fault = faultOf(call);
      if (fault) reach(fault, meet({ from: call.at, to: call.at }, span) && isAbout(call, life.id, tasks));
    }
  }
  return cells;
}

function meet(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}

/** A webhook that Sentry sent later, of this issue or of another, was there before it. */
function wasOvertaken(one: Webhook, all: readonly Webhook[]): boolean {
  const first = Math.min(...one.arrived);
  return one.arrived.length > 0 && all.some((other) => other.at > one.at && other.arrived.some((at) => at < first));
}

function faultOf({ vendor, method, befell }: Befallen): FaultName | undefined {
  const called = `${vendor} ${befell}`;
  if (called === 'asana status 429') return 'Asana 429';
  if (called === 'asana status 500') return 'Asana 500';
  if (called === 'asana commitThenReset') return 'Asana done, then reset';
  if (called === 'asana commitLate' && method === 'POST') return 'Asana done late';
  if (called === 'sentry status 500') return 'Sentry 500';
  if (called === 'sentry page 404') return "Sentry: a proxy's page";
  return called === 'sentry status 404' ? 'Sentry 404' : undefined;
}

/** Its id or its task's gid stands in the path; the body of a new task ends with its marker. */
function isAbout({ vendor, path, body }: Befallen, id: string, tasks: ReadonlySet<string>): boolean {
  const parts = path.split('/');
  if (vendor === 'sentry') return parts.includes(id);
  return parts.some((part) => tasks.has(part)) || (/\/tasks$/.test(path) && new RegExp(`:${id}\\b`).test(body));
}

/** A write names its task, and ensureTask answers it. */
function tasksOf({ input, result }: Work): string[] {
  return [input.task, result.task].flatMap((task) => {
    const id = typeof task === 'object' && task !== null && 'id' in task ? task.id : undefined;
    return typeof id === 'string' ? [id] : [];
  });
}
