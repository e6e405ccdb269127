/**
 * `storm:<scope>:<project>`: lets the new tasks of one Sentry project in, so many in an hour. The others wait, each in
 * attention, and are told when it is their turn. One workflow per project, so that two issues at once never share a turn.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ADMIT,
  QUERY,
  QUEUE,
  RELEASE,
  stormOf,
  type Activities,
  type AdmitRequest,
  type ReleaseRequest,
  type StormStart,
} from '../contract';
import { isObject } from '../core/issue/commands';
import {
  admit,
  closeAt,
  detailsOfStorm,
  freshRecord,
  isAdmitRequest,
  lookEvery,
  looked,
  lookLimit,
  nextLook,
  notClosed,
  parseRelease,
  release,
  SHOW_AGAIN,
  stormView,
} from '../core/storm/storm';
import { broughtRecord } from './brought';
import { createClock } from './clock';
import { isRefusal, reasonOf } from './failure';
import { means } from '../core/vendor';
import type { Instant } from '../core/refs';
import type { Release, Storm, StormRecord, StormView } from '../core/storm/record';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** An idle run with a longer history continues as new. */
const PARK_EVENTS = 500;
/** Told by one activity, at 20 a second. */
const TELL_AT_ONCE = 100;

/** A token that is refused concerns every task, and is set right for all of them. */
const isOfTheToken = (code: string): boolean => means(code, 'unauthorized');

const RETRY = { maximumAttempts: 10, initialInterval: 2 * SECOND, backoffCoefficient: 2, maximumInterval: 5 * MINUTE };
const { readStorm, tellHeld } = proxyActivities<Activities>({
  taskQueue: QUEUE.main,
  // 100,000 in attention are 100 pages of visibility.
  startToCloseTimeout: 2 * MINUTE,
  retry: { ...RETRY, maximumInterval: 30 * SECOND },
});
/** As those of ensureTask in options.ts, and for the same reasons. */
const { showStorm, closeStorm } = proxyActivities<Activities>({
  taskQueue: QUEUE.tracker,
  startToCloseTimeout: MINUTE,
  retry: RETRY,
  summary: 'Keep the task of the storm as it should be',
});

export const admitUpdate = defineUpdate<'admitted' | 'held', [AdmitRequest]>(ADMIT);
type About = Pick<Parameters<Activities['closeStorm']>[0], 'storm' | 'destinations' | 'task'>;
type Job = { request: ReleaseRequest; resolve: (done: Release) => void; reject: (e: Error) => void };

