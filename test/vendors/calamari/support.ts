/** A client of Calamari on a clock that is set, and a real HTTP server that answers as a test says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCalamari, type Calamari, type CalamariPerson } from '../../../src/vendors/calamari/client';
import type { Availability } from '../../../src/core/issue/decision';
import { serve, type Reply, type Seen, type Serving } from '../support';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A call takes its time, or the pace of our own calls would stand still on a clock that is set. */
const CALL_MS = 200;
export const NOON = '2026-11-23T11:00:00.000Z';

const SAMPLE = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/calamari/community_leave_request_find.response.json'), 'utf8'),
) as Record<string, unknown>[];

/** Anna's time off on the day of NOON. */
export function off(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...SAMPLE[0], timeZone: null, employeeEmail: 'anna@example.com', ...more };
}

export const anna: CalamariPerson = { key: 'anna', email: 'Anna@example.com', timezone: 'Europe/Warsaw' };
export const piotr: CalamariPerson = { key: 'piotr', email: 'piotr@example.com', timezone: 'Europe/Warsaw' };
export const kim: CalamariPerson = { key: 'kim', email: 'kim@example.com', timezone: 'Asia/Tokyo' };

export function people(count: number): CalamariPerson[] {
  return Array.from({ length: count }, (_, i) => ({ key: `p${i}`, email: `p${i}@example.com`, timezone: 'utc' }));
}

export const UNKNOWN_EMPLOYEE: Reply = {
  status: 400,
  json: { code: 'INVALID_EMPLOYEE', message: 'x', field: 'employee' },
};

export function employeesOf({ body }: Seen): string[] {
  return (body as { employees: string[] }).employees;
}

export type Desk = {
  server: Serving;
  calamari: Calamari;
  /** What is answered; an empty list unless a test says otherwise. */
  reply: (request: Seen) => Reply;
  /** ms since 1970 */
  clock: number;
  warnings: [string, unknown][];
  /** Whom each call asked about. */
  asked: () => string[][];
  ask: (who: CalamariPerson[], aheadMs?: number) => Promise<Availability>;
};

/** Close its server in the end. */
export async function openDesk(): Promise<Desk> {
  const desk: Pick<Desk, 'clock' | 'reply' | 'warnings'> = {
    clock: Date.parse(NOON),
    reply: () => ({ status: 200, json: [] }),
    warnings: [],
  };
  const server = await serve((request) => {
    desk.clock += CALL_MS;
    return desk.reply(request);
  });
  const calamari = createCalamari({
    baseUrl: `${server.url}/api/`,
    apiKey: 'key',
    now: () => desk.clock,
    warn: (what, fields) => desk.warnings.push([what, fields]),
  });
  return Object.assign(desk, {
    server,
    calamari,
    asked: () => server.seen.map(employeesOf),
    ask: (who: CalamariPerson[], aheadMs = HOUR) => calamari.absentAt(who, new Date(desk.clock).toISOString(), aheadMs),
  });
}
