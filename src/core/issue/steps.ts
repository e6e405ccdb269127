/** What a workflow does for an issue, one activity each. Plain JSON, since it stands in histories. */
import type { Instant, IssueRef, PersonKey, TaskRef } from '../refs';
import type { Decision, TaskSpec } from './decision';
import type { Hint } from './hint';
import type { IssueSnapshot } from './snapshot';

/** Every write: name → [input, answer]. Step, activity and history event carry this one name. */
export type Effects = {
  ensureTask: [
    {
      issue: IssueSnapshot;
      decision: Decision;
      assignee: PersonKey | null;
      generation: number;
      /** Every place (`workspace/project`) that this issue was ever sent to. */
      destinations: string[];
      knownTasks: TaskRef[];
      unknownOutcome: number[];
    },
    /** `retried`: an attempt before this one may have made it. */
    Ensured & { retried?: boolean },
  ];
  /** What the tracker left out when the task was made. `given`: the names of the details that it has had, which are people's. */
  ensureDetails: [{ task: TaskRef; issue: IssueSnapshot; spec: TaskSpec; given: string[] }, null];
  /** The task that an earlier run or a lost attempt made, for an issue that needs none made. */
  findTask: [
    { issue: IssueSnapshot; destinations: string[]; knownTasks: TaskRef[] },
    { task: TaskRef; assignee: PersonKey | null; assigneeName?: string; completed: boolean } | null,
  ];
  ensureSubtasks: [{ task: TaskRef; titles: string[] }, null];
  verifyTask: [{ task: TaskRef; ref: IssueRef; spec: TaskSpec }, 'there' | 'gone'];
  /** `from`: to nobody only while the task is still theirs. `name`: that of `to`, where it is known. */
  assignTask: [{ task: TaskRef; to: PersonKey | null; from: PersonKey | null }, { name: string } | null];
  completeTask: [{ task: TaskRef; completed: boolean }, null];
  comment: [{ task: TaskRef; note: Note }, null];
  linkIssue: [
    {
      ref: IssueRef;
      task: TaskRef;
      destination: string;
      link: boolean;
      assignee: PersonKey | null;
      /** Who had it in Sentry when it was read: somebody else was chosen by a person since. */
      was: PersonKey | null;
      /** When that was. */
      readAt: Instant;
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
  tell: [
    { note: Note; issue: IssueSnapshot; task: TaskRef | null; assignee: PersonKey | null; assigneeName?: string },
    null,
  ];
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
    | 'duplicate';
  facts: Record<string, string | number>;
};

export type StepName = keyof Effects;

export type Step = { [K in StepName]: { do: K; with: Effects[K][0] } }[StepName];

export type Done = { [K in StepName]: { do: K; with: Effects[K][0]; got: Effects[K][1] } }[StepName];

/** A task that was made or found. */
export type Ensured = {
  task: TaskRef;
  /** Who has it as the tracker says, never who was asked for; null: nobody, or nobody whom the rules name. */
  assignee: PersonKey | null;
  /** Where it is known. */
  assigneeName?: string;
  completed: boolean;
  made: boolean;
  /** Made, and something else that the draft asks for is missing, or the tracker does not say whether it is. */
  incomplete: boolean;
};

/**
 * `assignIssue`: the other half of `linkIssue`, tried again by itself. `workflow`: of the workflow itself, said by Temporal and
 * never by the record.
 */
export type AttentionStep = StepName | 'readIssue' | 'believe' | 'decide' | 'assignIssue' | 'workflow';
