/** `feed:sentry:<org>`: asks Sentry again and again for what its webhooks did not tell. One per organisation. */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  AUDIT,
  COUNT_GONE,
  INSTALLATION,
  QUERY,
  QUEUE,
  REBUILD,
  SWEEP,
  type FeedStart,
  type GoneRequest,
  type SweepRequest,
} from '../contract';
import { isObject } from '../core/issue/commands';
import {
  countGone,
  detailsOfFeed,
  isDayAgo,
  isGoneRequest,
  kindOfSweep,
  parseInstallation,
  parseSweep,
  pauseLeft,
  silentAfter,
  startOfSweep,
  sweptUpTo,
} from '../core/feed/feed';
import { titleOf } from '../core/vendor';
import { broughtRecord } from './brought';
import { createClock } from './clock';
import { detailsOf, reasonOf } from './failure';
import type { AuditReport, FeedReads, RebuildReport, SweepReport } from '../core/feed/activities';
import type { FeedRecord } from '../core/feed/record';
import type { Instant } from '../core/refs';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** An idle run with a longer history continues as new. */
const PARK_EVENTS = 500;
/** A project that cannot be read for long must not make every look longer: what changed in a week is a few pages. */
const TWINS_BACK = 7 * 24 * 60 * MINUTE;

const options = {
  // 100,000 open issues are 1,000 pages at 20 a second and, after an outage, as many signals.
  startToCloseTimeout: 3 * 60 * MINUTE,
  // A page takes 45 s at most, and waits for its turn behind the rate limit.
  heartbeatTimeout: 2 * MINUTE,
  retry: { maximumAttempts: 3, initialInterval: 2 * SECOND, backoffCoefficient: 2, maximumInterval: MINUTE },
};
const { sweepSource } = proxyActivities<FeedReads>({
  ...options,
  taskQueue: QUEUE.source,
  summary: 'Compare the list of issues with what is known here',
});
const { mergeDuplicates } = proxyActivities<FeedReads>({
  ...options,
  taskQueue: QUEUE.tracker,
  summary: 'Look for duplicate tasks',
});
const { audit } = proxyActivities<FeedReads>({
  ...options,
  taskQueue: QUEUE.source,
  summary: 'Compare the issues with the tracker, both ways',
});
const { rebuild } = proxyActivities<FeedReads>({
  ...options,
  taskQueue: QUEUE.tracker,
  summary: 'Follow the issues of existing tasks again',
});

const instant = (): Instant => new Date().toISOString();

/** Runs for ever. */
export async function feed(input: unknown): Promise<void> {
  const start = (isObject(input) ? input : {}) as Partial<FeedStart>;
  const org = typeof start.org === 'string' ? start.org : (workflowInfo().workflowId.split(':')[2] ?? '');
  const source = titleOf(workflowInfo().workflowId.split(':')[1] ?? 'the source');
  const began = instant();
  const brought = broughtRecord<FeedRecord>(start.record, 1);
  const record: FeedRecord = brought ?? { version: 1, floor: began, watermark: began, sweeps: 0, silent: 0 };
  const jobs: Job[] = [];
  const { begin } = createClock();

  setHandler(defineQuery<FeedRecord>(QUERY.state), () => record, { description: 'What the last sweep found.' });
  const later = <T>(run: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => jobs.push(() => run().then(resolve, reject)));
  setHandler(
    defineUpdate<SweepReport, [unknown]>(SWEEP),
    async (request) => {
      const parsed = parseSweep(request, instant());
      if (typeof parsed === 'string') throw ApplicationFailure.nonRetryable(parsed, 'invalid');
      return later(() => asUpdate(() => sweepOnce(record, org, parsed)));
    },
    {
      description: 'Sweeps now, back to {"since":"2026-11-01T00:00:00Z"} if given; answers what was found.',
      validator: (request) => {
        const parsed = parseSweep(request, instant());
        if (typeof parsed === 'string') throw ApplicationFailure.nonRetryable(parsed, 'invalid');
      },
    },
  );
  setHandler(
    defineUpdate<AuditReport, []>(AUDIT),
    () => later(() => asUpdate(() => audit({ org, floor: record.floor }))),
    { description: 'Compares the issues with the tracker, both ways; answers the differences and changes nothing.' },
  );
  setHandler(
    defineUpdate<RebuildReport, [unknown]>(REBUILD),
    (request) => later(() => asUpdate(() => rebuild({ org, dryRun: isObject(request) && request.dryRun === true }))),
    {
      description: 'After Temporal’s database was lost: follows the issues of existing tasks again. Makes no task.',
    },
  );
  setHandler(defineUpdate<boolean, [GoneRequest]>(COUNT_GONE), (request) => countGone(record, request, instant()), {
    description: 'Whether the issue may count as deleted.',
    validator: (request) => {
      if (!isGoneRequest(request)) throw new Error('needs issue and project');
    },
  });
  setHandler(
    defineSignal<[unknown]>(INSTALLATION),
    (given) => {
      record.installation = parseInstallation(given) ?? record.installation;
    },
    { description: 'The uuid of the installation that the last delivery named.' },
  );
  setDefaultSignalHandler(() => undefined);

  // A run that was continued goes on with the pause of the one before.
  if (brought) await condition(() => jobs.length > 0, pauseLeft(record, instant()));
  let swept: Instant | undefined;
  for (;;) {
    begin();
    const { sweeps, failed } = record;
    const next = jobs.shift();
    if (next) await next();
    else await sweepOnce(record, org).catch(unlessCancelled);
    // An audit, a rebuild or a dry run in between must not put off the next sweep.
    if (record.sweeps !== sweeps || record.failed !== failed) swept = instant();
    setCurrentDetails(detailsOfFeed(record, source));
    if (jobs.length > 0) continue;
    if (workflowInfo().historyLength > PARK_EVENTS || workflowInfo().continueAsNewSuggested) {
      await condition(() => allHandlersFinished() || jobs.length > 0);
      if (jobs.length === 0) return continueAsNew<typeof feed>({ org, record } satisfies FeedStart);
      continue;
    }
    await condition(() => jobs.length > 0, pauseLeft(record, instant(), swept));
  }
}

