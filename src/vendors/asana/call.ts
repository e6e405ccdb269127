/**
 * One call of the `asana` package (3.2.0): its limits, and its outcome in the words of the error catalogue. Neutralises the
 * package's traps that concern every call:
 * - required arguments that are missing throw at once: every call runs inside an async function;
 * - a body that is not JSON arrives as text, or as an error without `status`: here any answer is read as JSON, whatever it calls
 *   itself, and what is none is an unknown outcome, never "not sent";
 * - forms and binary answers would go to parsers that write files or leave the connection open: nothing but JSON is read;
 * - up to 200 MB of an answer are taken: {@link MAX_BYTES} here;
 * - `opt_fields` given as a list is sent wrongly: it is one string here;
 * - its pages write into the caller's options and stop at an empty page: here a loop of our own follows `next_page`;
 * - no keep-alive: reads and PUTs share an agent. What must not be sent twice uses a fresh connection each time, because an
 *   idle one that the other side has just closed would look like a POST of unknown outcome;
 * - redirects are followed, which turns a POST into a GET: here none is;
 * - no AbortSignal and 60 s of patience: 10 s here, from the first byte sent to the last byte read.
 * Limits (developers.asana.com, "Rate limits"): 150 requests a minute on the free plan and 1,500 on paid ones, 15 writes
 * and 50 reads at a time. The plan is noticed from a 429: see {@link asanaBucket}.
 */
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ApiClient } from 'asana';
import { ErrandError, type AnyCode, type ErrorCode } from '../../errors';
import { AGAIN, CALL_TIMEOUT_MS, detailOf, retryAfterOf, saidOnce, type Warn } from '../http/client';
import { asList, asRecord, asText } from '../http/json';
import { allPages, type Page } from './pages';
import { createGate } from '../../process/gate';
import { BucketBusy, createBucket, type Bucket } from '../http/bucket';
import { NotSent, watched, type Watch } from '../http/outage';

export type AsanaClientOptions = {
  /** Ends in `/api/1.0`; a trailing slash is optional. */
  baseUrl: string;
  token: string;
  bucket?: Bucket;
  /** The part of the limits, over 0 and at most 1, that this process may use: other processes have the same token. */
  share?: () => number;
  timeoutMs?: number;
  now?: () => number;
  warn?: Warn;
  watch?: Watch;
};
export type Json = Record<string, unknown>;
/** How the answer of a call that fails without a definite refusal is to be read: `post` may have made something. */
type Kind = 'read' | 'put' | 'post';
/** What is used of the package's superagent request. */
type Outgoing = {
  redirects(most: number): void;
  maxResponseSize(bytes: number): void;
  buffer(on: boolean): void;
  parse(read: typeof readJson): void;
};

const PAID_PER_MINUTE = 1_500;
const FREE_PER_MINUTE = 150;
/** Asana looks at shorter spans than a minute, so little is sent at once. */
const BURST = 10;
/**
 * After a minute without a 429, as long as Asana counts, the paid rate is tried again, since a burst or others with the same token may
 * have been to blame; on the free plan then after two, four and more, so that it costs one refusal an hour in the end.
 */
const SLOW_FIRST_MS = 60_000;
const SLOW_MAX_MS = 3_600_000;
const READS_AT_ONCE = 50;
const WRITES_AT_ONCE = 15;
/** A 429 for too many calls at once is said to carry no Retry-After. */
const DEFAULT_PAUSE_MS = 5_000;
/** Longer waits are left to Temporal (`retryAfter`), so that an activity's attempt is not used up by waiting. */
const MAX_WAIT_MS = 10_000;
/** The largest answer is a page of 100 tasks with their notes: 160 KiB for each. */
const MAX_BYTES = 16 * 1024 * 1024;
const IDLE_SOCKET_MS = 30_000;

/** The bucket of one Asana token: the paid rate until a 429, then the free one for a while. */
export function asanaBucket({ share, now }: Pick<AsanaClientOptions, 'share' | 'now'> = {}): Bucket {
  return createBucket({
    perMinute: PAID_PER_MINUTE,
    burst: BURST,
    learn: {
      perMinute: FREE_PER_MINUTE,
      firstMs: SLOW_FIRST_MS,
      maxMs: SLOW_MAX_MS,
      inFlight: READS_AT_ONCE + WRITES_AT_ONCE,
    },
    share,
    now,
  });
}

