/** The short form of an issue that lists are made of; it lies in its workflow's memo. */
import type { Instant, PersonKey, TaskRef } from '../refs';
import type { AttentionStep } from './steps';

export type IssueState = 'new' | 'open' | 'resolved' | 'muted' | 'skipped' | 'done';

/** One row of `GET /issues`. What is unknown is null. */
export type IssueView = {
  id: string;
  shortId: string | null;
  title: string | null;
  project: string | null;
  level: string | null;
  state: IssueState;
  attention: { step: AttentionStep; code: string; since: Instant; tries: number }[];
  rule: string | null;
  assignee: PersonKey | null;
  /** Their name; null for nobody, and where it is not known. */
  assigneeName: string | null;
  task: TaskRef | null;
  events: number | null;
  users: number | null;
  firstSeen: Instant | null;
  lastSeen: Instant | null;
  changedAt: Instant;
  url: string | null;
};
