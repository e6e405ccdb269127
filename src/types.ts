/**
 * The vocabulary: webhook → Hint → IssueSnapshot → Decision → Step → Done → IssueRecord.
 * Plain JSON only, because all of it is stored in workflow histories.
 */

/** `toISOString()`: always UTC with milliseconds, so text order is time order. */
export type Instant = string;
/** A key under `people:` in the rules; never an e-mail address. */
export type PersonKey = string;
/** Names one workflow: `{ source: 'sentry', scope: 'acme', id: '4711' }`. */
export type IssueRef = { source: string; scope: string; id: string };
export type TaskRef = { tracker: 'asana'; id: string; url: string };

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

/** What the source says now: bounded and scrubbed where it is made; enough to repeat the decision from the history. */
export type IssueSnapshot = {
  ref: IssueRef;
  shortId?: string;
  title: string;
  culprit?: string;
  /** Sentry's page for people. */
  url: string;
  /** Project slug; '' when the delivery does not name it. */
  project: string;
  platform?: string;
  level: string;
  /** Sentry's `issueCategory`: `error`, `outage`, `performance`, `cron`, `feedback`, …; absent on servers before 2022. */
  category?: string;
  /** `unknown`: Sentry said nothing of it, or a word that is not known here. */
  status: 'unresolved' | 'resolved' | 'archived' | 'gone' | 'unknown';
  substatus?: string;
  mergedInto?: IssueRef;
  /** Counts and times are null where Sentry did not tell them. */
  events: number | null;
  users: number | null;
  firstSeen: Instant | null;
  lastSeen: Instant | null;
  readAt: Instant;
  via: 'api' | 'webhook';
  release?: string;
  /** Every environment seen on the issue so far, oldest first. */
  environments: string[];
  tags: Record<string, string>;
  /** In-app stack frames as text, crash frame first. */
  frames: string[];
  /** Already mapped to our people; null when nobody or somebody we do not know. */
  assignee: PersonKey | null;
  /** Sentry's assignee is a team, or a person that the rules do not know. */
  assigneeOther?: 'team' | 'unknown';
  /** Sentry's owners and suspect committers, mapped to our people, first choice first. */
  owners: PersonKey[];
  /** Tracker tasks that Sentry's external issues point to. */
  links: TaskRef[];
  /** What Sentry would not give besides the issue itself, in words: `its latest event (503 Service Unavailable)`. */
  lacks?: string[];
};

/** One predicate of a rule, or one candidate, and what became of it. */
export type Reason =
  | { rule: string; matched: boolean; predicate?: string; saw?: string }
  | {
      person: PersonKey;
      kept: boolean;
      because:
        | 'chosen'
        | 'not available'
        | 'excluded'
        | 'not their turn'
        | 'unknown'
        | 'already assigned in Sentry'
        | 'had it before';
    };

/** Made once, then a record. A person's choice stands beside it (`override`), never in it. */
export type Decision = {
  at: Instant;
  rulesHash: string;
  rule: string;
  reasons: Reason[];
  degraded?: 'availability unknown';
  /** Set when nobody could be assigned: when to decide again. */
  again?: Instant;
  verdict: { skip: string } | { assign: PersonKey | null; task: TaskSpec };
};
export type TaskSpec = {
  tracker: TaskRef['tracker'];
  /** Name or gid, as the rules write it. */
  workspace: string;
  project: string;
  section?: string;
  /** Local date `YYYY-MM-DD`. */
  dueOn?: string;
  priority?: string;
  followers: PersonKey[];
  tags: string[];
  /** Custom field name → value or option name. */
  fields: Record<string, string>;
  subtasks: string[];
  verify: boolean;
};
/** Behaviour from the rules' `settings`; durations in milliseconds. */
export type Settings = {
  verifyAfter: number;
  linger: number;
  attentionAgain: number;
  unknownOutcome: number[];
  /** Pauses between the looks after which Sentry's 404 on a known issue is believed. */
  goneAfter: number[];
  availability: { wait: number; again: number; ahead: number };
  retry: { attempts: number; first: number; max: number };
  quiet: { first: number; max: number };
  commentAt: number[];
  onArchive: 'complete' | 'comment';
  sync: { toTracker: boolean; toSentry: boolean };
  keepSentryAssignee: boolean;
};

