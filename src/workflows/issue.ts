/**
 * One workflow per Sentry issue. Handlers only record. The loop reads when hinted, decides when a decision is pending, and
 * performs what `plan` lists, one step per lane at a time, so that what fails in one place holds up nothing elsewhere.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { refOf, type IssueStart } from '../contract';
import { abilitiesIn } from '../core/issue/able';
import type { ErrorCode } from '../errors';
import { isObject } from '../core/issue/commands';
import { currentDetailsOf } from '../core/issue/describe';
import {
  attentionOf,
  finished,
  laneOf,
  mustDecide,
  mustLook,
  noteAlong,
  noteOf,
  plan,
  type Lane,
} from '../core/issue/plan';
import { isDue, nextWake } from '../core/issue/wake';
import { initialRecord, reduce } from '../core/issue/state';
import type { Ask, Fact } from '../core/issue/facts';
import type { IssueRecord } from '../core/issue/record';
import type { AttentionStep, Step } from '../core/issue/steps';
import type { Abilities } from '../core/issue/settings';
import type { IssueView } from '../core/issue/row';
import type { Instant } from '../core/refs';
import { decide, look, perform, type Proposed } from './perform';
import { broughtRecord } from './brought';
import { createClock } from './clock';
import { settingsOf } from './defaults';
import { detailsOf, reasonOf } from './failure';
import { reassignment, setHandlers, unknownPersonWords } from './handlers';
import { activity } from './options';
import { isEarly, publish } from './publish';

/** An idle run with a longer history continues as new, which frees the worker's cache and the next replay. */
const PARK_EVENTS = 200;
const VERSION: IssueRecord['version'] = 1;
/** A row is a memo of at most 2 KiB. */
const ROW_MAX = 4_096;
/** More steps than any life needs between two facts from outside; beyond, the plan is not settling. */
const TURNS_MAX = 60;

/** Never fails, whatever it is sent; ends when the life of the issue is over, or when its id names no issue. */
export async function issue(input: unknown): Promise<string> {
  const { begin, now: instant, reached } = createClock();
  const start = parseStart(input);
  if (!start) return `The workflow id ${workflowInfo().workflowId} names no issue; expected <source>:<org>:<issue id>.`;
  let record = start.record ?? freshRecord(start, instant());
  let facts = 0;
  let turns = 0;
  let sourceWrites = 0;
  /** What the last read planned. It is of use to a decision of the same moment; any later one asks the rules in force then. */
  let read: (Proposed & { at: Instant }) | undefined;
  const lanes = new Set<Lane>();

  const learn = (fact: Fact): void => {
    record = reduce(record, fact, instant());
    facts += 1;
    if (fact.is === 'hinted' || fact.is === 'commanded' || fact.is === 'elapsed') turns = 0;
  };
  const findPerson = (name: string) =>
    activity('findPerson', record.settings, 'Look the person up in the rules')({ name });
  const answerAsk = async (ask: Ask): Promise<Fact> => {
    try {
      const found = await findPerson(ask.to);
      if (!('key' in found)) return { is: 'rejected', what: unknownPersonWords(found), ask: ask.id };
      return { is: 'commanded', command: reassignment(ask, found) };
    } catch (e) {
      if (isCancellation(e)) throw e;
      return { is: 'rejected', what: `reassign: ${reasonOf(e).message}`, ask: ask.id };
    }
  };
  setHandlers({ record: () => record, learn, now: instant, findPerson });

  /** Runs `work` in its lane; what it throws becomes attention for each of `steps`. */
  const launch = (lane: Lane, steps: Failing[], work: () => Promise<Fact[]>): void => {
    lanes.add(lane);
    turns += 1;
    void work()
      .catch((e: unknown): Fact[] => {
        if (isCancellation(e)) return [];
        const can = refusedFor(e);
        if (can) return [{ is: 'able', can, settings: record.settings, refused: steps.map((of) => of.step) }];
        return steps.map((of) => ({ is: 'failed', ...of, ...reasonOf(e), given: givenOf(e) }));
      })
      .then((learned) => {
        lanes.delete(lane);
        learned.forEach(learn);
        facts += 1;
      });
  };

  /** A read that overlaps a write of ours to the source may show either state: it is made again. */
  const lookOnce = async (): Promise<Fact[]> => {
    const writes = sourceWrites;
    const { facts: learned, proposed } = await look(record);
    if (writes !== sourceWrites) return [];
    read = proposed && { ...proposed, at: instant() };
    return learned;
  };

  const step = (now: Instant): void => {
    if (!lanes.has('look')) {
      if (mustLook(record, now)) launch('look', [{ step: 'readIssue' }], lookOnce);
      else {
        const which = mustDecide(record, now);
        const proposed = which === 'new' && read?.at === now ? read : undefined;
        if (which) launch('look', [{ step: 'decide' }], () => decide(record, which, instant, proposed));
      }
      read = undefined;
    }
    const steps = plan(record, now);
    for (const next of steps) {
      const lane = laneOf(next.do);
      if (lanes.has(lane)) continue;
      const along = next.do === 'completeTask' ? noteAlong(steps) : undefined;
      const failing = [...failingOf(next), ...(along ? [{ step: 'comment', note: along.key } as const] : [])];
      if (turns > TURNS_MAX) {
        const message = `${TURNS_MAX} steps without anything new`;
        for (const of of failing) learn({ is: 'failed', ...of, code: 'never_settled', message });
        continue;
      }
      const work = async (): Promise<Fact[]> => {
        const learned = await perform(next, record, along);
        if (lane === 'source') sourceWrites += 1;
        return learned;
      };
      launch(lane, failing, work);
    }
  };

  /** One timer for the next deadline. It is replaced only by an earlier one: each costs an action and two events. */
  let alarm: { at: Instant; scope: CancellationScope } | undefined;
  const wakeAt = (wake: { at: Instant; why: string } | undefined, now: Instant): void => {
    if (!wake || (alarm && alarm.at <= wake.at)) return;
    alarm?.scope.cancel();
    const scope = new CancellationScope();
    alarm = { at: wake.at, scope };
    void scope
      .run(() => sleep(Date.parse(wake.at) - Date.parse(now), { summary: wake.why }))
      .then(
        () => {
          reached(wake.at);
          alarm = undefined;
          facts += 1;
        },
        () => undefined,
      );
  };

  while (!finished(record, instant()) || lanes.size > 0) {
    begin();
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const heard = facts;
    if (continueAsNewSuggested) {
      await condition(() => lanes.size === 0 && allHandlersFinished());
      // No await between this look at the record and continueAsNew, so that no signal is lost.
      return continueAsNew<typeof issue>(startOf(record));
    }
    for (const ask of record.asks) learn(await answerAsk(ask));
    const now = instant();
    if (isDue(record, now)) learn({ is: 'elapsed' });
    step(now);
    publish(record, isEarly(record, lanes.size > 0, now));
    setCurrentDetails(currentDetailsOf(record, now));
    if (facts !== heard) continue;
    const idle = lanes.size === 0 && allHandlersFinished();
    if (idle && historyLength > PARK_EVENTS && !finished(record, now)) {
      return continueAsNew<typeof issue>(startOf(record));
    }
    if (finished(record, now) && lanes.size === 0) break;
    wakeAt(nextWake(record, now), now);
    await condition(() => facts !== heard);
  }
  // What ended it may have come after the last turn.
  publish(record, false);
  await condition(allHandlersFinished);
  // A hint that came in the last moment begins a new life, which finds the task by its marker.
  const gone = record.seen === undefined || record.seen.status === 'gone' || record.seen.mergedInto !== undefined;
  if (record.heard > record.answered && !gone) return continueAsNew<typeof issue>(freshStart(record));
  return record.because ?? 'done';
}

