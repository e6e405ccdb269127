/** Ids that sort by the time they were made (the idea of ULID, github.com/ulid/spec, with a counter in place of luck). */
import { randomFillSync } from 'node:crypto';

/** Crockford's base 32: in ASCII order, without I, L, O, U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 10 digits = 50 bits of milliseconds. */
const TIME_DIGITS = 10;
/** 4 digits = 2^20 ids within one millisecond. */
const COUNTER_DIGITS = 4;
const COUNTER_MAX = 32 ** COUNTER_DIGITS - 1;
/** 12 digits = 60 random bits, so that an id cannot be guessed from its neighbours. */
const RANDOM_DIGITS = 12;
/** Random digits are asked of the system for so many ids at once: one call costs as much as the rest of an id ten times over. */
const RANDOM_AT_ONCE = 256;
const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

function digits(value: number, width: number): string {
  let out = '';
  for (let rest = value; out.length < width; rest = Math.floor(rest / 32)) out = (DIGITS[rest % 32] ?? '0') + out;
  return out;
}

/** When an id was made, in milliseconds. */
export function timeOf(id: string): number {
  return [...id.slice(0, TIME_DIGITS)].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}

/**
 * A source of ids of 26 characters, each greater than the one before, even when the clock is set back, and greater than
 * `after`, the last id that an earlier process left. `now` in milliseconds.
 */
export function idSource(now: () => number, after?: string): () => string {
  let time = after !== undefined && ID.test(after) ? timeOf(after) + 1 : 0;
  let counter = 0;
  const bytes = Buffer.alloc(RANDOM_AT_ONCE * RANDOM_DIGITS);
  let used = bytes.length;
  const random = (): string => {
    if (used === bytes.length) {
      randomFillSync(bytes);
      used = 0;
    }
    let out = '';
    for (const end = used + RANDOM_DIGITS; used < end; used++) out += DIGITS[(bytes[used] ?? 0) % 32] ?? '0';
    return out;
  };
  return () => {
    const at = Math.floor(now());
    if (at > time) {
      time = at;
      counter = 0;
    } else if (counter === COUNTER_MAX) {
      time++;
      counter = 0;
    } else {
      counter++;
    }
    return digits(time, TIME_DIGITS) + digits(counter, COUNTER_DIGITS) + random();
  };
}
