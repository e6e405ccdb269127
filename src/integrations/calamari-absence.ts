/** One absence as Calamari tells it, and whether it covers a moment. Pure. */
import { DateTime } from 'luxon';
import { asRecord, asText } from './http';

export type Absence = {
  /** First and last local day, inclusive. */
  from: string;
  to: string;
  /** Local date-times without an offset; only of absences that do not take whole days. */
  startTime?: string;
  endTime?: string;
  /** Of the times above, and of the days; the person's own when Calamari names none. */
  zone?: string;
};

/** Pending requests do not count: nobody has agreed to them yet. */
const OFF = new Set(['ACCEPTED', 'APPROVED', 'PENDING_CANCELLATION']);
const NOT_OFF = new Set(['PENDING', 'REJECTED', 'CANCELED', 'CANCELLED']);
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The absence in one element of an answer; undefined when it takes nobody away: another category than time off
 * (working elsewhere), a status that is not agreed, or no days. `odd` hears of statuses that are not known.
 */
export function absenceOf(json: unknown, odd: (status: string) => void): Absence | undefined {
  const one = asRecord(json);
  const status = asText(one['status'])?.toUpperCase() ?? '';
  if (!OFF.has(status)) {
    if (!NOT_OFF.has(status)) odd(/^[A-Z_]{1,40}$/.test(status) ? status : '(none)');
    return undefined;
  }
  if (one['absenceCategory'] !== 'TIMEOFF') return undefined;
  const from = asText(one['from'])?.slice(0, 10);
  const to = asText(one['to'])?.slice(0, 10) ?? from;
  if (!from || !to || !DAY.test(from) || !DAY.test(to)) return undefined;
  const times = {
    startTime: asText(one['startTime']),
    endTime: asText(one['endTime']),
    zone: asText(one['timeZone']),
  };
  const part =
    one['fullDayRequest'] === false ||
    (one['fullDayRequest'] !== true && [one['amountFirstDay'], one['amountLastDay']].some(isFraction));
  // Half a day whose times are not told counts as the whole day: nobody on leave is assigned.
  return part && times.startTime && times.endTime ? { from, to, ...times } : { from, to };
}

/**
 * Whether the absence touches the time from `start` to `end` (ms since 1970, both included). Whole days run from local
 * midnight to local midnight in `timezone`, whatever the length of the day; times are read in Calamari's zone.
 */
export function covers(absence: Absence, timezone: string, start: number, end: number): boolean {
  const own = valid(timezone) ?? 'utc';
  let begins = DateTime.fromISO(absence.from, { zone: own }).startOf('day');
  let ends = DateTime.fromISO(absence.to, { zone: own }).plus({ days: 1 }).startOf('day');
  if (absence.startTime && absence.endTime) {
    const zone = valid(absence.zone) ?? own;
    const from = DateTime.fromISO(absence.startTime, { zone });
    const to = DateTime.fromISO(absence.endTime, { zone });
    // Times that make no sense leave the whole days in force.
    if (from.isValid && to.isValid && to > from) [begins, ends] = [from, to];
  }
  return begins.isValid && ends.isValid && begins.toMillis() <= end && ends.toMillis() > start;
}

/** `0.5` or `'0.5'`: both occur. */
function isFraction(amount: unknown): boolean {
  const number = Number(asText(amount) ?? NaN);
  return number > 0 && number < 1;
}

function valid(zone: string | undefined): string | undefined {
  return zone !== undefined && DateTime.local({ zone }).isValid ? zone : undefined;
}
