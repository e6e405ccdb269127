/** What a failed call of Temporal means to those who asked. */
import { WorkflowNotFoundError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { ErrandError } from '../../errors';
import { GRPC, grpcOf } from './grpc';

/** What a killed worker had in memory answers after ten seconds, however long the pauses for a vendor are. */
const AGAIN_MS = 3_000;

/** undefined instead of an error when no such workflow is known */
export async function knownOnly<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (e) {
    if (e instanceof WorkflowNotFoundError || grpcOf(e)?.code === GRPC.notFound) return undefined;
    throw e;
  }
}

/**
 * An update that is not answered in time was taken by no worker, or its answer is on its way.
 * @throws ErrandError `worker_unavailable` with `detail`
 */
export async function answered<T>(detail: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof WorkflowUpdateRPCTimeoutOrCancelledError || grpcOf(e)?.code === GRPC.deadlineExceeded)
      throw new ErrandError('worker_unavailable', detail, AGAIN_MS);
    throw e;
  }
}
