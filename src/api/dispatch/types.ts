/** What the dispatcher is given and what it answers. */
import type { Standing } from '../../core/issue/echo';
import type { Hint } from '../../core/issue/hint';
import type { IssueRef } from '../../core/refs';
import type { QuietSettings } from './quiet';
import type { After } from './time';
import type { Inbox } from '../inbox/types';

/** Structured logging as pino does it. */
export type DispatchLog = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;

export type DispatcherOptions = {
  inbox: Inbox;
  /** Signal-with-start of workflow `id`; gives up by `deadline` (milliseconds since 1970). */
  send: (id: string, ref: IssueRef, hints: Hint[], deadline: number) => Promise<void>;
  /** `pause`: Temporal is away, tired, or refuses us. `busy`: one workflow cannot take signals now. `invalid`: it refuses this signal. */
  classify: (error: unknown) => 'pause' | 'busy' | 'invalid';
  /**
   * Assignments that say what is known. `standing`: of workflow `id`; undefined or a rejection: nothing is known. `wait`:
   * `settings.assignedWait`. Absent: every assignment is sent.
   */
  assigned?: { standing: (id: string) => Promise<Standing | undefined>; wait: () => number };
  settings: () => QuietSettings;
  log: DispatchLog;
  now?: () => number;
  /** Milliseconds since 1970, to compare with times of Temporal. */
  wall?: () => number;
  after?: After;
};

export type DispatcherStats = {
  /** Issues with hints waiting or in flight; of these, those that keep quiet; and those in flight. */
  issues: number;
  delayed: number;
  inFlight: number;
  sent: number;
  failed: number;
  /** Of those that failed, refused as invalid. */
  invalid: number;
  /** Hints given up. */
  dead: number;
  /** Temporal took none of the last ones. */
  failing: boolean;
  /** Until when nothing is sent (milliseconds), or null. */
  pausedUntil: number | null;
  lastError: string | null;
};

export interface Dispatcher {
  start(): void;
  /** Starts nothing more; resolves when what is in flight has ended and is written down. */
  stop(): Promise<void>;
  /** Something new is in the inbox. Cheap; call it after every append, revive and replay. */
  poke(): void;
  stats(): DispatcherStats;
  /** Resolves when nothing is in flight or being written: all that can be done now is done. */
  idle(): Promise<void>;
}