/** What this installation can do now; part of every answer of readIssue and applyRules, so it stands in the history. */
export type Abilities = {
  /** Writes are made at all (`MODE=live`). */
  write: boolean;
  /** Sentry can be read and written (a token is there). */
  sentry: boolean;
  /** The uuid for links is configured; otherwise that of a verified delivery is used. */
  installation: boolean;
  chat: boolean;
};

/** Every write: name → [input, answer]. Step, activity and history event carry this one name. */
export type Effects = {
  ensureTask: [
    {
      issue: IssueSnapshot;
      decision: Decision;
      assignee: PersonKey | null;
      generation: number;
      /** Every place (`workspace/project`) that this issue was ever sent to. */
      places: string[];
      known: TaskRef[];
      unknownOutcome: number[];
    },
    /** `retried`: an attempt before this one may have made it. */
    Ensured & { retried?: boolean },
  ];
  /** What the tracker left out when the task was made. `given`: the names of the details that it has had, which are people's. */
  ensureDetails: [{ task: TaskRef; issue: IssueSnapshot; spec: TaskSpec; given: string[] }, null];
  /** The task that an earlier run or a lost attempt made, for an issue that needs none made. */
  findTask: [
    { issue: IssueSnapshot; places: string[]; known: TaskRef[] },
    { task: TaskRef; assignee: PersonKey | null; completed: boolean } | null,
  ];
  ensureSubtasks: [{ task: TaskRef; titles: string[] }, null];
  verifyTask: [{ task: TaskRef; ref: IssueRef; spec: TaskSpec }, 'there' | 'gone'];
  /** `from`: to nobody only while the task is still theirs. */
  assignTask: [{ task: TaskRef; to: PersonKey | null; from: PersonKey | null }, null];
  completeTask: [{ task: TaskRef; completed: boolean }, null];
  comment: [{ task: TaskRef; note: Note }, null];
  linkIssue: [
    {
      ref: IssueRef;
      task: TaskRef;
      place: string;
      link: boolean;
      assignee: PersonKey | null;
      /** Who had it in Sentry when it was read: somebody else was chosen by a person since. */
      was: PersonKey | null;
      installation: string | null;
    },
    /** Of what was asked; absent: it could not be brought to an end, while the other could. */
    { link?: WriteOutcome; assign?: WriteOutcome | 'taken' },
  ];
  resolveIssue: [{ ref: IssueRef; how: 'now' }, null];
  /** May it be believed that the issue is gone? Not when many of its project would be at once. */
  countGone: [{ ref: IssueRef; project: string }, null];
  /** Another issue of ours is to look again. */
  hintIssue: [{ ref: IssueRef; hint: Hint }, null];
  tell: [{ note: Note; issue: IssueSnapshot; task: TaskRef | null; assignee: PersonKey | null }, null];
};
/** A definite end: done, or refused with a code of the catalogue and the vendor's words. */
export type WriteOutcome = 'done' | { code: string; message: string };
/** Something to say once; `key` makes it once: `x100`, `regressed-2`. Rendered in the activity, so rewording touches no history. */
export type Note = {
  key: string;
  say:
    | 'opened'
    | 'repeated'
    | 'regressed'
    | 'resolved'
    | 'archived'
    | 'reassigned'
    | 'merged'
    | 'gone'
    | 'nobody'
    | 'twin';
  facts: Record<string, string | number>;
};
export type StepName = keyof Effects;
export type Step = { [K in StepName]: { do: K; with: Effects[K][0] } }[StepName];
export type Done = { [K in StepName]: { do: K; with: Effects[K][0]; got: Effects[K][1] } }[StepName];
/** What an operator asks for, already parsed and checked. */
export type Command = { id: string; by: string } & (
  | { do: 'resolve' | 'recheck' | 'unmute' }
  /** `released`: let in by the storm guard that held it; `by` says on whose behalf. */
  /** `code`: only what failed with it. */
  | { do: 'retry'; released?: true; code?: string }
  | { do: 'reassign'; to: PersonKey }
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
  /** What the installation can do now, and by which settings. */
  | { is: 'able'; can: Abilities; settings: Settings }
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
/**
 * `assignIssue`: the other half of `linkIssue`, tried again by itself. `workflow`: of the workflow itself, said by Temporal and
 * never by the record.
 */
export type AttentionStep = StepName | 'readIssue' | 'believe' | 'decide' | 'assignIssue' | 'workflow';
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
  state: 'new' | 'open' | 'resolved' | 'muted' | 'skipped' | 'done';
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
    held?: true;
    confirmed?: true;
    was?: { state: IssueView['state']; because?: string; sentry?: IssueSnapshot['status'] };
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
  /** A decision is owed. */
  decide: boolean;
  /** Nothing could be written for a while: before the task is made it is seen whether the decision still holds. */
  recheck?: true;
  /** When this life began, short: part of every note's key. */
  born: string;
  /** Newest last. */
  decisions: Decision[];
  decisionCount: number;
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
  /** A task that was found for this issue, and is looked at before any other when one is owed. */
  adopt?: TaskRef;
  /** How often a task was owed: 1, and 2 after the first was found missing. */
  generation: number;
  verified: boolean;
  /** The page of the task that was missing when it was verified, until its successor is told. */
  missing?: string;
  /** A person deleted the task: none is made until the issue regresses. */
  taskDeleted: boolean;
  places: string[];
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
    /** The status last seen or written in Sentry. */
    sentry?: IssueSnapshot['status'];
    /** The assignee last seen or written in Sentry. */
    sentryAssignee?: PersonKey | null;
    /** The assignee we last tried to set in Sentry; never set twice, so that nobody is fought. */
    pushed?: PersonKey | null;
    /** Whether an earlier run made a task has been found out; asked only of issues that need none made. */
    searched?: boolean;
    /** The issue that this one was merged into has been hinted. */
    survivor?: boolean;
  };
  /** What the task was told besides the counts, so that only what is new is said. */
  told: { releases: string[]; environments: string[]; escalating: boolean; count: number; at?: Instant };
  /** Notes still to be said, oldest first. */
  owed: { on: 'task' | 'chat'; note: Note; since: Instant }[];
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

