/**
 * One attempt of one JSON call over fetch, with its outcome in the words of the error catalogue. Temporal repeats
 * attempts; nothing here does. Used by the Sentry and Calamari clients.
 */
import { asList, asRecord, asText } from './json';
import { ErrandError, type AnyCode, type ErrorCode } from '../../errors';
import { scrubStart } from '../../text/scrub';
import { BucketBusy, type Bucket } from './bucket';
import { NotSent, watched, type Watch } from './outage';

/** What a client tells the log; never secrets, never leave data. */
export type Warn = (what: string, fields?: Record<string, string | number>) => void;

/** Codes of one vendor's outcomes. */
type Codes = {
  unauthorized: ErrorCode;
  forbidden: ErrorCode;
  notFound: ErrorCode;
  refused: ErrorCode;
  unavailable: ErrorCode;
};
const CODES = {
  sentry: {
    unauthorized: 'sentry_unauthorized',
    forbidden: 'sentry_forbidden',
    notFound: 'sentry_issue_not_found',
    refused: 'sentry_refused',
    unavailable: 'sentry_unavailable',
  },
  // Calamari only ever delays an assignment, so what it refuses is treated like an outage.
  calamari: {
    unauthorized: 'calamari_unauthorized',
    forbidden: 'calamari_unauthorized',
    notFound: 'calamari_unavailable',
    refused: 'calamari_unavailable',
    unavailable: 'calamari_unavailable',
  },
} as const satisfies Record<string, Codes>;

const NAMES: Record<keyof typeof CODES, string> = { sentry: 'Sentry', calamari: 'Calamari' };

type HttpRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, with its leading slash; encoded by the caller. */
  path: string;
  query?: Record<string, string | number | string[] | undefined>;
  body?: unknown;
  signal?: AbortSignal;
  /** 4xx statuses that are an answer to the caller, not an error. */
  expect?: number[];
  bucket?: Bucket;
  /** In place of the client's own, for calls that are known to be slow. */
  timeoutMs?: number;
};
export type HttpAnswer = { status: number; body: unknown; headers: Headers };
type Http = (request: HttpRequest) => Promise<HttpAnswer>;
type HttpOptions = {
  name: keyof typeof CODES;
  /** A trailing slash is optional. */
  baseUrl: string;
  headers: Record<string, string>;
  /**
   * Whether the body of a 4xx (other than 408, 425 and 429) is the vendor's own. Anything else, such as a proxy's page, says
   * nothing of what was asked for: it is an outage. Without it every body counts.
   */
  isOwn?: (status: number, body: unknown) => boolean;
  timeoutMs?: number;
  /** Answers longer than this count as unreadable. */
  maxBytes?: number;
  /** Longest wait for the rate limit before the caller is told to come again. */
  maxWaitMs?: number;
  now?: () => number;
  watch?: Watch;
};

/** One vendor call. */
export const CALL_TIMEOUT_MS = 10_000;
/** An event is at most about 1 MB when ingested; its JSON with context lines is a few times that. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Longer waits would eat up the time of an activity's attempt: Temporal does the waiting instead. */
const MAX_WAIT_MS = 5_000;
const DETAIL_MAX = 500;
/** A wait asked for is believed up to an hour. */
const RETRY_AFTER_MAX_MS = 3_600_000;
/** Sentry's limit on concurrency names no time: it passes as soon as other calls end. */
const CONCURRENCY_WAIT_MS = 1_000;

/**
 * How long the vendor asks us to wait, in ms: `Retry-After` (seconds or a date), else Sentry's
 * `X-Sentry-Rate-Limit-Reset` (epoch seconds). undefined when it does not say.
 */
export function retryAfterOf(header: (name: string) => string | null | undefined, now: number): number | undefined {
  const bounded = (ms: number): number | undefined =>
    Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), RETRY_AFTER_MAX_MS) : undefined;
  const retryAfter = header('retry-after')?.trim();
  if (retryAfter) {
    return bounded(/^\d+(\.\d+)?$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now);
  }
  const remaining = header('x-sentry-rate-limit-remaining')?.trim();
  const reset = header('x-sentry-rate-limit-reset')?.trim();
  if (remaining && Number(remaining) > 0) return CONCURRENCY_WAIT_MS;
  return reset ? bounded(Number(reset) * 1000 - now) : undefined;
}

/** What a vendor said, on one line of at most 500 characters, without addresses and secrets. */
export function detailOf(text: string): string {
  const line = scrubStart(text, 10 * DETAIL_MAX)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length > DETAIL_MAX ? `${line.slice(0, DETAIL_MAX - 1)}…` : line;
}

/** What a vendor says in several fields of one answer; the same words once. */
export function saidOnce(parts: (string | undefined)[]): string[] {
  return [...new Set(parts.filter((part) => part !== undefined && part !== ''))] as string[];
}

/** Statuses that ask to come again, whoever says so. */
export const AGAIN = [408, 425, 429];

/** Of `Basic <base64 of user:password>`: a vendor may say it in clear. */
function passwordOf(authorization: string): string[] {
  const encoded = /^Basic (\S+)$/.exec(authorization)?.[1];
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  return decoded.includes(':') ? [decoded.slice(decoded.indexOf(':') + 1)] : [];
}

