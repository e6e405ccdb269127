/**
 * Calamari (developers.calamari.io): who is off. What it answers about a person is remembered for a while, the longer the
 * less may still be asked, and many are asked about in one call. Leave is private: nothing of it is logged, and the answer
 * is one of three words.
 */
import { DateTime } from 'luxon';
import { steady } from '../../process/clock';
import { ErrandError, todoAtStart } from '../../errors';
import type { Availability } from '../../core/issue/decision';
import type { Instant, PersonKey } from '../../core/refs';
import { covers, extentOf } from './absence';
import { BELIEVED_MAX_MS, createBudget, PEOPLE_PER_CALL } from './budget';
import { createAsk, createFind, type Learnt, type Span } from './find';
import type { Finding } from '../finding';
import type { Warn } from '../http/client';
import type { Watch } from '../http/outage';

export type CalamariPerson = { key: PersonKey; email: string; timezone: string };
export type CalamariOptions = {
  /** Ends in `/api`. */
  baseUrl: string;
  apiKey: string;
  timeoutMs?: number;
  now?: () => number;
  warn?: Warn;
  /**
   * How much of the company's budget is this process's, above 0 and up to 1 (default): 1 ÷ the number of processes that ask.
   * Asked for at every use.
   */
  share?: () => number;
  watch?: Watch;
};
export type Calamari = {
  /**
   * Who is available at `at` and for `aheadMs` after it. 'not available': time off that is accepted, approved or
   * pending cancellation covers the moment or begins within that time; 'unknown': Calamari does not know the person, or
   * does not say whether or when an absence takes them away. An answer is up to an hour old, and not older than the
   * beginning of an absence that it tells of.
   * @throws `calamari_unauthorized` or `calamari_unavailable` when nothing is known about somebody
   */
  absentAt(
    people: CalamariPerson[],
    at: Instant,
    aheadMs: number,
    options?: { signal?: AbortSignal },
  ): Promise<Availability>;
  /** For the start: whether the key is taken. Reads only, in one call. */
  check(): Promise<Finding[]>;
};

const HOUR_MS = 3_600_000;
/** The zones of the world lie between 12 hours behind UTC and 14 before it. */
const ZONES_BEHIND_MS = 12 * HOUR_MS;
const ZONES_BEFORE_MS = 14 * HOUR_MS;
/** Whoever was not asked about for a day is forgotten, and no longer asked about along with others. */
const FORGOTTEN_MS = 24 * HOUR_MS;
/** Words that are not known are said once each, and not for ever. */
const ODDITIES_MAX = 20;

/** What Calamari said when it was asked, at `at` on the clock that only goes forward and at `wall` ms since 1970. */
type Answer = Span & { known: Learnt; at: number; wall: number };
type Underway = Span & { known: Promise<Learnt> };
type Ask = ReturnType<typeof createAsk>;

