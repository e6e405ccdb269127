/** What is shown of an issue. */
import type { Instant } from '../refs';
import type { Decision, Reason } from './decision';
import type { Attention, IssueRecord, TimelineEntry } from './record';
import type { IssueView } from './row';

/** `GET /issues/:id` and the `state` query. */
export type IssueDetail = Omit<IssueView, 'attention'> & {
  /** With the vendor's words and the time of the next try, where the workflow itself said so. */
  attention: (IssueView['attention'][number] & Partial<Pick<Attention, 'message' | 'again'>>)[];
  /** Sentry's `issueCategory`. */
  category: string | null;
  decision: Decision | null;
  /** `name`: that of `assign`, where it is known. */
  override: (NonNullable<IssueRecord['override']> & { name?: string }) | null;
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
