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
