import { tagsOf } from './events';
import type { Assignee, Json, SentryEvent, SentryIssue, SentryProject } from '../records';
import type { World } from '../world';

/** A project as it stands inside an issue. */
export function projectStub(project: SentryProject): Json {
  return { id: project.id, name: project.name, slug: project.slug, platform: project.platform };
}

export function assigneeView(world: World, assignee: Assignee | null): Json | null {
  if (assignee === null) return null;
  if (assignee.type === 'team')
    return { type: 'team', id: assignee.id, name: world.sentry.teams.get(assignee.id)?.slug ?? assignee.id };
  const member = world.sentry.members.get(assignee.id);
  return { type: 'user', id: assignee.id, name: member?.name ?? assignee.id, email: member?.email };
}

export function eventsOf(world: World, issue: string): SentryEvent[] {
  return world.sentry.events.of(issue).sort((a, b) => a.at.localeCompare(b.at) || a.seq - b.seq);
}

export function linksOf(world: World, issue: string): Json[] {
  const links = world.sentry.links.of(issue);
  return links.map((link) => ({
    id: link.id,
    issueId: link.issue,
    serviceType: 'errand',
    displayName: link.displayName,
    webUrl: link.webUrl,
  }));
}

export const webUrl = (world: World, issue: string): string =>
  `${world.url}/organizations/${world.meta.org}/issues/${issue}/`;

/** The serialised group: what a list shows and what a webhook carries (https://docs.sentry.io/api/events/list-an-organizations-issues/). */
export function issueView(world: World, issue: SentryIssue): Json {
  const project = world.sentry.projects.get(issue.project);
  return {
    id: issue.id,
    shareId: null,
    shortId: issue.shortId,
    title: issue.title,
    culprit: issue.culprit,
    permalink: webUrl(world, issue.id),
    logger: issue.logger,
    level: issue.level,
    status: issue.status,
    statusDetails: issue.statusDetails,
    substatus: issue.substatus,
    isPublic: false,
    platform: issue.platform,
    project: project === undefined ? null : projectStub(project),
    type: issue.type,
    metadata: issue.metadata,
    numComments: issue.numComments,
    assignedTo: assigneeView(world, issue.assignedTo),
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: linksOf(world, issue.id).map(({ displayName, webUrl: url }) => ({ displayName, url })),
    issueType: issue.issueType,
    issueCategory: issue.issueCategory,
    priority: issue.priority,
    priorityLockedAt: null,
    seerFixabilityScore: null,
    seerAutofixLastTriggered: null,
    seerExplorerAutofixLastTriggered: null,
    isUnhandled: issue.isUnhandled,
    count: String(issue.count),
    userCount: issue.userCount,
    firstSeen: issue.firstSeen,
    lastSeen: issue.lastSeen,
  };
}

/**
 * A row of the list, which has a few keys of its own (api/serializers/models/group_stream.py@024b89eb). `collapse=stats` takes away counts and
 * dates, too. The last occurrence and the users come from ClickHouse, which may be behind: then the one is null, the other 0
 * (api/serializers/models/group.py, _parse_seen_stats_results).
 */
export function listView(
  world: World,
  issue: SentryIssue,
  collapse: readonly string[],
  groupStatsPeriod: string | null,
): Json {
  const behind = Date.parse(issue.lastSeen) > Date.now() - (world.meta.sentryLagMs ?? 0);
  const { count, firstSeen } = issue;
  const [lastSeen, userCount] = behind ? [null, 0] : [issue.lastSeen, issue.userCount];
  const view: Json = {
    ...issueView(world, issue),
    userCount,
    lastSeen,
    filtered: null,
    lifetime: { count: String(count), userCount, firstSeen, lastSeen },
    inbox: null,
    owners: null,
    sessionCount: null,
    integrationIssues: [],
    sentryAppIssues: linksOf(world, issue.id),
    latestEventHasAttachments: false,
    matchingEventId: null,
    matchingEventEnvironment: null,
    derivedData: null,
    stats: { '24h': hours(count) },
  };
  if (collapse.includes('stats'))
    for (const key of ['stats', 'lifetime', 'filtered', 'count', 'userCount', 'firstSeen', 'lastSeen'])
      delete view[key];
  if (collapse.includes('lifetime')) delete view.lifetime;
  if (collapse.includes('filtered')) delete view.filtered;
  if (groupStatsPeriod === '') delete view.stats;
  return view;
}

function hours(count: number): [number, number][] {
  const now = Math.floor(Date.now() / 3_600_000) * 3600;
  return Array.from({ length: 24 }, (_hour, index) => [now - (23 - index) * 3600, index === 23 ? count : 0]);
}

/** One issue on its own (https://docs.sentry.io/api/events/retrieve-an-issue/). */
export function detailView(
  world: World,
  issue: SentryIssue,
  expand: readonly string[],
  collapse: readonly string[],
): Json {
  const events = eventsOf(world, issue.id);
  const releases = events.map((event) => event.raw.release).filter((release) => typeof release === 'string');
  const view: Json = {
    ...issueView(world, issue),
    activity: [...issue.activity].reverse().map((entry) => ({ ...entry, user: userStub(world, entry.user) })),
    seenBy: [],
    userReportCount: 0,
    participants: [],
    firstRelease: releaseView(world, releases[0], issue.project),
    lastRelease: releaseView(world, releases[releases.length - 1], issue.project),
    tags: tagTotals(events),
    stats: { '24h': hours(issue.count), '30d': [] },
  };
  for (const key of ['stats', 'tags'] as const) if (collapse.includes(key)) delete view[key];
  if (collapse.includes('release')) for (const key of ['firstRelease', 'lastRelease']) delete view[key];
  if (expand.includes('owners')) view.owners = [];
  if (expand.includes('inbox')) view.inbox = null;
  if (expand.includes('integrationIssues')) view.integrationIssues = [];
  if (expand.includes('sentryAppIssues')) view.sentryAppIssues = linksOf(world, issue.id);
  return view;
}

function userStub(world: World, id: string | null): Json | null {
  const member = id === null ? undefined : world.sentry.members.get(id);
  return member === undefined
    ? null
    : { id: member.id, name: member.name, email: member.email, username: member.email };
}

/** A release of a project; null when the project does not know it. */
export function releaseView(world: World, version: unknown, project: string): Json | null {
  const release = world.sentry.releases.get(`${project}:${String(version)}`);
  if (release === undefined) return null;
  return {
    version: release.version,
    shortVersion: release.version.slice(0, 12),
    dateCreated: release.createdAt,
    dateReleased: null,
    ref: null,
    url: null,
  };
}

/** How often each tag occurs over the stored events. */
export function tagTotals(events: readonly SentryEvent[]): Json[] {
  const totals = new Map<string, Map<string, number>>();
  for (const event of events) {
    for (const [key, value] of tagsOf(event.raw)) {
      const values = totals.get(key) ?? new Map<string, number>();
      totals.set(key, values.set(value, (values.get(value) ?? 0) + 1));
    }
  }
  return [...totals].map(([key, values]) => ({
    key,
    name: key.charAt(0).toUpperCase() + key.slice(1),
    totalValues: [...values.values()].reduce((sum, count) => sum + count, 0),
    topValues: [...values].map(([value, count]) => ({ key, name: value, value, count })),
  }));
}