/** What Sentry said of an issue when it was last read or written; `unlinked`: its task is not shown there, for want of an installation's uuid. */
export type SentryMark = {
  status: IssueSnapshot['status'];
  assignee: PersonKey | null;
  unlisted?: Instant;
  unlinked?: true;
  /** What the installation could do then, as `abilityWord` writes it. */
  can: string;
};

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
export type SweptIssue = { id: string; shortId: string | null; verdict: 'created' | 'closed' | 'changed' | 'asked' };
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
  asked: number;
  /** Told to look again for another reason: open in Sentry and not here, or another assignee. */
  changed: number;
  /** Some of those created, closed, changed and asked, in the order they were met: at most 20; `more`: how many there are besides. */
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
  /** What the installation can do, as `abilityWord` writes it. */
  can: string;
  /** Tasks that were twins of an older one, and are no more; null when the tracker could not be asked. */
  twins?: number | null;
  /** Twins that Asana refused to change; each is in the worker's log. Absent when there was none. */
  twinsRefused?: number;
  /** Open here, and not among the tracker's tasks: told to look whether it was deleted. Absent when that was not asked. */
  missed?: number;
};
/** `since`: tasks changed before it are not looked at. `all`: every one is, and those that are missing are looked for. */
export type TwinsInput = { org: string; since: Instant; dryRun: boolean; all?: boolean };
/**
 * `refused`: twins that the tracker refused to change; absent when there was none. `unread`: places of the rules that could not be
 * read, and why. `missed`: with `all`, and when every place could be read.
 */
export type TwinsReport = { merged: number; refused?: number; unread: string[]; missed?: number };

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
  /** Twins among the tasks changed before it are known. */
  twinsSince?: Instant;
  /** When all tasks of the tracker were looked at last. */
  allTasksAt?: Instant;
};

