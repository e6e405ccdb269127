/** What a tracker offers. */
import type { TaskSpec } from '../core/issue/decision';
import type { Ensured } from '../core/issue/steps';
import type { Instant, PersonKey, TaskRef } from '../core/refs';
import type { Markup } from '../text/fit';

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

/** `name`: `section "Inbox"`. `why`: in the tracker's words. */
export type MissingDetail = { name: string; why: string };

/** A tracker. Every method is look-up-or-do, so it is safe to repeat. */
export interface Tracker {
  /** Every task with a marker that our own user made in `place` and that changed since `since`; oldest first. `pageRead`: called after each page. */
  listTasks(destination: string, since: Instant, pageRead?: () => void): Promise<OurTask[]>;
  /** undefined: gone, or without a marker. */
  readTask(task: TaskRef): Promise<OurTask | undefined>;
  /** Takes the marker off a task that is not the any more, and completes it. */
  unmarkTask(task: TaskRef, marker: string): Promise<void>;
  /**
   * Finds the one task of `marker`, or makes it; when details are refused, without them. `since`: tasks older than this are not
   * looked at. `admit` is asked right before one is made, and throws when it must not be.
   */
  ensureTask(input: {
    marker: string;
    draft: TaskDraft;
    since: Instant;
    destinations: string[];
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
    destinations: string[];
    known: TaskRef[];
  }): Promise<{ task: TaskRef; assignee: PersonKey | null; completed: boolean } | null>;
  ensureSubtasks(task: TaskRef, titles: string[]): Promise<void>;
  /** `place`: where the task was put; 'gone' is believed only while this can be read. */
  verifyTask(task: TaskRef, destination?: string): Promise<'there' | 'gone'>;
  /** `from`: to nobody only while the task is still theirs. Throws when the tracker takes it and does not do it. */
  assignTask(task: TaskRef, to: PersonKey | null, from?: PersonKey | null): Promise<void>;
  /** Throws when the tracker takes it and does not do it. */
  completeTask(task: TaskRef, completed: boolean): Promise<void>;
  /** By what name it knows a person whom it was asked for; asks nobody. */
  nameOf?(person: PersonKey): string | undefined;
  /** Replaces the whole text of the task; `body` ends with the task's marker. */
  rewriteTask(task: TaskRef, body: Markup): Promise<void>;
  /** `key`: said at most once per task. */
  comment(task: TaskRef, key: string, body: Markup): Promise<void>;
}

/**
 * Of two tasks of one issue the older one stays: by creation, then by id, which counts upwards. Whose creation is not known comes last.
 * @param ageOf what is compared of each
 * @returns a comparison for `sort`, oldest first
 */
export function oldestFirst<T>(ageOf: (one: T) => { createdAt?: Instant; id: string }): (a: T, b: T) => number {
  return (one, other) => {
    const [a, b] = [ageOf(one), ageOf(other)];
    if (a.createdAt !== b.createdAt) return (a.createdAt ?? '~') < (b.createdAt ?? '~') ? -1 : 1;
    return a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
  };
}
