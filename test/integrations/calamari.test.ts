import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { createCalamari, type Calamari, type CalamariPerson } from '../../src/integrations/calamari';
import { absenceOf, covers } from '../../src/integrations/calamari-absence';
import { createBudget } from '../../src/integrations/calamari-budget';
import { serve, type Reply, type Seen, type Serving } from './support';

const SAMPLE = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/calamari/community_leave_request_find.response.json'), 'utf8'),
) as Record<string, unknown>[];
const anna: CalamariPerson = { key: 'anna', email: 'Anna@example.com', timezone: 'Europe/Warsaw' };
const piotr: CalamariPerson = { key: 'piotr', email: 'piotr@example.com', timezone: 'Europe/Warsaw' };
const kim: CalamariPerson = { key: 'kim', email: 'kim@example.com', timezone: 'Asia/Tokyo' };
const NOON = '2026-11-23T11:00:00.000Z';
const HOUR = 3_600_000;
const off = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...SAMPLE[0],
  timeZone: null,
  ...more,
});

let server: Serving;
let calamari: Calamari;
let reply: (request: Seen) => Reply;
let clock: number;
let warnings: [string, unknown][];
beforeEach(async () => {
  reply = () => ({ status: 200, json: [] });
  clock = Date.parse(NOON);
  warnings = [];
  server = await serve((request) => reply(request));
  calamari = createCalamari({
    baseUrl: `${server.url}/api/`,
    apiKey: 'key',
    now: () => clock,
    warn: (what, fields) => warnings.push([what, fields]),
  });
});
afterEach(() => server.close());

