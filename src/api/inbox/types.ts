/** What the durable inbox keeps and says. Plain JSON, because all of it is on disk. */
import type { ErrandError } from '../../errors';
import type { Hint } from '../../core/issue/hint';
import type { Instant } from '../../core/refs';

/** One hint waiting for its workflow; keys grow with time, so their order is the order of arrival. */
export type InboxEntry = { key: string; hint: Hint };

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
  outcome: 'kept' | 'dispatched' | 'dead' | 'no issue' | 'not understood';
  /** An earlier delivery with the same body. */
  repeats?: string;
  /** Names of the top-level keys, for a body of an unexpected shape. */
  keys?: string[];
  dispatchedAt?: Instant;
  /** Why it is dead, or which delivery it was joined with. */
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
  waiting: number;
  dead: number;
  deliveries: number;
  acts: number;
  /** Bytes of the waiting and dead hints. */
  bytes: number;
  /** 0 … 1 of what may be kept; above 0.8 it is merged, above 0.95 nothing more is taken. */
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
   * Keeps the hints and the log entry together, and remembers the digest of the body. Rejects with `ErrandError('inbox_full')` above
   * 95 %; then nothing is kept, not even the log entry.
   */
  append(hints: Hint[], log: DeliveryLogEntry, digest?: string): Promise<void>;
  /** The newest delivery whose body had this digest, also while it is being written; undefined when none is remembered. */
  lastWith(digest: string): string | undefined;
  /** Why an append would be refused now; undefined when it would not. */
  trouble(): Promise<ErrandError | undefined>;
  /** The oldest hints behind `after`; at most 500. */
  oldest(limit: number, after?: string): InboxEntry[];
  get(key: string): Hint | undefined;
  /** They reached their workflow: forgotten here, `dispatched` in the log. Unknown keys are ignored. */
  remove(keys: string[]): Promise<void>;
  /** Each key is forgotten in favour of another that says the same; its delivery shares the other's fate in the log. */
  join(keyToOther: Map<string, string>): Promise<void>;
  /** Keeps of each issue the newest hint only, with the urgency, environments and installation of the others. */
  merge(): Promise<void>;
  bury(key: string, why: string): Promise<void>;
  listDead(limit?: number): DeadHint[];
  /** A dead hint, as if it came now. False when there is no such one. */
  revive(id: string): Promise<boolean>;
  /** A dead hint, or every hint of a logged delivery, as if it came now; answers how many. A logged one has no seed. */
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
  /** Bytes of hints that may wait. A hint has at most 8 KiB of snapshot, most have 1. Default 128 MiB. */
  maxBytes?: number;
  /** Hints that may wait. Default 100,000: a day of one a second. */
  maxEntries?: number;
  /** Rows that each log keeps. Default 10,000. */
  maxLog?: number;
  /** Digests of bodies that are remembered. Default 200,000. */
  maxDigests?: number;
  now?: () => number;
};