export type TaskPlace = Pick<TaskSpec, 'workspace' | 'project' | 'section'>;
/** From the first issue that was held until none is; its one task in the tracker lists them. */
export type Storm = {
  since: Instant;
  /** When somebody was told to wait last. */
  heldAt: Instant;
  /** How many wait, as the last look found. */
  held: number;
  /** Every place that its task was to be in, newest last. */
  places: TaskPlace[];
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
/** The activities of a storm guard. */
export type StormWork = {
  /** Who is held, by what each issue shows of itself; the ids of the first `limit` in the order they came. */
  readStorm(input: { scope: string; project: string; limit: number }): Promise<{
    held: number;
    first: string[];
    /** Tells this list from another. */
    digest: string;
    max: number;
    window: number;
  }>;
  /** Told to try again; telling twice does no harm. */
  tellHeld(input: { issues: { issue: string; by: string }[]; id: string }): Promise<null>;
  /** Exactly one task with this list in its notes. `gone`: a person has deleted it. */
  showStorm(input: {
    storm: StormRef;
    places: TaskPlace[];
    task: TaskRef | null;
    max: number;
    window: number;
  }): Promise<{ task: TaskRef | 'gone'; digest: string }>;
  /** Completes the task, if there is one. */
  closeStorm(input: { storm: StormRef; places: TaskPlace[]; task: TaskRef | null; until: Instant }): Promise<null>;
};

/** Whose doing it is, as people call it. `Errand`: its rules, its people, itself. */
export type Vendor = 'Sentry' | 'Asana' | 'Calamari' | 'Slack' | 'Temporal' | 'Errand';
/** What needs a person now: all that has one cause. */
export type Trouble = {
  vendor: Vendor;
  code: string;
  /** Issues, or workflows that are none; with `sweeps` or `times` it may be 0. */
  count: number;
  /** Sweeps in a row that failed, or that were silent. */
  sweeps?: number;
  /** Webhooks that were refused, mistakes in the rules, or calls of the vendor that failed: what a process tells of itself. */
  times?: number;
  since: Instant;
  /** A few of them; `url` is for people, null when there is none. */
  some: { id: string; name: string; url: string | null }[];
  /** The message that one of them failed with, short and without secrets; '' when it says no more than the code; absent when not known. */
  said?: string;
  /** Sentry projects whose new tasks are held back, `*` for the unknown one; first where most wait. */
  projects?: { some: string[]; others: number };
};
/** What one look around found. */
export type Look = {
  at: Instant;
  troubles: Trouble[];
  /** More need a person than are listed at once: the counts are at least those. */
  more: boolean;
  /** `settings.alertEvery` of the rules in force, in ms. */
  every: number;
  /** Who can be told. */
  can: { chat: boolean; report: boolean };
};
/** One trouble from its first look to its last; told by one message, which is edited. */
export type Alert = Trouble & {
  more: boolean;
  /** The highest count so far, and whether there were more than could be counted. */
  most: { count: number; more: boolean };
  /** Looks in a row that did not find it any more. */
  absent: number;
  over?: Instant;
  /** What the message says now, and where it is. */
  told?: { at: Instant; count: number; sweeps: number; times?: number; over: boolean };
  message?: { channel: string; ts: string };
  /** What our own Sentry knows of it. */
  reported?: 'opened' | 'over';
};
/** What the workflow `alerts:<org>` keeps. */
export type AlertsRecord = {
  version: 1;
  looks: number;
  last?: { at: Instant; every: number; can: Look['can'] };
  /** The last look could not be made. */
  failed?: { at: Instant; message: string; tries: number };
  alerts: Alert[];
};

/** What applyRules answers: the rule that matched and what it asks for. Pure. */
export type Plan = {
  rulesHash: string;
  rule: string;
  reasons: Reason[];
  /** In the order given by the rule; empty when the rule names nobody. */
  candidates: PersonKey[];
  /** Names the team whose turn decides, when its rotation keeps turns. */
  rotation: { team: string; kind: 'fixed' | 'roundRobin' };
  /** Tried in order when none of the candidates is left; the lead comes last. */
  fallback: PersonKey[][];
  verdict: { skip: string } | { task: TaskSpec };
  settings: Settings;
  can: Abilities;
};
export type Availability = Record<PersonKey, 'available' | 'not available' | 'unknown'>;
/** The activities of a feed. All may be repeated at will, and heartbeat their progress. */
export type FeedReads = {
  sweepSentry(input: SweepInput): Promise<SweepReport>;
  /** Two tasks of one issue become one, the oldest. */
  mergeTwins(input: TwinsInput): Promise<TwinsReport>;
  /** Reads only. */
  audit(input: AuditInput): Promise<AuditReport>;
  /** Makes no task. */
  rebuild(input: RebuildInput): Promise<RebuildReport>;
};
/** The activities that read or compute. */
export type Reads = {
  readIssue(input: {
    ref: IssueRef;
    seed?: IssueSnapshot;
    environments: string[];
    /** It was read before, and was in this project (slug). */
    known?: { project: string };
  }): Promise<{
    /** `unread`: it was read once, and cannot be now, for want of a token. */
    issue: IssueSnapshot | 'missing' | 'unread';
    /** uuid that links can be made with. */
    installation?: string;
    can: Abilities;
    settings: Settings;
  }>;
  /** Pure. */
  applyRules(input: { issue: IssueSnapshot }): Promise<Plan>;
  /** Pure. Answers the person's key, or what was probably meant. */
  findPerson(input: { name: string }): Promise<{ key: PersonKey } | { unknown: string; didYouMean: string | null }>;
  /** What needs a person, by cause. `known`: the causes whose message need not be asked for; without it none is. */
  lookAround(input: { org: string; known?: string[] }): Promise<Look>;
  checkAvailability(input: { people: PersonKey[]; at: Instant; ahead: number }): Promise<Availability>;
  selectAssignee(input: {
    issue: IssueSnapshot;
    plan: Plan;
    /** 'unknown' when Calamari could not be asked. */
    availability: Availability | 'unknown';
    before: PersonKey | null;
    /** Names the decision, so that a repeated attempt takes the same turn. */
    decisionId: string;
    at: Instant;
  }): Promise<Decision>;
};
export type Writes = { [K in StepName]: (input: Effects[K][0]) => Promise<Effects[K][1]> };
/** How an alert is told. */
export type Alarms = {
  /** Posts the alert's message, or edits it. */
  tellAlert(input: { alert: Alert }): Promise<NonNullable<Alert['message']>>;
  /** Tells our own Sentry that it began, or that it is over; false when that could not be reached. */
  reportAlert(input: { alert: Alert }): Promise<boolean>;
};

/** One row of `GET /issues`. What is unknown is null. */
export type IssueView = {
  id: string;
  shortId: string | null;
  title: string | null;
  project: string | null;
  level: string | null;
  state: IssueRecord['state'];
  attention: { step: AttentionStep; code: string; since: Instant; tries: number }[];
  rule: string | null;
  assignee: PersonKey | null;
  task: TaskRef | null;
  events: number | null;
  users: number | null;
  firstSeen: Instant | null;
  lastSeen: Instant | null;
  changedAt: Instant;
  url: string | null;
};
/** `GET /issues/:id` and the `state` query. */
export type IssueDetail = Omit<IssueView, 'attention'> & {
  /** With the vendor's words and the time of the next try, where the workflow itself said so. */
  attention: (IssueView['attention'][number] & Partial<Pick<Attention, 'message' | 'again'>>)[];
  /** Sentry's `issueCategory`. */
  category: string | null;
  decision: Decision | null;
  override: IssueRecord['override'] | null;
  timeline: TimelineEntry[];
  /** Signals and updates that could not be understood. */
  rejects: IssueRecord['rejects'];
  /** What happens next, in one sentence. */
  next: string;
};
/** A step whose last attempt failed, while attempts are left. A workflow cannot see them, Temporal tells. */
export type Trying = {
  /** The activity. */
  step: string;
  code: string;
  /** The code's sentence with the vendor's own words. */
  message: string;
  /** Attempts that failed. */
  tries: number;
  /** Attempts that are made until it needs a person; null: without end. */
  of: number | null;
  /** When the next attempt begins; null while it is under way. */
  again: Instant | null;
};
/** What `GET /issues/:id` answers. */
export type IssueShown = IssueDetail & { trying: Trying[] };
/** `GET /issues/:id/explain` and the `explain` query. */
export type Explanation = {
  decision: { rule: string; rulesHash: string; at: Instant; reasons: Reason[] } | null;
  text: string;
};

/** Text with structure, rendered to Asana's rich text or Slack's mrkdwn by `text/markup.ts` alone. */
export type Markup = (
  string | { bold: Markup } | { code: string } | { link: string; text: string } | { list: Markup[] }
)[];

/** What a new task looks like; every person is a key. */
export type TaskDraft = {
  title: string;
  body: Markup;
  assignee: PersonKey | null;
  spec: TaskSpec;
  /** Used instead of `body` when the tracker does not know the assignee, so that the task says why it has none. */
  unassignedBody?: Markup;
};

/** A task of ours as it lies in the tracker; `assignee` null: nobody, or nobody whom the rules name. */
export type OurTask = {
  marker: string;
  task: TaskRef;
  createdAt: Instant;
  /** Of anything in it. */
  changedAt: Instant;
  completed: boolean;
  assignee: PersonKey | null;
};

/** A task that was made or found. */
export type Ensured = {
  task: TaskRef;
  /** Who has it as the tracker says, never who was asked for; null: nobody, or nobody whom the rules name. */
  assignee: PersonKey | null;
  completed: boolean;
  made: boolean;
  /** Made, and something else that the draft asks for is missing, or the tracker does not say whether it is. */
  incomplete: boolean;
};
/** `name`: `section "Inbox"`. `why`: in the tracker's words. */
export type MissingDetail = { name: string; why: string };

/** A tracker. Every method is look-up-or-do, so it is safe to repeat. */
export interface Tracker {
  /** Every task with a marker that our own user made in `place` and that changed since `since`; oldest first. `pageRead`: called after each page. */
  listTasks(place: string, since: Instant, pageRead?: () => void): Promise<OurTask[]>;
  /** undefined: gone, or without a marker. */
  readTask(task: TaskRef): Promise<OurTask | undefined>;
  /** Takes the marker off a task that is not the issue's any more, and completes it. */
  unmarkTask(task: TaskRef, marker: string): Promise<void>;
  /**
   * Finds the one task of `marker`, or makes it; when details are refused, without them. `since`: tasks older than this are not
   * looked at. `admit` is asked right before one is made, and throws when it must not be.
   */
  ensureTask(input: {
    marker: string;
    draft: TaskDraft;
    since: Instant;
    places: string[];
    known: TaskRef[];
    admit?: () => Promise<void>;
  }): Promise<Ensured>;
  /**
   * Adds what the task lacks of the spec besides its assignee; what is there stays as it is.
   * @param given the names of the details that it has had, which are not looked at
   * @returns the same after this look, and what is still missing
   */
  ensureDetails(task: TaskRef, spec: TaskSpec, given: string[]): Promise<{ given: string[]; missing: MissingDetail[] }>;
  /** The same without making one; null when there is none. */
  findTask(input: {
    marker: string;
    since: Instant;
    places: string[];
    known: TaskRef[];
  }): Promise<{ task: TaskRef; assignee: PersonKey | null; completed: boolean } | null>;
  ensureSubtasks(task: TaskRef, titles: string[]): Promise<void>;
  /** `place`: where the task was put; 'gone' is believed only while this can be read. */
  verifyTask(task: TaskRef, place?: string): Promise<'there' | 'gone'>;
  /** `from`: to nobody only while the task is still theirs. Throws when the tracker takes it and does not do it. */
  assignTask(task: TaskRef, to: PersonKey | null, from?: PersonKey | null): Promise<void>;
  /** Throws when the tracker takes it and does not do it. */
  completeTask(task: TaskRef, completed: boolean): Promise<void>;
  /** Replaces the whole text of the task; `body` ends with the task's marker. */
  rewriteTask(task: TaskRef, body: Markup): Promise<void>;
  /** `key`: said at most once per task. */
  comment(task: TaskRef, key: string, body: Markup): Promise<void>;
}

/** What a delivery turned out to be; `hints` is empty when it names no issue or is not understood. */
export type Parsed = {
  /** `issue.created`; `unknown` where the resource or the shape is not known. */
  what: string;
  understood: boolean;
  hints: Omit<Hint, 'delivery' | 'at'>[];
  /** uuid of the sending installation, if the body names it. */
  installation?: string;
};
/** A source of webhooks. Nothing is made of a body before `verify` has taken its bytes. */
export interface WebhookSource {
  /** Why the headers alone are enough to refuse it, in words; the body need not be read then. */
  unsigned(headers: Record<string, string | string[] | undefined>): string | undefined;
  verify(
    raw: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): { ok: true } | { ok: false; why: string };
  /** `body` is parsed JSON; undefined: it is none. Never throws: returns what it understood. */
  parse(body: unknown, headers: Record<string, string | string[] | undefined>): Parsed;
}
