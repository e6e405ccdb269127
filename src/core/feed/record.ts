/** What the workflow of a feed keeps. Plain JSON, since it stands in histories. */
import type { IssueSnapshot } from '../issue/snapshot';
import type { Instant, PersonKey } from '../refs';
import type { SweepReport } from './activities';

/** What Sentry said of an issue when it was last read or written; `unlinked`: its task is not shown there, for want of an installation's uuid. */
export type SourceMark = {
  status: IssueSnapshot['status'];
  assignee: PersonKey | null;
  unlisted?: Instant;
  unlinked?: true;
  /** What the installation could do then, as `abilityWord` writes it. */
  can: string;
};

/** What the workflow `feed:sentry:<org>` keeps. */
export type FeedRecord = {
  version: 1;
  /** When it first started: older issues come in by an explicit import only. */
  floor: Instant;
  /** The begin of the last finished sweep: what happened before it is known. */
  watermark: Instant;
  lastFull?: Instant;
  /** What the installation could do at the last sweep, as `abilityWord` writes it. */
  can?: string;
  sweeps: number;
  /** `settings.sweepEvery` in ms, as a sweep told it last, finished or failed. */
  every?: number;
  last?: SweepReport;
  failed?: { at: Instant; code: string; message: string; tries: number };
  /** Sweeps that found issues whose webhooks never came, since one of a new issue came last. */
  silent: number;
  /** uuid of the installation that the last verified delivery named: links are made with it. */
  installation?: string;
  /** Sentry project → issues of it that were found gone within the last hour, and when. Bounded. */
  gone?: Record<string, [issue: string, at: Instant][]>;
  /** Duplicates among the tasks changed before it are known. */
  duplicatesSince?: Instant;
  /** When all tasks of the tracker were looked at last. */
  allTasksAt?: Instant;
};
