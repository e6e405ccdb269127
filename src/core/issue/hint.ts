/** What a webhook may say of an issue. */
import type { Instant, IssueRef, PersonKey, TaskRef } from '../refs';
import type { IssueSnapshot } from './snapshot';

/** "Look again": all that a webhook may say. */
export type Hint = {
  delivery: string;
  at: Instant;
  about: { issue: IssueRef };
  /** A change of state or assignee; never held back. */
  urgent: boolean;
  /** What the delivery was, for the timeline: `issue.created`, `event_alert.triggered`. */
  what: string;
  /** Value of the event's environment tag, when the delivery names one. */
  environment?: string;
  /** uuid of the Sentry installation that sent it, needed to link the task to the issue. */
  installation?: string;
  /** Used only when the source cannot be read (no token). */
  seed?: IssueSnapshot;
  /** In place of a seed: the same body came before, so nothing is to be believed of it. What it says; `assignee` where it says one. */
  repeated?: Repeated;
  /** The task that is to be the issue's: it was found in the tracker, by its marker. */
  task?: TaskRef;
  /** This task of the issue was not among those of the tracker: look whether it is still there. */
  missed?: TaskRef;
  /**
   * A sweep did not find it among the unresolved issues that Sentry lists. `answered`: asked for by its id, it was shown as
   * it is known here, so nothing is to be read. `unanswered`: look.
   */
  unlisted?: 'answered' | 'unanswered';
};

/** What a delivery says that came before. */
export type Repeated = { status: IssueSnapshot['status']; assignee?: PersonKey | null };
