/** What a storm workflow keeps, shows and does. Plain JSON, since it stands in histories. */
import type { TaskDestination } from '../issue/decision';
import type { Instant, TaskRef } from '../refs';

/** From the first issue that was held until none is; its one task in the tracker lists them. */
export type Storm = {
  since: Instant;
  /** When somebody was told to wait last. */
  heldAt: Instant;
  /** How many wait, as the last look found. */
  held: number;
  /** Every place that its task was to be in, newest last. */
  destinations: TaskDestination[];
  /** Tells one list of the held from another; undefined before the first attempt to show one. */
  shown?: string;
  task?: TaskRef;
  failed?: { at: Instant; code: string; message: string; tries: number };
  /** It is over, and so often in a row the tracker refused to complete its task. */
  refused?: number;
};

/** A storm that is over, and whose task the tracker would not complete: a person has to. */
export type LeftOpen = { since: Instant; at: Instant; code: string; message: string; task: TaskRef | null };

export type Release = { id: string; by: string; at: Instant; released: number; left: number };

/** What the workflow `storm:<scope>:<project>` keeps. Every list in it is bounded. */
export type StormRecord = {
  version: 1;
  /** So many new tasks in `window` ms, as the rules said last. */
  max: number;
  window: number;
  /** IANA; as the rules said last. Absent: UTC. */
  timezone?: string;
  /** Workflow id, and when it was let in or asked again (ms since 1970); oldest first, of the last `window`. */
  admitted: [issue: string, at: number][];
  /** Let in, and still to be told so. */
  toTell: { issue: string; by: string }[];
  storm?: Storm;
  /** Storms that are over, and whose task is still to be completed. */
  closing: Storm[];
  /** Given up, newest last. */
  leftOpen?: LeftOpen[];
  /** Newest last. */
  releases: Release[];
};

/** One row of `GET /storms`. */
export type StormView = {
  project: string;
  since: Instant | null;
  held: number;
  /** Let in, and not told yet. */
  telling: number;
  /** Within the last `window`. */
  admitted: number;
  max: number;
  window: number;
  task: TaskRef | null;
  /** Why its task is not as it should be. */
  failed: Storm['failed'] | null;
  /** Tasks of earlier storms that a person has to complete, of the last week. */
  leftOpen: LeftOpen[];
};

/** Names a storm: its marker is `storm:acme:shop/<since>`. */
export type StormRef = { scope: string; project: string; since: Instant };

/** The activities of a storm workflow. */
export type StormWork = {
  /** Who is held, by what each issue shows of itself; the ids of the first `limit` in the order they came. */
  readStorm(input: { scope: string; project: string; limit: number }): Promise<{
    held: number;
    first: string[];
    /** Tells this list from another. */
    digest: string;
    max: number;
    window: number;
    timezone?: string;
  }>;
  /** Told to try again; telling twice does no harm. */
  tellHeld(input: { issues: { issue: string; by: string }[]; id: string }): Promise<null>;
  /** Exactly one task with this list in its notes. `gone`: a person has deleted it. */
  showStorm(input: {
    storm: StormRef;
    destinations: TaskDestination[];
    task: TaskRef | null;
    max: number;
    window: number;
  }): Promise<{ task: TaskRef | 'gone'; digest: string }>;
  /** Completes the task, if there is one. */
  closeStorm(input: {
    storm: StormRef;
    destinations: TaskDestination[];
    task: TaskRef | null;
    until: Instant;
  }): Promise<null>;
};
