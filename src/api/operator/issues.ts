/** Lists of issues from Temporal's visibility: search attributes choose, the memo holds the row. */
import { ATTRIBUTE, ISSUE_WORKFLOW, MEMO_ROW, refOf, workflowIdOf } from '../../contract';
import { ErrandError } from '../../errors';
import { fell, FELL_QUERY, isStuck, lastOf, newestOnly, startOf, STUCK_QUERY } from '../../temporal/client/unhealthy';
import type { TemporalClient } from '../../temporal/client/client';
import { listPage, memoOf, quoted, RUNNING, type Execution } from '../../temporal/client/visibility';
import { tryingWords } from '../../core/issue/words';
import { NAMED } from '../../vendors/names';
import type { IssueDetail, IssueShown, Trying } from '../../core/issue/view';
import type { IssueView } from '../../core/issue/row';
import type { Instant } from '../../core/refs';

const DEADLINE_MS = 5_000;
export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
/** No id, short id, slug or key has control characters, and Temporal's databases refuse some of them only after a while. */
export const isPrintable = (text: string): boolean => !/\p{Cc}/u.test(text);
const MINUTE = 60_000;
/** SQL visibility cannot sort, so the newest is looked for in windows that grow. */
const WINDOWS = [MINUTE, 10 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE, 30 * 24 * 60 * MINUTE];

export type IssueFilter = {
  state?: string;
  project?: string;
  assignee?: string;
  attention?: boolean;
  limit?: number;
  cursor?: string;
};

/** The issue that changed last. */
const LATEST = 'latest';

