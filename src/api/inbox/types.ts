/** What the durable inbox keeps and says. Plain JSON, because all of it is on disk. */
import type { ErrandError } from '../../errors';
import type { Hint } from '../../core/issue/hint';
import type { Instant } from '../../core/refs';
import type { Pending } from './pending';

/** So much of what waits for a workflow (its id) is done with: up to `seq` it has arrived, tells nothing that is not known, or is given up. */
export type Done = { id: string; seq: string; unchanged?: true; dead?: { hints: Hint[]; why: string } };

/** A hint that Temporal refused for good: listed until somebody revives it. `id` is what `revive` takes. */
export type DeadHint = { id: string; at: Instant; why: string; hint: Hint };

/** A row of `GET /deliveries`. */
export type DeliveryLogEntry = {
  /** From {@link Inbox.newId}: grows with time. Answered to the sender. */
  id: string;
  at: Instant;
  /** The route: `sentry`, `sentry-legacy`, `asana`. */
  source: string;
  what: string;
  understood: boolean;
  /** Workflow id of the (first) issue it names. */
  issue: string | null;
  outcome: 'kept' | 'dispatched' | 'no change' | 'dead' | 'no issue' | 'not understood';
  /** An earlier delivery with the same body. */
  repeats?: string;
  /** Names of the top-level keys, for a body of an unexpected shape. */
  keys?: string[];
  dispatchedAt?: Instant;
  /** Why it is dead or changed nothing, or which delivery it was joined with. */
  why?: string;
};

/** A row of the operators' log. `input` holds what the operator sent, also where it was refused, without secrets. */
export type ActLogEntry = {
  id: string;
  at: Instant;
  by: string;
  act: string;
  /** Workflow id; what the operator typed where that names no issue; null for what concerns no single issue. */
  issue: string | null;
  input?: Record<string, string>;
  /** The `Idempotency-Key`. */
  command?: string;
  /** The HTTP status that was answered. */
  outcome: string;
  /** Of the catalogue, when it was refused. */
  code?: string;
};

/** Newest first; `cursor` is the `next` of the page before. */
export type PageRequest = { limit?: number; cursor?: string };
export type Page<T> = { items: T[]; next: string | null };

export type InboxCounts = {
  /** Workflows for which something waits. */
  waiting: number;
  dead: number;
  deliveries: number;
  acts: number;
  /** Bytes of what waits and of the dead hints. */
  bytes: number;
  /** 0 … 1 of what may be kept; above 0.95 only what makes it no fuller is taken. */
  full: number;
};

/** A few small texts by name, which outlive the process. */
export type Facts = {
  get(name: string): string | undefined;
  /** Resolves once it is on the disk. */
  set(name: string, value: string): Promise<void>;
};

/**
 * The durable queue between the webhooks and Temporal, with the logs of deliveries and operators' acts. One process per
 * directory. Every promise resolves once the change is on the disk, and rejects with `ErrandError('inbox_failed')` when it
 * could not be written.
 */
export interface Inbox {
  /** An id that sorts after every earlier one, also those of earlier processes; 26 characters. */
  newId(): string;
  /**
   * Folds each hint into what waits for its workflow, and keeps the log entry and the digest of the body with it. Rejects with
   * `ErrandError('inbox_full')` above 95 %; then nothing is kept, not even the log entry.
   */
  append(hints: Hint[], log: DeliveryLogEntry, digest?: string): Promise<void>;
  /** The newest delivery whose body had this digest, also while it is being written; undefined when none is remembered. */
  lastWith(digest: string): string | undefined;
  /** Why an append would be refused now; undefined when it would not. */
  trouble(): Promise<ErrandError | undefined>;
  /** What waits, in the order of first arrival, behind the row with the key `after`; at most 500. */
  oldest(limit: number, after?: string): Pending[];
  /** What waits and was not given out here before, or has changed since; at most 500. All of it after a start. */
  unread(limit: number): Pending[];
  /** What waits for the workflow with this id. */
  get(id: string): Pending | undefined;
  /** Forgets what is done with; what has come since stays. The log says what became of it. */
  settle(done: Done[]): Promise<void>;
  listDead(limit?: number): DeadHint[];
  /**
   * As if they came now: a dead hint, by its own id or its delivery's, with all that were refused in the same signal; else every hint
   * of a logged delivery, which has no seed. Answers how many.
   */
  replay(id: string): Promise<number>;
  deliveries(page?: PageRequest): Page<DeliveryLogEntry>;
  delivery(id: string): DeliveryLogEntry | undefined;
  appendAct(act: ActLogEntry): Promise<void>;
  acts(page?: PageRequest): Page<ActLogEntry>;
  readonly facts: Facts;
  counts(): InboxCounts;
  close(): Promise<void>;
}

export type InboxOptions = {
  /** Bytes that may wait. A row has at most two snapshots of 8 KiB, most have one of 1. Default 128 MiB. */
  maxBytes?: number;
  /** Workflows for which something may wait, and dead hints. Default 100,000. */
  maxEntries?: number;
  /** Rows that each log keeps. Default 10,000. */
  maxLog?: number;
  /** Digests of bodies that are remembered. Default 200,000. */
  maxDigests?: number;
  now?: () => number;
};
