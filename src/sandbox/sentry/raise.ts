import { randomBytes } from 'node:crypto';
import type { Assignee, Json, SentryIssue, SentryProject } from '../records';
import { activity } from './change';
import { tagsOf } from './events';
import type { World } from '../world';

const EVENTS_KEPT = 50;
/** Numbers made up here start above those that a real body is likely to bring. */
const FIRST_NUMBER = 1000;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const idText = (value: unknown): string | undefined => (typeof value === 'number' ? String(value) : text(value));

type Raised = { id: string; shortId: string; project: string };
type RaiseOptions = { resource?: string; environment?: string; release?: string };

type Parts = { id: string; group: Json; event: Json | undefined; slug: string | undefined; name: string | undefined };

/**
 * Makes the issue of a webhook body in pretend Sentry, or brings it up to date, so that reading it over the REST API tells
 * the same story. Undefined for a body that names no issue.
 */
export function raise(world: World, payload: Json, options: RaiseOptions): Raised | undefined {
  const parts = partsOf(payload);
  if (parts === undefined) return undefined;
  const old = world.sentry.issues.get(parts.id);
  const known = old === undefined ? undefined : world.sentry.projects.get(old.project);
  const project = known ?? projectFor(world, parts);
  const issue =
    parts.event === undefined
      ? fromGroup(world, parts, project, old)
      : fromEvent(world, parts.event, parts, project, old);
  world.sentry.issues.set(issue.id, issue);
  const event = parts.event ?? (old === undefined ? bareEvent(issue) : undefined);
  if (event !== undefined) addEvent(world, issue, withOptions(event, options));
  return { id: issue.id, shortId: issue.shortId, project: project.slug };
}

/** Finds the group and the event of any body: every resource of the integration platform, the legacy plugin, or bare data. */
function partsOf(payload: Json): Parts | undefined {
  const data = isObject(payload.data) ? payload.data : payload;
  const issue = isObject(data.issue) ? data.issue : undefined;
  if (issue !== undefined) {
    const id = idText(issue.id);
    const project = isObject(issue.project) ? issue.project : {};
    return id === undefined
      ? undefined
      : { id, group: issue, event: undefined, slug: text(project.slug), name: text(project.name) };
  }
  const event = isObject(data.error) ? data.error : isObject(data.event) ? data.event : undefined;
  const links = [event?.issue_url, event?.web_url, event?.url, payload.url].map(String).join(' ');
  if (event !== undefined) {
    const legacy = payload === data && event.issue_id === undefined && payload.id !== undefined;
    const id =
      idText(event.issue_id) ?? (legacy ? idText(payload.id) : undefined) ?? /\/issues\/(\d+)\//.exec(links)?.[1];
    if (id === undefined) return undefined;
    const slug = /\/projects\/[^/]+\/([^/]+)\//.exec(links)?.[1] ?? text(payload.project_slug) ?? text(payload.project);
    return { id, group: legacy ? payload : {}, event, slug, name: text(payload.project_name) };
  }
  const id = idText(data.issue_id) ?? idText(data.group_id) ?? idText(data.issueId);
  return id === undefined
    ? undefined
    : { id, group: {}, event: undefined, slug: text(data.project_slug), name: undefined };
}

function projectFor(world: World, parts: Parts): SentryProject {
  const stub = isObject(parts.group.project) ? parts.group.project : {};
  const id = idText(stub.id) ?? (typeof parts.event?.project === 'number' ? String(parts.event.project) : undefined);
  const byId = id === undefined ? undefined : world.sentry.projects.get(id);
  if (byId !== undefined && (parts.slug === undefined || byId.slug === parts.slug)) return byId;
  const slug = parts.slug ?? (id === undefined ? 'sandbox' : `project-${id}`);
  const bySlug = world.sentry.projects.all().find((project) => project.slug === slug);
  if (bySlug !== undefined) return bySlug;
  const free = id !== undefined && byId === undefined ? id : String(4_500_000_000_000_000 + world.number());
  const platform = text(stub.platform) ?? text(parts.event?.platform) ?? null;
  return world.sentry.projects.set(free, { id: free, slug, name: parts.name ?? slug, platform, issues: 0 });
}

