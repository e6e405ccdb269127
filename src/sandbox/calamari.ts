import { DateTime } from 'luxon';
import { Window } from './limits';
import type { Absence, Employee } from './records';
import { type Answer, type Call, type Gate, json, Refusal, type Route, type Vendor } from './serve';
import type { World } from './world';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** `employees` a page of employees/v1/list; the size is not documented. */
const PAGE = 100;
/**
 * Other names of the answers' statuses in the filter: calamari-jira-cloud-integration asks for APPROVED, public clients for
 * ACCEPTED or both.
 */
const ALSO_CALLED: Record<string, string> = { ACCEPTED: 'APPROVED' };
const WEEK = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const CODES: Record<number, string> = {
  400: 'INVALID_JSON_PAYLOAD',
  401: 'AUTH',
  403: 'FORBIDDEN',
  404: 'INVALID_METHOD_URL',
  405: 'HTTP_METHOD_NOT_ALLOWED',
  429: 'QUOTA_EXCEEDED',
};

/** Calamari's error body, `{message, code, field}`, and its common codes (https://developers.calamari.io, errors). */
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

/**
 * `INVALID_EMPLOYEE`: documented for holiday/v1/find and the balances; for leave/request/v1/find and find-advanced a public
 * Ruby client expects it. That one unknown address refuses the whole list of find-advanced is not known.
 */
function employeeOf(world: World, key: unknown): Employee {
  const found = typeof key === 'string' ? world.calamari.employees.get(key.toLowerCase()) : undefined;
  if (found === undefined) throw refuse('INVALID_EMPLOYEE', 'employee');
  return found;
}

/**
 * An absence as `leave/request/v1/find` tells it (https://developers.calamari.io/remote/calamari-public-openapi/absence-requests;
 * the fields behind `reason` as public clients read them, test/fixtures/calamari/community_leave_request_find.response.json):
 * local times without an offset, times of change with one.
 */
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

const namesOf = (status: string): string[] => [status, ALSO_CALLED[status] ?? status];

const overlaps = (absence: Absence, from: string, to: string): boolean => absence.from <= to && absence.to >= from;

/** Pretend Calamari: every v1 call is a POST with a JSON body, reads too (https://developers.calamari.io). */
export function calamari(world: World): Vendor {
  const windows = { second: new Window(SECOND_MS), hour: new Window(HOUR_MS), day: new Window(DAY_MS) };
  return {
    name: 'calamari',
    prefix: '/calamari/api',
    routes: [...absenceRoutes(world), ...peopleRoutes(world)],
    gate: (call) => gate(world, call, windows),
    failure: (status) => calamariError(status),
  };
}

/**
 * HTTP Basic with the user `calamari` and the key as password; the company's limits, which the key carries
 * (https://developers.calamari.io, limits). No `Retry-After`: none is documented. Whether a refused call counts is not known;
 * here it does not.
 */
function gate(world: World, call: Call, { second, hour, day }: Record<'second' | 'hour' | 'day', Window>): Gate {
  const given = /^Basic\s+(\S+)$/i.exec(String(call.headers.authorization ?? ''))?.[1] ?? '';
  const { tokens, calamariLimits: limits } = world.meta;
  if (Buffer.from(given, 'base64').toString('utf8') !== `calamari:${tokens.calamari}`)
    return { refused: calamariError(401) };
  const allowed =
    second.take('key', limits.perSecond).allowed &&
    hour.take('key', limits.perHour).allowed &&
    day.take('key', limits.perDay).allowed;
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
      // The request as Calamari's own integration sends it (calamari-io/calamari-jira-cloud-integration,
      // src/utils/calamari.py), `employeeEmail` as two public clients read it: no description was found. Public clients
      // also ask without `employees`, for everybody.
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
          .filter(({ status }) => statuses.length === 0 || namesOf(status).some((name) => statuses.includes(name)));
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