/** What an operator asked for; never throws. */
type Job = () => Promise<void>;

/** Only a sweep from the watermark on moves it. @throws what failed, which then stands in the record, too */
async function sweepOnce(record: FeedRecord, org: string, request?: SweepRequest): Promise<SweepReport> {
  const now = instant();
  const { since = startOfSweep(record, now), import: imported, dryRun = false } = request ?? {};
  const kind = request ? 'full' : kindOfSweep(record, now);
  const floor = imported && since < record.floor ? since : record.floor;
  // One that failed may have told some issues before, and did not say of how many.
  const heardAfter = record.failed ? now : record.last?.endedAt;
  try {
    const report = await sweepSource({
      org,
      kind,
      since,
      floor,
      dryRun,
      can: record.can,
      ...(heardAfter ? { heardAfter } : {}),
    });
    Object.assign(report, await tasksOnce(record, org, { dryRun, byHand: request !== undefined }));
    if (imported) report.import = true;
    record.every = report.every;
    delete record.failed;
    if (dryRun) return report;
    record.last = report;
    record.can = report.can;
    record.sweeps += 1;
    const upTo = sweptUpTo(report, now);
    if (since <= record.watermark) record.watermark = upTo;
    if (kind === 'full') record.lastFull = upTo;
    if (!request) record.silent = silentAfter(record.silent, report);
    return report;
  } catch (e) {
    if (!isCancellation(e)) record.failed = { at: now, ...reasonOf(e), tries: (record.failed?.tries ?? 0) + 1 };
    record.every = everyIn(detailsOf(e)) ?? record.every;
    throw e;
  }
}

/** What a failed sweep says of `settings.sweepEvery`; nothing where no worker was there to say it. */
function everyIn(details: unknown): number | undefined {
  return isObject(details) && typeof details.every === 'number' && details.every > 0 ? details.every : undefined;
}

/**
 * What Asana shows of our tasks: of those that changed lately, and once a day, and when somebody asks, of all.
 * @returns `duplicates` is null when the tracker, or a part of it, could not be asked: that holds up no sweep of Sentry
 */
async function tasksOnce(
  record: FeedRecord,
  org: string,
  { dryRun, byHand }: { dryRun: boolean; byHand: boolean },
): Promise<Pick<SweepReport, 'duplicates' | 'duplicatesRefused' | 'missed'>> {
  const began = instant();
  const all = byHand || isDayAgo(record.allTasksAt, began);
  try {
    const longest = new Date(Date.parse(began) - TWINS_BACK).toISOString();
    // A clock that was set back must not leave out what comes until it is there again.
    const since = [record.duplicatesSince ?? record.floor, began].sort()[0] ?? began;
    const from = since > longest ? since : longest;
    const { merged, refused, unread, missed } = await mergeDuplicates({ org, since: from, dryRun, all });
    if (unread.length > 0) return { duplicates: null };
    if (!dryRun) {
      record.duplicatesSince = began;
      if (all) record.allTasksAt = began;
    }
    const more = {
      ...(refused === undefined ? {} : { duplicatesRefused: refused }),
      ...(missed === undefined ? {} : { missed }),
    };
    return { duplicates: merged, ...more };
  } catch (e) {
    unlessCancelled(e);
    return { duplicates: null };
  }
}

/** A failed update says why with a code of the catalogue. */
async function asUpdate<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (e) {
    unlessCancelled(e);
    const { code, message } = reasonOf(e);
    throw ApplicationFailure.nonRetryable(message, code);
  }
}

function unlessCancelled(e: unknown): void {
  if (isCancellation(e)) throw e;
}
