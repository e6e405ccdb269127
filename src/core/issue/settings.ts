/** How an installation behaves, and what it can do. Plain JSON, since it stands in histories. */

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
  /** IANA; that of the rules, in which people are told times. Absent: UTC. */
  timezone?: string;
};

/** What this installation can do now; part of every answer of readIssue and applyRules, so it stands in the history. */
export type Abilities = {
  /** Writes are made at all (`MODE=live`). */
  write: boolean;
  /** The source can be read and written (a token is there). */
  source: boolean;
  /** The uuid for links is configured; otherwise that of a verified delivery is used. */
  installation: boolean;
  chat: boolean;
};
