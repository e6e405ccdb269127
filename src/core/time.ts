/** Instants and durations. Pure, and free of libraries, so that workflows, rules and the command line share it. */
import type { Instant } from './refs';

/** @returns `at` plus `ms` milliseconds; `at` itself when it is no instant */
export function plus(at: Instant, ms: number): Instant {
  const time = Date.parse(at) + ms;
  return Number.isNaN(new Date(time).getTime()) ? at : new Date(time).toISOString();
}

/** @returns milliseconds from `then` to `now` */
export function since(then: Instant, now: Instant): number {
  return Date.parse(now) - Date.parse(then);
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
/** Ten years: longer is a slip, and Temporal's timers end at about 100. */
const LONGEST_MS = 3_650 * UNIT_MS.d;
/** A duration as people write it, wherever they write one: in rules, in acts, on the command line. Source of a regular expression. */
export const DURATION = '(\\d{1,15})(ms|s|m|h|d|w)';
const WHOLE = new RegExp(`^${DURATION}$`);

/** @returns milliseconds of `100ms`, `30s`, `5m`, `1h`, `90d`, `2w`; undefined when it is none or longer than ten years */
export function durationMs(text: string): number | undefined {
  const found = WHOLE.exec(text.trim());
  const value = found ? Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS] : NaN;
  return value <= LONGEST_MS ? value : undefined;
}

/**
 * How far zones are from UTC, by quarter of an hour, in which none has ever changed. A formatter is dear to make (50 µs) and to keep
 * (24 KiB, and each workflow in memory has a module of its own), and the times of one issue lie in few quarters.
 */
const OFFSETS = new Map<string, number>();
const OFFSETS_MAX = 100;
const QUARTER = 15 * UNIT_MS.m;

/** @returns ms that the zone is ahead of UTC; undefined for a zone that this process does not know */
function offsetOf(zone: string, ms: number): number | undefined {
  const quarter = Math.floor(ms / QUARTER) * QUARTER;
  const key = `${quarter} ${zone}`;
  const known = OFFSETS.get(key);
  if (known !== undefined) return known;
  try {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    const format = new Intl.DateTimeFormat('en-GB', { ...numeric, hourCycle: 'h23', timeZone: zone });
    const parts = Object.fromEntries(format.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute) - quarter;
    if (OFFSETS.size >= OFFSETS_MAX) OFFSETS.clear();
    OFFSETS.set(key, offset);
    return offset;
  } catch {
    return undefined;
  }
}

/**
 * A time for people, with its zone named. A workflow may say it in its details, its answers and its timeline: none of them is compared when it is
 * replayed, so that another version of the tz database breaks nothing.
 * @param zone IANA; absent, or unknown here: UTC
 * @param seconds false: to the minute
 * @returns `2026-11-23 03:02:33 Europe/Warsaw`, `2026-11-23 02:02 UTC`; `at` as it is when it is no instant
 */
export function timeWords(at: Instant, zone = 'UTC', seconds = true): string {
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return at;
  const offset = zone === 'UTC' ? undefined : offsetOf(zone, ms);
  const there = new Date(ms + (offset ?? 0));
  const known = offset !== undefined && !Number.isNaN(there.getTime());
  const words = (known ? there : new Date(ms)).toISOString().slice(0, seconds ? 19 : 16);
  return `${words.replace('T', ' ')} ${known ? zone : 'UTC'}`;
}
