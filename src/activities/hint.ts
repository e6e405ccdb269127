/** How many workflows are told something, one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hint } from '../core/issue/hint';
import type { IssueRef } from '../core/refs';
import type { Deps } from './deps';
import { signal } from './failure';

/** 20 signals a second leave most of a small Temporal server, and of the vendors, to the webhooks. */
const SIGNAL_PAUSE_MS = 50;

/** After each of many signals. @throws AbortError when the activity is cancelled meanwhile */
export const signalPause = (): Promise<void> => sleep(SIGNAL_PAUSE_MS, undefined, { signal: signal() });

/**
 * Starts or signals the workflow of the issue, then pauses: who calls it for many issues needs no pace of its own.
 * @param what the hint's word in the issue's timeline; its delivery is named after it
 * @param more the task to work on, or the one that is missed; or that Sentry does not list the issue
 * @throws what `sendHints` and `signalPause` throw
 */
export async function sendHint(
  { sendHints }: Pick<Deps, 'sendHints'>,
  issue: IssueRef,
  what: string,
  more: Pick<Hint, 'task' | 'missed' | 'unlisted'> = {},
): Promise<void> {
  const at = new Date().toISOString();
  await sendHints(issue, [{ delivery: `${what}-${at}`, at, about: { issue }, urgent: true, what, ...more }]);
  await signalPause();
}
