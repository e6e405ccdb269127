/**
 * Workflows that cannot help themselves: stuck ones, whose tasks fail again and again, as Temporal itself reports
 * (docs.temporal.io/visibility, TemporalReportedProblems; after five failures in a row, about a minute), and ended ones
 * that did not end by themselves. A cancelled one was ended on purpose.
 */
import type { Connection } from '@temporalio/client';
import {
  ALERTS_WORKFLOW,
  ATTRIBUTE,
  FEED_WORKFLOW,
  ISSUE_WORKFLOW,
  MEMO_ROW,
  ROTATION_WORKFLOW,
  STORM_WORKFLOW,
} from '../../contract';
import type { IssueView } from '../../core/issue/row';
import type { Instant } from '../../core/refs';
import { listPage, listPages, memoOf, PAGE_MAX, quoted, RUNNING, type Execution } from './visibility';

const DEADLINE_MS = 10_000;
/** Rows of 2 KiB each; a page of gRPC has 4 MiB. More than these are counted as "or more". */
const LIST_MAX = PAGE_MAX;
/** A query that names more ids than these is refused as too long. */
const IDS_MAX = 200;

/** temporal.api.enums.v1.WorkflowExecutionStatus: FAILED, TERMINATED, TIMED_OUT */
const FELL: readonly unknown[] = [3, 5, 7];
export const STUCK_QUERY = "ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL";
export const FELL_QUERY = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')";
const TYPES = [ISSUE_WORKFLOW, FEED_WORKFLOW, ROTATION_WORKFLOW, STORM_WORKFLOW, ALERTS_WORKFLOW];
const OURS = `WorkflowType IN (${TYPES.map(quoted).join(', ')})`;

export type UnhealthyWorkflow = { id: string; at: Instant; row: IssueView | undefined };
type Namespace = { connection: Connection; namespace: string };

export function fell({ status }: Execution): boolean {
  return FELL.includes(status);
}
export function isStuck(run: Execution): boolean {
  return run.status === RUNNING && run.searchAttributes?.indexedFields?.['TemporalReportedProblems'] !== undefined;
}
export function startOf({ startTime }: Execution): number {
  return msOf(startTime) ?? 0;
}
/** When it ended, else when it began. */
export function lastOf(run: Execution): Instant {
  return new Date(msOf(run.closeTime) ?? startOf(run)).toISOString();
}

/** @returns ms since 1970; undefined when there is no such time */
export function msOf(time: Execution['startTime'] | undefined): number | undefined {
  return time ? Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1_000_000) : undefined;
}

/** Of runs that have ended only those that are their id's newest; who runs is always that. */
export async function newestOnly(namespaceOf: Namespace, runs: Execution[], deadlineMs: number): Promise<Execution[]> {
  const idOf = (e: Execution): string => e.execution?.workflowId ?? '';
  const ended = [...new Set(runs.filter((e) => e.status !== RUNNING).map(idOf))];
  const newest = new Map<string, Execution>();
  for (let i = 0; i < ended.length; i += IDS_MAX) {
    const ids = ended
      .slice(i, i + IDS_MAX)
      .map(quoted)
      .join(', ');
    const query = `WorkflowId IN (${ids}) AND ExecutionStatus != 'ContinuedAsNew'`;
    for await (const page of listPages(namespaceOf, query, deadlineMs))
      for (const run of page) {
        const known = newest.get(idOf(run));
        if (!known || startOf(run) > startOf(known)) newest.set(idOf(run), run);
      }
  }
  return runs.filter((e) => {
    const last = newest.get(idOf(e));
    return !last || last.execution?.runId === e.execution?.runId;
  });
}

/** What is wrong with issues and workflows. `more`: at least one list was longer than can be read at once. */
export type Wrong = { attention: IssueView[]; stuck: UnhealthyWorkflow[]; fallen: UnhealthyWorkflow[]; more: boolean };

export function createUnhealthy(connection: Connection, namespace: string) {
  const namespaceOf = { connection, namespace };
  const list = async (query: string): Promise<{ runs: Execution[]; more: boolean }> => {
    const { executions, token } = await listPage(namespaceOf, query, DEADLINE_MS, LIST_MAX);
    return { runs: executions, more: token !== undefined };
  };
  const unhealthyOf = (run: Execution): UnhealthyWorkflow => ({
    id: run.execution?.workflowId ?? '',
    at: lastOf(run),
    row: memoOf<IssueView>(run, MEMO_ROW),
  });

  return {
    async wrong(): Promise<Wrong> {
      const needs = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${ATTRIBUTE.needsAttention.name} = true`;
      const attention = await list(needs);
      const stuck = await list(`${OURS} AND ${STUCK_QUERY}`);
      const fallen = await list(`${OURS} AND ${FELL_QUERY}`);
      return {
        attention: attention.runs.flatMap((run) => memoOf<IssueView>(run, MEMO_ROW) ?? []),
        stuck: stuck.runs.map(unhealthyOf),
        fallen: (await newestOnly(namespaceOf, fallen.runs, DEADLINE_MS)).map(unhealthyOf),
        more: attention.more || stuck.more || fallen.more,
      };
    },

    /** Since when the tasks of a stuck workflow fail, and how often they did. */
    async failing(workflowId: string, runId: string | undefined): Promise<{ since: Instant; tries: number }> {
      const { pendingWorkflowTask: task } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
        connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
      );
      const since = msOf(task?.originalScheduledTime) ?? Date.now();
      return { since: new Date(since).toISOString(), tries: Number(task?.attempt ?? 1) };
    },

    /** @returns how many issues need a person, asked until `deadline` (ms since 1970) at most */
    async needing(deadline: number): Promise<number> {
      const issues = `WorkflowType = ${quoted(ISSUE_WORKFLOW)}`;
      const query = `${issues} AND ((ExecutionStatus = 'Running' AND ${ATTRIBUTE.needsAttention.name} = true) OR (${STUCK_QUERY}))`;
      const left = (): number => Math.max(1, deadline - Date.now());
      const { count } = await connection.withDeadline(deadline, () =>
        connection.workflowService.countWorkflowExecutions({ namespace, query }),
      );
      const { executions } = await listPage(namespaceOf, `${issues} AND ${FELL_QUERY}`, left(), LIST_MAX);
      const fallen = executions.length === 0 ? [] : await newestOnly(namespaceOf, executions, left());
      return Number(count) + fallen.length;
    },
  };
}
