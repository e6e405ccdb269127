/** Lists of issues, as Sentry really answers them: what they show of an issue, and which issues are not in them. */
import { ErrandError } from '../errors';
import type { IssueSnapshot } from '../types';
import type { Warn } from './http';
import type { CallOptions, SentryCall } from './sentry-call';
import { restToSnapshot, type WireContext } from './sentry-wire';

export type SentryPage = { issues: IssueSnapshot[]; next?: string };

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

/** @param context for the snapshots of one answer */
export function createLists({ organization, readPage }: SentryCall, context: () => WireContext, warn?: Warn) {
  const path = `${organization}/issues/`;
  let hidden = HIDDEN;

  async function ask(query: Record<string, string | string[]>, options: CallOptions): Promise<SentryPage> {
    const answer = await readPage(path, { ...options, query: { ...QUICK, ...query, project: ALL_PROJECTS } });
    if (!answer) throw new ErrandError('sentry_refused', `GET ${path}: 404. Is SENTRY_ORG right?`);
    const at = context();
    return {
      issues: answer.rows.flatMap((one) => restToSnapshot(one, undefined, undefined, at) ?? []),
      next: answer.next,
    };
  }

  const list = (query: string, cursor: string | undefined, options: CallOptions): Promise<SentryPage> =>
    ask({ query, sort: 'date', limit: '100', ...(cursor === undefined ? {} : { cursor }) }, options);
  const named = (query: string, categories: string[]): string =>
    `${query} issue.category:[${categories.join(',')}]`.trim();

  /** undefined when Sentry refuses the search. */
  async function unlessRefused(page: Promise<SentryPage>): Promise<SentryPage | undefined> {
    try {
      return await page;
    } catch (error) {
      if (error instanceof ErrandError && error.code === 'sentry_refused') return undefined;
      throw error;
    }
  }

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
     * (api/issue_search.py, convert_category_value): that one is not asked for again.
     */
    async listHidden(query: string, cursor?: string, options: CallOptions = {}): Promise<SentryPage> {
      if (hidden.length === 0) return { issues: [] };
      const page = await unlessRefused(list(named(query, hidden), cursor, options));
      if (page) return page;
      const known: string[] = [];
      for (const category of hidden)
        if (await unlessRefused(list(named(query, [category]), undefined, options))) known.push(category);
      const unknown = hidden.filter((category) => !known.includes(category)).join(', ');
      warn?.('This Sentry does not know these categories of issues: they are not swept', { categories: unknown });
      hidden = known;
      return known.length === 0 ? { issues: [] } : list(named(query, known), undefined, options);
    },

    /**
     * Those of `ids` (100 at most) that Sentry has, whatever their age, category and state: with `group` it ignores its search
     * (issues/endpoints/organization_group_index.py). One that is not among them is merged, deleted, or hidden from the token.
     */
    async issuesById(ids: string[], options: CallOptions = {}): Promise<IssueSnapshot[]> {
      const group = ids.slice(0, BY_ID_MAX);
      const { issues } = await ask({ group }, options);
      // A server that does not know the parameter answers with its usual list.
      return issues.filter(({ ref }) => group.includes(ref.id));
    },
  };
}
