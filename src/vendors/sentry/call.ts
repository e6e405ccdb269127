/** Calls of Sentry's REST API (docs.sentry.io/api/): one token, its limits, and what counts as Sentry's own word. */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import { createHttp, type HttpAnswer, type Warn } from '../http/client';
import { asRecord } from '../http/json';
import { createBucket, type Bucket } from '../http/bucket';
import type { Watch } from '../http/outage';

export type CallOptions = { signal?: AbortSignal };
export type SentryCallOptions = {
  /** An origin: `https://us.sentry.io`, or a single tenant's `https://acme.my.sentry.io`. Every call goes there. */
  baseUrl: string;
  token: string;
  /** The organisation's slug. */
  org: string;
  /** The part of Sentry's limits, over 0 and at most 1, that this process may use; they are kept per organisation. */
  share?: () => number;
  timeoutMs?: number;
  now?: () => number;
  warn?: Warn;
  watch?: Watch;
};
type Query = Record<string, string | string[]>;
/** Permissions as the page of an internal integration calls them, with the scope that each is. */
export const PERMISSION = {
  /** event:read */
  issuesRead: 'Issue & Event: Read',
  /** event:write */
  issuesWrite: 'Issue & Event: Read & Write',
  /** project:read */
  projects: 'Project: Read',
  /** org:read */
  organization: 'Organization: Read',
  /** member:read */
  members: 'Member: Read',
} as const;
type Permission = (typeof PERMISSION)[keyof typeof PERMISSION];
/** `needs`: the permission that the endpoint asks for, `issuesRead` when absent; a 403 names it. */
type ReadOptions = CallOptions & { query?: Query; needs?: Permission };
export type SentryCall = {
  /** `/api/0/organizations/acme` */
  organization: string;
  /** `…/issues/4711/` */
  issuePath: (id: string) => string;
  /** 404 is an answer: Sentry says that there is no such thing. So is what `expect` names. */
  read: (path: string, options?: ReadOptions & { bucket?: Bucket; expect?: number[] }) => Promise<HttpAnswer>;
  /** A page of a list, waited for 45 s unless told otherwise; undefined on a 404. @throws ErrandError `sentry_unavailable` when the answer is no list */
  readPage: (
    path: string,
    options?: ReadOptions & { timeoutMs?: number },
  ) => Promise<{ rows: unknown[]; next?: string } | undefined>;
  /** A PUT on an issue. */
  change: (id: string, body: Record<string, unknown>, options?: CallOptions) => Promise<HttpAnswer>;
  post: (path: string, body: Record<string, unknown>, options?: CallOptions) => Promise<HttpAnswer>;
  /** Of reads of one issue. */
  issueReads: Bucket;
};

/**
 * Reading one issue, and changing one: each 5 a second and organisation on sentry.io (issues/endpoints/group_details.py,
 * `rate_limits`); a fifth is left to others with this token. No burst, which would come on top of the rate within the same second.
 */
const ISSUE_PER_MINUTE = 240;
const ISSUE_BURST = 1;
/** The other endpoints: 40 a second by default (ratelimits/config.py); half of it. */
const OTHER_PER_MINUTE = 1_200;
const OTHER_BURST = 20;
/** A page of issues takes several queries of ClickHouse, each of which Snuba lets run for 30 s. */
const PAGE_TIMEOUT_MS = 45_000;

/**
 * Sentry's own refusals are JSON (api/base.py, Django REST framework's exception handler): `{"detail": …}`, or a field's name with
 * its problems for a 400. A 404 says so in `detail`, as text; without it somebody in between has answered.
 */
function isOwn(status: number, body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const { detail } = asRecord(body);
  return status !== 404 || (typeof detail === 'string' && detail !== '');
}

/** Methods throw {@link ErrandError} with the `sentry_…` codes. */
export function createSentryCall(options: SentryCallOptions): SentryCall {
  const { share, warn } = options;
  const now = options.now ?? steady;
  const http = createHttp({
    name: 'sentry',
    baseUrl: options.baseUrl,
    headers: { authorization: `Bearer ${options.token}` },
    isOwn,
    timeoutMs: options.timeoutMs,
    now: options.now,
    watch: options.watch,
  });
  const issueBucket = (): Bucket => createBucket({ perMinute: ISSUE_PER_MINUTE, burst: ISSUE_BURST, share, now });
  const issueReads = issueBucket();
  const issueWrites = issueBucket();
  const others = createBucket({ perMinute: OTHER_PER_MINUTE, burst: OTHER_BURST, share, now });
  const organization = `/api/0/organizations/${encodeURIComponent(options.org)}`;
  const issuePath = (id: string): string => `${organization}/issues/${encodeURIComponent(id)}/`;
  let toldOfHost = false;

  /** Only the cursor of a link is used, so that the token goes nowhere else; another host is a hint at a wrong base URL. */
  function lookAtHost(url: string): void {
    if (toldOfHost || !URL.canParse(url) || new URL(url).host === new URL(options.baseUrl).host) return;
    toldOfHost = true;
    const { host } = new URL(url);
    warn?.('Sentry names another host in its links than SENTRY_BASE_URL; it is not asked there', { host });
  }

  return {
    organization,
    issuePath,
    issueReads,
    read: (path, { signal, query, needs = PERMISSION.issuesRead, bucket = others, expect = [] } = {}) =>
      needing(needs, http({ path, query, signal, bucket, expect: [404, ...expect] })),
    async readPage(path, { signal, query, needs = PERMISSION.issuesRead, timeoutMs: wanted = PAGE_TIMEOUT_MS } = {}) {
      const timeoutMs = options.timeoutMs ?? wanted;
      const answer = await needing(needs, http({ path, query, signal, bucket: others, expect: [404], timeoutMs }));
      if (answer.status === 404) return undefined;
      if (!Array.isArray(answer.body))
        throw new ErrandError('sentry_unavailable', `GET ${path}: the answer is no list.`);
      const next = nextPage(answer);
      if (next) lookAtHost(next.url);
      // A page that names itself as the next one would be read for ever.
      if (next && next.cursor === query?.['cursor'])
        throw new ErrandError('sentry_unavailable', `GET ${path}: the next page is this page.`);
      return { rows: answer.body as unknown[], next: next?.cursor };
    },
    change: (id, body, { signal } = {}) =>
      needing(PERMISSION.issuesWrite, http({ method: 'PUT', path: issuePath(id), body, signal, bucket: issueWrites })),
    post: (path, body, { signal } = {}) =>
      needing(PERMISSION.issuesWrite, http({ method: 'POST', path, body, signal, bucket: others })),
  };
}

/** A 403 names the permission that is lacking. */
async function needing<T>(permission: Permission, run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof ErrandError) || error.code !== 'sentry_forbidden') throw error;
    throw new ErrandError(error.code, `${error.detail}; it needs the permission "${permission}"`);
  }
}

/** One link of a `Link` header. */
const LINK = /<([^>]*)>([^<]*)/g;

/** Sentry's next page (docs.sentry.io/api/pagination/): both links are always there, `results` decides. */
export function nextPage({ headers }: Pick<HttpAnswer, 'headers'>): { url: string; cursor: string } | undefined {
  for (const [, url = '', parameters = ''] of (headers.get('link') ?? '').matchAll(LINK)) {
    const cursor = /cursor="([^"]+)"/.exec(parameters)?.[1];
    if (/rel="next"/.test(parameters) && /results="true"/.test(parameters) && cursor) return { url, cursor };
  }
  return undefined;
}
