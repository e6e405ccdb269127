/** `feed:sentry:<org>`: asks Sentry again and again for what its webhooks did not tell. One per organisation. */
import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { QUERY, QUEUE, SWEEP, type Activities, type FeedStart, type SweepRequest } from '../contract';
import { isObject } from '../issue/commands';
import { detailsOfFeed, kindOfSweep, parseSweep } from '../issue/feed';
import type { FeedRecord, Instant, SweepReport } from '../types';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Until the first sweep tells what the rules say. */
const EVERY = 5 * MINUTE;
/** Less would be a busy loop against Sentry's rate limit. */
const EVERY_MIN = SECOND;
/** An idle run with a longer history continues as new. */
const PARK_EVENTS = 500;

const { sweepSentry } = proxyActivities<Activities>({
  taskQueue: QUEUE.sentry,
  // 100,000 open issues are 1,000 pages at 20 a second and, after an outage, as many signals.
  startToCloseTimeout: 3 * 60 * MINUTE,
  // A page takes 10 s at most, and waits for its turn behind the rate limit.
  heartbeatTimeout: 2 * MINUTE,
  retry: { maximumAttempts: 3, initialInterval: 2 * SECOND, backoffCoefficient: 2, maximumInterval: MINUTE },
  summary: 'Compare Sentry’s list with what is known here',
});

const instant = (): Instant => new Date().toISOString();

/** Runs for ever. */
export async function feed(input: unknown): Promise<void> {
  const start = (isObject(input) ? input : {}) as Partial<FeedStart>;
  const org = typeof start.org === 'string' ? start.org : (workflowInfo().workflowId.split(':')[2] ?? '');
  const began = instant();
  // Only a run that was continued brings a record: nobody but an earlier run can have made one.
  const brought = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : start.record;
  const record: FeedRecord = brought ?? { version: 1, floor: began, watermark: began, sweeps: 0, silent: 0 };
  const asked: Asked[] = [];

  setHandler(defineQuery<FeedRecord>(QUERY.state), () => record, { description: 'What the last sweep found.' });
  setHandler(
    defineUpdate<SweepReport, [unknown]>(SWEEP),
    async (request) => {
      const parsed = parseSweep(request);
      if (typeof parsed === 'string') throw ApplicationFailure.nonRetryable(parsed, 'invalid');
      return new Promise<SweepReport>((resolve, reject) => asked.push({ request: parsed, resolve, reject }));
    },
    { description: 'Sweeps now, back to {"since":"2026-11-01T00:00:00Z"} if given; answers what was found.' },
  );
  setDefaultSignalHandler(() => undefined);

  for (;;) {
    const next = asked.shift();
    const report = await sweepOnce(record, org, next?.request);
    if (report) next?.resolve(report);
    else next?.reject(ApplicationFailure.nonRetryable(record.failed?.message ?? '', record.failed?.code));
    setCurrentDetails(detailsOfFeed(record));
    if (asked.length > 0) continue;
    if (workflowInfo().historyLength > PARK_EVENTS || workflowInfo().continueAsNewSuggested) {
      await condition(() => allHandlersFinished() || asked.length > 0);
      if (asked.length === 0) return continueAsNew<typeof feed>({ org, record } satisfies FeedStart);
      continue;
    }
    await condition(() => asked.length > 0, Math.max(EVERY_MIN, record.last?.every ?? EVERY));
  }
}

type Asked = { request: SweepRequest; resolve: (report: SweepReport) => void; reject: (e: Error) => void };

/** Only a sweep from the watermark on moves it. @returns undefined when it failed, which then stands in the record */
async function sweepOnce(
  record: FeedRecord,
  org: string,
  request: SweepRequest | undefined,
): Promise<SweepReport | undefined> {
  const now = instant();
  const { since = record.watermark, import: imported, dryRun = false } = request ?? {};
  const kind = request ? 'full' : kindOfSweep(record, now);
  const floor = imported && since < record.floor ? since : record.floor;
  try {
    const report = await sweepSentry({ org, kind, since, floor, dryRun });
    delete record.failed;
    if (dryRun) return report;
    record.last = report;
    record.sweeps += 1;
    if (since <= record.watermark) record.watermark = report.startedAt;
    if (kind === 'full') record.lastFull = report.startedAt;
    if (!request) record.silent = report.unheard > 0 ? record.silent + 1 : 0;
    return report;
  } catch (e) {
    if (isCancellation(e)) throw e;
    const cause = e instanceof ActivityFailure ? e.cause : e;
    const code = cause instanceof ApplicationFailure ? (cause.type ?? 'unexpected') : 'unexpected';
    const message = cause instanceof Error ? cause.message : String(cause);
    record.failed = { at: now, code, message, tries: (record.failed?.tries ?? 0) + 1 };
    return undefined;
  }
}
