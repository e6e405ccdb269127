/** Why an activity failed, as records and updates tell it. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

/** Kept in records that cross continue-as-new. */
const MESSAGE_MAX = 300;

/** What the activity said to the workflow besides. */
export function detailsOf(e: unknown): unknown {
  const cause = e instanceof ActivityFailure ? e.cause : e;
  return cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
}

/** To try again helps only after somebody has done something about it. */
export function isRefusal(e: unknown): boolean {
  const cause = e instanceof ActivityFailure ? e.cause : e;
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

/** @returns the code of the catalogue that it failed with */
export function reasonOf(e: unknown): { code: string; message: string } {
  const cause = e instanceof ActivityFailure ? e.cause : e;
  if (cause instanceof TimeoutFailure) return { code: 'unexpected', message: 'No worker finished it in time.' };
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'unexpected') : 'unexpected';
  return { code, message: (cause instanceof Error ? cause.message : String(cause)).slice(0, MESSAGE_MAX) };
}
