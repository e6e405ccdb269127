import { Concurrency, Window } from '../limits';
import { bodyOf, invalid, refuse, sentryError } from './errors';
import type { Hooks } from './hooks';
import { findIssue, issueRoutes, orgOf } from './issues';
import { checkScopes, coversProject, isPersonal, scopesOf } from './token';
import { linksOf, projectStub } from './views';
import { type Answer, type Call, type Gate, type Headers, json, type Route, type Vendor } from '../serve';
import type { World } from '../world';

const ORG = '/organizations/:org';
const DEFAULT_PER_SECOND = 40;
const AT_ONCE = 25;
/** Endpoints with a limit of their own, per second. */
const PER_SECOND: Record<string, number> = {
  [`GET ${ORG}/issues/:issue/`]: 5,
  [`PUT ${ORG}/issues/:issue/`]: 5,
  // issues/endpoints/group_event_details.py, `rate_limits`.
  [`GET ${ORG}/issues/:issue/events/:event/`]: 15,
};

/** Pretend Sentry's REST API (https://docs.sentry.io/api/). */
export function sentry(world: World, hooks: Hooks): Vendor {
  const second = new Window(1000);
  const concurrency = new Concurrency();
  return {
    name: 'sentry',
    prefix: '/api/0',
    routes: [
      ...issueRoutes(world, hooks),
      ...organisationRoutes(world),
      ...projectRoutes(world),
      ...linkRoutes(world),
    ].map((route) => scoped(world, route)),
    gate: (call) => gate(world, call, second, concurrency),
    failure: (status, call) => {
      if (status !== 404 || call.path.endsWith('/')) return sentryError(status);
      // Without its slash a path is redirected, which loses the body of a PUT or POST.
      const query = call.query.toString();
      return { status: 301, headers: { location: `${call.path}/${query === '' ? '' : `?${query}`}` }, text: '' };
    },
  };
}

/**
 * Bearer token, then limits per caller and endpoint. The headers are on every limited answer; the 429 is plain text and has
 * no Retry-After (https://docs.sentry.io/api/ratelimits/).
 */
function gate(world: World, call: Call, second: Window, concurrency: Concurrency): Gate {
  const token = /^Bearer\s+(\S+)$/i.exec(String(call.headers.authorization ?? ''))?.[1];
  if (token === undefined) return { refused: sentryError(401) };
  if (token !== world.meta.tokens.sentry) return { refused: sentryError(401, 'Invalid token') };
  // Counted per organisation for an integration's token (ratelimits/utils.py), so all processes share one budget.
  if (!world.meta.sentryLimits) return {};
  const limit = PER_SECOND[call.route] ?? DEFAULT_PER_SECOND;
  const taken = second.take(call.route, limit);
  const release = taken.allowed ? concurrency.enter(call.route, AT_ONCE) : undefined;
  const headers: Headers = {
    'x-sentry-rate-limit-limit': String(limit),
    'x-sentry-rate-limit-remaining': String(taken.remaining),
    'x-sentry-rate-limit-reset': String(Math.ceil(taken.resetAt / 1000)),
    'x-sentry-rate-limit-concurrentlimit': String(AT_ONCE),
    'x-sentry-rate-limit-concurrentremaining': String(concurrency.remaining(call.route, AT_ONCE)),
  };
  if (!taken.allowed) {
    const detail = `You are attempting to use this endpoint too frequently. Limit is ${limit} requests in 1 seconds`;
    return { refused: sentryError(429, detail), headers };
  }
  if (release === undefined) {
    const detail = `You are attempting to go above the allowed concurrency for this endpoint. Concurrency limit is ${AT_ONCE}`;
    return { refused: sentryError(429, detail), headers };
  }
  return { headers, release };
}