/** What stands in attention when a step fails. */
type Failing = { step: AttentionStep; note?: string };

function failingOf(step: Step): Failing[] {
  return attentionOf(step).map((it) => ({ step: it, note: noteOf(step) }));
}

/** Tolerates a start by hand from the Web UI, with or without input: the id says which issue it is. */
function parseStart(input: unknown): IssueStart | undefined {
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  const ref = refOf(workflowId);
  if (!ref) return undefined;
  const given = isObject(input) ? input : {};
  const record = broughtRecord<IssueRecord>(given.record, VERSION);
  return {
    ref,
    settings: record?.settings ?? settingsOf(given.settings),
    record,
    earlier: rowOf(given.earlier),
    seed: continuedFromExecutionRunId === undefined ? undefined : (given.seed as IssueStart['seed']),
  };
}

/** Only what a person sees is taken from it, so its texts are all that has to fit. */
function rowOf(given: unknown): IssueView | undefined {
  if (!isObject(given) || JSON.stringify(given).length > ROW_MAX) return undefined;
  const { shortId, title, project, level, url } = given;
  const texts = [shortId, title, project, level, url].every((t) => t === null || typeof t === 'string');
  return texts && isObject(given.task ?? {}) ? (given as IssueView) : undefined;
}

/** Without a token its snapshot is all that a hint of the last moment leaves. */
function freshStart({ ref, settings, seed }: IssueRecord): IssueStart {
  return { ref, settings, seed };
}

function freshRecord({ ref, settings, earlier, seed }: IssueStart, now: Instant): IssueRecord {
  return { ...initialRecord(ref, settings, now, earlier), ...(seed === undefined ? {} : { seed }) };
}

function startOf(record: IssueRecord): IssueStart {
  return { ref: record.ref, settings: record.settings, record };
}

/** The details that a task has had, as ensureDetails says it. */
function givenOf(e: unknown): string[] | undefined {
  const names = detailsOf(e);
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
}

/** What the installation can do now, when a write was refused because it cannot. */
function refusedFor(e: unknown): Abilities | undefined {
  return reasonOf(e).code === NOT_ABLE ? abilitiesIn(detailsOf(e)) : undefined;
}
const NOT_ABLE: ErrorCode = 'not_able';
