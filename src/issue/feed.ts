/** Pure: which sweep is due, and a feed's record in words. */
import type { SweepRequest } from '../contract';
import type { FeedRecord, Instant, SweepReport } from '../types';
import { isObject } from './commands';

const DAY_MS = 24 * 60 * 60_000;
/** A full sweep of 2,000 unresolved issues is 20 pages, one second of Sentry's rate limit: it costs nothing to do it always. */
const ALWAYS_FULL_PAGES = 20;

/**
 * The first is full; then every one while that is cheap, otherwise one a day. A resolution moves nothing in the list by
 * date, so that only a full sweep finds one whose webhook was lost.
 */
export function kindOfSweep(record: FeedRecord, now: Instant): SweepReport['kind'] {
  const { last, lastFull } = record;
  if (isDayAgo(lastFull, now)) return 'full';
  return last?.kind === 'full' && last.pages <= ALWAYS_FULL_PAGES ? 'full' : 'recent';
}

/** Never, a day ago or longer, or ahead of the time: written by a clock that has been set back. */
export function isDayAgo(last: Instant | undefined, now: Instant): boolean {
  return last === undefined || last > now || Date.parse(now) - Date.parse(last) >= DAY_MS;
}

/** A watermark ahead of the time was written by a clock that has been set back: what it says is not believed. */
export function startOfSweep({ watermark, floor }: FeedRecord, now: Instant): Instant {
  return watermark <= now ? watermark : floor;
}

/** The worker's clock or Temporal's may be ahead, and what happens until that time would never be swept: the earlier counts. */
export function sweptUpTo({ startedAt }: SweepReport, began: Instant): Instant {
  return startedAt < began ? startedAt : began;
}

/** A sweep without any new issue says nothing of webhooks; one of which a webhook came shows that they come. */
export function silentAfter(before: number, { unheard, heard = 0 }: SweepReport): number {
  if (heard > 0) return 0;
  return unheard > 0 ? before + 1 : before;
}

/** Total: whatever an update carries becomes a request, or words that say what is wrong with it. */
export function parseSweep(input: unknown): SweepRequest | string {
  if (input === undefined || input === null) return {};
  if (!isObject(input)) return 'sweep takes nothing or {"since":"2026-11-01T00:00:00Z","import":true,"dryRun":true}';
  const since = typeof input.since === 'string' ? Date.parse(input.since) : undefined;
  if (input.since !== undefined && (since === undefined || Number.isNaN(since)))
    return 'since: must be a time such as 2026-11-01T00:00:00Z';
  if (input.import === true && since === undefined) return 'import: needs since';
  return {
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    import: input.import === true,
    dryRun: input.dryRun === true,
  };
}

/** Markdown for the Web UI. */
export function detailsOfFeed({ floor, watermark, last, failed, silent }: FeedRecord): string {
  const lines = [`Follows every issue that was first seen after ${floor}. Swept up to ${watermark}.`];
  if (last)
    lines.push(
      '',
      `Last sweep (${last.kind}, ${last.startedAt}): ${last.expected} expected, ${last.present} present, ${last.created} created, ${last.closed} closed, ${last.changed} changed.`,
      ...(last.twins ? [`- ${last.twins} second tasks of an issue merged into the oldest`] : []),
      ...(last.missed ? [`- ${last.missed} open issues whose task was not found in Asana: told to look`] : []),
      ...Object.entries(last.leftAlone).map(([why, count]) => `- left alone: ${count} ${why}`),
    );
  if (failed)
    lines.push('', `⚠ failed ${failed.tries}× with \`${failed.code}\`, last at ${failed.at}: ${failed.message}`);
  if (silent > 1)
    lines.push('', `⚠ ${silent} sweeps found issues whose webhooks never came, and no other webhook came since.`);
  return lines.join('\n');
}
