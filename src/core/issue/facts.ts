/** What can happen to an issue. */
import type { Instant, PersonKey } from '../refs';
import type { Decision } from './decision';
import type { Hint } from './hint';
import type { AttentionStep, Done } from './steps';
import type { Abilities, Settings } from './settings';
import type { IssueSnapshot } from './snapshot';

/** What an operator asks for, already parsed and checked. */
export type Command = { id: string; by: string } & (
  | { do: 'resolve' | 'recheck' | 'unmute' }
  /** `released`: let in by the storm workflow that held it; `by` says on whose behalf. */
  /** `code`: only what failed with it. `name`: that of `to`, where it is known. */
  | { do: 'retry'; released?: true; code?: string }
  | { do: 'reassign'; to: PersonKey; name?: string }
  | { do: 'mute'; until: Instant }
);

/** Everything that can happen to an issue; any of it may come twice or out of order. */
export type Fact =
  | { is: 'hinted'; hint: Hint }
  /** `answers`: the value of `heard` when this read began; hints that came later are still unanswered. */
  | { is: 'seen'; issue: IssueSnapshot; answers: number; installation?: string }
  /** The source says that there is no such issue (404). */
  | { is: 'missing'; answers: number }
  /** A person asks for a reassignment; whether `to` is somebody we know is still to be found out. */
  | { is: 'asked'; ask: Ask }
  /** What the installation can do now, and by which settings. `refused`: what it did not write for want of an ability. */
  | { is: 'able'; can: Abilities; settings: Settings; refused?: AttentionStep[] }
  /** The source cannot be read by this installation. */
  | { is: 'unread'; answers: number }
  | { is: 'decided'; decision: Decision }
  /** The decision still holds. */
  | { is: 'kept'; at: Instant }
  | { is: 'done'; done: Done }
  /** `given`: as in `agreed`. */
  | { is: 'failed'; step: AttentionStep; note?: string; code: string; message: string; given?: string[] }
  | { is: 'commanded'; command: Command }
  /** Input that could not be understood; `ask`: the id of the ask that it answers, if any. */
  | { is: 'rejected'; what: string; ask?: string }
  | { is: 'elapsed' };

export type Ask = { id: string; by: string; to: string };
