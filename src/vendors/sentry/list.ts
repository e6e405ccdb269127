/** Lists of issues, as Sentry really answers them: what they show of an issue, and which issues are not in them. */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import type { IssueSnapshot } from '../../core/issue/snapshot';
import type { Warn } from '../http/client';
import type { CallOptions, SentryCall } from './call';
import { restToSnapshot, type WireContext } from './wire/snapshot';

export type SentryPage = {
  issues: IssueSnapshot[];
  next?: string;
  /** Rows that name no issue; absent when there are none. */
  unreadable?: number;
};

/** Ids in one question: 20 digits each make an address of 2.5 KB. */
const BY_ID_MAX = 100;
/**
 * What keeps a list quick: no series of 24 hours for each issue (`groupStatsPeriod` empty), neither the counts for the query nor
 * those of all time. Not `stats`: that takes counts and dates away, too (api/serializers/models/group_stream.py and group.py,
 * `_get_seen_stats`; Sentry's own test_collapse_stats).
 */
const QUICK = { groupStatsPeriod: '', collapse: ['lifetime', 'filtered'] };
/** Without it a list covers the projects only that the token's own user is a member of (api/bases/organization.py, `get_projects`). */
const ALL_PROJECTS = '-1';
/** Left out of a list whose query names no category (search/snuba/executors.py, group_categories_from_search_filters). */
const HIDDEN = ['feedback', 'configuration'];
/** What a server does not know is asked for again after so long: it may have been upgraded, and a mistake must not last. It costs 3 calls. */
const UNKNOWN_MS = 60 * 60_000;
/** Of a search that Sentry cannot read (issues/endpoints/organization_group_index.py, get: handle_query_errors and ValidationError). */
const BAD_SEARCH = 400;

/** @param context for the snapshots of one answer */
export function createLists(call: SentryCall, context: () => WireContext, warn?: Warn, now: () => number = steady) {
  /** Those of {@link HIDDEN} that the server knows, as it was found. */
  let found = { known: HIDDEN, until: Infinity };
  let said = '';

  const list = (query: string, cursor: string | undefined, options: CallOptions): Promise<SentryPage> =>
    ask(call, context, { query, sort: 'date', limit: '100', ...(cursor === undefined ? {} : { cursor }) }, options);
  /** Says once what this server does not know. */
  const say = (known: string[]): void => {
    const unknown = HIDDEN.filter((category) => !known.includes(category)).join(', ');
    if (unknown !== '' && unknown !== said)
      warn?.('This Sentry does not know these categories of issues: they are not swept', { categories: unknown });
    said = unknown;
  };

  return {
    /**
     * One page (100) of the organisation's issues, latest event first; `query` in Sentry's search syntax, '' for all. `next` is
     * undefined on the last page. Not in it: issues without an event for 90 days or the plan's retention, those that are being
     * merged or deleted, and, unless the query names a category, feedback and configuration (search/snuba/executors.py). The
     * order is that of Postgres' last_seen, the date in a row is ClickHouse's and may lag behind or be missing.
     */
    listIssues: (query: string, cursor?: string, options: CallOptions = {}): Promise<SentryPage> =>
      list(query, cursor, options),

    /**
     * A page of the same, of the categories that a list hides. A server that does not know one of them refuses the whole search
     * (api/issue_search.py, convert_category_value): that one is not asked for again for an hour.
     */
    async listHidden(query: string, cursor?: string, options: CallOptions = {}): Promise<SentryPage> {
      if (now() >= found.until) found = { known: HIDDEN, until: Infinity };
      if (found.known.length === 0) return { issues: [] };
      const page = await orRefusal(list(named(query, found.known), cursor, options));
      if (!(page instanceof ErrandError)) return page;
      // The first page was taken, so the categories are known; to begin anew there would be read as the page after this one.
      if (cursor !== undefined) throw page;
      const known = await findKnown((search) => list(search, undefined, options), page, query);
      say(known);
      found = { known, until: now() + UNKNOWN_MS };
      return known.length === 0 ? { issues: [] } : list(named(query, known), undefined, options);
    },

    /**
     * Those of `ids` (100 at most) that Sentry has, whatever their age, category and state: with `group` it ignores its search
     * (issues/endpoints/organization_group_index.py). One that is not among them is merged, deleted, or hidden from the token.
     */
    async issuesById(ids: string[], options: CallOptions = {}): Promise<IssueSnapshot[]> {
      const group = ids.slice(0, BY_ID_MAX);
      const { issues } = await ask(call, context, { group }, options);
      // A server that does not know the parameter answers with its usual list.
      return issues.filter(({ ref }) => group.includes(ref.id));
    },
  };
}

async function ask(
  { organization, readPage }: SentryCall,
  context: () => WireContext,
  query: Record<string, string | string[]>,
  options: CallOptions,
): Promise<SentryPage> {
  const path = `${organization}/issues/`;
  const answer = await readPage(path, { ...options, query: { ...QUICK, ...query, project: ALL_PROJECTS } });
  if (!answer) throw new ErrandError('sentry_refused', `GET ${path}: 404. Is SENTRY_ORG right?`);
  const at = context();
  const issues = answer.rows.flatMap((one) => restToSnapshot(one, undefined, undefined, at) ?? []);
  const unreadable = answer.rows.length - issues.length;
  // So it is no list of issues, and none of its rows says that there are no more.
  if (unreadable > 0 && issues.length === 0)
    throw new ErrandError('sentry_unavailable', `GET ${path}: none of ${unreadable} rows names an issue.`);
  return { issues, next: answer.next, ...(unreadable > 0 ? { unreadable } : {}) };
}

const named = (query: string, categories: string[]): string =>
  `${query} issue.category:[${categories.join(',')}]`.trim();

/** The page, or Sentry's own refusal of the search. */
async function orRefusal(page: Promise<SentryPage>): Promise<SentryPage | ErrandError> {
  try {
    return await page;
  } catch (error) {
    const isRefusal = error instanceof ErrandError && error.code === 'sentry_refused' && error.status === BAD_SEARCH;
    if (!isRefusal) throw error;
    return error;
  }
}

/**
 * Which of {@link HIDDEN} this server knows, after it refused a search for them. Nothing is said against a category unless Sentry
 * names it, or takes the same search without one.
 */
async function findKnown(
  list: (query: string) => Promise<SentryPage>,
  refusal: ErrandError,
  query: string,
): Promise<string[]> {
  if (!HIDDEN.some((category) => refusal.detail?.includes(`'${category}'`))) {
    const plain = await orRefusal(list(query));
    if (plain instanceof ErrandError) throw refusal;
  }
  const known: string[] = [];
  for (const category of HIDDEN)
    if (!((await orRefusal(list(named(query, [category])))) instanceof ErrandError)) known.push(category);
  return known;
}
