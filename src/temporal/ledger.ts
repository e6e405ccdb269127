/** What Temporal's visibility knows of many issues at once, for a sweep. */
import type { Connection } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { ATTRIBUTE, ISSUE_WORKFLOW, MEMO_MARK, refOf } from '../contract';
import type { IssueRef, SentryMark } from '../types';

const DEADLINE_MS = 10_000;
/** Visibility's own limit for one page. */
const PAGE = 1_000;
/** temporal.api.enums.v1.WorkflowExecutionStatus */
const RUNNING = 1;

type Execution = {
  execution?: { workflowId?: string | null } | null;
  status?: number | string | null;
  memo?: { fields?: Record<string, Payload> | null } | null;
};
export type Known = { mark: SentryMark | undefined; over: boolean };
export type Ledger = ReturnType<typeof createLedger>;

function markOf({ memo }: Execution): SentryMark | undefined {
  const payload = memo?.fields?.[MEMO_MARK];
  return payload ? (defaultPayloadConverter.fromPayload<SentryMark | null>(payload) ?? undefined) : undefined;
}

export function createLedger(connection: Connection, namespace: string) {
  const list = (query: string, nextPageToken?: Uint8Array) =>
    connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize: PAGE, nextPageToken }),
    );

  return {
    /** @returns of these workflow ids, at most 100, those that visibility knows; the newest run of each */
    async known(ids: string[]): Promise<Map<string, Known>> {
      const found = new Map<string, Known>();
      if (ids.length === 0) return found;
      const quoted = ids.map((id) => `'${id.replace(/'/g, "''")}'`).join(', ');
      let token: Uint8Array | undefined;
      do {
        const page = await list(`WorkflowId IN (${quoted}) AND ExecutionStatus != 'ContinuedAsNew'`, token);
        for (const one of page.executions as Execution[]) {
          const id = one.execution?.workflowId;
          if (!id || (found.has(id) && one.status !== RUNNING)) continue;
          found.set(id, { mark: markOf(one), over: one.status !== RUNNING });
        }
        token = page.nextPageToken?.length ? page.nextPageToken : undefined;
      } while (token);
      return found;
    },

    /** Every running issue that was unresolved in Sentry when it was last read, in pages. */
    async *unresolved(): AsyncIterable<IssueRef[]> {
      const states = ['new', 'open', 'skipped', 'muted'].map((state) => `'${state}'`).join(', ');
      const query = `WorkflowType = '${ISSUE_WORKFLOW}' AND ExecutionStatus = 'Running' AND ${ATTRIBUTE.state.name} IN (${states})`;
      let token: Uint8Array | undefined;
      do {
        const page = await list(query, token);
        const open = (page.executions as Execution[]).filter((one) => markOf(one)?.status === 'unresolved');
        yield open.flatMap((one) => refOf(one.execution?.workflowId ?? '') ?? []);
        token = page.nextPageToken?.length ? page.nextPageToken : undefined;
      } while (token);
    },
  };
}
