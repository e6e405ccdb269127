/**
 * Sentry's JSON → IssueSnapshot: pure, total, bounded, scrubbed. Every function takes whatever arrived and answers a
 * snapshot, or undefined when no issue is named; none throws. Shapes: the webhook pages under
 * docs.sentry.io/organization/integrations/integration-platform/webhooks/ and docs.sentry.io/api/events/.
 */
import type { IssueSnapshot } from '../../../core/issue/snapshot';
import type { Instant, IssueRef } from '../../../core/refs';
import { environmentOf, framesOf, releaseOf, releaseOfEvent, tagOf, tagsOf } from './event';
import { issueId, issueIdOfEvent, issueIdOfIssue } from './id';
import { linksOf, type TaskAt } from './links';
import { assigneeOf, type FindPerson, ownersOf } from './people';
import { count, field, instant, line, link } from './value';
import { record } from '../../http/json';
import type { Says } from '../../source';

/** `org` is the configured slug, never one from the payload; `base` is Sentry's origin for links that are not given. */
export type WireContext = {
  org: string;
  now: Instant;
  person: FindPerson;
  /** `Sentry-Hook-Resource`: an event's own resource prefers the event. Otherwise the shape decides. */
  resource?: string;
  /** The id that was asked for; another one in the answer means that the issue was merged. */
  askedId?: string;
  base?: string;
  /** Without it no link is a task. */
  taskAt?: TaskAt;
};

/** The snapshot stands in workflow histories, so it has a size (UTF-8 bytes of its JSON). */
export const SNAPSHOT_BYTES = 8 * 1024;
const TITLE = 250;
const CULPRIT = 250;
/** Short ids, levels, platforms, substates. */
const WORD = 64;
/** A Sentry slug has at most 50 characters; older ones may be longer. */
const SLUG = 100;
const DEFAULT_BASE = 'https://sentry.io';
/** What Sentry itself takes a missing level for (develop.sentry.dev/sdk/data-model/event-payloads/, `level`). */
const DEFAULT_LEVEL = 'error';

/**
 * docs.sentry.io/api/events/retrieve-an-issue/: archived is `ignored` on the wire; `muted` is its oldest name. The words
 * for "being deleted" and "being merged" (`pending_deletion`, `deletion_in_progress`, `pending_merge`) are not here: what
 * becomes of such an issue is known only when that is done (issues/endpoints/bases/group.py answers 404 until then).
 */
const STATUS: Record<string, IssueSnapshot['status']> = {
  unresolved: 'unresolved',
  reprocessing: 'unresolved',
  resolved: 'resolved',
  ignored: 'archived',
  archived: 'archived',
  muted: 'archived',
};

/** What an issue object says of its status. */
export function statusOf(issue: unknown): IssueSnapshot['status'] {
  const status = field(issue, 'status');
  return typeof status === 'string' && Object.hasOwn(STATUS, status) ? (STATUS[status] ?? 'unknown') : 'unknown';
}

function refOf(id: string, ctx: WireContext): IssueRef {
  return { source: 'sentry', scope: ctx.org, id };
}

/** The issue's page for people: as given, without the event or the tracking behind it; made up when none is given. */
function pageOf(id: string, ctx: WireContext, ...given: unknown[]): string {
  const urls = given.flatMap((url) => link(url) ?? []);
  const page = urls.find((url) => !url.pathname.includes('/api/0/') && url.pathname.includes(`/issues/${id}`));
  if (page) return page.origin + page.pathname.replace(/(\/issues\/\d+).*$/, '$1/');
  const base = ctx.base ? link(ctx.base)?.origin : urls[0]?.origin;
  return `${base ?? DEFAULT_BASE}/organizations/${encodeURIComponent(ctx.org)}/issues/${id}/`;
}

