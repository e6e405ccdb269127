/** Lists of issues from Temporal's visibility: search attributes choose, the memo holds the row. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { ATTRIBUTE, ISSUE_WORKFLOW, MEMO_ROW, refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import type { TemporalClient } from '../temporal/client';
import type { IssueView } from '../types';

const DEADLINE_MS = 5_000;
export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
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

type Execution = {
  execution?: { workflowId?: string | null } | null;
  memo?: { fields?: Record<string, Payload> | null } | null;
  startTime?: { seconds?: unknown } | null;
};

/** Visibility's strings are in single quotes; a quote is doubled (docs.temporal.io/list-filter). */
function quoted(value: string): string {
  return `'${value.replace(/'/g, "''")}'`;
}

function queryOf(filter: IssueFilter): string {
  const parts = [`WorkflowType = ${quoted(ISSUE_WORKFLOW)}`, `ExecutionStatus IN ('Running', 'Completed')`];
  if (filter.state) parts.push(`${ATTRIBUTE.state.name} = ${quoted(filter.state)}`);
  if (filter.project) parts.push(`${ATTRIBUTE.project.name} = ${quoted(filter.project)}`);
  if (filter.assignee) parts.push(`${ATTRIBUTE.assignee.name} = ${quoted(filter.assignee)}`);
  if (filter.attention !== undefined) parts.push(`${ATTRIBUTE.needsAttention.name} = ${filter.attention}`);
  return parts.join(' AND ');
}

/** A workflow that has not read anything yet has no memo: all that is known is its id. */
function rowOf(execution: Execution): IssueView | undefined {
  const id = execution.execution?.workflowId;
  if (!id) return undefined;
  const payload = execution.memo?.fields?.[MEMO_ROW];
  if (payload) return defaultPayloadConverter.fromPayload<IssueView>(payload);
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
    if (typeof after === 'string') return Buffer.from(after, 'base64');
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
  const { connection, namespace } = temporal;
  const answer = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.workflowService.listWorkflowExecutions({
      namespace,
      query,
      pageSize,
      nextPageToken: cursor === undefined ? undefined : pageToken(cursor),
    }),
  );
  const rows = answer.executions.map((e) => rowOf(e as Execution)).filter((r) => r !== undefined);
  const token = answer.nextPageToken;
  return { rows, next: token && token.length > 0 ? cursorOf(token) : null };
}

/** One row per issue: visibility answers the newest run first, older ones of the same id are left out. */
export async function listIssues(
  temporal: TemporalClient,
  filter: IssueFilter,
): Promise<{ issues: IssueView[]; next: string | null }> {
  const { rows, next } = await page(
    temporal,
    queryOf(filter),
    Math.min(filter.limit ?? LIMIT_DEFAULT, LIMIT_MAX),
    filter.cursor,
  );
  const seen = new Set<string>();
  return { issues: rows.filter((r) => !seen.has(r.id) && seen.add(r.id)), next };
}

export async function latestIssue(temporal: TemporalClient): Promise<IssueView | undefined> {
  for (const window of [...WINDOWS, undefined]) {
    const since =
      window === undefined
        ? ''
        : ` AND ${ATTRIBUTE.lastChange.name} >= ${quoted(new Date(Date.now() - window).toISOString())}`;
    const { rows } = await page(temporal, queryOf({}) + since, LIMIT_MAX);
    const newest = rows.sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))[0];
    if (newest) return newest;
  }
  return undefined;
}

/**
 * @param id `sentry:org:123`, `123`, or a short id such as `SHOP-1A`
 * @returns the workflow id; undefined when no issue has this short id
 */
export async function resolveId(temporal: TemporalClient, org: string, id: string): Promise<string | undefined> {
  if (refOf(id)) return id;
  if (/^\d+$/.test(id)) return workflowIdOf({ source: 'sentry', scope: org, id });
  const { rows } = await page(
    temporal,
    `${queryOf({})} AND ${ATTRIBUTE.shortId.name} IN (${quoted(id)}, ${quoted(id.toUpperCase())})`,
    1,
  );
  return rows[0]?.id;
}
