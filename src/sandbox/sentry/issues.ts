import { applyWish, wishOf } from './change';
import { bodyOf, refuse } from './errors';
import { eventRow, eventView } from './events';
import type { Hooks } from './hooks';
import { listIssues, paginate } from './list';
import { coversProject, isHere } from './token';
import { detailView, eventsOf, issueView, linksOf, listView, projectStub, releaseView, tagTotals } from './views';
import type { Json, SentryIssue } from '../records';
import { type Answer, type Call, json, type Route } from '../serve';
import type { World } from '../world';

const ORG = '/organizations/:org';
const ISSUE = `${ORG}/issues/:issue`;

/** Refuses an organisation that this token does not see. */
export function orgOf(world: World, call: Call): string {
  const org = call.params.org ?? '';
  if (!world.meta.orgs.includes(org)) throw refuse(404);
  return org;
}

/**
 * An issue by id or short id. A merged one answers as its survivor, under another id (models/group.py, get_group_with_redirect); one
 * that is deleted, and one whose merge is under way, answers 404 (issues/endpoints/bases/group.py@062a1524, EXCLUDED_STATUSES).
 */
export function findIssue(world: World, key: string): SentryIssue | undefined {
  let issue = world.sentry.issues.get(key) ?? world.sentry.issues.of(key.toUpperCase())[0];
  for (let hops = 0; hops < 20 && typeof issue?.mergedInto === 'string'; hops += 1) {
    if (isMerging(issue)) return undefined;
    issue = world.sentry.issues.get(issue.mergedInto);
  }
  return issue === undefined || issue.deleted || !isHere(world, issue) ? undefined : issue;
}

const isMerging = ({ mergingUntil = 0 }: SentryIssue): boolean => mergingUntil > Date.now();

function issueOf(world: World, call: Call): SentryIssue {
  orgOf(world, call);
  const issue = findIssue(world, call.params.issue ?? '');
  if (issue === undefined) throw refuse(404);
  return issue;
}

const listParameter = (call: Call, name: string): string[] =>
  call.query.getAll(name).flatMap((value) => value.split(','));

/** Issues and their events (https://docs.sentry.io/api/events/). */
export function issueRoutes(world: World, hooks: Hooks): Route[] {
  const self = () => ({ actor: hooks.self, user: null, webhook: true });
  const change = async (issue: SentryIssue, body: Json): Promise<SentryIssue> => {
    const applied = applyWish(world, hooks, issue, wishOf(world, body, [issue.project]), self());
    await world.commit();
    void applied.send();
    return applied.issue;
  };

  return [
    {
      method: 'GET',
      path: `${ORG}/issues/`,
      run: (call) => {
        orgOf(world, call);
        const found = lookedUp(world, call) ?? byId(world, call) ?? listIssues(world, call);
        const { rows, headers } = paginate(world, call, found, 'limit');
        const collapse = listParameter(call, 'collapse');
        return json(
          200,
          rows.map((issue) => listView(world, issue, collapse, call.query.get('groupStatsPeriod'))),
          headers,
        );
      },
    },
    { method: 'PUT', path: `${ORG}/issues/`, run: (call) => bulk(world, hooks, call) },
    {
      method: 'GET',
      path: `${ISSUE}/`,
      run: (call) =>
        json(
          200,
          detailView(world, issueOf(world, call), listParameter(call, 'expand'), listParameter(call, 'collapse')),
        ),
    },
    {
      method: 'PUT',
      path: `${ISSUE}/`,
      run: async (call) => json(200, issueView(world, await change(issueOf(world, call), bodyOf(call)))),
    },
    {
      method: 'DELETE',
      path: `${ISSUE}/`,
      run: (call) => {
        world.sentry.issues.set(issueOf(world, call).id, { ...issueOf(world, call), deleted: true });
        return { status: 202 };
      },
    },
    {
      method: 'GET',
      path: `${ISSUE}/events/`,
      run: (call) => {
        const issue = issueOf(world, call);
        const events = eventsOf(world, issue.id);
        const { rows, headers } = paginate(world, call, [...events].reverse(), 'per_page');
        const whole = call.query.has('full') && call.query.get('full') !== 'false';
        const view = (event: (typeof rows)[number]): Json =>
          whole
            ? eventView(event, issue, events, releaseView(world, event.raw.release, issue.project))
            : eventRow(event, issue);
        return json(200, rows.map(view), headers);
      },
    },
    { method: 'GET', path: `${ISSUE}/events/:event/`, run: (call) => oneEvent(world, call) },
    {
      method: 'GET',
      path: `${ISSUE}/external-issues/`,
      run: (call) => json(200, linksOf(world, issueOf(world, call).id)),
    },
    {
      method: 'GET',
      path: `${ISSUE}/tags/`,
      run: (call) => json(200, tagTotals(eventsOf(world, issueOf(world, call).id))),
    },
    {
      method: 'GET',
      path: `${ISSUE}/tags/:key/`,
      run: (call) => {
        const issue = issueOf(world, call);
        const found = tagTotals(eventsOf(world, issue.id)).find((tag) => tag.key === call.params.key);
        if (found === undefined) throw refuse(404);
        return json(200, { ...found, uniqueValues: (found.topValues as unknown[]).length });
      },
    },
    {
      method: 'GET',
      path: `${ISSUE}/tags/:key/values/`,
      run: (call) => {
        const issue = issueOf(world, call);
        const found = tagTotals(eventsOf(world, issue.id)).find((tag) => tag.key === call.params.key);
        const { rows, headers } = paginate(world, call, (found?.topValues ?? []) as Json[], 'per_page');
        return json(200, rows, headers);
      },
    },
    {
      method: 'GET',
      path: `${ORG}/shortids/:short/`,
      run: (call) => {
        const organizationSlug = orgOf(world, call);
        const issue = findIssue(world, call.params.short ?? '');
        if (issue === undefined || /^\d+$/.test(call.params.short ?? '')) throw refuse(404);
        const project = world.sentry.projects.get(issue.project);
        const group = issueView(world, issue);
        return json(200, {
          organizationSlug,
          projectSlug: project?.slug,
          groupId: issue.id,
          group,
          shortId: issue.shortId,
        });
      },
    },
    {
      method: 'GET',
      path: `${ORG}/projects/`,
      run: (call) => {
        orgOf(world, call);
        const views = world.sentry.projects
          .all()
          .filter(coversProject(world, true))
          .map((project) => ({ ...projectStub(project), isMember: true, status: 'active' }));
        const { rows, headers } = paginate(world, call, views, 'per_page');
        return json(200, rows, headers);
      },
    },
  ];
}

