/**
 * Calamari's find-advanced: the absences of many people in one call, within the budget. Only an answer that says whose
 * absences it holds is believed; anything else is an outage, or asked again about fewer people.
 */
import { ErrandError } from '../errors';
import { absenceOf, type Absence } from './calamari-absence';
import type { Budget } from './calamari-budget';
import { asRecord, asText, createHttp, retryAfterOf, type HttpAnswer } from './http';
import { createBucket } from './http-bucket';
import { watched, type Watch } from './outage';

/** `null`: Calamari does not know the person. */
export type Known = Absence[] | null;
/** First and last day asked about, YYYY-MM-DD. */
export type Span = { from: string; to: string };
/** The absences in a list; undefined when Calamari refuses the list because of somebody in it. */
export type Ask = (employees: string[], span: Span) => Promise<unknown[] | undefined>;

const PATH = '/leave/request/v1/find-advanced';
/** One attempt to learn who is off; Temporal repeats it. */
const TIMEOUT_MS = 5_000;
/** Half of the 10 a second that Calamari allows a company. */
const PER_MINUTE = 300;
const BURST = 5;
/**
 * Codes that are about the question or the key, not about somebody in it (developers.calamari.io, common codes; the dates'
 * from a public client). What an address that it does not know is called is not documented for this call.
 */
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

/**
 * @returns one call, which throws `calamari_unauthorized` or `calamari_unavailable` and tells the budget how it ended
 */
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

  function read({ status, body, headers }: HttpAnswer): unknown[] | undefined {
    if (status < 300 && Array.isArray(body)) return body as unknown[];
    const code = asText(asRecord(body)['code']);
    if (status === 400 && code !== undefined && !NOT_ABOUT_PEOPLE.test(code)) return undefined;
    const pause = status === 429 ? budget.refused(retryAfterOf((name) => headers.get(name), now())) : undefined;
    const said = status < 300 ? `answered ${status} without a list` : `${status} ${code ?? ''}`;
    throw new ErrandError('calamari_unavailable', `POST ${PATH}: ${said}`.trimEnd(), pause);
  }

  return async (employees, span) => {
    budget.spend();
    try {
      // No `absenceStatuses`: the names of the filter are not those of the answers. Filtered here instead.
      const body = { ...span, employees };
      const list = await watched(watch, async () =>
        read(await http({ method: 'POST', path: PATH, body, bucket, expect: [400, 404, 429] })),
      );
      budget.answered();
      return list;
    } catch (error) {
      if (error instanceof ErrandError && error.entry.retry) budget.failed();
      else budget.answered();
      throw error;
    }
  };
}

/**
 * Asks about `emails` (lower case, at least one). Whom Calamari does not know makes it refuse the whole list, and an absence
 * whose person is not named or was not asked for may be anybody's: then each half is asked about alone, so that one wrong
 * address among fifty costs a dozen calls, once.
 * @param learn hears what is known, part by part: a failure later on takes nothing back
 * @throws as `ask`
 */
export async function find(
  ask: Ask,
  emails: string[],
  span: Span,
  learn: (email: string, known: Known) => void,
  odd: (field: string, word: string) => void,
): Promise<void> {
  const list = await ask(emails, span);
  const [only] = emails.length === 1 ? emails : [];
  const known = list && sorted(list, emails, odd);
  if (known) return void known.forEach((absences, email) => learn(email, absences));
  if (only !== undefined) {
    if (!list) return learn(only, null);
    throw new ErrandError('calamari_unavailable', `POST ${PATH}: it answered about people who were not asked for`);
  }
  const half = Math.ceil(emails.length / 2);
  for (const part of [emails.slice(0, half), emails.slice(half)]) await find(ask, part, span, learn, odd);
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