/** Runs for ever; ends at once when its id names no project. Tolerates a start by hand, with any input. */
export async function storm(input?: unknown): Promise<string> {
  const { begin, now: instant, reached } = createClock();
  const { workflowId } = workflowInfo();
  const about = stormOf(workflowId);
  if (!about) return `The workflow id ${workflowId} names no project; expected storm:<org>:<project slug>.`;
  const start = (isObject(input) ? input : {}) as Partial<StormStart>;
  let record = broughtRecord<StormRecord>(start.record, 1) ?? freshRecord();
  const jobs: Job[] = [];
  let lookedAt: Instant | undefined;
  /** What the last look found, so that the task is written only when that has changed. */
  let digest: string | undefined;
  let showing = false;
  let showAt = 0;

  setHandler(defineQuery<StormView>(QUERY.state), () => stormView(record, about.project, instant()), {
    description: 'How many wait, and how many were allowed.',
  });
  setHandler(
    admitUpdate,
    (request) => {
      const { record: next, answer } = admit(record, request, instant());
      record = next;
      return answer;
    },
    {
      validator: (request) => {
        if (!isAdmitRequest(request)) throw new Error('needs issue, max, window and destination');
      },
      description: 'May this issue have its task now?',
    },
  );
  setHandler(
    defineUpdate<Release, [unknown]>(RELEASE),
    (given) => {
      const request = parseRelease(given, uuid4());
      return new Promise<Release>((resolve, reject) => jobs.push({ request, resolve, reject }));
    },
    { description: 'Makes the tasks of all that wait now. No input.' },
  );
  setDefaultSignalHandler(() => undefined);

  const look = async (): Promise<void> => {
    const began = instant();
    const releasing = jobs.splice(0);
    const limit = lookLimit(record, began, releasing.length > 0);
    try {
      const found = await readStorm({ ...about, limit });
      for (const { request, resolve } of releasing) {
        const { record: next, done } = release(record, request, found, instant());
        record = next;
        resolve(done);
      }
      record = looked(record, found, began, instant());
      digest = found.digest;
    } catch (e) {
      if (isCancellation(e)) throw e;
      for (const { reject } of releasing)
        reject(ApplicationFailure.nonRetryable(reasonOf(e).message, reasonOf(e).code));
    }
    lookedAt = began;
  };

  const tell = async (): Promise<void> => {
    const issues = record.toTell.slice(0, TELL_AT_ONCE);
    try {
      await tellHeld({ issues, id: uuid4() });
    } catch (e) {
      if (isCancellation(e)) throw e;
      // They ask by themselves within the hour, and are let in then.
    }
    record = { ...record, toTell: record.toTell.slice(issues.length) };
  };

  /** Whose task is written next: that of the storm that is on, since people look at it; whatever comes of those that are over. */
  const due = (): Storm | undefined => {
    if (showing) return undefined;
    const { storm, closing } = record;
    const now = Date.parse(instant());
    const changed = storm !== undefined && storm.held > 0 && digest !== undefined && storm.shown !== digest;
    return changed && now >= showAt ? storm : closing.find((s) => closeAt(record, s) <= now);
  };

  /** A task that cannot be shown holds up nobody's turn, so this runs beside the loop. */
  const show = async (shown: Storm): Promise<void> => {
    showing = true;
    const input = {
      storm: { ...about, since: shown.since },
      destinations: shown.destinations,
      task: shown.task ?? null,
    };
    try {
      if (record.closing.includes(shown)) await close(shown, input);
      else await keepShown(shown, input);
    } finally {
      showing = false;
    }
  };

  const close = async ({ since }: Storm, input: About): Promise<void> => {
    try {
      await closeStorm({ ...input, until: instant() });
      record = { ...record, closing: record.closing.filter((s) => s.since !== since) };
    } catch (e) {
      if (isCancellation(e)) throw e;
      const why = reasonOf(e);
      const refused = isRefusal(e) && !isOfTheToken(why.code);
      const { record: next, given } = notClosed(record, since, { at: instant(), ...why, refused });
      record = next;
      if (given) log.warn('a storm is over, and its task cannot be completed: it is left open', given);
    }
  };

  const keepShown = async ({ since }: Storm, input: About): Promise<void> => {
    // Wherever the storm stands when the answer comes: it may be over by then.
    const change = (to: (s: Storm) => Storm): void => {
      const one = (s: Storm): Storm => (s.since === since ? to(s) : s);
      record = {
        ...record,
        ...(record.storm ? { storm: one(record.storm) } : {}),
        closing: record.closing.map(one),
      };
    };
    try {
      // What was attempted must be looked for, should the storm be over before it is answered.
      change((s) => ({ ...s, shown: s.shown ?? '' }));
      const done = await showStorm({ ...input, max: record.max, window: record.window });
      // A person deleted it: nothing more is shown in this storm.
      if (done.task === 'gone') change((s) => ({ ...s, shown: digest }));
      else change(({ failed: _failed, ...s }) => ({ ...s, shown: done.digest, task: done.task as Storm['task'] }));
      showAt = Date.parse(instant()) + lookEvery(record);
    } catch (e) {
      if (isCancellation(e)) throw e;
      change((s) => ({ ...s, failed: { at: instant(), ...reasonOf(e), tries: (s.failed?.tries ?? 0) + 1 } }));
      showAt = Date.parse(instant()) + Math.max(lookEvery(record), SHOW_AGAIN);
    }
  };

  for (;;) {
    begin();
    const now = Date.parse(instant());
    const at = nextLook(record, lookedAt);
    if (jobs.length > 0 || (at !== undefined && at <= now)) await look();
    else if (record.toTell.length > 0) await tell();
    else if (isLong()) {
      await condition(() => allHandlersFinished() || jobs.length > 0);
      if (jobs.length === 0) return continueAsNew<typeof storm>({ record } satisfies StormStart);
      continue;
    }
    setCurrentDetails(detailsOfStorm(record, instant()));
    const toShow = due();
    if (toShow) void show(toShow);
    const wake = nextWake();
    if (record.toTell.length > 0 || (wake !== undefined && wake <= Date.parse(instant()))) continue;
    const { storm: before } = record;
    // What is to be tried again may be due before what is waited for.
    const sooner = (): boolean => (nextWake() ?? Infinity) < (wake ?? Infinity);
    const news = (): boolean =>
      jobs.length > 0 || due() !== undefined || sooner() || (record.storm === undefined) !== (before === undefined);
    if (wake === undefined) await condition(() => news() || isLong());
    else if (!(await condition(() => news() || isLong(), wake - Date.parse(instant()))))
      reached(new Date(wake).toISOString());
  }

  function isLong(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return !showing && (continueAsNewSuggested || historyLength > PARK_EVENTS);
  }

  function nextWake(): number | undefined {
    const closings = showing ? [] : record.closing.map((s) => closeAt(record, s));
    const wakes = [nextLook(record, lookedAt), ...closings];
    const known = wakes.filter((w) => w !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }
}
