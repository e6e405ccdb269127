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
import { detailsOfFeed, kindOfSweep } from '../issue/feed';
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
  const record: FeedRecord = start.record ?? { version: 1, floor: began, watermark: began, sweeps: 0, silent: 0 };
  let asked: SweepRequest | undefined;
  let finished = 0;

  setHandler(defineQuery<FeedRecord>(QUERY.state), () => record, { description: 'What the last sweep found.' });
  setHandler(
    defineUpdate<SweepReport, [unknown]>(SWEEP),
    async (request) => {
      const since = isObject(request) && typeof request.since === 'string' ? Date.parse(request.since) : NaN;
      asked = Number.isNaN(since) ? {} : { since: new Date(since).toISOString() };
      // A sweep that is under way began before this was asked.
      const wanted = finished + (sweeping ? 2 : 1);
      await condition(() => finished >= wanted);
      if (record.failed) throw ApplicationFailure.nonRetryable(record.failed.message, record.failed.code);
      return record.last as SweepReport;
    },
    { description: 'Sweeps now, back to {"since":"2026-11-01T00:00:00Z"} if given; answers what was found.' },
  );
  setDefaultSignalHandler(() => undefined);

  let sweeping = false;
  for (;;) {
    const request = asked;
    asked = undefined;
    sweeping = true;
    await sweepOnce(record, org, request);
    sweeping = false;
    finished += 1;
    setCurrentDetails(detailsOfFeed(record));
    if (workflowInfo().historyLength > PARK_EVENTS || workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      if (!asked) return continueAsNew<typeof feed>({ org, record } satisfies FeedStart);
    }
    await condition(() => asked !== undefined, Math.max(EVERY_MIN, record.last?.every ?? EVERY));
  }
}

async function sweepOnce(record: FeedRecord, org: string, request: SweepRequest | undefined): Promise<void> {
  const now = instant();
  const kind = request ? 'full' : kindOfSweep(record, now);
  const since = request?.since ?? record.watermark;
  try {
    const report = await sweepSentry({ org, kind, since, floor: record.floor });
    record.last = report;
    record.sweeps += 1;
    record.watermark = report.startedAt;
    if (kind === 'full') record.lastFull = report.startedAt;
    record.silent = report.unheard > 0 ? record.silent + 1 : 0;
    delete record.failed;
  } catch (e) {
    if (isCancellation(e)) throw e;
    const cause = e instanceof ActivityFailure ? e.cause : e;
    const code = cause instanceof ApplicationFailure ? (cause.type ?? 'unexpected') : 'unexpected';
    const message = cause instanceof Error ? cause.message : String(cause);
    record.failed = { at: now, code, message, tries: (record.failed?.tries ?? 0) + 1 };
  }
}
