/** The activities of a feed: what they are asked and what they answer. Plain JSON, since it stands in histories. */
import type { Instant } from '../refs';

/**
 * `recent`: every issue that had an event since `since`. `full`: besides that every unresolved one, and every one that
 * is unresolved here, because nothing in Sentry's list by date moves when an issue is resolved.
 */
export type SweepInput = {
  org: string;
  kind: 'recent' | 'full';
  since: Instant;
  floor: Instant;
  dryRun: boolean;
  /** No sweep can have found what was first seen later: if it is known here, its webhook came. */
  heardAfter?: Instant;
  /** What the installation could do at the last sweep, as `abilityWord` writes it. */
  can?: string;
};

/** `id`: of its workflow; `shortId`: null where nobody knows it. */
export type SweptIssue = {
  id: string;
  shortId: string | null;
  verdict: 'created' | 'closed' | 'changed' | 'rechecked';
};

/** What one sweep found, in numbers of issues. */
export type SweepReport = {
  kind: SweepInput['kind'];
  since: Instant;
  startedAt: Instant;
  endedAt: Instant;
  /** In Sentry and to be followed here. */
  expected: number;
  /** Of these, as Sentry shows them. */
  present: number;
  /** Unknown here until now. */
  created: number;
  /** Told to look again: Sentry shows it as resolved or archived, and it is open here. */
  closed: number;
  /** Told to look again: open here, and Sentry neither lists it nor shows it by its id. */
  rechecked: number;
  /** Told to look again for another reason: open in Sentry and not here, or another assignee. */
  changed: number;
  /** Some of those created, closed, changed and rechecked, in the order they were met: at most 20; `more`: how many there are besides. */
  named?: SweptIssue[];
  more?: number;
  /** Reason in words → how many were left alone for it. */
  leftAlone: Record<string, number>;
  /** Issues older than the floor were asked for, too. */
  import?: true;
  /** Nothing was done: these are the numbers of what would be. */
  dryRun: boolean;
  /** Pages of Sentry's list that were read. */
  pages: number;
  /** Of those created: older than a webhook takes, so it did not come. */
  unheard: number;
  /** New since the sweep before, and known here already: a webhook came. */
  heard?: number;
  /** `settings.sweepEvery` of the rules in force, in ms. */
  every: number;
  /** IANA; that of the rules in force. Absent: UTC. */
  timezone?: string;
  /** What the installation can do, as `abilityWord` writes it. */
  can: string;
  /** Tasks that were duplicates of an older one, and are no more; null when the tracker could not be asked. */
  duplicates?: number | null;
  /** Duplicates that Asana refused to change; each is in the worker's log. Absent when there was none. */
  duplicatesRefused?: number;
  /** Open here, and not among the tracker's tasks: told to look whether it was deleted. Absent when that was not asked. */
  missed?: number;
};

/** `since`: tasks changed before it are not looked at. `all`: every one is, and those that are missing are looked for. */
export type DuplicatesInput = { org: string; since: Instant; dryRun: boolean; all?: boolean };

/**
 * `refused`: duplicates that the tracker refused to change; absent when there was none. `unread`: places of the rules that could not be
 * read, and why. `missed`: with `all`, and when every place could be read.
 */
export type DuplicatesReport = { merged: number; refused?: number; unread: string[]; missed?: number };

/** `floor`: issues first seen before it are not followed unless they are known. */
export type AuditInput = { org: string; floor: Instant };

export type Difference = {
  what: 'no_task' | 'two_tasks' | 'task_open' | 'task_completed' | 'assignee';
  /** Workflow id. */
  issue: string;
  shortId: string | null;
  url: string | null;
  task: string | null;
  /** In words: what each side says. */
  detail: string;
};

/** Sentry and the tracker compared, both ways. */
export type AuditReport = {
  startedAt: Instant;
  endedAt: Instant;
  /** Unresolved issues of Sentry. */
  issues: number;
  /** Tasks of ours. */
  tasks: number;
  /** Issues and tasks that say the same. */
  agree: number;
  /** The first 40 of each kind; `more`: how many there are besides. */
  differences: Difference[];
  more: number;
  /** How many there are of each kind. */
  counts: Partial<Record<Difference['what'], number>>;
  leftAlone: Record<string, number>;
  unread: string[];
};

export type RebuildInput = { org: string; dryRun: boolean };

/** What became of the tasks that lie in the tracker. */
export type RebuildReport = {
  startedAt: Instant;
  endedAt: Instant;
  /** Tasks of ours. */
  tasks: number;
  /** Their issues are followed here already. */
  known: number;
  /** Given back to the workflows of their issues, which were started for it. */
  adopted: number;
  leftAlone: Record<string, number>;
  unread: string[];
  dryRun: boolean;
};

/** The activities of a feed. All may be repeated at will, and heartbeat their progress. */
export type FeedReads = {
  sweepSource(input: SweepInput): Promise<SweepReport>;
  /** Two tasks of one issue become one, the oldest. */
  mergeDuplicates(input: DuplicatesInput): Promise<DuplicatesReport>;
  /** Reads only. */
  audit(input: AuditInput): Promise<AuditReport>;
  /** Makes no task. */
  rebuild(input: RebuildInput): Promise<RebuildReport>;
};
