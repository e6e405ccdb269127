/** Lists of issues from Temporal's visibility: search attributes choose, the memo holds the row. */
import { ATTRIBUTE, ISSUE_WORKFLOW, MEMO_ROW, refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import type { TemporalClient } from '../temporal/client';
import { listPage, listPages, memoOf, quoted, RUNNING, type Execution } from '../temporal/visibility';
import type { IssueView } from '../types';

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

const RUNS = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus IN ('Running', 'Completed')`;

function queryOf(filter: IssueFilter): string {
  const parts = [RUNS];
  if (filter.state) parts.push(`${ATTRIBUTE.state.name} = ${quoted(filter.state)}`);
  if (filter.project) parts.push(`${ATTRIBUTE.project.name} = ${quoted(filter.project)}`);
  if (filter.assignee) parts.push(`${ATTRIBUTE.assignee.name} = ${quoted(filter.assignee)}`);
  if (filter.attention !== undefined) parts.push(`${ATTRIBUTE.needsAttention.name} = ${filter.attention}`);
  return parts.join(' AND ');
}

/** A workflow that has not read anything yet has no memo: all that is known is its id. */
function rowOf(execution: Execution): IssueView | undefined {
  const id = execution.execution?.workflowId;
  // Somebody may start a workflow of this type by hand, under any id.
  if (!id || !refOf(id)) return undefined;
  const row = memoOf<IssueView>(execution, MEMO_ROW);
  if (row) return row;
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
    task: null,
    events: null,
    users: null,
    firstSeen: null,
    lastSeen: null,
    changedAt: new Date(Number(execution.startTime?.seconds ?? 0) * 1_000).toISOString(),
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
  const rows = (await newestRuns(temporal, executions)).map(rowOf).filter((r) => r !== undefined);
  return { rows, next: token ? cursorOf(token) : null };
}

/** An issue whose run has ended may have a newer one, which a filter or the page leaves out: only the newest counts. */
async function newestRuns(temporal: TemporalClient, executions: Execution[]): Promise<Execution[]> {
  const idOf = (e: Execution): string => e.execution?.workflowId ?? '';
  const ended = [...new Set(executions.filter((e) => e.status !== RUNNING).map(idOf))];
  if (ended.length === 0) return executions;
  const newest = new Map<string, Execution>();
  const query = `${RUNS} AND WorkflowId IN (${ended.map(quoted).join(', ')})`;
  for await (const runs of listPages(temporal, query, DEADLINE_MS))
    for (const run of runs) {
      const known = newest.get(idOf(run));
      if (!known || startOf(run) > startOf(known)) newest.set(idOf(run), run);
    }
  const runId = (e: Execution | undefined): string | null | undefined => e?.execution?.runId;
  return executions.filter((e) => !newest.has(idOf(e)) || runId(newest.get(idOf(e))) === runId(e));
}

function startOf({ startTime }: Execution): number {
  return Number(startTime?.seconds ?? 0) * 1_000 + (startTime?.nanos ?? 0) / 1_000_000;
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
 * @param id `sentry:org:123`, `123`, or a short id such as `SHOP-1A`
 * @returns the workflow id; undefined when no issue has this short id
 */
export async function resolveId(temporal: TemporalClient, org: string, id: string): Promise<string | undefined> {
  if (!isPrintable(id)) return undefined;
  if (refOf(id)) return id;
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
