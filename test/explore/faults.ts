/** What can go wrong on the way, and how Temporal tells a workflow of it. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { CATALOGUE, type ErrorCode } from '../../src/errors';
import { Refused } from './answers';
import type { Scheduled } from './sdk';

/**
 * `fail`: nothing was done, and another attempt may do it. `lost`: it was done, and the answer never comes. `outage`: every attempt
 * that the policy allows has failed. `lost for good`: it was done, and no attempt was ever answered. `refuse`: refused for good. `late`: the tracker commits it later, and says nothing.
 */
export type Fault =
  | 'fail'
  | 'lost'
  | 'outage'
  | 'lost for good'
  | 'refuse'
  | 'late'
  | 'left out'
  | '404'
  | 'dropped'
  | 'doubled'
  | 'delayed';

/** By what is on its way; the first is the mildest. */
export const FAULTS = {
  attempt: ['fail', 'lost', 'outage', 'lost for good', 'refuse', 'late', 'left out', '404'],
  answer: ['lost'],
  webhook: ['dropped', 'doubled', 'delayed'],
  send: ['fail', 'lost'],
  sent: ['lost'],
} as const satisfies Record<string, readonly Fault[]>;

export const VENDORS = ['asana', 'sentry', 'calamari', 'slack', 'own'] as const;
export type Vendor = (typeof VENDORS)[number];
const VENDOR: Record<string, Vendor> = {
  readIssue: 'sentry',
  linkIssue: 'sentry',
  resolveIssue: 'sentry',
  checkAvailability: 'calamari',
  tell: 'slack',
  applyRules: 'own',
  selectAssignee: 'own',
  findPerson: 'own',
  countGone: 'own',
  hintIssue: 'own',
};
const CODES: Record<Vendor, [passing: ErrorCode, refusal: ErrorCode]> = {
  sentry: ['sentry_unavailable', 'sentry_forbidden'],
  asana: ['asana_unavailable', 'asana_forbidden'],
  calamari: ['calamari_unavailable', 'calamari_unauthorized'],
  slack: ['slack_unavailable', 'slack_refused'],
  own: ['unexpected', 'unexpected'],
};

export function vendorOf(activity: string): Vendor {
  return VENDOR[activity] ?? 'asana';
}

const codesOf = (name: string): [ErrorCode, ErrorCode] => CODES[vendorOf(name)];

export function passingCode(name: string): ErrorCode {
  return codesOf(name)[0];
}

/**
 * Of the storm workflow for a task that is to be made. @param made an attempt was let in before: its task is found before anybody
 * is asked (activities/tracker.ts), and while it is not listed yet the same issue is let in again (core/storm/storm.ts, `admit`)
 */
export function refusalCode(name: string, made: boolean): ErrorCode {
  return name === 'ensureTask' && !made ? 'storm_held' : codesOf(name)[1];
}

/** As activities/failure.ts makes it. `final`: no other attempt is made. */
export function failureOf(
  { name, seq, input }: Scheduled,
  e: Error,
  attempt: number,
): { error: Error; final: boolean; pause?: number } {
  const code: ErrorCode = e instanceof Refused ? e.code : 'unexpected';
  const { retry, message } = CATALOGUE[code];
  const details = e instanceof Refused && e.details !== undefined ? [e.details] : undefined;
  const cause = ApplicationFailure.create({ type: code, message, nonRetryable: !retry, details });
  const error = new ActivityFailure(
    'Activity failed',
    name,
    String(seq),
    RetryState.MAXIMUM_ATTEMPTS_REACHED,
    '',
    cause,
  );
  const pauses = (input as { unknownOutcome?: number[] }).unknownOutcome ?? [];
  const pause = code === 'asana_outcome_unknown' ? pauses[Math.min(attempt, pauses.length) - 1] : undefined;
  return { error, final: !retry, pause };
}

/** No attempt was answered. */
export function lostFailure({ name, seq }: Scheduled): Error {
  const cause = new TimeoutFailure('activity StartToClose timeout', undefined, TimeoutType.START_TO_CLOSE);
  return new ActivityFailure('Activity timed out', name, String(seq), RetryState.MAXIMUM_ATTEMPTS_REACHED, '', cause);
}
