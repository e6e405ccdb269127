/**
 * Calamari (developers.calamari.io): who is off. One request for all who are asked about, remembered per person and day,
 * so that a burst of issues costs a handful of calls. Leave is private: nothing of it is logged, and the answer is one
 * of three words.
 */
import { DateTime } from 'luxon';
import { steady } from '../clock';
import { ErrandError, todoAtStart } from '../errors';
import type { Availability, Instant, PersonKey } from '../types';
import { absenceOf, covers, type Absence } from './calamari-absence';
import { createBudget } from './calamari-budget';
import type { Finding } from './asana-check';
import { asList, asRecord, asText, createHttp, type Warn } from './http';
import { createBucket } from './http-bucket';

export type CalamariPerson = { key: PersonKey; email: string; timezone: string };
export type CalamariOptions = {
  /** Ends in `/api`. */
  baseUrl: string;
  apiKey: string;
  timeoutMs?: number;
  now?: () => number;
  warn?: Warn;
};
export type Calamari = {
  /**
   * Who is available at `at` and for `aheadMs` after it. 'not available': time off that is accepted, approved or
   * pending cancellation covers the moment or begins within that time; 'unknown': Calamari does not know the person.
   * Throws `calamari_unauthorized` or `calamari_unavailable` when nothing is known about somebody.
   */
  absentAt(
    people: CalamariPerson[],
    at: Instant,
    aheadMs: number,
    options?: { signal?: AbortSignal },
  ): Promise<Availability>;
  /** For the start: whether the key is taken. Reads only. */
  check(): Promise<Finding[]>;
};

/** One attempt to learn who is off ; Temporal repeats it. */
const TIMEOUT_MS = 5_000;
/** Refusals that are about the question, not about the person (developers.calamari.io, common codes). */
const OUR_FAULT = /^(INVALID_DATE|INVALID_JSON|INVALID_METHOD|HTTP_METHOD)/;
/** One burst of issues asks once. */
const BURST_MS = 2_000;
const TTL_MS = 15 * 60_000;

/**
 * How long an answer is believed, in ms: fresh while less than half of the hour's calls (0 … 1) is used, up to a quarter
 * of an hour as they run out, because nobody on leave is to be assigned.
 */
function believedFor(used: number): number {
  return Math.max(BURST_MS, (2 * used - 1) * TTL_MS);
}
/** Of 10 a second. */
const PER_MINUTE = 300;
const BURST = 5;
/** Longer lists are asked for in parts. */
const PEOPLE_PER_CALL = 50;
const REMEMBERED_MAX = 5_000;

/** `null`: Calamari does not know the person. */
type Known = Absence[] | null;
type Span = { from: string; to: string };
type Remembered = Span & { value: Promise<Known>; until: number };

