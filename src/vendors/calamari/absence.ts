/** One absence as Calamari tells it, and when it takes somebody away. Pure. */
import { DateTime } from 'luxon';
import { asRecord, asText } from '../http/json';

export type Absence = {
  /** False: Calamari does not say whether, or when, it takes somebody away. */
  sure: boolean;
  /** First and last local day, inclusive; of one that is not sure they may be missing. */
  from?: string;
  to?: string;
  /** Local date-times without an offset; only of absences that do not take whole days. */
  startTime?: string;
  endTime?: string;
  /** Of these times; the person's own when Calamari names none. */
  zone?: string;
};

/** Pending requests do not count: nobody has agreed to them yet. */
const OFF = new Set(['ACCEPTED', 'APPROVED', 'PENDING_CANCELLATION']);
const NOT_OFF = new Set(['PENDING', 'REJECTED', 'CANCELED', 'CANCELLED']);
/** `TIMEOFF`: regular time off; `WORK`: working, but not in the office (developers.calamari.io, absence requests). */
const AWAY = 'TIMEOFF';
const ELSEWHERE = 'WORK';

/**
 * The absence in one element of an answer; undefined when it takes nobody away: a status that is not agreed, or work
 * elsewhere. What is missing or not known is not guessed: such an absence is not `sure`.
 * @param odd hears what is not understood: the field and, of a status or category, the word
 */
export function absenceOf(json: unknown, odd: (field: string, word: string) => void): Absence | undefined {
  const one = asRecord(json);
  const status = wordOf(one['status']);
  const category = wordOf(one['absenceCategory']);
  if (NOT_OFF.has(status) || category === ELSEWHERE) return undefined;
  const days = daysOf(one['from'], one['to']);
  if (!OFF.has(status)) odd('status', status);
  if (category !== AWAY) odd('absenceCategory', category);
  if (!days) odd('from, to', '');
  return {
    sure: OFF.has(status) && category === AWAY && days !== undefined,
    ...days,
    // For whole days the times are the ends of the day, in a zone that need not be the person's.
    ...(one['fullDayRequest'] === true ? {} : timesOf(one)),
  };
}

/**
 * Whether the absence touches the time from `start` to `end` (ms since 1970, both included). Whole days run from local
 * midnight to local midnight in `timezone`, whatever the length of the day; times are read in Calamari's zone. Without
 * days it touches every time.
 */
export function covers(absence: Absence, timezone: string, start: number, end: number): boolean {
  const { begins, ends } = extentOf(absence, timezone);
  return begins <= end && ends > start;
}

/** When the absence begins, and the first moment after it, in ms since 1970. */
export function extentOf(absence: Absence, timezone: string): { begins: number; ends: number } {
  const { from, to, startTime, endTime } = absence;
  if (from === undefined || to === undefined) return { begins: -Infinity, ends: Infinity };
  // Half a day whose times are missing, make no sense, are of no zone or of other days counts as the whole day: nobody on leave is assigned.
  if (startTime !== undefined && endTime !== undefined && isTime(startTime) && isTime(endTime)) {
    const zone = absence.zone ?? timezone;
    const begins = DateTime.fromISO(startTime, { zone });
    const ends = DateTime.fromISO(endTime, { zone });
    const areTheirs = begins.toISODate() === from && ends.toISODate() === to;
    if (begins.isValid && ends.isValid && ends > begins && areTheirs)
      return { begins: begins.toMillis(), ends: ends.toMillis() };
  }
  const own = DateTime.local({ zone: timezone }).isValid ? timezone : 'utc';
  const begins = DateTime.fromISO(from, { zone: own }).startOf('day');
  const ends = DateTime.fromISO(to, { zone: own }).plus({ days: 1 }).startOf('day');
  return { begins: begins.toMillis(), ends: ends.toMillis() };
}

/** With its day: a time alone would be read as today's, and a day alone as its midnight. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:/.test(text);
}

/** A word of an enumeration; empty when it is missing or none, so that nothing private is told. */
function wordOf(value: unknown): string {
  const word = asText(value)?.toUpperCase() ?? '';
  return /^[A-Z_]{1,40}$/.test(word) ? word : '';
}

/** Undefined unless both are days of the calendar, in order. */
function daysOf(first: unknown, last: unknown): { from: string; to: string } | undefined {
  const [from, to] = [first, last].map((day) => asText(day)?.slice(0, 10));
  if (from === undefined || to === undefined || from > to) return undefined;
  return [from, to].every((day) => DateTime.fromFormat(day, 'yyyy-MM-dd').isValid) ? { from, to } : undefined;
}

function timesOf(one: Record<string, unknown>): Pick<Absence, 'startTime' | 'endTime' | 'zone'> {
  return {
    startTime: asText(one['startTime']),
    endTime: asText(one['endTime']),
    zone: asText(one['timeZone']),
  };
}
