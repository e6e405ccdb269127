/** Pure: which sweep is due, and a feed's record in words. */
import type { GoneRequest, SweepRequest } from '../../contract';
import type { Instant } from '../refs';
import { durationMs, plus, timeWords } from '../time';
import type { SweepReport } from './activities';
import type { FeedRecord } from './record';
import { isObject } from '../issue/commands';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY_MS = 24 * 60 * MINUTE;
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

/** Until the first sweep tells what the rules say. */
const EVERY = 5 * MINUTE;
/** Less would be a busy loop against Sentry's rate limit. */
const EVERY_MIN = SECOND;
/** Longer than what Sentry's own hiccups last; the three attempts of a sweep take some seconds, or half a minute of time-outs. */
const AGAIN_FIRST = MINUTE;

/**
 * Between two sweeps, in ms. After one that failed the next comes sooner, then after twice the time, until it is as often as
 * always: a short outage costs little time, and a long one few attempts.
 */
export function pauseAfter({ every, last, failed }: FeedRecord): number {
  const usual = Math.max(EVERY_MIN, every ?? last?.every ?? EVERY);
  return failed ? Math.min(usual, AGAIN_FIRST * 2 ** (failed.tries - 1)) : usual;
}

/**
 * What is left of it; never nothing, since that would be no timer.
 * @param since when it began, by the workflow's own clock; unknown in a run that was continued, until its first sweep
 */
export function pauseLeft(record: FeedRecord, now: Instant, since?: Instant): number {
  const ended = since ?? record.failed?.at ?? record.last?.endedAt;
  if (ended === undefined) return EVERY_MIN;
  const left = Date.parse(ended) + pauseAfter(record) - Date.parse(now);
  // A clock that was set back must not make it longer.
  return Math.min(pauseAfter(record), Math.max(EVERY_MIN, left));
}

/** A sweep without any new issue says nothing of webhooks; one of which a webhook came shows that they come. */
export function silentAfter(before: number, { unheard, heard = 0 }: SweepReport): number {
  if (heard > 0) return 0;
  return unheard > 0 ? before + 1 : before;
}

/** Other texts are times to JavaScript, too: `5` is May 2001. */
const DATE = /^\d{4}-\d{2}-\d{2}(T|$)/;
/** What {@link pastInstant} takes. */
export const TIME_WORDS = 'must be a time in the past such as 2026-11-01T00:00:00Z, or a duration such as 6h or 14d';

/** A time, or a duration before `now`, that somebody typed; undefined when it is none, or none before `now`. */
export function pastInstant(text: string, now: Instant): Instant | undefined {
  const ago = durationMs(text);
  if (ago !== undefined) return plus(now, -ago);
  const at = DATE.test(text) ? Date.parse(text) : NaN;
  return at <= Date.parse(now) ? new Date(at).toISOString() : undefined;
}

/** Total: whatever an update carries becomes a request, or words that say what is wrong with it. */
export function parseSweep(input: unknown, now: Instant): SweepRequest | string {
  if (input === undefined || input === null) return {};
  if (!isObject(input)) return 'sweep takes nothing or {"since":"2026-11-01T00:00:00Z","import":true,"dryRun":true}';
  const since = typeof input.since === 'string' ? pastInstant(input.since, now) : undefined;
  if (input.since !== undefined && since === undefined) return `since: ${TIME_WORDS}`;
  if (input.import === true && since === undefined) return 'import: needs since';
  return {
    ...(since === undefined ? {} : { since }),
    import: input.import === true,
    dryRun: input.dryRun === true,
  };
}

/** So many issues of one project may be gone within an hour; a project that is emptied by hand is larger, and so is a fault. */
const GONE_MAX = 10;
const HOUR_MS = 60 * MINUTE;
/** Projects with issues that were gone within the hour; more at once is a fault, too. */
const GONE_PROJECTS_MAX = 50;

/** May it be believed that this issue is gone? The same one may ask again. Changes the record. */
export function countGone(record: FeedRecord, { issue, project }: GoneRequest, now: Instant): boolean {
  const recent = Object.entries(record.gone ?? {}).flatMap(([name, all]): [string, [string, Instant][]][] => {
    const within = all.filter(([, at]) => Date.parse(now) - Date.parse(at) < HOUR_MS);
    return within.length > 0 ? [[name, within]] : [];
  });
  const gone = Object.fromEntries(recent);
  const mine = gone[project] ?? [];
  record.gone = gone;
  if (mine.some(([id]) => id === issue)) return true;
  if (mine.length >= GONE_MAX || (mine.length === 0 && recent.length >= GONE_PROJECTS_MAX)) return false;
  record.gone = { ...gone, [project]: [...mine, [issue, now]] };
  return true;
}

/** Total. */
export function isGoneRequest(x: unknown): x is GoneRequest {
  return isObject(x) && typeof x.issue === 'string' && typeof x.project === 'string';
}

/** The uuid of an installation, as a signal brings it; undefined for anything else. */
export function parseInstallation(x: unknown): string | undefined {
  return typeof x === 'string' && /^[0-9a-f-]{32,36}$/i.test(x) ? x : undefined;
}

/** Markdown for the Web UI. @param source as people call it */
export function detailsOfFeed(
  { floor, watermark, last, failed, silent, installation }: FeedRecord,
  source: string,
): string {
  const when = (at: Instant): string => timeWords(at, last?.timezone);
  const lines = [`Follows every issue that was first seen after ${when(floor)}. Swept up to ${when(watermark)}.`];
  if (last)
    lines.push(
      '',
      `Last ${last.import ? 'import' : 'sweep'} (${last.kind}, ${when(last.startedAt)}): ${last.expected} expected, ${last.present} present, ${last.created} created, ${last.closed} closed, ${last.changed} changed.`,
      ...(last.rechecked ? [`- ${last.rechecked} open here, and not shown by ${source}: read again`] : []),
      ...(last.duplicates ? [`- ${last.duplicates} duplicate tasks of an issue merged into the oldest`] : []),
      ...(last.duplicatesRefused
        ? [
            `- ${last.duplicatesRefused} duplicate tasks of an issue that the tracker refuses to change: see the log of the worker`,
          ]
        : []),
      ...(last.missed ? [`- ${last.missed} open issues whose task was not found in the tracker: looked for`] : []),
      ...Object.entries(last.leftAlone).map(([why, count]) => `- left alone: ${count} ${why}`),
    );
  if (installation) lines.push('', `Tasks are linked in ${source} by installation ${installation}.`);
  if (failed)
    lines.push('', `⚠ failed ${failed.tries}× with \`${failed.code}\`, last at ${when(failed.at)}: ${failed.message}`);
  if (silent > 1)
    lines.push('', `⚠ ${silent} sweeps found issues whose webhooks never came, and no other webhook came since.`);
  return lines.join('\n');
}
