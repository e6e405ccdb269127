/** Time as a workflow may go by it. */
import type { Instant } from '../types';

export type WorkflowClock = {
  now: () => Instant;
  /** A wait until `at` is over. */
  reached: (at: Instant) => void;
};

/**
 * A query that waits for a worker while a timer fires, because the one before was killed, brings the firing to the next
 * worker with the time of the last workflow task: the SDK (1.24) then goes on from a moment before the timer was due, and keeps the
 * commands. A later replay has the right time there, and other commands fail the workflow task for ever. So what was waited for is
 * never in the future.
 */
export function createClock(wall: () => Instant = () => new Date().toISOString()): WorkflowClock {
  let least: Instant = '';
  return {
    now: () => {
      const now = wall();
      return now > least ? now : least;
    },
    reached: (at) => {
      if (at > least) least = at;
    },
  };
}
