/** An issue as its source shows it. */
import type { Instant, IssueRef, PersonKey, TaskRef } from '../refs';

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
  /** Where it is known. */
  assigneeName?: string;
  /** Sentry's assignee is a team, or a person that the rules do not know. */
  assigneeOther?: 'team' | 'unknown';
  /** Sentry's owners and suspect committers, mapped to our people, first choice first. */
  owners: PersonKey[];
  /** Tracker tasks that Sentry's external issues point to. */
  links: TaskRef[];
  /** What Sentry would not give besides the issue itself, in words: `its latest event (503 Service Unavailable)`. */
  lacks?: string[];
};