/** The slug in `…/api/0/projects/{org}/{project}/events/…`: an event names its project by number only. */
function projectInUrl(url: unknown): string | undefined {
  return typeof url === 'string' ? line(/\/projects\/[^/]+\/([^/]+)\//.exec(url.slice(0, 2000))?.[1], SLUG) : undefined;
}

/** Drops what is missed least until the JSON fits: tags beyond ten, frames beyond three, links, then all of these. */
function fit(snapshot: IssueSnapshot): IssueSnapshot {
  const shorter: ((it: IssueSnapshot) => IssueSnapshot)[] = [
    (it) => ({ ...it, tags: Object.fromEntries(Object.entries(it.tags).slice(0, 10)) }),
    (it) => ({ ...it, frames: it.frames.slice(0, 3) }),
    (it) => ({ ...it, links: it.links.slice(0, 3) }),
    (it) => ({ ...it, tags: {}, frames: [] }),
    (it) => ({ ...it, culprit: undefined, owners: it.owners.slice(0, 3), url: it.url.slice(0, 300) }),
  ];
  let fitting = snapshot;
  let text = JSON.stringify(fitting);
  for (const shorten of shorter) {
    if (Buffer.byteLength(text) <= SNAPSHOT_BYTES) break;
    fitting = shorten(fitting);
    text = JSON.stringify(fitting);
  }
  // Through JSON, so that what is absent is absent and not undefined.
  return JSON.parse(text) as IssueSnapshot;
}

/** A snapshot from an issue object (webhook or REST) and, for REST, its latest event. */
function fromIssue(
  issue: unknown,
  event: unknown,
  ctx: WireContext,
  via: IssueSnapshot['via'],
): IssueSnapshot | undefined {
  const id = issueIdOfIssue(issue);
  if (id === undefined) return undefined;
  const asked = issueId(ctx.askedId) ?? id;
  const environment = environmentOf(event);
  return {
    ref: refOf(asked, ctx),
    shortId: line(field(issue, 'shortId'), WORD),
    title: line(field(issue, 'title'), TITLE) ?? line(field(event, 'title'), TITLE) ?? 'Untitled issue',
    culprit: line(field(issue, 'culprit'), CULPRIT),
    url: pageOf(id, ctx, field(issue, 'web_url'), field(issue, 'permalink'), field(issue, 'url')),
    project: line(field(field(issue, 'project'), 'slug'), SLUG) ?? '',
    platform: line(field(issue, 'platform'), WORD) ?? line(field(event, 'platform'), WORD),
    level: line(field(issue, 'level'), WORD)?.toLowerCase() ?? DEFAULT_LEVEL,
    category: line(field(issue, 'issueCategory'), WORD)?.toLowerCase(),
    status: asked === id ? statusOf(issue) : 'gone',
    substatus: line(field(issue, 'substatus'), WORD),
    mergedInto: asked === id ? undefined : refOf(id, ctx),
    events: count(field(issue, 'count')) ?? null,
    users: count(field(issue, 'userCount')) ?? null,
    firstSeen: instant(field(issue, 'firstSeen')) ?? null,
    lastSeen: instant(field(issue, 'lastSeen')) ?? null,
    readAt: ctx.now,
    via,
    release: releaseOfEvent(event) ?? releaseOf(field(issue, 'lastRelease')) ?? releaseOf(field(issue, 'firstRelease')),
    environments: environment === undefined ? [] : [environment],
    tags: tagsOf(event),
    frames: framesOf(event),
    ...assigneeOf(field(issue, 'assignedTo'), ctx.person),
    owners: ownersOf(issue, ctx.person),
    links: [],
  };
}

/** Of an issue whose event has just happened. */
const EVENT_STATUS = 'unresolved';

/**
 * A snapshot from an event (`data.event`, `data.error`, the legacy plugin's `event`). An event does not tell the issue's
 * counts, first occurrence, short id or assignee. Its status is `unresolved`, because it has just happened.
 */
function fromEvent(id: string, event: unknown, ctx: WireContext, outer?: unknown): IssueSnapshot {
  const when =
    instant(field(event, 'datetime')) ??
    instant(field(event, 'timestamp')) ??
    instant(field(event, 'dateCreated')) ??
    instant(field(event, 'received')) ??
    null;
  const environment = environmentOf(event);
  const message = field(field(event, 'logentry'), 'formatted') ?? field(outer, 'message') ?? field(event, 'message');
  return {
    ref: refOf(id, ctx),
    title: line(field(event, 'title'), TITLE) ?? line(message, TITLE) ?? 'Untitled issue',
    culprit: line(field(event, 'culprit'), CULPRIT) ?? line(field(outer, 'culprit'), CULPRIT),
    url: pageOf(id, ctx, field(event, 'web_url'), field(outer, 'url'), field(event, 'issue_url'), field(event, 'url')),
    project:
      line(field(outer, 'project_slug'), SLUG) ??
      line(field(outer, 'project'), SLUG) ??
      projectInUrl(field(event, 'url')) ??
      '',
    platform: line(field(event, 'platform'), WORD),
    level:
      (
        line(field(event, 'level'), WORD) ??
        line(field(outer, 'level'), WORD) ??
        line(tagOf(event, 'level'), WORD)
      )?.toLowerCase() ?? DEFAULT_LEVEL,
    status: EVENT_STATUS,
    events: null,
    users: null,
    firstSeen: null,
    lastSeen: when,
    readAt: ctx.now,
    via: 'webhook',
    release: releaseOfEvent(event),
    environments: environment === undefined ? [] : [environment],
    tags: tagsOf(event),
    frames: framesOf(event),
    assignee: null,
    owners: [],
    links: [],
  };
}

/** `outer`: what stands around an event of the legacy plugin. */
type Shown = { issue: unknown } | { id: string; event: unknown; outer?: unknown };

/** The part of the envelope that names the issue, by the resource or, when there is none, by the shape. */
function shownIn(body: unknown, { resource }: Pick<WireContext, 'resource'>): Shown | undefined {
  const data = field(body, 'data');
  const event = record(field(data, 'event')) ?? record(field(data, 'error'));
  const id = event && issueIdOfEvent(event);
  const theEvent = id === undefined ? undefined : { id, event };
  if (theEvent && (resource === 'event_alert' || resource === 'error')) return theEvent;
  const issue = record(field(data, 'issue'));
  if (issue) return { issue };
  if (theEvent) return theEvent;
  // The legacy plugin has no envelope: the id stands at the top, beside `event`.
  const legacyId = data === undefined ? issueId(field(body, 'id')) : undefined;
  const legacy = record(field(body, 'event'));
  return legacyId !== undefined && legacy ? { id: legacyId, event: legacy, outer: body } : undefined;
}

/**
 * The snapshot that a webhook's own body gives, for when Sentry cannot be read. Undefined when the body names no issue,
 * and for `comment.*` and `seer.*`, which name only its number: a snapshot without a title would be worse than none.
 */
export function webhookToSnapshot(body: unknown, ctx: WireContext): IssueSnapshot | undefined {
  const shown = shownIn(body, ctx);
  if (!shown) return undefined;
  const snapshot =
    'issue' in shown
      ? fromIssue(shown.issue, undefined, ctx, 'webhook')
      : fromEvent(shown.id, shown.event, ctx, shown.outer);
  return snapshot && fit(snapshot);
}

/** All that is kept of the snapshot of a body that came before. */
export function webhookSays(
  body: unknown,
  ctx: Pick<WireContext, 'person' | 'resource'>,
): { id: string; says: Says } | undefined {
  const shown = shownIn(body, ctx);
  if (!shown) return undefined;
  if (!('issue' in shown)) return { id: shown.id, says: { status: EVENT_STATUS, assignee: null } };
  const { issue } = shown;
  const id = issueIdOfIssue(issue);
  if (id === undefined) return undefined;
  const shortId = line(field(issue, 'shortId'), WORD);
  const { assignee } = assigneeOf(field(issue, 'assignedTo'), ctx.person);
  return { id, says: { status: statusOf(issue), assignee, shortId } };
}

/**
 * The snapshot from REST: the issue (with `expand=owners`), its latest event (undefined when it has none), and the answer
 * of `external-issues`. With `ctx.askedId` and another id in the answer: `gone` and `mergedInto` the other.
 */
export function restToSnapshot(
  issue: unknown,
  event: unknown,
  externalIssues: unknown,
  ctx: WireContext,
): IssueSnapshot | undefined {
  const snapshot = fromIssue(issue, event, ctx, 'api');
  // `expand=sentryAppIssues` carries the same links, for when the list itself was not read.
  const links = linksOf(
    Array.isArray(externalIssues) ? externalIssues : field(issue, 'sentryAppIssues'),
    ctx.taskAt ?? (() => undefined),
  );
  return snapshot && fit({ ...snapshot, links });
}
