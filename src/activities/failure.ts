/** The one place where a failure of a vendor becomes what Temporal understands: retried or not, and when. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { ErrandError } from '../errors';
import { HELD } from '../core/issue/attention';
import { means } from '../core/vendor';
import { truncate, scrub } from '../text/scrub';

/** Failures are kept in the history: no more of a vendor's words than help. */
const MESSAGE_MAX = 500;

/**
 * What an activity adds to its failures. `unknownOutcome`: the pauses before the attempts after one whose outcome is not
 * known. `details`: for the workflow.
 */
export type Additions = { unknownOutcome?: number[]; details?: unknown[] };

/** @returns what to throw instead of `e`; the type is the code of the catalogue */
export function asFailure(e: unknown, attempt: number, additions: Additions = {}): ApplicationFailure {
  if (e instanceof ApplicationFailure) return e;
  const error =
    e instanceof ErrandError
      ? e
      : new ErrandError('unexpected', e instanceof Error ? `${e.name}: ${e.message}` : String(e));
  return ApplicationFailure.create({
    type: error.code,
    message: truncate(scrub(error.message), MESSAGE_MAX),
    nonRetryable: !error.entry.retry,
    nextRetryDelay: pauseOf(error, attempt, additions),
    details: additions.details,
    // To be held is no failure: the SDK neither warns of it nor counts it.
    category: error.code === HELD ? ApplicationFailureCategory.BENIGN : undefined,
  });
}

/**
 * After an unknown outcome the vendor may still be committing, so the next attempt, which looks first, comes only
 * 30 s, then 60 s later.
 */
function pauseOf(error: ErrandError, attempt: number, { unknownOutcome }: Additions): number | undefined {
  if (means(error.code, 'outcome_unknown') && unknownOutcome && unknownOutcome.length > 0)
    return unknownOutcome[Math.min(attempt, unknownOutcome.length) - 1];
  return error.retryAfter;
}

/** Wraps an activity so that all its failures carry a code. */
export function coded<I, O>(
  run: (input: I) => Promise<O>,
  additions: (input: I) => Additions = () => ({}),
): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await run(input);
    } catch (e) {
      throw asFailure(e, Context.current().info.attempt, additions(input));
    }
  };
}

/** Cancels a vendor's call when the activity is cancelled or the worker stops. */
export function signal(): AbortSignal {
  return Context.current().cancellationSignal;
}