/** The client of one company. */
export function createCalamari(options: CalamariOptions): Calamari {
  const { now = Date.now, warn } = options;
  const pace = options.now ?? steady;
  const http = createHttp({
    name: 'calamari',
    baseUrl: options.baseUrl,
    // The user is always called so; the key is the password.
    headers: { authorization: `Basic ${Buffer.from(`calamari:${options.apiKey}`).toString('base64')}` },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxWaitMs: TIMEOUT_MS,
    now,
  });
  const bucket = createBucket({ perMinute: PER_MINUTE, burst: BURST, now: pace });
  const budget = createBudget(pace);
  const remembered = new Map<string, Remembered>();
  const oddities = new Set<string>();
  /** Set when this server does not have `find-advanced`. */
  let oneByOne = false;

  const post = (path: string, body: unknown, signal?: AbortSignal) => {
    budget.spend();
    return http({ method: 'POST', path: `/leave/request/v1/${path}`, body, signal, bucket, expect: [400, 404] });
  };

  function absences(list: unknown): Absence[] {
    return asList(list).flatMap((one) => absenceOf(one, sayOnce) ?? []);
  }
  /** Only the word itself is said: neither who nor when. */
  function sayOnce(status: string): void {
    if (oddities.has(status) || oddities.size >= 20) return;
    oddities.add(status);
    warn?.('Calamari answered with an absence status that is not known; it does not count as absent', { status });
  }

  async function findOne(email: string, span: Span, signal?: AbortSignal): Promise<Known> {
    const { status, body } = await post('find', { employee: email, ...span }, signal);
    if (status < 300) return absences(body);
    const code = asText(asRecord(body)['code']) ?? '';
    // Only the employee is ours to get wrong; what else it may call somebody it does not know is not documented.
    if (!OUR_FAULT.test(code)) return null;
    throw new ErrandError('calamari_unavailable', `POST leave/request/v1/find: ${status} ${code}`);
  }

  /** Undefined when `find-advanced` cannot say, and each person has to be asked about. */
  async function findMany(emails: string[], span: Span, signal?: AbortSignal): Promise<Map<string, Known> | undefined> {
    if (oneByOne) return undefined;
    // No `absenceStatuses`: the names of the filter are not those of the answers. Filtered here instead.
    const { status, body } = await post('find-advanced', { ...span, employees: emails }, signal);
    if (status === 404) oneByOne = true;
    // 400 names nobody: one unknown address refuses the whole list.
    if (status >= 300) return undefined;
    const found = new Map<string, Known>(emails.map((email) => [email, []]));
    for (const one of asList(body)) {
      const email =
        asText(asRecord(one)['employeeEmail'])?.toLowerCase() ?? (emails.length === 1 ? emails[0] : undefined);
      // An absence of nobody we can name may be anybody's.
      if (email === undefined) return undefined;
      found.get(email)?.push(...absences([one]));
    }
    return found;
  }

  /** Starts to read about `emails` and remembers the promises at once, so that callers who come meanwhile share them. */
  function load(emails: string[], span: Span, signal?: AbortSignal): void {
    for (let i = 0; i < emails.length; i += PEOPLE_PER_CALL) {
      const part = emails.slice(i, i + PEOPLE_PER_CALL);
      const many = findMany(part, span, signal);
      for (const email of part) {
        const value = many.then((found) => (found ? (found.get(email) ?? []) : findOne(email, span, signal)));
        const entry: Remembered = { ...span, value, until: pace() + believedFor(budget.used()) };
        remembered.delete(email);
        remembered.set(email, entry);
        // A failure is told to those who wait for it, and forgotten.
        value.catch(() => remembered.get(email) === entry && remembered.delete(email));
      }
    }
    for (const oldest of remembered.keys()) {
      if (remembered.size <= REMEMBERED_MAX) break;
      remembered.delete(oldest);
    }
  }

  return {
    async absentAt(people, at, aheadMs, { signal } = {}) {
      const start = Date.parse(at);
      const end = start + Math.max(0, aheadMs);
      const span = spanOf(people, start, end);
      const missing = people
        .map((one) => one.email.trim().toLowerCase())
        .filter((email) => {
          const entry = remembered.get(email);
          return !entry || entry.until <= pace() || entry.from > span.from || entry.to < span.to;
        });
      // The caller's signal is not passed on: others may come to share the answer.
      load([...new Set(missing)], span);
      const answer: Availability = {};
      await Promise.all(
        people.map(async ({ key, email, timezone }) => {
          const known = await remembered.get(email.trim().toLowerCase())?.value;
          signal?.throwIfAborted();
          if (!known) answer[key] = 'unknown';
          else answer[key] = known.some((one) => covers(one, timezone, start, end)) ? 'not available' : 'available';
        }),
      );
      return answer;
    },

    async check() {
      try {
        // An empty list of people and of days: any answer but a refusal of the key will do.
        const day = DateTime.fromMillis(now(), { zone: 'utc' }).toISODate() ?? '';
        await post('find-advanced', { from: day, to: day, employees: [] });
        return [];
      } catch (error) {
        if (!(error instanceof ErrandError)) throw error;
        const what = `CALAMARI_API_KEY: ${error.message}`;
        const todo = todoAtStart(error.entry);
        return [
          error.entry.retry ? { level: 'warning', what, todo, unreachable: true } : { level: 'error', what, todo },
        ];
      }
    },
  };
}

/** The first and last local day of the time asked about, over all zones. */
function spanOf(people: CalamariPerson[], start: number, end: number): Span {
  const days = people.flatMap(({ timezone }) => [dayIn(timezone, start), dayIn(timezone, end)]).sort();
  return { from: days[0] ?? dayIn('utc', start), to: days.at(-1) ?? dayIn('utc', end) };
}

/** `YYYY-MM-DD` in this zone; in UTC when the zone is none. */
function dayIn(zone: string, ms: number): string {
  const local = DateTime.fromMillis(ms, { zone });
  return (local.isValid ? local : DateTime.fromMillis(ms, { zone: 'utc' })).toFormat('yyyy-MM-dd');
}
