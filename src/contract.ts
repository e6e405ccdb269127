/**
 * What the API, the worker and the workflows agree on: names, ids, queues. Permanent: histories and other people's
 * scripts hold these words.
 */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Alarms, AlertsRecord, Trouble } from './core/alerts/record';
import type { FeedReads } from './core/feed/activities';
import type { FeedRecord } from './core/feed/record';
import type { Reads, Writes } from './core/issue/activities';
import type { TaskDestination } from './core/issue/decision';
import type { IssueRecord } from './core/issue/record';
import type { Settings } from './core/issue/settings';
import type { IssueSnapshot } from './core/issue/snapshot';
import type { IssueView } from './core/issue/row';
import type { Instant, IssueRef, PersonKey } from './core/refs';
import type { StormRecord, StormWork } from './core/storm/record';

export const ISSUE_WORKFLOW = 'issue';
export const ROTATION_WORKFLOW = 'rotation';
export const FEED_WORKFLOW = 'feed';
export const STORM_WORKFLOW = 'storm';
export const ALERTS_WORKFLOW = 'alerts';

/** One queue for each role of a rate-limited vendor, so that a backlog behind one never holds up another. Their names are older than their roles. */
export const QUEUE = {
  /** Workflows and activities that call no vendor. */
  main: 'errand',
  source: 'errand-sentry',
  tracker: 'errand-asana',
  /** Availability and chat. */
  other: 'errand-other',
} as const;

/** `sentry:acme:4711`. Pinned by a test: it is a public, permanent key, and the marker in the task. */
export function workflowIdOf(ref: IssueRef): string {
  return `${ref.source}:${ref.scope}:${ref.id}`;
}

/** With these begin the ids of other workflows: `feed:sentry:acme`, `storm:acme:shop`, … */
const NO_SOURCES = ['alerts', 'feed', 'pause', 'rotation', 'storm'];

/** The reverse of {@link workflowIdOf}; undefined when `id` is not that of an issue. */
export function refOf(id: string): IssueRef | undefined {
  const [, source = '', scope = '', own = ''] = /^([a-z]+):([^:\s]+):([^:\s]+)$/.exec(id) ?? [];
  return source === '' || NO_SOURCES.includes(source) ? undefined : { source, scope, id: own };
}

export function rotationIdOf(team: string): string {
  return `rotation:${team}`;
}

/** `feed:sentry:acme`: what webhooks missed in one organisation. */
export function feedIdOf(source: string, key: string): string {
  return `feed:${source}:${key}`;
}

/** Stands for the issues whose project no delivery named; no slug of Sentry looks so. */
export const NO_PROJECT = '*';

/** `storm:acme:shop`: lets the new tasks of one Sentry project in. `scope`: that of its issues. */
export function stormIdOf(scope: string, project: string): string {
  return `storm:${scope}:${project === '' ? NO_PROJECT : project}`;
}

/** The reverse of {@link stormIdOf}. */
export function stormOf(id: string): { scope: string; project: string } | undefined {
  const [, scope, slug] = /^storm:([^:\s]+):([^:\s]+)$/.exec(id) ?? [];
  return scope === undefined || slug === undefined ? undefined : { scope, project: slug === NO_PROJECT ? '' : slug };
}

/** `alerts:acme`: what needs a person in the installation of one organisation. */
export function alertsIdOf(org: string): string {
  return `alerts:${org}`;
}

/** Header of what `errand send` sends: it is signed with our own secret, and proves nothing of Sentry's. */
export const SENT_BY_HAND = 'errand-send';

/** Header of every answer of the operators' listener: the time zone of the rules (IANA), for those who show times to people. */
export const ZONE_HEADER = 'errand-timezone';

/** Signals to an issue; the operators' six serve as updates too. */
export const SIGNAL = {
  hints: 'hints',
  resolve: 'resolve',
  reassign: 'reassign',
  retry: 'retry',
  mute: 'mute',
  unmute: 'unmute',
  recheck: 'recheck',
} as const;
export const OPERATOR_ACTS = ['resolve', 'reassign', 'retry', 'mute', 'unmute', 'recheck'] as const;
export type OperatorAct = (typeof OPERATOR_ACTS)[number];
export const QUERY = { state: 'state', explain: 'explain', attention: 'attention' } as const;
/** What a query is answered that comes before the workflow task of what has happened (docs/decisions/0011). */
export const TOO_EARLY = 'The query came too early; ask again.';
/** What an audit says of an issue that changed a moment ago: the next one judges it. */
export const ON_ITS_WAY = 'on its way';
/** Update of a rotation: takes the next turn. */
export const TAKE_TURN = 'takeTurn';

