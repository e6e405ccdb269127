/** What the activities need of the world. */
import type { Calamari } from '../vendors/calamari/client';
import type { Sentry } from '../vendors/sentry/client';
import type { Slack } from '../vendors/slack/chat';
import type { Rules } from '../rules/load';
import type { Log } from '../telemetry/log';
import type { FeedRecord } from '../core/feed/record';
import type { Hint } from '../core/issue/hint';
import type { Attention } from '../core/issue/record';
import type { Abilities } from '../core/issue/settings';
import type { IssueRef, PersonKey } from '../core/refs';
import type { Source } from '../vendors/source';
import type { Tracker } from '../vendors/tracker';
import { ErrandError } from '../errors';
import { codeOf } from '../core/vendor';
import type { AdmitRequest, GoneRequest, TurnRequest } from '../contract';
import type { SelfSentry } from '../telemetry/self-sentry';
import type { Wrong } from '../temporal/client/unhealthy';
import type { Ledger } from '../temporal/client/ledger';

export type Deps = {
  /** The rules in force now; read once per activity. */
  rules: () => Rules;
  /** By name; absent without a token: the webhooks' own snapshots are used. */
  sources: Record<string, Source>;
  /** By name. */
  trackers: Record<string, Tracker>;
  /** The source that is swept; absent without a token. */
  listed?: Sentry;
  availability?: Calamari;
  chat?: Slack;
  /** @param source the name of the issue's source; none where only what holds for all is asked */
  can: (source: string) => Abilities;
  /** uuid that links are made with: the configured one, or that of the last verified delivery as the feed keeps it. */
  installation: () => Promise<string | undefined>;
  /** What Temporal knows of the issues. */
  ledger: Ledger;
  /** What Temporal knows of workflows that need a person. */
  unhealthy: { wrong: () => Promise<Wrong> };
  /** What failed in a running issue, with the vendor's words; throws without an answer. */
  attention: (workflowId: string) => Promise<Attention[] | undefined>;
  /** What the feed of Sentry keeps; undefined when none runs. */
  feed: (org: string) => Promise<FeedRecord | undefined>;
  /** Absent without SELF_SENTRY_DSN. */
  selfSentry?: Pick<SelfSentry, 'send'>;
  /** Asks the feed of Sentry whether it may be believed that an issue is gone. */
  countGone: (org: string, request: GoneRequest) => Promise<boolean>;
  /** Starts the workflow of an issue, or signals it. */
  sendHints: (ref: IssueRef, hints: Hint[]) => Promise<void>;
  takeTurn: (team: string, request: TurnRequest) => Promise<PersonKey>;
  /** Asks the storm workflow of a Sentry project. */
  admit: (scope: string, project: string, request: AdmitRequest) => Promise<'admitted' | 'held'>;
  /** Signals a running issue that it is let in; nothing when it does not run. */
  releaseIssue: (workflowId: string, command: { id: string; by: string }) => Promise<void>;
  /** The operators' page of an issue; null when there is no public address. */
  operatorUrl: (workflowId: string) => string | null;
  log: Log;
};

/** @throws ErrandError `…_unauthorized` where that source is not configured here */
export function sourceOf({ sources }: Pick<Deps, 'sources'>, { source }: Pick<IssueRef, 'source'>): Source {
  const one = sources[source];
  if (!one) throw new ErrandError(codeOf(source, 'unauthorized'), noToken(source));
  return one;
}

/** The variable is named after the source. */
export function noToken(source: string): string {
  return `${source.toUpperCase()}_AUTH_TOKEN is not set.`;
}

/** @throws ErrandError `…_unauthorized` where that tracker is not configured here */
export function trackerOf({ trackers }: Pick<Deps, 'trackers'>, name: string): Tracker {
  const one = trackers[name];
  if (!one) throw new ErrandError(codeOf(name, 'unauthorized'), `The tracker "${name}" is not configured here.`);
  return one;
}
