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

/** Making one is dear, and a process meets a zone or two. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = FORMATS.get(zone);
  if (known) return known;
  try {
    const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    const made = new Intl.DateTimeFormat('en-GB', {
      ...numeric,
      second: '2-digit',
      hourCycle: 'h23',
      timeZone: zone,
    });
    FORMATS.set(zone, made);
    return made;
  } catch {
    // A zone that this process does not know.
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
  const format = zone === 'UTC' ? undefined : formatOf(zone);
  const length = seconds ? 19 : 16;
  if (!format) return `${new Date(ms).toISOString().slice(0, length).replace('T', ' ')} UTC`;
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`.slice(0, length) + ` ${zone}`;
}