/**
 * How calls are made. Each is one HTTP attempt, except `all`, which reads all pages. They throw {@link ErrandError}:
 * `asana_unauthorized` 401, `asana_payment_required` 402, `asana_forbidden` 403, `asana_not_found` 404, `asana_refused` other
 * 4xx, `asana_unavailable` 429 (all callers wait as long as Asana asks), and for a timeout, a reset, 408, 425, 5xx, an
 * unreadable answer or a 4xx that is not in Asana's own words `asana_unavailable`, or after a `post` `asana_outcome_unknown`.
 * A redirect is `asana_refused`, after a `post` `asana_outcome_unknown`. A refusal of Asana's own has its `status`.
 */
export function createCalls(options: AsanaClientOptions) {
  const { now = Date.now, share = () => 1, warn } = options;
  const bucket = options.bucket ?? asanaBucket(options);
  const agentOptions = { keepAlive: true, maxSockets: READS_AT_ONCE + WRITES_AT_ONCE, timeout: IDLE_SOCKET_MS };
  const agent = options.baseUrl.startsWith('https:') ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const kept = apiClient(options, agent);
  const fresh = apiClient(options, null);
  const gates = {
    read: createGate(() => READS_AT_ONCE * share()),
    write: createGate(() => WRITES_AT_ONCE * share()),
  };
  const announce = announcer(warn);

  /** One attempt. `tooLate`: asked right before it is sent; a later look must see the outcome. */
  async function once(kind: Kind, what: string, send: () => Promise<unknown>, tooLate?: () => boolean): Promise<Json> {
    try {
      await bucket.take({ maxWaitMs: MAX_WAIT_MS });
    } catch (error) {
      if (!(error instanceof BucketBusy)) throw error;
      throw new NotSent('asana_unavailable', `${what}: the rate limit is used up.`, error.waitMs);
    }
    return gates[kind === 'read' ? 'read' : 'write'](async () => {
      if (tooLate?.()) {
        throw new NotSent('asana_unavailable', `${what}: not sent, too late in this attempt.`);
      }
      return watched(options.watch, async () => {
        let answer: unknown;
        try {
          answer = await send();
        } catch (error) {
          throw failure({ bucket, secret: options.token, now }, kind, what, error);
        }
        return read(kind, what, answer, announce);
      });
    });
  }

  async function one(kind: Kind, what: string, send: () => Promise<unknown>, tooLate?: () => boolean): Promise<Json> {
    return asRecord((await once(kind, what, send, tooLate))['data']);
  }

  /** The same of a task (gid). An answer about another one cannot be believed. */
  async function ofTask(task: string, kind: Kind, what: string, send: () => Promise<unknown>): Promise<Json> {
    const answer = await one(kind, what, send);
    if (asText(answer['gid']) === task) return answer;
    throw new ErrandError(lost(kind), `${what}: the answer is about another task.`);
  }

  const all = (
    what: string,
    optFields: string,
    send: (page: Page) => Promise<unknown>,
    pageRead?: () => void,
  ): Promise<Json[]> => allPages((name, run) => once('read', name, run), what, optFields, send, pageRead);

  return { one, all, ofTask, kept, fresh, close: () => agent.destroy() };
}

/** Says each announcement of a change once. */
function announcer(warn: Warn | undefined): (change: string) => void {
  const said = new Set<string>();
  return (change) => {
    if (said.has(change)) return;
    said.add(change);
    warn?.('Asana announces a change of its API', { change: detailOf(change) });
  };
}

const trimmed = (baseUrl: string): string => baseUrl.replace(/\/+$/, '');

function apiClient(
  { baseUrl, token: secret, timeoutMs = CALL_TIMEOUT_MS }: AsanaClientOptions,
  requestAgent: HttpAgent | null,
): ApiClient {
  const client = new ApiClient();
  client.basePath = trimmed(baseUrl);
  client.timeout = timeoutMs;
  client.RETURN_COLLECTION = false;
  client.requestAgent = requestAgent;
  const authorize = client.applyAuthToRequest.bind(client);
  // The one place where the package shows the request that it is about to send.
  client.applyAuthToRequest = (request: Outgoing, names) => {
    authorize(request, names);
    request.redirects(0);
    request.maxResponseSize(MAX_BYTES);
    request.buffer(true);
    request.parse(readJson);
  };
  const { token } = client.authentications;
  if (token) token.accessToken = secret;
  return client;
}

