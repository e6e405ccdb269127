/** The namespace of a server that is ours to set up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long finished workflows stay readable: as long as a resolved issue waits for its regression. */
export const RETENTION_DAYS = 90;
/** A server reads its list of namespaces afresh every 2 to 10 s; until then a new one is "not found" for most calls. */
const KNOWN_TIMEOUT_MS = 30_000;
const KNOWN_PAUSE_MS = 200;
/** gRPC status codes (grpc/grpc doc/statuscodes.md). */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/**
 * Makes the namespace if it is absent and raises its retention to `days` if it is shorter. Idempotent; a longer retention, which a
 * person must have set, is left alone.
 * @throws ServiceError of gRPC when the server cannot be asked.
 */
export async function ensureNamespace(connection: Connection, namespace: string, days = RETENTION_DAYS): Promise<void> {
  const wanted = days * DAY_MS;
  const actual = await retentionOf(connection, namespace);
  if (actual === undefined) {
    await register(connection, namespace, wanted);
    await untilKnown(connection, namespace);
  } else if (actual < wanted) {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(wanted) },
    });
  }
}

/** Milliseconds, or undefined when there is no such namespace. */
async function retentionOf(connection: Connection, namespace: string): Promise<number | undefined> {
  try {
    const answer = await connection.workflowService.describeNamespace({ namespace });
    return tsToMs(answer.config?.workflowExecutionRetentionTtl ?? undefined);
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return undefined;
    throw error;
  }
}

async function register(connection: Connection, namespace: string, retentionMs: number): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retentionMs),
    });
  } catch (error) {
    // Another start was a moment faster.
    if (!hasCode(error, ALREADY_EXISTS)) throw error;
  }
}

/** Returns when the server answers for the namespace, so that the caller's first real call does not fail. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  const deadline = Date.now() + KNOWN_TIMEOUT_MS;
  for (;;) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
      return;
    } catch (error) {
      if (!hasCode(error, NOT_FOUND) || Date.now() >= deadline) throw error;
      await sleep(KNOWN_PAUSE_MS);
    }
  }
}

function hasCode(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && Number(error.code) === code;
}