const IN_ORDER = "ExecutionStatus IN ('Running', 'Completed')";
/** Who cancels a workflow wants it gone. */
const RUNS = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus NOT IN ('Canceled', 'ContinuedAsNew')`;
const NEEDS = ATTRIBUTE.needsAttention.name;
/** A workflow that cannot help itself is in no state to set an attribute. */
const ATTENTION = {
  true: `((${IN_ORDER} AND ${NEEDS} = true) OR (${STUCK_QUERY}) OR ${FELL_QUERY})`,
  false: `${IN_ORDER} AND ${NEEDS} = false AND TemporalReportedProblems IS NULL`,
};

function queryOf(filter: IssueFilter): string {
  const parts = [RUNS];
  if (filter.state) parts.push(`${ATTRIBUTE.state.name} = ${quoted(filter.state)}`);
  if (filter.project) parts.push(`${ATTRIBUTE.project.name} = ${quoted(filter.project)}`);
  if (filter.assignee) parts.push(`${ATTRIBUTE.assignee.name} = ${quoted(filter.assignee)}`);
  if (filter.attention !== undefined) parts.push(ATTENTION[filter.attention ? 'true' : 'false']);
  return parts.join(' AND ');
}

/** A workflow that has not read anything yet has no memo: all that is known is its id. */
function rowOf(execution: Execution): IssueView | undefined {
  const id = execution.execution?.workflowId;
  // Somebody may start a workflow of this type by hand, under any id.
  if (!id || !refOf(id)) return undefined;
  const row = memoOf<IssueView>(execution, MEMO_ROW) ?? unread(id, execution);
  return fell(execution) ? fallen(row, lastOf(execution)) : row;
}

/** Nothing that it was about to do is tried again. */
function fallen<T extends IssueView>(row: T, since: Instant): T {
  return { ...row, attention: [{ step: 'workflow', code: 'workflow_failed', since, tries: 1 }] };
}

/**
 * An issue as its workflow tells it, with what only Temporal knows of its run.
 * @param run as {@link TemporalClient.run} found it
 * @param zone IANA, for times
 */
export function shownDetail(
  issue: IssueDetail,
  run: { fell?: Instant; trying: Trying[] } | undefined,
  zone: string,
): IssueShown {
  const trying = run?.trying ?? [];
  const [first] = trying;
  if (run?.fell) {
    const next = 'Its workflow has ended before its time: `retry` begins a new run, which finds its task again.';
    return { ...fallen(issue, run.fell), next, trying };
  }
  return { ...issue, next: first ? tryingWords(first, NAMED, zone) : issue.next, trying };
}

function unread(id: string, execution: Execution): IssueView {
  return {
    id,
    shortId: null,
    title: null,
    project: null,
    level: null,
    state: 'new',
    attention: [],
    rule: null,
    assignee: null,
    assigneeName: null,
    task: null,
    events: null,
    users: null,
    firstSeen: null,
    lastSeen: null,
    changedAt: new Date(startOf(execution)).toISOString(),
    url: null,
  };
}

/** Temporal takes seconds to refuse a token that is not its own, so ours is known by its form. */
function cursorOf(token: Uint8Array): string {
  return Buffer.from(JSON.stringify({ after: Buffer.from(token).toString('base64') })).toString('base64url');
}

function pageToken(cursor: string): Buffer {
  try {
    const { after } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { after?: unknown };
    const token = Buffer.from(typeof after === 'string' ? after : '', 'base64');
    // SQL and Elasticsearch visibility both write JSON; anything else they answer only after seconds.
    if (typeof JSON.parse(token.toString('utf8')) === 'object') return token;
  } catch {
    // Said below.
  }
  throw new ErrandError('invalid', 'cursor: must be the `next` of the page before.');
}

async function page(
  temporal: TemporalClient,
  query: string,
  pageSize: number,
  cursor?: string,
): Promise<{ rows: IssueView[]; next: string | null }> {
  const given = cursor === undefined ? undefined : pageToken(cursor);
  const { executions, token } = await listPage(temporal, query, DEADLINE_MS, pageSize, given);
  // An issue whose run has ended may have a newer one, which a filter or the page leaves out: only the newest counts.
  const newest = await newestOnly(temporal, executions, DEADLINE_MS);
  const rows: IssueView[] = [];
  for (const execution of newest) {
    const row = rowOf(execution);
    if (row) rows.push(isStuck(execution) ? await withStuck(temporal, execution, row) : row);
  }
  return { rows, next: token ? cursorOf(token) : null };
}

/** Temporal says since when it fails; visibility only that it does. */
async function withStuck(temporal: TemporalClient, execution: Execution, row: IssueView): Promise<IssueView> {
  const { since, tries } = await temporal.unhealthy.failing(row.id, execution.execution?.runId ?? undefined);
  return { ...row, attention: [...row.attention, { step: 'workflow', code: 'workflow_stuck', since, tries }] };
}

/** One row per issue, that of its latest run. */
export async function listIssues(
  temporal: TemporalClient,
  filter: IssueFilter,
): Promise<{ issues: IssueView[]; next: string | null }> {
  const limit = Math.min(filter.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
  const { rows, next } = await page(temporal, queryOf(filter), limit, filter.cursor);
  return { issues: rows, next };
}

export async function latestIssue(temporal: TemporalClient): Promise<IssueView | undefined> {
  for (const window of [...WINDOWS, undefined]) {
    const since =
      window === undefined
        ? ''
        : ` AND ${ATTRIBUTE.lastChange.name} >= ${quoted(new Date(Date.now() - window).toISOString())}`;
    let newest: IssueView | undefined;
    let cursor: string | undefined;
    do {
      const { rows, next } = await page(temporal, queryOf({}) + since, LIMIT_MAX, cursor);
      newest = [newest, ...rows].sort((a, b) => ((a?.changedAt ?? '') < (b?.changedAt ?? '') ? 1 : -1))[0];
      cursor = next ?? undefined;
    } while (cursor !== undefined);
    if (newest) return newest;
  }
  return undefined;
}

/**
 * @param id `sentry:org:123`, `123`, a short id such as `SHOP-1A`, or `latest`
 * @returns the workflow id; undefined when no issue has this short id
 */
export async function resolveId(temporal: TemporalClient, org: string, id: string): Promise<string | undefined> {
  if (!isPrintable(id)) return undefined;
  if (refOf(id)) return id;
  if (id === LATEST) return (await latestIssue(temporal))?.id;
  if (/^\d+$/.test(id)) return workflowIdOf({ source: 'sentry', scope: org, id });
  // A run that was terminated is known by its number, so it is by its short id.
  const { executions } = await listPage(
    temporal,
    `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus != 'ContinuedAsNew' AND ${ATTRIBUTE.shortId.name} IN (${quoted(id)}, ${quoted(id.toUpperCase())})`,
    DEADLINE_MS,
    LIMIT_MAX,
  );
  const [first] = executions.sort((a, b) => Number(b.status === RUNNING) - Number(a.status === RUNNING));
  return first?.execution?.workflowId ?? undefined;
}
