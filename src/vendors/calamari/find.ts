/**
 * Calamari's find-advanced: the absences of many people in one call, within the budget. Only an answer that says whose
 * absences it holds is believed; anything else is an outage, or asked again about fewer people.
 */
import { ErrandError } from '../../errors';
import { absenceOf, type Absence } from './absence';
import type { Budget } from './budget';
import { createHttp, retryAfterOf, type HttpAnswer } from '../http/client';
import { asRecord, asText } from '../http/json';
import { createBucket } from '../http/bucket';
import { tellFailed, type Watch } from '../http/outage';

/** `null`: Calamari does not know the person. */
export type Learnt = Absence[] | null;
/** First and last day asked about, YYYY-MM-DD. */
export type Span = { from: string; to: string };
/** A list of absences; or the code of a refusal that may be about somebody of those asked about. */
type Answer = { list: unknown[] } | { refused: string };
export type Ask = {
  /** @throws ErrandError `calamari_unauthorized`, or `calamari_unavailable`, also for a refusal that was found to be an outage */
  about: (employees: string[], span: Span) => Promise<Answer>;
  /** The error of a refusal that is not about `employees`. Asked about no others, Calamari is not asked why again while it lasts. */
  outage: (code: string, employees: string[]) => ErrandError;
};
/**
 * Asks about `emails` (lower case, at least one), and tells `learn` what is known, part by part: a failure later on takes nothing
 * back. Throws as {@link Ask}.
 */
type Find = (emails: string[], span: Span, learn: (email: string, known: Learnt) => void) => Promise<void>;

const PATH = '/leave/request/v1/find-advanced';
/** One attempt to learn who is off; Temporal repeats it. */
const TIMEOUT_MS = 5_000;
/** Half of the 10 a second that Calamari allows a company. */
const PER_MINUTE = 300;
const BURST = 5;
/**
 * The code for an address that Calamari does not know: documented for sibling calls, expected by a public client. What it is called
 * for this call is not documented, so another code may mean the same; `createFind` finds out.
 */
const ABOUT_PEOPLE = 'INVALID_EMPLOYEE';
/** Codes that are never about somebody, but about the question or the key (developers.calamari.io, common codes; the dates' from a public client). */
const NOT_ABOUT_PEOPLE = /^(AUTH|FORBIDDEN|QUOTA|UNKNOWN_ERROR|INVALID_DATE|INVALID_JSON|INVALID_METHOD|HTTP_METHOD)/;

type AskOptions = {
  baseUrl: string;
  apiKey: string;
  timeoutMs?: number;
  share?: () => number;
  now: () => number;
  pace: () => number;
  watch?: Watch;
};

/** One call, which tells the budget how it ended. */
export function createAsk({ baseUrl, apiKey, timeoutMs, share, now, pace, watch }: AskOptions, budget: Budget): Ask {
  const http = createHttp({
    name: 'calamari',
    baseUrl,
    // The user is always called so; the key is the password.
    headers: { authorization: `Basic ${Buffer.from(`calamari:${apiKey}`).toString('base64')}` },
    // An error of Calamari is {message, code, field} (developers.calamari.io, "Errors").
    isOwn: (_status, body) => asText(asRecord(body)['code']) !== undefined,
    timeoutMs: timeoutMs ?? TIMEOUT_MS,
    maxWaitMs: TIMEOUT_MS,
    now,
  });
  const bucket = createBucket({ perMinute: PER_MINUTE, burst: BURST, share, now: pace });

  /** The refusal of everybody that is under way, and those who are known to be met by it. */
  let refusal: { code: string; people: Set<string> } | undefined;

  function read({ status, body, headers }: HttpAnswer, employees: string[]): Answer {
    if (status < 300 && Array.isArray(body)) return { list: body as unknown[] };
    const code = asText(asRecord(body)['code']);
    const isKnown = code === refusal?.code && employees.every((one) => refusal?.people.has(one));
    if (status === 400 && code !== undefined && !NOT_ABOUT_PEOPLE.test(code) && !isKnown) return { refused: code };
    const pause = status === 429 ? budget.refused(retryAfterOf((name) => headers.get(name), now())) : undefined;
    const said = status < 300 ? `answered ${status} without a list` : `${status} ${code ?? ''}`;
    throw new ErrandError('calamari_unavailable', `POST ${PATH}: ${said}`.trimEnd(), pause);
  }

  return {
    async about(employees, span) {
      budget.spend();
      try {
        // No `absenceStatuses`: the names of the filter are not those of the answers. Filtered here instead.
        const body = { ...span, employees };
        const answer = read(
          await http({ method: 'POST', path: PATH, body, bucket, expect: [400, 404, 429] }),
          employees,
        );
        budget.answered();
        // A refusal that may be about anything is judged by whoever asked.
        if ('list' in answer || answer.refused === ABOUT_PEOPLE) watch?.();
        if ('list' in answer) refusal = undefined;
        return answer;
      } catch (error) {
        tellFailed(watch, error);
        if (error instanceof ErrandError && error.entry.retry) budget.failed();
        else budget.answered();
        throw error;
      }
    },
    outage(code, employees) {
      refusal = { code, people: new Set([...(refusal?.code === code ? refusal.people : []), ...employees]) };
      budget.failed();
      const error = new ErrandError('calamari_unavailable', `POST ${PATH}: 400 ${code}, whomever it is asked about`);
      watch?.(error);
      return error;
    },
  };
}

