/** What Temporal tries again for a workflow. A workflow cannot see its own attempts: DescribeWorkflowExecution tells them. */
import type { Connection, WorkflowExecutionDescription } from '@temporalio/client';
import { HELD } from '../../core/issue/attention';
import type { Trying } from '../../core/issue/view';
import type { Instant } from '../../core/refs';
import { means } from '../../core/vendor';
import { msOf } from './unhealthy';

/** Temporal: temporal.api.enums.v1.PendingActivityState */
const SCHEDULED = 1;
/**
 * An attempt that comes within this time is not brought forward: it may begin before the request arrives, and end with an
 * unknown outcome, whose pause must be kept. Longer than {@link RESET_MS} with some skew of two clocks.
 */
const SOON_MS = 5_000;
const RESET_MS = 2_000;
/** What may have been made is looked for only after a pause; without a code (a time-out) the outcome is not known either. */
const pauseIsProof = (code: string): boolean => means(code, 'outcome_unknown') || code === 'unexpected';

type Raw = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
type Attempts = Trying & { activityId: string };

const instantOf = (time: Raw['scheduledTime']): Instant | null => {
  const ms = msOf(time);
  return ms === undefined ? null : new Date(ms).toISOString();
};

/** The activities of a run whose last attempt failed, as Temporal describes them. What only waits for its turn in a storm did not fail. */
function attemptsOf({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): Attempts[] {
  return (raw.pendingActivities ?? []).flatMap((activity): Attempts[] => {
    const { activityId, activityType, attempt, maximumAttempts, lastFailure, state } = activity;
    const code = lastFailure?.applicationFailureInfo?.type ?? 'unexpected';
    if (!lastFailure || !activityId || !attempt || attempt < 2 || code === HELD) return [];
    const waits = Number(state) === SCHEDULED;
    return [
      {
        activityId,
        step: activityType?.name ?? '',
        code,
        message: lastFailure.message ?? '',
        tries: attempt - 1,
        of: maximumAttempts || null,
        again: waits ? instantOf(activity.nextAttemptScheduleTime ?? activity.scheduledTime) : null,
      },
    ];
  });
}

/** @returns what is being tried again, with what the vendor said */
export function tryingOf(described: Pick<WorkflowExecutionDescription, 'raw'>): Trying[] {
  return attemptsOf(described).map(({ activityId: _, ...trying }) => trying);
}

/**
 * Makes the next attempt of what waits for it now: the attempt of that same activity, never a second one (ResetActivity). Left alone is
 * what is under way, what comes within seconds anyhow, and what has an unknown outcome, whose pause is the proof that nothing was made.
 * @returns how many attempts were brought forward
 */
export async function tryNow(
  connection: Connection,
  namespace: string,
  described: Pick<WorkflowExecutionDescription, 'raw' | 'workflowId' | 'runId'>,
  now: number = Date.now(),
): Promise<number> {
  const { workflowId, runId } = described;
  const waiting = attemptsOf(described).filter(
    ({ again, code }) => again !== null && Date.parse(again) - now > SOON_MS && !pauseIsProof(code),
  );
  const execution = { workflowId, runId };
  const reset = (id: string): Promise<unknown> =>
    connection.withDeadline(Date.now() + RESET_MS, () =>
      connection.workflowService.resetActivity({ namespace, execution, identity: 'errand', id }),
    );
  const outcomes = await Promise.allSettled(waiting.map(({ activityId }) => reset(activityId)));
  // One that has just ended is no longer there.
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}
