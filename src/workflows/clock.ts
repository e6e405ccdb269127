/** Time as a workflow may go by it. */
import { workflowInfo } from '@temporalio/workflow';
import { TOO_EARLY } from '../contract';
import type { Instant } from '../core/refs';

export type WorkflowClock = {
  now: () => Instant;
  /** To be called at the beginning of every turn of a workflow's loop. @throws Error when nothing may be done in this activation */
  begin: () => void;
  /** A wait until `at` is over. */
  reached: (at: Instant) => void;
};

/** Of the activation that the code runs in. */
type Activation = { wall: Instant; historyLength: number };

function activation(): Activation {
  return { wall: new Date().toISOString(), historyLength: workflowInfo().historyLength };
}

/**
 * A query that waits for a worker, because the one before was killed, brings to the next worker what has happened meanwhile, with the
 * time of the last workflow task: the SDK (1.24) goes on from a moment that is past and keeps the commands. A later replay has the
 * right time there, and other commands fail the workflow task for ever. It shows by a history that has grown while no time has
 * passed, which no workflow task does: then the code ends with an error, on purpose. The SDK answers the query with it and forgets
 * what it has in memory, so that the workflow task that follows starts from the history. Besides, what was waited for is never in the future.
 */
export function createClock(look: () => Activation = activation): WorkflowClock {
  let least: Instant = '';
  let last: Activation | undefined;
  return {
    now: () => {
      const { wall } = look();
      return wall > least ? wall : least;
    },
    begin: () => {
      const is = look();
      if (last && is.historyLength !== last.historyLength && is.wall === last.wall) throw new Error(TOO_EARLY);
      last = is;
    },
    reached: (at) => {
      if (at > least) least = at;
    },
  };
}
