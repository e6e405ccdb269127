/** Readers of Sentry's own forms, as total as those of vendors/http/json.ts. */
import { truncate, scrubStart } from '../../../text/scrub';
import type { Instant } from '../../../core/refs';
import { asText, record } from '../../http/json';

/** An own field of a JSON object; never one of the prototype's. */
export function field(value: unknown, name: string): unknown {
  const fields = record(value);
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** `at(body, 'data', 'issue', 'id')`. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((inner, name) => field(inner, name), value);
}

/** A count: `count` comes as text, `userCount` as a number. Never negative, never fractional. */
export function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? Math.floor(number) : undefined;
}

/** Milliseconds below which a number is taken for Unix seconds (`timestamp: 1588082165.9`); it is the year 5138 as seconds. */
const SECONDS_BELOW = 100_000_000_000;

/** Other forms are read by the engine's own rules: "2026" as New Year, "1" as a day of 2001. */
const ISO = /^\d{4}-\d\d-\d\dT/;
/** The year in which Sentry began: an earlier date is a clock that was never set, or a mistake. */
const FIRST_MS = Date.UTC(2008, 0, 1);

/** ISO text in any zone (`…Z` and `…+00:00` both occur), or Unix seconds; before Sentry was there it is no date. */
export function instant(value: unknown): Instant | undefined {
  if (typeof value !== 'number' && !(typeof value === 'string' && ISO.test(value))) return undefined;
  const date = new Date(typeof value === 'number' && Math.abs(value) < SECONDS_BELOW ? value * 1000 : value);
  return date.getTime() >= FIRST_MS ? date.toISOString() : undefined;
}

/** Line ends, tabs, and the marks that turn the direction of the text around them (`clean` takes the other controls). */
const BREAKS = /[\s\u200e\u200f\u2028\u2029]+/g;

/** Of a longer text the end of what is looked at is dropped (scrub.ts); this much more leaves enough of it. */
const MARGIN = 1_000;

/** One line of at most `max` code points without controls, secrets and addresses. */
export function line(value: unknown, max: number): string | undefined {
  // However long the text is, only so much of it is looked at; masked before it is cut, so that no half of a secret is left over.
  const whole = asText(value);
  return whole === undefined
    ? undefined
    : truncate(
        scrubStart(whole, max * 4 + MARGIN)
          .replace(BREAKS, ' ')
          .trim(),
        max,
      ) || undefined;
}

/** A link that a person may click: http or https, of at most 500 characters. */
export function link(value: unknown): URL | undefined {
  if (typeof value !== 'string' || value.length > 500 || !/^https?:\/\//i.test(value)) return undefined;
  return URL.canParse(value) ? new URL(value) : undefined;
}