/**
 * Whom Calamari does not know makes it refuse the whole list, and an absence whose person is not named or was not asked for may be
 * anybody's: then each half is asked about alone, so that one wrong address among fifty costs a dozen calls, once.
 *
 * A refusal with a code that is not known to be about people says nothing of them: the first and the last are asked about alone.
 * Both refused in the same way, it is an outage, after three calls. One of them answered, the question is right, so whoever is
 * still refused alone is not known; a person who once was found so is believed to be so when asked about with nobody else.
 */
export function createFind(ask: Ask, odd: (field: string, word: string) => void): Find {
  /** By which code somebody was refused alone while others were answered. */
  const unknownBy = new Map<string, string>();
  return async (emails, span, learn) => {
    let isAnswered = false;
    /** Refused alone, with a code that may be about anything. */
    const refused = new Map<string, string>();
    await look(emails);
    const unclear = [...refused].filter(([email, code]) => !isAnswered && unknownBy.get(email) !== code);
    for (const [email, code] of refused) {
      if (unclear.some(([one]) => one === email)) continue;
      unknownBy.set(email, code);
      learn(email, null);
    }
    const [first] = unclear;
    if (first) throw ask.outage(first[1], emails);

    async function look(part: string[]): Promise<void> {
      const answer = await ask.about(part, span);
      const [only] = part.length === 1 ? part : [];
      if ('list' in answer) {
        const known = sorted(answer.list, part, odd);
        if (!known && only !== undefined)
          throw new ErrandError(
            'calamari_unavailable',
            `POST ${PATH}: it answered about people who were not asked for`,
          );
        if (!known) return halves(part);
        isAnswered = true;
        for (const [email, absences] of known) {
          unknownBy.delete(email);
          learn(email, absences);
        }
        return;
      }
      const isAboutPeople = answer.refused === ABOUT_PEOPLE;
      if (only !== undefined) {
        if (!isAboutPeople) return void refused.set(only, answer.refused);
        unknownBy.delete(only);
        return learn(only, null);
      }
      return isAboutPeople || isAnswered ? halves(part) : ends(part, answer.refused);
    }

    async function halves(part: string[]): Promise<void> {
      const half = Math.ceil(part.length / 2);
      for (const some of [part.slice(0, half), part.slice(half)]) await look(some);
    }

    async function ends(part: string[], code: string): Promise<void> {
      const both = [...part.slice(0, 1), ...part.slice(-1)];
      for (const email of both) await look([email]);
      if (!isAnswered && both.every((email) => refused.get(email) === code)) throw ask.outage(code, emails);
      const middle = part.slice(1, -1);
      // One of the ends was answered: the whole would be refused again.
      if (isAnswered && middle.length > 1) await halves(middle);
      else if (middle.length > 0) await look(middle);
    }
  };
}

/** Each one's absences; undefined when one of them cannot be given to anybody. */
function sorted(list: unknown[], emails: string[], odd: (field: string, word: string) => void) {
  const found = new Map<string, Absence[]>(emails.map((email) => [email, []]));
  const names = list.map((one) => asText(asRecord(one)['employeeEmail'])?.trim().toLowerCase());
  // Asked about one person, the answer is about them, also where it gives them no name or another (a login, an alias).
  const [only] = emails.length === 1 && new Set(names).size === 1 ? emails : [];
  for (const [i, one] of list.entries()) {
    const absences = found.get(only ?? names[i] ?? '');
    if (!absences) return undefined;
    absences.push(...[absenceOf(one, odd) ?? []].flat());
  }
  return found;
}
