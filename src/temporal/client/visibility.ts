/** Temporal's visibility: lists of runs by a filter (docs.temporal.io/list-filter), a page at a time. */
import type { Connection } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { searchable } from '../../contract';

/** The most that visibility answers at once. */
export const PAGE_MAX = 1_000;
/** temporal.api.enums.v1.WorkflowExecutionStatus */
export const RUNNING = 1;

export type Execution = {
  execution?: { workflowId?: string | null; runId?: string | null } | null;
  status?: number | null;
  memo?: { fields?: Record<string, Payload> | null } | null;
  searchAttributes?: { indexedFields?: Record<string, Payload> | null } | null;
  startTime?: { seconds?: unknown; nanos?: number | null } | null;
  closeTime?: { seconds?: unknown; nanos?: number | null } | null;
};
export type ExecutionPage = { executions: Execution[]; token: Uint8Array | undefined };
type Namespace = { connection: Connection; namespace: string };

/** A text in a filter, as the search attribute has it: nothing in it ends the string. */
export function quoted(value: string): string {
  return `'${searchable(value)}'`;
}

/** What a run keeps under `key` of its memo; undefined when there is nothing. */
export function memoOf<T>({ memo }: Execution, key: string): T | undefined {
  const payload = memo?.fields?.[key];
  return payload ? defaultPayloadConverter.fromPayload<T>(payload) : undefined;
}

/** @param deadlineMs how long the server may take */
export async function listPage(
  { connection, namespace }: Namespace,
  query: string,
  deadlineMs: number,
  pageSize = PAGE_MAX,
  nextPageToken?: Uint8Array,
): Promise<ExecutionPage> {
  const answer = await connection.withDeadline(Date.now() + deadlineMs, () =>
    connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }),
  );
  const token = answer.nextPageToken;
  return { executions: answer.executions, token: token?.length ? token : undefined };
}

/** Every page, one after the other. */
export async function* listPages(namespace: Namespace, query: string, deadlineMs: number): AsyncGenerator<Execution[]> {
  let token: Uint8Array | undefined;
  do {
    const page = await listPage(namespace, query, deadlineMs, PAGE_MAX, token);
    yield page.executions;
    token = page.token;
  } while (token);
}
