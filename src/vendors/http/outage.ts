/** Notices that a vendor fails for a while, by the calls that are made anyhow: nothing is asked to find out. */
import { steady } from '../../process/clock';
import { ErrandError, type ErrorCode } from '../../errors';
import type { Instant } from '../../core/refs';

/** What some seconds of a vendor's restart, or one lost call, do not reach, and a person should know of. */
export const LASTING_MS = 2 * 60_000;

/**
 * Told of each call that was sent. `failed`: the vendor could not be reached, failed, or limited the rate; undefined: it answered,
 * be it with a refusal.
 */
export type Watch = (failed?: ErrandError) => void;

/** Nothing was sent: our own limit, or too late in an attempt. It says nothing of the vendor. */
export class NotSent extends ErrandError {}

/** Runs one call, and tells how the vendor is. */
export async function watched<T>(watch: Watch | undefined, call: () => Promise<T>): Promise<T> {
  try {
    const answer = await call();
    watch?.();
    return answer;
  } catch (error) {
    tellFailed(watch, error);
    throw error;
  }
}

/** Tells how the vendor is by what a call failed with. What was not sent, or given up by ourselves, tells nothing. */
export function tellFailed(watch: Watch | undefined, error: unknown): void {
  if (error instanceof ErrandError && !(error instanceof NotSent)) watch?.(error.entry.retry ? error : undefined);
}

/** `since`: the first of the calls that failed in a row; `times`: how many; `said`: the vendor's words at the last. */
export type Outage = { since: Instant; times: number; said: string };
type Failing = Outage & { began: number; told: number };

/**
 * @param tell what this process knows of the vendor whose code it is: once an outage has lasted for {@link LASTING_MS}, again when twice as many
 * calls have failed, and undefined when it is over
 * @param now in ms, only ever forward
 */
export function createOutages(
  tell: (code: ErrorCode, outage: Outage | undefined) => void,
  now: () => number = steady,
): (code: ErrorCode) => Watch {
  return (code) => {
    let failing: Failing | undefined;
    return (failed) => {
      if (!failed) {
        if (failing && failing.told > 0) tell(code, undefined);
        failing = undefined;
        return;
      }
      failing ??= { since: new Date().toISOString(), began: now(), times: 0, said: '', told: 0 };
      failing.times += 1;
      failing.said = failed.detail ?? '';
      if (failing.times < 2 * failing.told || now() - failing.began < LASTING_MS) return;
      failing.told = failing.times;
      const { since, times, said } = failing;
      tell(code, { since, times, said });
    };
  };
}
