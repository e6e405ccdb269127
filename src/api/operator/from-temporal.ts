/** Questions to Temporal, whose failures become codes of the catalogue. */
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TOO_EARLY } from '../../contract';
import { CATALOGUE, ErrandError, type ErrorCode } from '../../errors';
import type { TemporalClient } from '../../temporal/client/client';
import { GRPC, grpcOf } from '../../temporal/client/grpc';

const UNREACHABLE: (number | undefined)[] = [GRPC.deadlineExceeded, GRPC.unavailable, GRPC.cancelled];

/** For what a worker answers: queries. */
export async function fromWorker<T>(temporal: TemporalClient, ask: () => Promise<T>): Promise<T> {
  try {
    return await askPatiently(ask);
  } catch (e) {
    // The SDK calls every failed query so; ours are registered, unless the id is that of another workflow.
    if (e instanceof QueryNotRegisteredError)
      throw new ErrandError(
        /did not register a handler/.test(e.message) ? 'issue_unknown' : 'workflow_stuck',
        e.message,
      );
    const code = grpcOf(e)?.code;
    // A server that cannot be reached lets a question time out, too; only one that answers leaves the worker to blame.
    if (code === GRPC.deadlineExceeded && (await temporal.up()))
      throw new ErrandError('worker_unavailable', 'The question timed out.');
    if (code === GRPC.failedPrecondition) throw new ErrandError('worker_unavailable');
    throw coded(e);
  }
}

/** A query that comes too early is answered once the workflow task has been done, in a moment. */
async function askPatiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = EARLY_TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (e) {
      if (left === 0 || !(e instanceof QueryNotRegisteredError) || !e.message.includes(TOO_EARLY)) throw e;
      await sleep(EARLY_AGAIN_MS);
    }
  }
}
const EARLY_TRIES = 3;
const EARLY_AGAIN_MS = 300;

/**
 * For what the server alone answers.
 * @param detail what its silence means for the caller
 */
export async function fromServer<T>(ask: () => Promise<T>, detail?: string): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    throw coded(e, detail);
  }
}

function coded(e: unknown, detail?: string): unknown {
  if (e instanceof ErrandError) return e;
  // Our workflows say why with a code of the catalogue, and with the whole sentence.
  if (e instanceof WorkflowUpdateFailedError && e.cause instanceof ApplicationFailure)
    return toldAs(e.cause.type, e.cause.message);
  const failure = grpcOf(e);
  if (UNREACHABLE.includes(failure?.code)) return new ErrandError('temporal_unavailable', detail);
  if (failure?.code === GRPC.invalidArgument) return new ErrandError('invalid', failure.details);
  return e;
}

/** An error told as a whole, by an activity or an update, as an error again: its sentence stands once. */
export function toldAs(code: string | null | undefined, message: string): ErrandError {
  const known: ErrorCode = code && code in CATALOGUE ? (code as ErrorCode) : 'unexpected';
  const { message: sentence } = CATALOGUE[known];
  const detail = message.startsWith(sentence) ? message.slice(sentence.length).trim() : message;
  return new ErrandError(known, detail === '' ? undefined : detail);
}
