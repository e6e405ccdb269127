import { DateTime } from 'luxon';
import { Window } from './limits';
import type { Absence, Employee } from './records';
import { type Answer, type Call, type Gate, json, Refusal, type Route, type Vendor } from './serve';
import type { World } from './world';

const PER_SECOND = 10;
const PER_HOUR = 720;
const PAGE = 100;
const WEEK = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const CODES: Record<number, string> = {
  400: 'INVALID_JSON_PAYLOAD',
  401: 'AUTH',
  403: 'FORBIDDEN',
  404: 'INVALID_METHOD_URL',
  405: 'HTTP_METHOD_NOT_ALLOWED',
  429: 'QUOTA_EXCEEDED',
};

/** Calamari's error body, `{message, code, field}` (https://developers.calamari.io). */
function calamariError(status: number, code = CODES[status] ?? 'UNKNOWN_ERROR', field: string | null = null): Answer {
  return json(status, { message: code === 'QUOTA_EXCEEDED' ? 'Quota exceeded' : 'Api error', code, field });
}

const refuse = (code: string, field: string): Refusal => new Refusal(calamariError(400, code, field));

type Body = Record<string, unknown>;

function bodyOf(call: Call): Body {
  try {
    const parsed: unknown = JSON.parse(call.raw.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Body;
  } catch {
    throw new Refusal(calamariError(400));
  }
  throw new Refusal(calamariError(400));
}

function dateOf(body: Body, name: 'from' | 'to'): string {
  const value = body[name];
  const valid = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && DateTime.fromISO(value).isValid;
  if (!valid) throw refuse(`INVALID_DATE_${name.toUpperCase()}`, name);
  return value;
}

function employeeOf(world: World, key: unknown): Employee {
  const found = typeof key === 'string' ? world.calamari.employees.get(key.toLowerCase()) : undefined;
  if (found === undefined) throw refuse('INVALID_EMPLOYEE', 'employee');
  return found;
}

/** An absence as `leave/request/v1/find` tells it: local times without an offset, times of change with one. */
function view(absence: Absence): Body {
  const timeOff = absence.category === 'TIMEOFF';
  const days = Math.round((Date.parse(absence.to) - Date.parse(absence.from)) / 86_400_000) + 1;
  return {
    id: absence.id,
    from: absence.from,
    to: absence.to,
    absenceTypeName: timeOff ? 'Annual leave' : 'Home office',
    absenceTypeId: timeOff ? 1 : 2,
    absenceCategory: absence.category,
    status: absence.status,
    entitlementAmount: absence.fullDay ? days : 0.5,
    entitlementAmountUnit: 'DAYS',
    reason: null,
    amountFirstDay: null,
    amountLastDay: null,
    created: absence.created,
    updated: absence.created,
    fullDayRequest: absence.fullDay,
    startTime: absence.startTime,
    endTime: absence.endTime,
    timeZone: absence.timeZone,
  };
}

const overlaps = (absence: Absence, from: string, to: string): boolean => absence.from <= to && absence.to >= from;

/** Pretend Calamari: every v1 call is a POST with a JSON body, reads too (https://developers.calamari.io). */
export function calamari(world: World): Vendor {
  const second = new Window(1000);
  const hour = new Window(3_600_000);
  return {
    name: 'calamari',
    prefix: '/calamari/api',
    routes: [...absenceRoutes(world), ...peopleRoutes(world)],
    gate: (call) => gate(world, call, second, hour),
    failure: (status) => calamariError(status),
  };
}

/** HTTP Basic with the user `calamari` and the key as password; 10 calls a second and 720 an hour. */
function gate(world: World, call: Call, second: Window, hour: Window): Gate {
  const given = /^Basic\s+(\S+)$/i.exec(String(call.headers.authorization ?? ''))?.[1] ?? '';
  if (Buffer.from(given, 'base64').toString('utf8') !== `calamari:${world.meta.tokens.calamari}`)
    return { refused: calamariError(401) };
  const allowed = second.take('key', PER_SECOND).allowed && hour.take('key', PER_HOUR).allowed;
  return allowed ? {} : { refused: calamariError(429) };
}

function absenceRoutes(world: World): Route[] {
  return [
    {
      method: 'POST',
      path: '/leave/request/v1/find',
      run: (call) => {
        const body = bodyOf(call);
        const { email } = employeeOf(world, body.employee);
        const from = dateOf(body, 'from');
        const to = dateOf(body, 'to');
        const found = world.calamari.absences
          .all()
          .filter((absence) => absence.employee === email && overlaps(absence, from, to));
        return json(200, found.map(view));
      },
    },
    {
      method: 'POST',
      path: '/leave/request/v1/find-advanced',
      run: (call) => {
        const body = bodyOf(call);
        const from = dateOf(body, 'from');
        const to = dateOf(body, 'to');
        const named = Array.isArray(body.employees) ? body.employees : [];
        const emails = named.map((key: unknown) => employeeOf(world, key).email);
        const statuses = Array.isArray(body.absenceStatuses) ? body.absenceStatuses.map(String) : [];
        const found = world.calamari.absences
          .all()
          .filter((absence) => overlaps(absence, from, to))
          .filter((absence) => emails.length === 0 || emails.includes(absence.employee))
          .filter((absence) => statuses.length === 0 || statuses.includes(absence.status));
        return json(
          200,
          found.map((absence) => ({ ...view(absence), employeeEmail: absence.employee })),
        );
      },
    },
    {
      method: 'POST',
      path: '/holiday/v1/find',
      run: (call) => {
        const body = bodyOf(call);
        employeeOf(world, body.employee);
        const from = dateOf(body, 'from');
        const to = dateOf(body, 'to');
        const found = world.calamari.holidays.all().filter(({ date }) => date >= from && date <= to);
        return json(
          200,
          found.map(({ name, date }) => ({ name, start: date, end: date, halfDay: false, halfdayPeriod: null })),
        );
      },
    },
    {
      method: 'POST',
      path: '/working-week/v1/all',
      run: () => {
        const times = { startTime: '09:00:00.000', finishTime: '17:00:00.000', duration: 28_800 };
        const off = { startTime: null, finishTime: null, duration: null };
        const workingDays = WEEK.map((dayName, index) => ({
          dayName,
          isWorkingDay: index < 5,
          ...(index < 5 ? times : off),
        }));
        return json(200, [{ id: 1, name: 'Full time', workingDays }]);
      },
    },
  ];
}

function peopleRoutes(world: World): Route[] {
  return [
    {
      method: 'POST',
      path: '/employees/v1/list',
      run: (call) => {
        const { page } = bodyOf(call);
        const at = typeof page === 'number' ? page : 0;
        const all = world.calamari.employees.all();
        const employees = all.slice(at * PAGE, (at + 1) * PAGE).map(({ id, firstName, lastName, email }) => {
          return {
            id,
            firstName,
            lastName,
            email,
            workingWeek: { id: 1 },
            hireDate: '2024-01-01',
            plannedFiring: null,
          };
        });
        return json(200, { employees, currentPage: at, totalPages: Math.ceil(all.length / PAGE) });
      },
    },
    {
      method: 'GET',
      path: '/people/v2',
      run: (call) => {
        const limit = Math.max(1, Number(call.query.get('limit') ?? '100'));
        const offset = Number(call.query.get('offset') ?? '0');
        const data = world.calamari.employees
          .all()
          .slice(offset, offset + limit)
          .map(({ id, firstName, lastName, email }) => {
            const uuid = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
            return { id: uuid, legacyId: id, archived: false, firstName, lastName, email, workSchedule: { id: 1 } };
          });
        return json(200, { data });
      },
    },
  ];
}