/**
 * A client of one vendor. Resolves with any 2xx whose body is JSON (or empty: `body` is null) and with the statuses in
 * `expect`; everything else is an {@link ErrandError}: 401, 403, 404 and other 4xx by their codes; 408, 425, 429, 5xx, a
 * 4xx that is not the vendor's own, a network failure, a timeout (the whole body included) and a 2xx that cannot be read as
 * `unavailable`, with `retryAfter` when the vendor says.
 */
export function createHttp(options: HttpOptions): Http {
  const { name, headers, isOwn = () => true, now = Date.now } = options;
  const codes: Codes = CODES[name];
  const usualTimeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const maxWaitMs = options.maxWaitMs ?? MAX_WAIT_MS;
  const clean = cleaner(headers);

  const send: Http = async (request) => {
    const { method = 'GET', path, signal, bucket, expect = [], timeoutMs = usualTimeoutMs } = request;
    // Without the query: what is asked for may be private.
    const what = `${method} ${path}`;
    const fail = (code: ErrorCode, why: string, retryAfter?: number): ErrandError =>
      new ErrandError(code, clean(`${what}: ${why}`), retryAfter);

    await turnOf(bucket, { maxWaitMs, signal }, (waitMs) => {
      throw new NotSent(codes.unavailable, clean(`${what}: our own rate limit is used up`), waitMs);
    });

    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string | undefined;
    try {
      response = await fetch(urlOf(request, options.baseUrl), {
        ...initOf(request, headers),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      text = (await readBytes(response, maxBytes))?.toString('utf8');
    } catch (error) {
      if (signal?.aborted) throw error;
      throw fail(codes.unavailable, timeout.aborted ? `no answer within ${timeoutMs} ms` : networkReason(error));
    }

    const { status } = response;
    const body = text === undefined ? undefined : parse(text);
    if (status >= 200 && status < 300) {
      if (body === undefined) throw fail(codes.unavailable, `answered ${status} with a body that cannot be read`);
      return { status, body, headers: response.headers };
    }
    const refusal = status >= 400 && status < 500 && !AGAIN.includes(status);
    if (refusal && !isOwn(status, body))
      throw fail(codes.unavailable, `${status}, and not in ${NAMES[name]}'s own words`);
    if (expect.includes(status)) return { status, body: body ?? null, headers: response.headers };
    const why = `${status} ${reasonIn(body)}`;
    if (status >= 300 && status < 400) {
      throw fail(codes.refused, `${status}, redirected: the configured base URL is not the real one`);
    }
    if (status === 401) throw fail(codes.unauthorized, why);
    if (status === 403) throw fail(codes.forbidden, why);
    if (status === 404) throw fail(codes.notFound, why);
    if (refusal) throw new ErrandError(codes.refused, clean(`${what}: ${why}`), undefined, status);
    // Sentry sends its counters with every answer; only after a 429 do they ask us to wait.
    const header = (one: string): string | null =>
      status === 429 || one === 'retry-after' ? response.headers.get(one) : null;
    const retryAfter = retryAfterOf(header, now());
    if (status === 429) bucket?.refused(retryAfter ?? CONCURRENCY_WAIT_MS);
    throw fail(codes.unavailable, why, retryAfter);
  };
  return (request) => watched(options.watch, () => send(request));
}

/** @param busy what is thrown when it would wait too long */
async function turnOf(
  bucket: Bucket | undefined,
  how: { maxWaitMs: number; signal?: AbortSignal },
  busy: (waitMs: number) => never,
): Promise<void> {
  try {
    await bucket?.take(how);
  } catch (error) {
    if (error instanceof BucketBusy) busy(error.waitMs);
    throw error;
  }
}

function initOf({ method = 'GET', body }: HttpRequest, headers: Record<string, string>): RequestInit {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method,
    headers: { accept: 'application/json', ...json, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    redirect: 'manual',
  };
}

/** Takes out what the headers prove us by. */
function cleaner(headers: Record<string, string>): (text: string) => string {
  const secrets = Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === 'authorization')
    .flatMap(([, value]) => [value, ...value.split(' ').slice(1), ...passwordOf(value)]);
  return (text) => detailOf(secrets.reduce((left, secret) => (secret ? left.replaceAll(secret, '…') : left), text));
}

function urlOf({ path, query }: HttpRequest, baseUrl: string): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return url;
}

/** The body, unpacked; undefined when it is longer than `max` bytes, and then the rest is not downloaded. */
export async function readBytes(response: Response, max: number): Promise<Buffer | undefined> {
  if (!response.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the download.
    if (size > max) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON, null for an empty body, undefined for anything else. */
function parse(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the body, which may be private.
    return undefined;
  }
}

/** What the vendor says is wrong: Sentry `detail` or field errors, Calamari `code` and `message`. */
function reasonIn(body: unknown): string {
  const { detail, message, code, ...fields } = asRecord(body);
  const said = [asText(code), asText(message), asText(detail) ?? asText(asRecord(detail).message)];
  const text = saidOnce(said).join(' ');
  if (text) return text;
  return Object.entries(fields)
    .slice(0, 5)
    .map(([key, value]) => `${key}: ${asList(value).map(asText).join(' ') || (asText(value) ?? '')}`)
    .join('; ');
}

/** `ECONNREFUSED` and the like; the text of other failures may quote the URL. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return (
    asText(asRecord(cause).code) ?? asText(asRecord(error).code) ?? (error instanceof Error ? error.name : 'failed')
  );
}

/** undefined instead of an {@link ErrandError} with one of these codes. */
export async function unless<T>(codes: AnyCode[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ErrandError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
