/** What the workflow of an issue keeps. Plain JSON, since it stands in histories. */
import type { Instant, IssueRef, Names, PersonKey, TaskRef } from '../refs';
import type { Decision } from './decision';
import type { Ask } from './facts';
import type { Abilities, Settings } from './settings';
import type { IssueSnapshot } from './snapshot';
import type { AttentionStep, Note } from './steps';
import type { IssueState, IssueView } from './row';

export type Attention = {
  step: AttentionStep;
  /** The key of the comment or message that it is about: each is tried by itself. */
  note?: string;
  code: string;
  message: string;
  since: Instant;
  tries: number;
  again: Instant;
};

export type TimelineEntry = { at: Instant; what: string };

/** Everything that one issue's workflow keeps; crosses continue-as-new. Every list in it is bounded. */
export type IssueRecord = {
  version: 1;
  ref: IssueRef;
  state: IssueState;
  /** Why `muted` or `done`, for people. */
  because?: string;
  attention: Attention[];
  /** Hints heard so far, and how many of them a read has answered. */
  heard: number;
  answered: number;
  /** The newest snapshot that a webhook carried; used only when Sentry cannot be read. */
  seed?: IssueSnapshot;
  /** A read is wanted although no hint says so. */
  look: boolean;
  missingSince?: Instant;
  /**
   * Sentry answers 404 on an issue that it showed before. `looks` that found it so count when they come at `next` or later.
   * `held`: too many of its project are gone. `confirmed`: a person says that it is. `was`: how it stood before that was
   * believed, with Sentry's status then; it goes on so should Sentry show it again with that status.
   */
  gone?: {
    looks: number;
    next: Instant;
    unconfirmed?: true;
    confirmed?: true;
    was?: { state: IssueState; because?: string; source?: IssueSnapshot['status'] };
  };
  /** When a sweep last asked for it by its id, because Sentry does not list it. */
  unlisted?: Instant;
  seen?: IssueSnapshot;
  /** Every environment seen, by hints and reads. */
  environments: string[];
  installation?: string;
  /** Reassignments whose person is still to be looked up. */
  asks: Ask[];
  /** Ids of commands already taken. */
  commands: string[];
  rejects: { at: Instant; what: string }[];
  /** A decision is pending. */
  decide: boolean;
  /** Nothing could be written for a while: before the task is made it is seen whether the decision still holds. */
  recheck?: true;
  /** When this life began, short: part of every note's key. */
  epoch: string;
  /** Newest last. */
  decisions: Decision[];
  decisionCount: number;
  /** Names of the people whom this record speaks of, where they are known. */
  names?: Names;
  /** Who had the task before a regression; preferred if available. */
  before?: PersonKey;
  /**
   * A person's choice. `id`: of the command, until the task was told. `whileClosed`: made when nobody worked on the issue,
   * so it stands when the issue comes back.
   */
  override?: { assign: PersonKey | null; by: string; id?: string; whileClosed?: true };
  /** The issue that this one was merged into. */
  survivor?: { name: string; url: string };
  /** What the run before this one showed at its end, when an operator's act started this one. */
  earlier?: IssueView;
  task?: TaskRef;
  /** A task that was found for this issue, and is looked at before any other when one is pending. */
  adopt?: TaskRef;
  /** How often a task was pending: 1, and 2 after the first was found missing. */
  generation: number;
  verified: boolean;
  /** The page of the task that was missing when it was verified, until its successor is told. */
  missing?: string;
  /** A person deleted the task: none is made until the issue regresses. */
  taskDeleted: boolean;
  destinations: string[];
  /** The last values both sides were brought to. */
  agreed: {
    taskDone?: boolean;
    taskAssignee?: PersonKey | null;
    subtasks?: boolean;
    /** false: the task lacks details that the decision asks for, or may lack them. */
    details?: boolean;
    /** The names of those that it has had: taken away, they are not given again. */
    given?: string[];
    linked?: boolean;
    /** The status last seen or written in the source. */
    source?: IssueSnapshot['status'];
    /** The assignee last seen or written in the source. */
    sourceAssignee?: PersonKey | null;
    /** The assignee we last tried to set in Sentry; never set twice, so that nobody is fought. */
    pushed?: PersonKey | null;
    /** Whether an earlier run made a task has been found out; asked only of issues that need none made. */
    searched?: boolean;
    /** The issue that this one was merged into has been hinted. */
    survivor?: boolean;
  };
  /** What the task was told besides the counts, so that only what is new is said. */
  announced: { releases: string[]; environments: string[]; escalating: boolean; count: number; at?: Instant };
  /** Notes still to be said, oldest first. */
  pending: { on: 'task' | 'chat'; note: Note; since: Instant }[];
  /** The highest of `commentAt` that was said. */
  repeatsSaid: number;
  regressions: number;
  resolvedAt?: Instant;
  resolvedBy?: string;
  due: { look?: Instant; gone?: Instant; verify?: Instant; decideAgain?: Instant; unmute?: Instant; finish?: Instant };
  settings: Settings;
  can: Abilities;
  timeline: TimelineEntry[];
  changedAt: Instant;
};