function organisationRoutes(world: World): Route[] {
  const member = (record: { id: string; name: string; email: string }): Record<string, unknown> => ({
    id: record.id,
    email: record.email,
    name: record.name,
    user: { id: record.id, name: record.name, email: record.email, username: record.email, isActive: true },
    role: 'member',
    orgRole: 'member',
    pending: false,
    expired: false,
    flags: {},
    dateCreated: '2024-01-01T00:00:00Z',
    inviteStatus: 'approved',
    inviterName: null,
  });
  return [
    {
      method: 'GET',
      path: `${ORG}/`,
      run: (call) => {
        const slug = orgOf(world, call);
        const links = { organizationUrl: world.url, regionUrl: world.url };
        return json(200, {
          id: '1',
          slug,
          name: slug,
          status: { id: 'active', name: 'active' },
          dateCreated: '2024-01-01T00:00:00Z',
          links,
        });
      },
    },
    {
      method: 'GET',
      path: `${ORG}/members/`,
      run: (call) => {
        orgOf(world, call);
        return json(200, world.sentry.members.all().map(member));
      },
    },
    {
      method: 'GET',
      path: `${ORG}/users/`,
      run: (call) => {
        orgOf(world, call);
        return json(200, world.sentry.members.all().map(member));
      },
    },
    {
      method: 'GET',
      path: `${ORG}/teams/`,
      run: (call) => {
        orgOf(world, call);
        return json(200, world.sentry.teams.all());
      },
    },
    {
      method: 'GET',
      path: `${ORG}/sentry-app-installations/`,
      run: (call) => {
        const slug = orgOf(world, call);
        // Only for a person's token: an integration's user belongs to no organisation (sentryapps.py@00c215d5; getsentry/sentry#60072).
        if (!isPersonal(world)) throw refuse(404);
        const app = { uuid: world.meta.appUuid, slug: 'errand', sentryAppId: 1 };
        return json(200, [{ app, organization: { slug }, uuid: world.meta.installation, status: 'installed' }]);
      },
    },
  ];
}

/** Refuses the call before it runs when the token lacks its scope. */
function scoped(world: World, route: Route): Route {
  return {
    ...route,
    run: (call) => {
      checkScopes(world, call);
      return route.run(call);
    },
  };
}

/** Whose token it is (api/endpoints/index.py@2d78a13b), and one project, which a former slug leads to (api/exceptions.py, ProjectMoved). */
function projectRoutes(world: World): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      run: () => {
        const person = { id: '1001', name: 'Anna Nowak', username: 'anna@example.com', email: 'anna@example.com' };
        const app = { id: '9001', name: 'errand', username: 'errand-0a1b2c', email: '' };
        const user = isPersonal(world) ? person : app;
        return json(200, { version: '0', auth: { scopes: scopesOf(world) }, user });
      },
    },
    {
      method: 'GET',
      path: '/projects/:org/:project/',
      run: (call) => {
        const org = orgOf(world, call);
        const slug = call.params.project ?? '';
        const projects = world.sentry.projects.all().filter(coversProject(world, true));
        const project = projects.find((one) => one.slug === slug || one.id === slug);
        if (project) return json(200, { ...projectStub(project), organization: { slug: org }, isMember: true });
        const moved = projects.find(({ formerSlugs = [] }) => formerSlugs.includes(slug));
        if (moved === undefined) throw refuse(404);
        const url = `/api/0/projects/${org}/${moved.slug}/`;
        const detail = { code: 'resource-moved', message: 'Resource has been moved', extra: { url, slug: moved.slug } };
        return json(302, { slug: moved.slug, detail }, { location: url });
      },
    },
  ];
}

/** Links of the integration: one per issue and app, so that posting again replaces (https://docs.sentry.io/api/integration/). */
function linkRoutes(world: World): Route[] {
  const path = '/sentry-app-installations/:installation/external-issues/';
  const here = (call: Call): void => {
    if (call.params.installation !== world.meta.installation) throw refuse(404);
  };
  return [
    {
      method: 'POST',
      path,
      run: (call): Answer => {
        here(call);
        const body = bodyOf(call);
        for (const name of ['issueId', 'webUrl', 'project', 'identifier']) {
          if (body[name] === undefined || body[name] === '') throw invalid(name, 'This field is required.');
        }
        const issue = findIssue(world, String(body.issueId));
        if (issue === undefined) throw refuse(404, 'Could not find the corresponding issue for the given issueId');
        const old = world.sentry.links.of(issue.id)[0];
        const displayName = escape(`${String(body.project)}#${String(body.identifier)}`);
        const id = old?.id ?? String(world.number());
        world.sentry.links.set(id, { id, issue: issue.id, displayName, webUrl: String(body.webUrl) });
        return json(200, linksOf(world, issue.id)[0]);
      },
    },
    {
      method: 'DELETE',
      path: `${path}:link/`,
      run: (call): Answer => {
        here(call);
        const link = call.params.link ?? '';
        if (!world.sentry.links.has(link)) throw refuse(404);
        world.sentry.links.delete(link);
        return { status: 204 };
      },
    },
  ];
}

const escape = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/&#38;/g, '&amp;')
    .replace(/&#60;/g, '&lt;')
    .replace(/&#62;/g, '&gt;');
