/**
 * Brings faults to transitions that chance would seldom bring together in a run of 150 issues: the first few of each
 * transition get faults of their own, in an order that the seed begins. All others are left to chance.
 */
import { transitionOf, cannot, type FaultName, type Transition } from './cells';
import type { Happened } from './expect';
import { rest } from './processes';
import type { Act, Life } from './schedule';
import { COMMIT_LATE_MS } from './weather';

/** What becomes of one webhook; undefined is left to chance. */
export type Fate = 'drop' | 'double' | 'overtaken' | undefined;

/** So many of each transition get calls that fail: each of the four faults of a call eight times, since many a transition comes to nothing. */
const AIMED = 32;
/** So many of each have their webhook's fate chosen: each fate eight times, eight left to chance between them. */
const FATED = 32;
const FATES: readonly Fate[] = ['drop', 'double', 'overtaken', undefined];
/** So many of each transition wait for each end of Temporal, and no longer than this. */
const WAITING = 4;
const WAIT_MS = 15_000;
/** So long before it they happen: under way by then, and not over. */
const BEFORE_MS = 500;

type Arm = (fault: Record<string, unknown>) => Promise<unknown>;

export class Director {
  private readonly counts = new Map<Transition, number>();
  private readonly waiting = new Map<string, number>();
  private readonly fates = new Map<string, Fate>();

  /**
   * @param arm sets a fault; undefined: all is left to chance
   * @param temporalKilled when Temporal will be killed, ms since 1970
   */
  constructor(
    private readonly seed: number,
    private readonly arm: Arm | undefined,
    private readonly temporalKilled: readonly number[],
    private readonly over: AbortSignal,
  ) {}

  /** Called right before an act; resolves when it is to be done. @param taskOf answers the gid of its task, if there is one */
  async before(
    life: Life,
    act: Act,
    done: readonly Happened[],
    taskOf: () => Promise<string | undefined>,
  ): Promise<void> {
    this.fates.delete(life.id);
    const transition = life.old ? undefined : transitionOf(life, act, done);
    if (!this.arm || !transition || this.over.aborted) return;
    const n = this.counts.get(transition) ?? 0;
    this.counts.set(transition, n + 1);
    const turn = n + this.seed;
    // A task that is to be made again has to be gone before it is verified.
    if (transition !== 'made again') await this.wait(transition);
    if (n < FATED) this.fates.set(life.id, FATES[turn % FATES.length]);
    if (n < AIMED) for (const fault of aimedAt(transition, turn, life.id, await taskOf())) await this.arm(fault);
  }

  /** Of the next webhook of this issue, which its last act caused. */
  fate(issue: string | undefined): Fate {
    if (issue === undefined) return undefined;
    const fate = this.fates.get(issue);
    this.fates.delete(issue);
    return fate;
  }

  private async wait(transition: Transition): Promise<void> {
    const now = Date.now();
    const at = this.temporalKilled.find((kill) => kill - BEFORE_MS > now && kill - BEFORE_MS - now < WAIT_MS);
    if (at === undefined) return;
    const key = `${transition} ${at}`;
    const waiting = this.waiting.get(key) ?? 0;
    if (waiting >= WAITING) return;
    this.waiting.set(key, waiting + 1);
    await rest(at - BEFORE_MS - now, this.over);
  }
}

const CALLS: { [F in FaultName]?: Record<string, unknown> } = {
  'Sentry 500': { kind: 'status', status: 500 },
  "Sentry: a proxy's page": { kind: 'page', status: 404 },
  'Sentry 404': { kind: 'status', status: 404 },
  'Asana 429': { kind: 'status', status: 429, retryAfter: 1 },
  'Asana 500': { kind: 'status', status: 500 },
  'Asana done, then reset': { kind: 'commitThenReset' },
  'Asana done late': { kind: 'commitLate', ms: COMMIT_LATE_MS },
};
const OF_SENTRY: readonly FaultName[] = ['Sentry 500', "Sentry: a proxy's page", 'Sentry 404'];
const OF_ASANA: readonly FaultName[] = ['Asana 429', 'Asana done, then reset', 'Asana 500', 'Asana done late'];

/** Each for one call: a read of the issue in Sentry, and the write of its task in Asana, found by its gid or its marker. */
function aimedAt(
  transition: Transition,
  turn: number,
  id: string,
  task: string | undefined,
): Record<string, unknown>[] {
  const one = (from: readonly FaultName[]): Record<string, unknown> | undefined => {
    const can = from.filter((fault) => cannot(fault, transition) === undefined);
    const name = can[turn % can.length];
    return name && CALLS[name];
  };
  const sentry = one(OF_SENTRY);
  const asana = one(OF_ASANA);
  const makes = transition === 'created' || transition === 'made again';
  const faults: Record<string, unknown>[] = [];
  if (sentry) faults.push({ vendor: 'sentry', method: 'GET', path: `/issues/${id}/$`, times: 1, ...sentry });
  if (asana && makes)
    faults.push({ vendor: 'asana', method: 'POST', path: '/tasks$', body: markerOf(id), times: 1, ...asana });
  if (asana && !makes && task !== undefined) {
    faults.push({ vendor: 'asana', method: 'PUT', path: `/tasks/${task}$`, times: 1, ...asana });
    // The look before the write, or for its comment.
    const look = CALLS[turn % 2 === 0 ? 'Asana 500' : 'Asana 429'];
    faults.push({ vendor: 'asana', method: 'GET', path: `/tasks/${task}(/stories)?$`, times: 1, ...look });
  }
  return faults;
}

/** As it stands in the text of a task. */
function markerOf(id: string): string {
  return `:${id}\\b`;
}