/** Update of a feed: sweeps now, and answers when that is done. */
export const SWEEP = 'sweep';
/** Update of a feed: compares Sentry with the tracker; answers the differences. */
export const AUDIT = 'audit';
/** Update of a feed: gives the tasks that lie in the tracker back to the workflows of their issues. */
export const REBUILD = 'rebuild';
/** Update of a feed: may it be believed that this issue is gone? */
export const COUNT_GONE = 'countGone';
export type GoneRequest = { issue: string; project: string };
/** Signal to a feed: the uuid of the installation that a verified delivery named. */
export const INSTALLATION = 'installation';
/** Start argument of a feed; `record` only when continued. */
export type FeedStart = { org: string; record?: FeedRecord };
/** Signal to the alerts: all that a process finds wrong with itself now, {@link ProcessTroubles}. */
export const TROUBLES = 'troubles';
/** What a process cannot work without a person. `times`: refused webhooks, mistakes; `said`: short, without secrets; `vendor`: whose
 * doing, as people call it, absent where it is Errand's own. */
export type OwnTrouble = Pick<Trouble, 'code' | 'since'> & { times: number; said: string; vendor?: string };
/** `from` names the process, and is the same after its restart. An empty list: all is well again. */
export type ProcessTroubles = { from: string; troubles: OwnTrouble[] };
/** Start argument of the alerts; `record`, and what processes told, only when continued. */
export type AlertsStart = { org: string; record?: AlertsRecord; heard?: Record<string, unknown> };
/**
 * What an operator may ask of a sweep. `since`: read back to this moment instead of to the watermark. `import`: take in
 * what was first seen after `since` although it is older than the floor. `dryRun`: count, and tell nobody to look.
 */
export type SweepRequest = { since?: Instant; import?: boolean; dryRun?: boolean };

/** Updates of a storm workflow. */
export const ADMIT = 'admit';
export const RELEASE = 'release';
/** Start argument of a storm workflow; `record` only when continued. */
export type StormStart = { record?: StormRecord };
/** May this issue have its task made now, in this place? `max` new tasks in `window` ms, of the rules in force. */
export type AdmitRequest = { issue: string; max: number; window: number; destination: TaskDestination };
/** Lets in what is held; the same `id` once. */
export type ReleaseRequest = { id: string; by: string };

/** Start argument of an issue's workflow; `record` only when continued. */
export type IssueStart = {
  ref: IssueRef;
  settings: Settings;
  record?: IssueRecord;
  /** The newest snapshot that webhooks carried; only when continued. */
  seed?: IssueSnapshot;
  /** The last row of the run before, when an operator's act begins a new one. */
  earlier?: IssueView;
};
export type TurnRequest = { decisionId: string; candidates: PersonKey[] };

/** Activity types as the worker registers and the workflow schedules them. */
export type Activities = Reads & Writes & FeedReads & StormWork & Alarms;

/** Search attributes, registered at boot; SQL visibility has 10 Keyword, 3 Bool, 3 Datetime, 3 KeywordList, values of 255. */
export const ATTRIBUTE = {
  state: defineSearchAttributeKey('IssueState', 'KEYWORD'),
  project: defineSearchAttributeKey('Project', 'KEYWORD'),
  shortId: defineSearchAttributeKey('ShortId', 'KEYWORD'),
  level: defineSearchAttributeKey('Level', 'KEYWORD'),
  release: defineSearchAttributeKey('Release', 'KEYWORD'),
  assignee: defineSearchAttributeKey('Assignee', 'KEYWORD'),
  trackerTask: defineSearchAttributeKey('TrackerTask', 'KEYWORD_LIST'),
  needsAttention: defineSearchAttributeKey('NeedsAttention', 'BOOL'),
  lastChange: defineSearchAttributeKey('LastChange', 'DATETIME'),
} as const;
/** VARCHAR(255) in SQL visibility. */
const ATTRIBUTE_MAX = 255;

/**
 * A text as it is kept in a search attribute and asked for. Temporal writes the values of a filter into its SQL: quotes and backslashes are
 * read as MySQL reads them and written with escapes that SQLite and Postgres do not know (common/persistence/visibility/store/sql,
 * `escapeCharMap`; common/sqlquery, `ParseValue`), and sqlx takes a `?` for the place of a value on Postgres. None of them would be
 * found, some would break the query, so an underscore stands for each. The row in the memo keeps the text as it is.
 */
export function searchable(text: string): string {
  return text.slice(0, ATTRIBUTE_MAX).replace(/['"\\?\p{Cc}]/gu, '_');
}

/** Memo key for what Sentry said when the issue was last read, so that a sweep can tell who has to look again. */
export const MEMO_MARK = 'sentry';
/** Memo key that holds the issue's row for lists, within the 2 KiB that a worker warns at. */
export const MEMO_ROW = 'issue';