/**
 * With `group` the search is ignored: every one of these issues that is there, whatever its age, category and state
 * (issues/endpoints/organization_group_index.py@0091ead9). One that was merged has no row any more.
 */
function byId(world: World, call: Call): SentryIssue[] | undefined {
  const ids = call.query.getAll('group');
  if (ids.length === 0) return undefined;
  if (ids.some((id) => !/^\d+$/.test(id))) throw refuse(400, 'Group ids must be integers');
  const covered = coversProject(world, call.query.getAll('project').includes('-1'));
  return ids.flatMap((id) => {
    const issue = world.sentry.issues.get(id);
    const project = issue && world.sentry.projects.get(issue.project);
    return issue && project && covered(project) && !issue.deleted && issue.mergedInto === null ? [issue] : [];
  });
}

function lookedUp(world: World, call: Call): SentryIssue[] | undefined {
  if (call.query.get('shortIdLookup') !== '1') return undefined;
  const found = findIssue(world, (call.query.get('query') ?? '').trim());
  return found === undefined ? undefined : [found];
}

function oneEvent(world: World, call: Call): Answer {
  const issue = issueOf(world, call);
  const events = eventsOf(world, issue.id);
  const wanted = call.params.event ?? '';
  const last = events[events.length - 1];
  const named: Record<string, typeof last> = { latest: last, recommended: last, oldest: events[0] };
  const event = wanted in named ? named[wanted] : events.find(({ id }) => id === wanted);
  if (event === undefined) throw refuse(404, 'Event not found');
  return json(200, eventView(event, issue, events, releaseView(world, event.raw.release, issue.project)));
}

/** 200 with the changed fields, 204 when nothing matched (https://docs.sentry.io/api/events/bulk-mutate-a-list-of-issues/). */
async function bulk(world: World, hooks: Hooks, call: Call): Promise<Answer> {
  orgOf(world, call);
  const ids = call.query.getAll('id');
  const found = ids.length > 0 ? ids.flatMap((id) => findIssue(world, id) ?? []) : listIssues(world, call);
  if (found.length > 1000) throw refuse(400, 'Cannot update more than 1000 issues at once.');
  const body = bodyOf(call);
  const wish = wishOf(
    world,
    body,
    found.map((issue) => issue.project),
  );
  if (found.length === 0) return { status: 204 };
  const applied = found.map((issue) =>
    applyWish(world, hooks, issue, wish, { actor: hooks.self, user: null, webhook: true }),
  );
  await world.commit();
  for (const one of applied) void one.send();
  const [first] = applied;
  const view = first === undefined ? {} : issueView(world, first.issue);
  const answer: Json = {};
  for (const key of ['status', 'statusDetails', 'substatus', 'assignedTo', 'priority']) {
    if (key in body || (key !== 'assignedTo' && key !== 'priority' && 'status' in body)) answer[key] = view[key];
  }
  return json(200, answer);
}
