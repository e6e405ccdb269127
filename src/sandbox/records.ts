/** What the pretend vendors remember. Every record is plain JSON and is kept under its id. */

export type Plan = 'free' | 'paid';

/** Calls that pretend Calamari allows in any second, hour and day. */
export type CalamariLimits = { perSecond: number; perHour: number; perDay: number };

export type Meta = {
  org: string;
  orgs: string[];
  tokens: { sentry: string; asana: string; calamari: string; slack: string };
  sentrySecret: string;
  installation: string;
  appUuid: string;
  webhookUrl: string | null;
  sentryLimits: boolean;
  /** Whose the Sentry token is, and what it may do; absent: an integration's, with every scope that Errand asks for. */
  sentryToken?: { kind: 'integration' | 'personal'; scopes?: string[]; memberOf?: string[] };
  /** How far ClickHouse is behind: rows of lists have no last occurrence that is younger. */
  sentryLagMs?: number;
  /** The categories of issues that this Sentry knows; absent: all. */
  sentryCategories?: string[];
  calamariLimits: CalamariLimits;
  plan: Plan;
  /** How the details of tasks are taken; absent: as asked. */
  details?: Treatment;
  nextGid: number;
  nextNumber: number;
};

/** What pretend Asana does with details of a task. Their names: see asana/treatment.ts. */
export type Treatment = {
  /** Taken with 2xx, and not done. */
  leaveOut: string[];
  /** A request with one of these is refused as a whole. */
  refuse?: { details: string[]; status: number; message: string };
  /** The form in which a custom field of type date is taken. */
  dates: 'string' | 'object';
};

/** A guest is silently left out as assignee and as follower. */
export type AsanaUser = { gid: string; name: string; email: string; guest?: boolean };
export type AsanaWorkspace = { gid: string; name: string };
export type AsanaProject = { gid: string; name: string; workspace: string; fields: string[]; createdAt: string };
export type AsanaSection = { gid: string; name: string; project: string; createdAt: string };
export type AsanaTag = { gid: string; name: string; workspace: string; color: string | null; createdAt: string };
export type EnumOption = { gid: string; name: string; enabled: boolean; color: string };
export type AsanaField = {
  gid: string;
  name: string;
  workspace: string;
  type: 'text' | 'number' | 'enum' | 'multi_enum' | 'date';
  options: EnumOption[];
  precision: number;
};
/** A date as `YYYY-MM-DD`. */
export type FieldValue = string | number | string[] | null;
export type Membership = { project: string; section: string; addedAt: string };
export type AsanaTask = {
  gid: string;
  workspace: string;
  name: string;
  subtype: string;
  notes: string;
  htmlNotes: string;
  completed: boolean;
  completedAt: string | null;
  completedBy: string | null;
  createdAt: string;
  createdBy: string;
  modifiedAt: string;
  assignee: string | null;
  dueOn: string | null;
  dueAt: string | null;
  startOn: string | null;
  startAt: string | null;
  followers: string[];
  memberships: Membership[];
  parent: string | null;
  tags: string[];
  fields: Record<string, FieldValue>;
};
export type AsanaStory = {
  gid: string;
  task: string;
  subtype: string;
  type: 'comment' | 'system';
  text: string;
  htmlText: string;
  createdAt: string;
  createdBy: string;
  pinned: boolean;
  edited: boolean;
};

export type Json = { [key: string]: unknown };

/** `teamless`: a member of no team, and so of no project. */
export type SentryMember = { id: string; name: string; email: string; teamless?: boolean };
export type SentryTeam = { id: string; slug: string; name: string };
export type SentryProject = {
  id: string;
  slug: string;
  name: string;
  platform: string | null;
  issues: number;
  /** Slugs that lead to where it is now. */
  formerSlugs?: string[];
  /** It belongs to another organisation now. */
  transferred?: boolean;
};
export type SentryRelease = { version: string; project: string; createdAt: string };
export type Assignee = { type: 'user' | 'team'; id: string };
export type SentryIssue = {
  id: string;
  shortId: string;
  project: string;
  title: string;
  culprit: string | null;
  level: string;
  status: string;
  substatus: string | null;
  statusDetails: Json;
  platform: string | null;
  type: string;
  issueType: string;
  issueCategory: string;
  priority: string | null;
  logger: string | null;
  metadata: Json;
  isUnhandled: boolean;
  assignedTo: Assignee | null;
  count: number;
  userCount: number;
  numComments: number;
  firstSeen: string;
  lastSeen: string;
  activity: { id: string; type: string; user: string | null; dateCreated: string; data: Json }[];
  mergedInto: string | null;
  /** ms since 1970: until then the merge is under way. */
  mergingUntil?: number;
  deleted: boolean;
};
/** An occurrence in the shape of a webhook's event; the REST shape is derived from it. */
export type SentryEvent = { id: string; issue: string; at: string; seq: number; raw: Json };
export type SentryLink = { id: string; issue: string; displayName: string; webUrl: string };

export type Employee = { id: number; email: string; firstName: string; lastName: string; timeZone: string };
export type Absence = {
  id: number;
  employee: string;
  from: string;
  to: string;
  status: string;
  category: 'TIMEOFF' | 'WORK';
  fullDay: boolean;
  startTime: string;
  endTime: string;
  timeZone: string;
  created: string;
};
export type Holiday = { id: number; name: string; date: string };

/** What Errand told its own Sentry: the event as it came. */
export type OwnEvent = { id: string; at: string; event: Json };

export type SlackUser = { id: string; name: string; email: string };
export type SlackChannel = { id: string; name: string; archived: boolean };
export type SlackMessage = {
  ts: string;
  channel: string;
  text: string;
  blocks: unknown[];
  threadTs: string | null;
  metadata: unknown;
  edited: string | null;
};
