/** How values from outside become words: scrubbed, on one line, short. */
import { truncate, scrub } from './scrub';

/** One line of at most `max` code points, scrubbed; '' for what is missing, and for a number that is none. */
export function say(value: string | number | null | undefined, max: number): string {
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  return truncate(scrub(String(value)).replace(/\s+/gu, ' ').trim(), max);
}

/** `2026-11-20 14:03 UTC`; null for what is no instant. */
export function utc(instant: string | number | null | undefined): string | null {
  if (typeof instant !== 'string') return null;
  const at = new Date(instant);
  return Number.isNaN(at.getTime()) ? null : `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
