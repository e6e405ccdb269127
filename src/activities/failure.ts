/** The one place where a failure of a vendor becomes what Temporal understands: retried or not, and when. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { ErrandError } from '../errors';

/** Failures are kept in the history: no more of a vendor's words than help. */
const MESSAGE_MAX = 500;

/** What an activity may do about the pause before its next attempt. */
export type Pauses = { unknownOutcome?: number[] };

/** @returns what to throw instead of `e`; the type is the code of the catalogue */
export function asFailure(e: unknown, attempt: number, pauses: Pauses = {}): ApplicationFailure {
  if (e instanceof ApplicationFailure) return e;
  const error =
    e instanceof ErrandError
      ? e
      : new ErrandError('unexpected', e instanceof Error ? `${e.name}: ${e.message}` : String(e));
  return ApplicationFailure.create({
    type: error.code,
    message: error.message.slice(0, MESSAGE_MAX),
    nonRetryable: !error.entry.retry,
    nextRetryDelay: pauseOf(error, attempt, pauses),
  });
}

/**
 * After an unknown outcome the vendor may still be committing, so the next attempt, which looks first, comes only
 * 30 s, then 60 s later.
 */
function pauseOf(error: ErrandError, attempt: number, { unknownOutcome }: Pauses): number | undefined {
  if (error.code === 'asana_outcome_unknown' && unknownOutcome && unknownOutcome.length > 0)
    return unknownOutcome[Math.min(attempt, unknownOutcome.length) - 1];
  return error.retryAfter;
}

/** Wraps an activity so that all its failures carry a code. */
export function coded<I, O>(
  run: (input: I) => Promise<O>,
  pauses: (input: I) => Pauses = () => ({}),
): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await run(input);
    } catch (e) {
      throw asFailure(e, Context.current().info.attempt, pauses(input));
    }
  };
}

/** Cancels a vendor's call when the activity is cancelled or the worker stops. */
export function signal(): AbortSignal {
  return Context.current().cancellationSignal;
}
