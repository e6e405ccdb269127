/** Which absences take somebody away, and when. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { absenceOf, covers, extentOf } from '../../../src/vendors/calamari/absence';

const SAMPLE = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/calamari/community_leave_request_find.response.json'), 'utf8'),
) as Record<string, unknown>[];
const HOUR = 3_600_000;
const off = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...SAMPLE[0],
  timeZone: null,
  ...more,
});
const at = (local: string, zone = 'Europe/Warsaw'): number => DateTime.fromISO(local, { zone }).toMillis();
/** 'away', 'not away', or 'unknown': Calamari does not say. */
function stateAt(json: Record<string, unknown>, local: string, zone = 'Europe/Warsaw', ahead = 0): string {
  const absence = absenceOf(json, () => undefined);
  if (!absence || !covers(absence, zone, at(local, zone), at(local, zone) + ahead)) return 'not away';
  return absence.sure ? 'away' : 'unknown';
}
const without = (...fields: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(off()).filter(([field]) => !fields.includes(field)));

it.each([
  ['ACCEPTED', 'away'],
  ['APPROVED', 'away'],
  ['PENDING_CANCELLATION', 'away'],
  ['PENDING', 'not away'],
  ['REJECTED', 'not away'],
  ['CANCELED', 'not away'],
  ['SOMETHING', 'unknown'],
  [undefined, 'unknown'],
])('with the status %s somebody is %s', (status, state) =>
  expect(stateAt(off({ status }), '2026-11-23T12:00')).toBe(state),
);

it('does not count when somebody works elsewhere', () =>
  expect(stateAt(off({ absenceCategory: 'WORK' }), '2026-11-23T12:00')).toBe('not away'));

it.each([
  ['a status', without('status')],
  ['a category', without('absenceCategory')],
  ['a category that is known', off({ absenceCategory: 'SICK' })],
  ['days', without('from', 'to')],
  ['a first day', without('from')],
  ['a last day', without('to')],
  ['days of the calendar', off({ from: '2026-02-30', to: '2026-12-01' })],
  ['days in order', off({ from: '2026-11-24', to: '2026-11-22' })],
])('an absence without %s is neither believed nor dropped: it is unknown', (_, json) => {
  expect(stateAt(json, '2026-11-23T12:00')).toBe('unknown');
});

it.each([
  ['times without a day, which would be read as of today', { startTime: '15:00', endTime: '16:00' }],
  ['times of 1970', { startTime: '1970-01-01T08:00:00', endTime: '1970-01-01T16:00:00' }],
  ['a day without a time', { startTime: '2026-11-23', endTime: '2026-11-23T00:00:01' }],
  ['times of one of its days alone', { startTime: '2026-11-24T08:00:00', endTime: '2026-11-24T16:00:00' }],
])('days are whole days with %s', (_, times) => {
  const json = off({ from: '2026-11-23', to: '2026-11-27', fullDayRequest: false, ...times });
  for (const local of ['2026-11-23T12:00', '2026-11-25T12:00', '2026-11-27T20:00'])
    expect([local, stateAt(json, local)]).toEqual([local, 'away']);
});

it('what is not understood is said by its field and its word, and nothing else of it', () => {
  const said: string[] = [];
  const odd = (field: string, word: string): void => void said.push(`${field}: ${word}`);
  absenceOf(off({ status: 'on hold since surgery', from: 'soon', reason: 'surgery' }), odd);
  absenceOf(off({ absenceCategory: 'SICK' }), odd);
  expect(said).toEqual(['status: ', 'from, to: ', 'absenceCategory: SICK']);
});

it('one whose status is missing still has its days', () => {
  expect(stateAt(without('status'), '2026-11-22T12:00')).toBe('not away');
});

it('takes whole local days, both ends included', () => {
  const days = off({ from: '2026-11-23', to: '2026-11-24' });
  expect(stateAt(days, '2026-11-22T23:59:59')).toBe('not away');
  expect(stateAt(days, '2026-11-23T00:00:00')).toBe('away');
  expect(stateAt(days, '2026-11-24T23:59:59')).toBe('away');
  expect(stateAt(days, '2026-11-25T00:00:00')).toBe('not away');
  expect(stateAt(days, '2026-11-22T23:30:00', 'Europe/Warsaw', HOUR)).toBe('away');
});

describe('half a day', () => {
  const morning = off({ fullDayRequest: false, startTime: '2026-11-23T08:00:00', endTime: '2026-11-23T12:00:00' });

  it('takes its times, in their zone or the person’s', () => {
    expect(stateAt(morning, '2026-11-23T11:59')).toBe('away');
    expect(stateAt(morning, '2026-11-23T12:00')).toBe('not away');
    expect(stateAt(morning, '2026-11-23T07:30')).toBe('not away');
    expect(stateAt(morning, '2026-11-23T07:30', 'Europe/Warsaw', HOUR)).toBe('away');
    expect(stateAt({ ...morning, timeZone: 'UTC' }, '2026-11-23T12:30')).toBe('away');
  });

  it('is taken by its times also where Calamari does not say whether it is a whole day', () => {
    expect(stateAt({ ...morning, fullDayRequest: undefined }, '2026-11-23T13:00')).toBe('not away');
    expect(stateAt({ ...morning, fullDayRequest: null }, '2026-11-23T11:00')).toBe('away');
  });

  it('is the whole day where its times are missing, make no sense or are of no known zone', () => {
    const late = '2026-11-23T20:00';
    expect(stateAt(off({ fullDayRequest: false, startTime: null, amountFirstDay: 0.5 }), late)).toBe('away');
    const same = off({ fullDayRequest: false, startTime: '2026-11-23T00:00:00', endTime: '2026-11-23T00:00:00' });
    expect(stateAt(same, late)).toBe('away');
    expect(stateAt({ ...morning, timeZone: 'Mars/Base' }, late)).toBe('away');
  });
});

it.each([
  ['spring', '2026-03-29', 23],
  ['autumn', '2026-10-25', 25],
  ['another', '2026-11-23', 24],
])('lasts the whole local day in %s', (_, day, hours) => {
  const { begins, ends } = extentOf({ sure: true, from: day, to: day }, 'Europe/Warsaw');
  expect(begins).toBe(at(`${day}T00:00:00`));
  expect(ends - begins).toBe(hours * HOUR);
});

it('covers a moment exactly when its local day lies within, in any zone and season', () => {
  const zones = ['Europe/Warsaw', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Australia/Lord_Howe', 'UTC'];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-12-31') }),
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      (zone, moment, shift, length) => {
        const day = DateTime.fromMillis(moment, { zone }).startOf('day');
        const from = day.plus({ days: shift }).toFormat('yyyy-MM-dd');
        const to = day.plus({ days: shift + length }).toFormat('yyyy-MM-dd');
        expect(covers({ sure: true, from, to }, zone, moment, moment)).toBe(shift <= 0 && shift + length >= 0);
      },
    ),
  );
});

it('is found by whoever looks longer ahead', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 72 }), fc.integer({ min: 0, max: 72 }), (hour, ahead) => {
      const absence = { sure: true, from: '2026-03-29', to: '2026-03-29' };
      const start = at('2026-03-28T00:00:00') + hour * HOUR;
      const near = covers(absence, 'Europe/Warsaw', start, start);
      expect(covers(absence, 'Europe/Warsaw', start, start + ahead * HOUR) || !near).toBe(true);
    }),
  );
});

it('survives any answer', () => {
  fc.assert(
    fc.property(fc.anything(), (json) => {
      const absence = absenceOf(json, () => undefined);
      if (absence) covers(absence, 'Nowhere', 0, 1);
    }),
  );
});
