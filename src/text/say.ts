/** How values from outside become words: scrubbed, on one line, short. */
import { timeWords } from '../core/time';
import { truncate, scrub } from './scrub';

/** One line of at most `max` code points, scrubbed; '' for what is missing, and for a number that is none. */
export function say(value: string | number | null | undefined, max: number): string {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  return truncate(scrub(String(value)).replace(/\s+/gu, ' ').trim(), max);
}

/**
 * A time in a text for people.
 * @param zone IANA, that of the rules; absent: UTC
 * @returns `2026-11-20 15:03 Europe/Warsaw`; null for what is no instant
 */
export function moment(instant: string | number | null | undefined, zone?: string): string | null {
  return typeof instant !== 'string' || Number.isNaN(Date.parse(instant)) ? null : timeWords(instant, zone, false);
}