/**
 * Asana's refusals have a list `errors`, each with a message (developers.asana.com, "Errors"). A 4xx without it says nothing of
 * what was asked for.
 */
function failure(
  { bucket, secret, now }: { bucket: Bucket; secret: string; now: () => number },
  kind: Kind,
  what: string,
  error: unknown,
): ErrandError {
  const { status, response, code } = asRecord(error);
  if (typeof status !== 'number') return new ErrandError(lost(kind), `${what}: ${asText(code) ?? 'no answer'}.`);
  if (status >= 300 && status < 400) {
    const refused = kind === 'post' ? lost(kind) : 'asana_refused';
    return new ErrandError(refused, `${what}: ${status}, redirected; ASANA_BASE_URL is not the real address.`);
  }
  const headers = asRecord(asRecord(response).headers);
  const errors = asList(asRecord(asRecord(response).body)['errors']).map(asRecord);
  const said = errors.map(({ message, phrase }) => saidOnce([asText(message), asText(phrase)]).join(' '));
  const isRefusal = status >= 400 && status < 500 && !AGAIN.includes(status);
  const isOwn = errors.some(({ message }) => asText(message) !== undefined);
  const words =
    isRefusal && !isOwn ? `${status}, and not in Asana's own words` : `${status} ${saidOnce(said).join('; ')}`;
  // The token goes before the text is cut: half of it would be told otherwise.
  const text = `${what}: ${words}`;
  const detail = detailOf(secret ? text.replaceAll(secret, '…') : text);
  const retryAfter = retryAfterOf((name) => asText(headers[name]), now());
  if (status === 429) {
    bucket.refused(retryAfter ?? DEFAULT_PAUSE_MS);
    return new ErrandError('asana_unavailable', detail, retryAfter ?? DEFAULT_PAUSE_MS);
  }
  if (isRefusal && isOwn) return new ErrandError(REFUSED_BY[status] ?? 'asana_refused', detail, undefined, status);
  // Of somebody in between it is no word on how long Asana is away.
  const pause = retryAfter === undefined || isOwn ? retryAfter : Math.min(retryAfter, DEFAULT_PAUSE_MS);
  if (pause !== undefined) bucket.pause(pause);
  return new ErrandError(lost(kind), detail, pause);
}

/** @param told gets the announcement of a change of the API */
function read(kind: Kind, what: string, answer: unknown, told: (change: string) => void): Json {
  const { data, response } = asRecord(answer);
  const change = asText(asRecord(asRecord(response).headers)['asana-change']);
  if (change) told(change);
  const body = asRecord(data);
  if (typeof body['data'] !== 'object' || body['data'] === null) {
    const status = asText(asRecord(response).status) ?? '2xx';
    throw new ErrandError(lost(kind), `${what}: answered ${status} with what cannot be read.`);
  }
  return body;
}

/** Of Asana's own refusals; the others are `asana_refused`. */
const REFUSED_BY: Partial<Record<number, ErrorCode>> = {
  401: 'asana_unauthorized',
  402: 'asana_payment_required',
  403: 'asana_forbidden',
  404: 'asana_not_found',
};

/**
 * Whether it is a refusal by one of these codes in Asana's own words. `asana_refused` is said of a redirect, too, which says
 * nothing of what was asked for.
 */
export function isDenial(error: unknown, codes: readonly AnyCode[]): error is ErrandError {
  if (!(error instanceof ErrandError) || !codes.includes(error.code)) return false;
  return error.code !== 'asana_refused' || error.status !== undefined;
}

function lost(kind: Kind): 'asana_outcome_unknown' | 'asana_unavailable' {
  return kind === 'post' ? 'asana_outcome_unknown' : 'asana_unavailable';
}

/** For superagent: the body as JSON; undefined for what is none. A body that breaks off is an error of the request itself. */
function readJson(response: IncomingMessage, done: (error: null, body: unknown) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => (text += piece));
  response.on('end', () => done(null, parsed(text)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