/** The client of one company. */
export function createCalamari(options: CalamariOptions): Calamari {
  const { now = Date.now, warn } = options;
  const pace = options.now ?? steady;
  const budget = createBudget(pace, options.share);
  const ask = createAsk({ ...options, now, pace }, budget);
  const find = createFind(ask, createOdd(warn));
  /** By address, as the others below; whose is oldest comes first. */
  const answers = new Map<string, Answer>();
  const underway = new Map<string, Underway>();
  const lastAsked = new Map<string, number>();

  function isBelieved({ known, at, wall }: Answer, timezone: string, believedMs: number): boolean {
    // The one clock stands still while a machine sleeps, the other may be set back.
    const age = Math.max(pace() - at, now() - wall);
    // Whom Calamari does not know is asked about alone, and has no absence to miss.
    if (age >= (known ? believedMs : BELIEVED_MAX_MS)) return false;
    const begun = (begins: number): boolean => begins > wall && begins <= now();
    return !known?.some((absence) => begun(extentOf(absence, timezone).begins));
  }

  /** Asks about these in one call, and remembers that at once, so that callers who come meanwhile share it. */
  function renew(part: string[], span: Span): void {
    const asked = { ...span, at: pace(), wall: now() };
    const learnt = new Map<string, Learnt>();
    const learn = (email: string, known: Learnt): void => {
      learnt.set(email, known);
      answers.delete(email);
      answers.set(email, { ...asked, known });
    };
    const done = find(part, span, learn);
    for (const email of part) {
      const known = done.then(
        () => learnt.get(email) ?? null,
        (failure: unknown) => {
          const before = learnt.get(email);
          if (before === undefined) throw failure;
          return before;
        },
      );
      const mine = { ...span, known };
      underway.set(email, mine);
      const over = (): void => void (underway.get(email) === mine && underway.delete(email));
      // A failure is told to those who wait for it, and forgotten.
      known.then(over, over);
    }
  }

  /** Asks about all of `emails`, and in the same calls about those whose answers run out soonest. */
  function renewAll(emails: string[], span: Span): void {
    for (const [email, asked] of lastAsked) {
      if (asked > pace() - FORGOTTEN_MS) continue;
      lastAsked.delete(email);
      answers.delete(email);
    }
    const unknown = emails.filter((email) => answers.get(email)?.known === null);
    for (const email of unknown) renew([email], span);
    const list = emails.filter((email) => !unknown.includes(email));
    if (list.length === 0) return;
    const places = Math.ceil(list.length / PEOPLE_PER_CALL) * PEOPLE_PER_CALL - list.length;
    const along = [...answers].filter(([email, { known }]) => known && !list.includes(email) && !underway.has(email));
    list.push(...along.slice(0, places).map(([email]) => email));
    for (let i = 0; i < list.length; i += PEOPLE_PER_CALL) renew(list.slice(i, i + PEOPLE_PER_CALL), span);
  }

  return {
    async absentAt(people, at, aheadMs, { signal } = {}) {
      const start = Date.parse(at);
      const end = start + Math.max(0, aheadMs);
      const addressed = people.map((person) => ({ ...person, email: person.email.trim().toLowerCase() }));
      for (const { email } of addressed) lastAsked.set(email, pace());
      const believedMs = budget.believedFor(lastAsked.size);
      const asked = addressed.map((person) => {
        const days = { from: dayIn(person.timezone, start), to: dayIn(person.timezone, end) };
        const answer = answers.get(person.email);
        const fits = answer && includes(answer, days) && isBelieved(answer, person.timezone, believedMs);
        return { ...person, days, believed: fits ? answer : undefined };
      });
      const missing = asked.filter(({ email, days, believed }) => {
        const coming = underway.get(email);
        return !believed && !(coming && includes(coming, days));
      });
      // The caller's signal is not passed on: others may come to share the answer.
      renewAll([...new Set(missing.map(({ email }) => email))], spanOf(start, end));
      const words = asked.map(async ({ key, email, timezone, believed }) => {
        const known = believed ? believed.known : ((await underway.get(email)?.known) ?? null);
        return [key, wordOf(known, timezone, start, end)] as const;
      });
      const answer = Object.fromEntries(await Promise.all(words));
      signal?.throwIfAborted();
      return answer;
    },

    check: () => check(ask, dayIn('utc', now())),
  };
}

/** @returns who says a word that is not understood, once each: only the word itself, neither who nor when */
function createOdd(warn: Warn | undefined): (field: string, word: string) => void {
  const oddities = new Set<string>();
  return (field, word) => {
    const oddity = `${field} ${word}`;
    if (oddities.has(oddity) || oddities.size >= ODDITIES_MAX) return;
    oddities.add(oddity);
    const what = 'Calamari told of an absence in words that are not understood: whether that person is away is unknown';
    warn?.(what, { field, word: word || '(none)' });
  };
}

async function check(ask: Ask, day: string): Promise<Finding[]> {
  try {
    // An empty list of people and of days: any answer but a refusal of the key will do.
    await ask.about([], { from: day, to: day });
    return [];
  } catch (error) {
    if (!(error instanceof ErrandError)) throw error;
    const todo = todoAtStart(error.entry);
    if (!error.entry.retry) return [{ level: 'error', what: `CALAMARI_API_KEY: ${error.message}`, todo }];
    const what = `CALAMARI_BASE_URL: ${error.message}`;
    const orElse = `${todo} If it lasts, compare CALAMARI_BASE_URL with the address on the key’s page.`;
    return [{ level: 'warning', what, todo: orElse, unreachable: true }];
  }
}

function wordOf(known: Learnt, timezone: string, start: number, end: number): Availability[PersonKey] {
  const then = known?.filter((absence) => covers(absence, timezone, start, end));
  if (then?.some(({ sure }) => sure)) return 'not available';
  return then?.length === 0 ? 'available' : 'unknown';
}

/**
 * The days to ask about: those of this time in every zone, and of the hour after it, so that the answer serves others and
 * until it is no longer believed.
 */
function spanOf(start: number, end: number): Span {
  return {
    from: dayIn('utc', start - ZONES_BEHIND_MS),
    to: dayIn('utc', end + BELIEVED_MAX_MS + ZONES_BEFORE_MS),
  };
}

function includes(span: Span, days: Span): boolean {
  return span.from <= days.from && span.to >= days.to;
}

/** `YYYY-MM-DD` in this zone; in UTC when the zone is none. */
function dayIn(zone: string, ms: number): string {
  const local = DateTime.fromMillis(ms, { zone });
  return (local.isValid ? local : DateTime.fromMillis(ms, { zone: 'utc' })).toFormat('yyyy-MM-dd');
}