function shortIdFor(world: World, project: SentryProject): string {
  const next = { ...project, issues: Math.max(project.issues, FIRST_NUMBER) + 1 };
  world.sentry.projects.set(project.id, next);
  let rest = next.issues;
  let code = '';
  for (; rest > 0; rest = Math.floor(rest / 32)) code = `${CROCKFORD.charAt(rest % 32)}${code}`;
  const shortId = `${project.slug.toUpperCase()}-${code}`;
  return world.sentry.issues.of(shortId).length > 0 ? shortIdFor(world, next) : shortId;
}

/** An assignee whom the organisation does not know becomes a member, so that the reads agree with the body. */
function assignee(world: World, given: unknown): Assignee | null {
  if (!isObject(given)) return null;
  const id = idText(given.id) ?? '';
  const name = text(given.name) ?? id;
  if (given.type === 'team') {
    if (!world.sentry.teams.has(id))
      world.sentry.teams.set(id, { id, slug: name.toLowerCase().replace(/\s+/g, '-'), name });
    return { type: 'team', id };
  }
  const email = text(given.email);
  const known = world.sentry.members.get(id) ?? world.sentry.members.all().find((member) => member.email === email);
  if (known !== undefined) return { type: 'user', id: known.id };
  world.sentry.members.set(id, { id, name, email: email ?? `user-${id}@example.com` });
  return { type: 'user', id };
}

function fresh(world: World, parts: Parts, project: SentryProject, now: string): SentryIssue {
  return {
    id: parts.id,
    shortId: text(parts.group.shortId) ?? shortIdFor(world, project),
    project: project.id,
    title: `Issue ${parts.id}`,
    culprit: null,
    level: 'error',
    status: 'unresolved',
    substatus: 'new',
    statusDetails: {},
    platform: project.platform,
    type: 'default',
    issueType: 'error',
    issueCategory: 'error',
    priority: 'medium',
    logger: null,
    metadata: {},
    isUnhandled: false,
    assignedTo: null,
    count: 1,
    userCount: 0,
    numComments: 0,
    firstSeen: now,
    lastSeen: now,
    activity: [{ ...activity(world, 'first_seen', null, {}), dateCreated: now }],
    mergedInto: null,
    deleted: false,
  };
}

function fromGroup(world: World, parts: Parts, project: SentryProject, old: SentryIssue | undefined): SentryIssue {
  const { group } = parts;
  const base = old ?? fresh(world, parts, project, text(group.firstSeen) ?? new Date().toISOString());
  const status = text(group.status) ?? base.status;
  const substatus = group.substatus === undefined ? defaultSubstatus(status, base) : (text(group.substatus) ?? null);
  return {
    ...base,
    shortId: text(group.shortId) ?? base.shortId,
    title: text(group.title) ?? base.title,
    culprit: text(group.culprit) ?? base.culprit,
    level: text(group.level) ?? base.level,
    status,
    substatus,
    statusDetails: isObject(group.statusDetails) ? group.statusDetails : base.statusDetails,
    platform: text(group.platform) ?? base.platform,
    type: text(group.type) ?? base.type,
    issueType: text(group.issueType) ?? base.issueType,
    issueCategory: text(group.issueCategory) ?? base.issueCategory,
    priority: group.priority === undefined ? base.priority : (text(group.priority) ?? null),
    logger: text(group.logger) ?? base.logger,
    metadata: isObject(group.metadata) ? group.metadata : base.metadata,
    isUnhandled: group.isUnhandled === true,
    assignedTo: group.assignedTo === undefined ? base.assignedTo : assignee(world, group.assignedTo),
    count: Number(group.count ?? base.count),
    userCount: typeof group.userCount === 'number' ? group.userCount : base.userCount,
    numComments: typeof group.numComments === 'number' ? group.numComments : base.numComments,
    firstSeen: text(group.firstSeen) ?? base.firstSeen,
    lastSeen: text(group.lastSeen) ?? base.lastSeen,
    deleted: false,
  };
}

