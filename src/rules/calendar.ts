/** Dates in a team's time zone. Working days are Monday to Friday; public holidays are not known here. */
import { DateTime } from 'luxon';
import type { Instant } from '../core/refs';

/** How a rule writes a due date; exactly one is given. */
export type Due = { workingDays?: number | undefined; days?: number | undefined; hours?: number | undefined };

/** When work begins and an unassigned task is decided again; 09:00 is the usual office hour until `hours` can say otherwise. */
const MORNING = { hour: 9, minute: 0, second: 0, millisecond: 0 };
const SATURDAY = 6;

/**
 * Local date `YYYY-MM-DD` of `due`, counted from the instant `at` in `zone`. `workingDays: 1` on a Friday is Monday;
 * `workingDays: 0` is today, or Monday at a weekend; `hours` are real hours, also over a change of the clocks.
 * undefined when `at` is no instant.
 */
export function dueDate(due: Due, at: Instant, zone: string): string | undefined {
  const start = DateTime.fromISO(at, { zone });
  if (due.hours !== undefined) return start.plus({ hours: due.hours }).toISODate() ?? undefined;
  if (due.days !== undefined) return start.plus({ days: due.days }).toISODate() ?? undefined;
  if (due.workingDays === undefined || !start.isValid) return undefined;
  // From a weekend, days are counted after its Friday: one working day after Saturday is Monday.
  const weekend = start.weekday >= SATURDAY && due.workingDays > 0;
  let day = weekend ? start.minus({ days: start.weekday - 5 }) : onWorkingDay(start);
  // Whole weeks first, so that the loop is short however far the date is.
  day = day.plus({ weeks: Math.floor(due.workingDays / 5) });
  for (let left = due.workingDays % 5; left > 0; left--) day = onWorkingDay(day.plus({ days: 1 }));
  return day.toISODate() ?? undefined;
}

/** The first 09:00 from Monday to Friday in `zone` after `at`; `at` itself when it is no instant. */
export function nextWorkingMorning(at: Instant, zone: string): Instant {
  const start = DateTime.fromISO(at, { zone });
  if (!start.isValid) return at;
  const today = start.set(MORNING);
  const morning = onWorkingDay(today > start ? today : today.plus({ days: 1 }));
  return morning.toUTC().toISO({ suppressMilliseconds: false }) ?? at;
}

/** The same time of day on this day, or on Monday when this is a weekend. */
function onWorkingDay(day: DateTime): DateTime {
  return day.weekday >= SATURDAY ? day.plus({ days: 8 - day.weekday }) : day;
}
