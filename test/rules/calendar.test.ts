import fc from 'fast-check';
import { dueDate, nextWorkingMorning } from '../../src/rules/calendar';

const ZONE = 'Europe/Warsaw';

test.each([
  // 2026-08-14 is a Friday.
  ['a Friday', '2026-08-14T08:00:00Z', { workingDays: 0 }, '2026-08-14'],
  ['a Friday', '2026-08-14T08:00:00Z', { workingDays: 1 }, '2026-08-17'],
  ['a Friday', '2026-08-14T08:00:00Z', { workingDays: 5 }, '2026-08-21'],
  ['a Friday', '2026-08-14T08:00:00Z', { workingDays: 6 }, '2026-08-24'],
  ['late Friday here, Friday in UTC', '2026-08-14T22:30:00Z', { workingDays: 1 }, '2026-08-17'],
  ['a Saturday', '2026-08-15T08:00:00Z', { workingDays: 0 }, '2026-08-17'],
  ['a Saturday', '2026-08-15T08:00:00Z', { workingDays: 1 }, '2026-08-17'],
  ['a Sunday', '2026-08-16T08:00:00Z', { workingDays: 5 }, '2026-08-21'],
  ['a Monday', '2026-08-17T08:00:00Z', { workingDays: 4 }, '2026-08-21'],
  ['a Monday', '2026-08-17T08:00:00Z', { workingDays: 1_000 }, '2030-06-17'],
  ['calendar days', '2026-08-14T08:00:00Z', { days: 1 }, '2026-08-15'],
  ['no days', '2026-08-14T22:30:00Z', { days: 0 }, '2026-08-15'],
  ['hours over midnight', '2026-08-14T20:00:00Z', { hours: 4 }, '2026-08-15'],
  ['hours within a day', '2026-08-14T08:00:00Z', { hours: 4 }, '2026-08-14'],
  // The clocks go back at 03:00 on 2026-10-25: that day has 25 hours.
  ['hours over the change of clocks', '2026-10-24T22:00:00Z', { hours: 24 }, '2026-10-25'],
  ['no instant', 'soon', { workingDays: 1 }, undefined],
  ['no instant', 'soon', { hours: 1 }, undefined],
])('due from %s (%s) %j: %s', (_what, at, due, expected) => {
  expect(dueDate(due, at, ZONE)).toBe(expected);
});

test.each([
  ['2026-08-14T08:00:00.000Z', '2026-08-17T07:00:00.000Z'],
  ['2026-08-17T06:59:00.000Z', '2026-08-17T07:00:00.000Z'],
  ['2026-08-17T07:00:00.000Z', '2026-08-18T07:00:00.000Z'],
  ['2026-08-15T12:00:00.000Z', '2026-08-17T07:00:00.000Z'],
  ['2026-10-23T12:00:00.000Z', '2026-10-26T08:00:00.000Z'],
  ['soon', 'soon'],
])('the working morning after %s is %s', (at, expected) => {
  expect(nextWorkingMorning(at, ZONE)).toBe(expected);
});

const moment = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString());
const zone = fc.constantFrom('UTC', ZONE, 'America/St_Johns', 'Pacific/Kiritimati');

test('working days agree with counting them one by one', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: 40 }), zone, (at, workingDays, where) => {
      const local = dueDate({ days: 0 }, at, where) ?? '';
      const day = new Date(`${local}T12:00:00Z`);
      for (let left = workingDays; left > 0;) {
        day.setUTCDate(day.getUTCDate() + 1);
        if (day.getUTCDay() % 6 !== 0) left--;
      }
      expect(dueDate({ workingDays }, at, where)).toBe(day.toISOString().slice(0, 10));
    }),
  );
});

test('the next working morning is later, within four days, never at a weekend', () => {
  fc.assert(
    fc.property(moment, zone, (at, where) => {
      const next = nextWorkingMorning(at, where);
      expect(next > at).toBe(true);
      expect(Date.parse(next) - Date.parse(at)).toBeLessThan(4 * 86_400_000);
      const format = new Intl.DateTimeFormat('en-GB', {
        timeZone: where,
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
      });
      expect(format.format(new Date(next))).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? 09:00$/);
    }),
  );
});