describe('absentAt', () => {
  it('asks once about everybody, without a filter of states, and remembers', async () => {
    reply = () => ({ status: 200, json: [off({ employeeEmail: 'anna@example.com' })] });
    const who = [anna, piotr, kim];
    expect(await calamari.absentAt(who, NOON, HOUR)).toEqual({
      anna: 'not available',
      piotr: 'available',
      kim: 'available',
    });
    expect(await calamari.absentAt([anna], NOON, HOUR)).toEqual({ anna: 'not available' });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/api/leave/request/v1/find-advanced',
      body: {
        from: '2026-11-23',
        to: '2026-11-23',
        employees: ['anna@example.com', 'piotr@example.com', 'kim@example.com'],
      },
    });
    expect(server.seen[0]?.body).not.toHaveProperty('absenceStatuses');
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('calamari:key').toString('base64')}`);
    clock += 15 * 60_000;
    await calamari.absentAt([anna], NOON, HOUR);
    expect(server.seen).toHaveLength(2);
  });

  it('asks for the local days of all zones', async () => {
    await calamari.absentAt([anna, kim], '2026-11-23T22:30:00.000Z', HOUR);
    expect(server.seen[0]?.body).toMatchObject({ from: '2026-11-23', to: '2026-11-24' });
  });

  it('asks again about days that it has not asked about', async () => {
    reply = ({ body }) => ({
      status: 200,
      json:
        (body as { to: string }).to >= '2026-11-24'
          ? [off({ from: '2026-11-24', to: '2026-11-24', employeeEmail: 'anna@example.com' })]
          : [],
    });
    expect(await calamari.absentAt([anna], NOON, HOUR)).toEqual({ anna: 'available' });
    expect(await calamari.absentAt([anna], NOON, 24 * HOUR)).toEqual({ anna: 'not available' });
    expect(server.seen).toHaveLength(2);
  });

  it('shares one request among callers at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => calamari.absentAt([anna, piotr], NOON, HOUR)));
    expect(server.seen).toHaveLength(1);
  });

  it('asks one by one where find-advanced is missing or refuses, and knows whom Calamari does not know', async () => {
    reply = ({ path, body }) => {
      if (path.endsWith('find-advanced'))
        return { status: 404, json: { code: 'INVALID_METHOD_URL', message: 'x', field: null } };
      return (body as { employee: string }).employee.startsWith('piotr')
        ? { status: 400, json: { code: 'INVALID_EMPLOYEE', message: 'no such', field: 'employee' } }
        : { status: 200, json: SAMPLE };
    };
    expect(await calamari.absentAt([anna, piotr], NOON, HOUR)).toEqual({ anna: 'not available', piotr: 'unknown' });
    expect(server.seen).toHaveLength(3);
    await calamari.absentAt([kim], NOON, HOUR);
    // Not asked for again.
    expect(server.seen.filter((one) => one.path.endsWith('find-advanced'))).toHaveLength(1);
  });

  it('asks one by one when an answer does not say whose absence it is', async () => {
    reply = ({ path, body }) =>
      path.endsWith('find-advanced') || (body as { employee: string }).employee.startsWith('piotr')
        ? { status: 200, json: [off()] }
        : { status: 200, json: [] };
    expect(await calamari.absentAt([anna, piotr], NOON, 0)).toEqual({ anna: 'available', piotr: 'not available' });
  });

  it.each<[Reply, string]>([
    [{ status: 401, json: { code: 'AUTH' } }, 'calamari_unauthorized'],
    [{ status: 403, json: {} }, 'calamari_unauthorized'],
    [{ status: 429, json: { code: 'QUOTA_EXCEEDED' }, headers: { 'retry-after': '60' } }, 'calamari_unavailable'],
    [{ status: 500, json: { code: 'UNKNOWN_ERROR' } }, 'calamari_unavailable'],
    [{ status: 502, text: '<html>' }, 'calamari_unavailable'],
    [{ status: 400, json: { code: 'INVALID_JSON_PAYLOAD' } }, 'calamari_unavailable'],
    ['reset', 'calamari_unavailable'],
    [{ truncated: 200 }, 'calamari_unavailable'],
  ])('fails on %j, and remembers no failure', async (given, code) => {
    reply = () => given;
    await expect(calamari.absentAt([anna], NOON, HOUR)).rejects.toMatchObject({ code });
    reply = () => ({ status: 200, json: [] });
    // Longer than the wait that was asked for.
    clock += 120_000;
    expect(await calamari.absentAt([anna], NOON, HOUR)).toEqual({ anna: 'available' });
  });

  it('says an unknown state once, and nothing else of it', async () => {
    reply = () => ({
      status: 200,
      json: [off({ status: 'ON_HOLD', employeeEmail: 'anna@example.com', reason: 'surgery' })],
    });
    expect(await calamari.absentAt([anna], NOON, HOUR)).toEqual({ anna: 'available' });
    await calamari.absentAt([anna], '2026-11-25T11:00:00.000Z', HOUR);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.[1]).toEqual({ status: 'ON_HOLD' });
    expect(JSON.stringify(warnings)).not.toMatch(/surgery|anna|2026/i);
  });
});

describe('an absence', () => {
  const at = (local: string, zone = 'Europe/Warsaw'): number => DateTime.fromISO(local, { zone }).toMillis();
  const away = (json: Record<string, unknown>, local: string, zone = 'Europe/Warsaw', ahead = 0): boolean => {
    const absence = absenceOf(json, () => undefined);
    return absence !== undefined && covers(absence, zone, at(local, zone), at(local, zone) + ahead);
  };

  it.each([
    ['ACCEPTED', true],
    ['APPROVED', true],
    ['PENDING_CANCELLATION', true],
    ['PENDING', false],
    ['REJECTED', false],
    ['CANCELED', false],
    ['SOMETHING', false],
    [undefined, false],
  ])('counts when %s: %s', (status, counts) => expect(away(off({ status }), '2026-11-23T12:00')).toBe(counts));

  it('does not count when somebody works elsewhere', () =>
    expect(away(off({ absenceCategory: 'WORK' }), '2026-11-23T12:00')).toBe(false));

  it('takes whole local days, both ends included', () => {
    const days = off({ from: '2026-11-23', to: '2026-11-24' });
    expect(away(days, '2026-11-22T23:59:59')).toBe(false);
    expect(away(days, '2026-11-23T00:00:00')).toBe(true);
    expect(away(days, '2026-11-24T23:59:59')).toBe(true);
    expect(away(days, '2026-11-25T00:00:00')).toBe(false);
    expect(away(days, '2026-11-22T23:30:00', 'Europe/Warsaw', HOUR)).toBe(true);
  });

  it('takes half days by their times, in their zone or the person’s', () => {
    const morning = off({ fullDayRequest: false, startTime: '2026-11-23T08:00:00', endTime: '2026-11-23T12:00:00' });
    expect(away(morning, '2026-11-23T11:59')).toBe(true);
    expect(away(morning, '2026-11-23T12:00')).toBe(false);
    expect(away(morning, '2026-11-23T07:30')).toBe(false);
    expect(away(morning, '2026-11-23T07:30', 'Europe/Warsaw', HOUR)).toBe(true);
    expect(away({ ...morning, timeZone: 'UTC' }, '2026-11-23T12:30')).toBe(true);
    expect(away({ ...morning, timeZone: 'Mars/Base' }, '2026-11-23T12:30')).toBe(false);
    const { fullDayRequest: _, ...untold } = morning;
    expect(away({ ...untold, amountFirstDay: '0.5' }, '2026-11-23T13:00')).toBe(false);
  });

  it('takes the whole day where the times are missing or make no sense', () => {
    expect(away(off({ fullDayRequest: false, startTime: null, amountFirstDay: 0.5 }), '2026-11-23T20:00')).toBe(true);
    const same = off({ fullDayRequest: false, startTime: '2026-11-23T00:00:00', endTime: '2026-11-23T00:00:00' });
    expect(away(same, '2026-11-23T20:00')).toBe(true);
  });

  it.each([
    ['spring', '2026-03-29', 23],
    ['autumn', '2026-10-25', 25],
    ['another', '2026-11-23', 24],
  ])('lasts the whole local day in %s', (_, day, hours) => {
    const absence = { from: day, to: day };
    const start = at(`${day}T00:00:00`);
    const covered = Array.from({ length: 30 }, (__, hour) => start + hour * HOUR - 2 * HOUR).filter((ms) =>
      covers(absence, 'Europe/Warsaw', ms, ms),
    );
    expect(covered).toHaveLength(hours);
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
          expect(covers({ from, to }, zone, moment, moment)).toBe(shift <= 0 && shift + length >= 0);
        },
      ),
    );
  });

  it('is found by whoever looks longer ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 72 }), fc.integer({ min: 0, max: 72 }), (hour, ahead) => {
        const absence = { from: '2026-03-29', to: '2026-03-29' };
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
});

it('the budget ends at 600 calls an hour and comes back', () => {
  let now = 0;
  const budget = createBudget(() => now);
  for (let i = 0; i < 600; i += 1) {
    now += 1000;
    budget.spend();
  }
  expect(() => budget.spend()).toThrow('hourly budget');
  now = 1000 + HOUR;
  budget.spend();
  expect(() => budget.spend()).toThrow('hourly budget');
});

describe('check', () => {
  it.each([
    [{ status: 200, json: [] }, []],
    [{ status: 400, json: {} }, []],
    [{ status: 401, json: { code: 'AUTH' } }, [{ level: 'error' }]],
    [{ status: 503, json: {} }, [{ level: 'warning' }]],
  ])('%j', async (given, findings) => {
    reply = () => given;
    expect(await calamari.check()).toMatchObject(findings);
  });
});

it('an answer is believed the longer the more of the hour is used up', () => {
  const budget = createBudget(() => 0);
  expect(budget.used()).toBe(0);
  for (let call = 0; call < 300; call += 1) budget.spend();
  expect(budget.used()).toBeCloseTo(0.5);
});