function defaultSubstatus(status: string, base: SentryIssue): string | null {
  if (status === base.status) return base.substatus;
  if (status === 'resolved') return null;
  return status === 'ignored' ? 'archived_until_escalating' : 'ongoing';
}

function fromEvent(
  world: World,
  event: Json,
  parts: Parts,
  project: SentryProject,
  old: SentryIssue | undefined,
): SentryIssue {
  const at = timeOf(event);
  if (old !== undefined) {
    const lastSeen = Date.parse(old.lastSeen) > Date.parse(at) ? old.lastSeen : at;
    return { ...old, count: old.count + 1, lastSeen, deleted: false };
  }
  const message = isObject(event.logentry) ? text(event.logentry.formatted) : undefined;
  const metadata = isObject(event.metadata) ? event.metadata : {};
  const handled = tagsOf(event).find(([key]) => key === 'handled')?.[1];
  return {
    ...fresh(world, parts, project, at),
    title:
      text(event.title) ??
      text(metadata.title) ??
      text(parts.group.message) ??
      message ??
      exceptionTitle(event) ??
      `Issue ${parts.id}`,
    culprit: text(event.culprit) ?? text(parts.group.culprit) ?? null,
    level:
      text(event.level) ?? text(parts.group.level) ?? tagsOf(event).find(([key]) => key === 'level')?.[1] ?? 'error',
    platform: text(event.platform) ?? project.platform,
    type: text(event.type) ?? 'error',
    logger: text(event.logger) ?? null,
    metadata,
    isUnhandled: handled === 'no',
    userCount: isObject(event.user) ? 1 : 0,
  };
}

function exceptionTitle(event: Json): string | undefined {
  const source = event.exception ?? event['sentry.interfaces.Exception'];
  const values: unknown[] = isObject(source) && Array.isArray(source.values) ? source.values : [];
  const last = values[values.length - 1];
  return isObject(last) ? `${String(last.type)}: ${String(last.value)}` : undefined;
}

function timeOf(event: Json): string {
  const given =
    text(event.datetime) ??
    (typeof event.timestamp === 'number' ? new Date(event.timestamp * 1000).toISOString() : undefined);
  return given !== undefined && !Number.isNaN(Date.parse(given)) ? given : new Date().toISOString();
}

/** The occurrence that every group has, when the body told of none. */
function bareEvent(issue: SentryIssue): Json {
  return {
    title: issue.title,
    culprit: issue.culprit,
    level: issue.level,
    platform: issue.platform,
    metadata: issue.metadata,
    type: issue.type,
    logger: issue.logger,
    datetime: issue.lastSeen,
    tags: [['level', issue.level]],
  };
}

function withOptions(event: Json, { environment, release }: RaiseOptions): Json {
  const named = text(event.environment) ?? environment;
  const tags = tagsOf(event).filter(([key]) => key !== 'environment' || named === undefined);
  return {
    ...event,
    tags: named === undefined ? tags : [...tags, ['environment', named]],
    ...(named === undefined ? {} : { environment: named }),
    ...(release === undefined ? {} : { release }),
  };
}

/** Stores an occurrence, drops the oldest beyond a bound, and makes its release known. */
export function addEvent(world: World, issue: SentryIssue, raw: Json): string {
  const id = text(raw.event_id) ?? randomBytes(16).toString('hex');
  const key = `${issue.id}:${id}`;
  world.sentry.events.set(key, {
    id,
    issue: issue.id,
    at: timeOf(raw),
    seq: world.number(),
    raw: { ...raw, event_id: id },
  });
  const all = world.sentry.events.of(issue.id);
  for (const event of all.sort((a, b) => a.seq - b.seq).slice(0, -EVENTS_KEPT))
    world.sentry.events.delete(`${event.issue}:${event.id}`);
  const version = text(raw.release);
  if (version !== undefined && !world.sentry.releases.has(`${issue.project}:${version}`)) {
    const createdAt = new Date().toISOString();
    world.sentry.releases.set(`${issue.project}:${version}`, { version, project: issue.project, createdAt });
  }
  return id;
}
