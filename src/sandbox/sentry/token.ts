import { refuse } from './errors';
import type { SentryIssue, SentryProject } from '../records';
import type { Call } from '../serve';
import type { World } from '../world';

const ALL = ['org:read', 'project:read', 'member:read', 'team:read', 'event:read', 'event:write'];
const ORG = '/organizations/:org';

/**
 * The scopes of which a call needs one. Sources, in getsentry/sentry: api/bases/organization.py (OrganizationPermission and
 * OrganizationEventPermission), api/bases/project.py (ProjectPermission), issues/endpoints/bases/group.py@062a1524 (GroupPermission),
 * api/endpoints/organization_projects.py (org:read), api/endpoints/organization_member/index.py (member:read),
 * sentry_apps/api/bases/sentryapps.py (SentryAppInstallationExternalIssuePermission).
 */
function scopesFor(call: Call): string[] {
  const { method, route } = call;
  const path = route.slice(method.length + 1);
  if (path === '/') return [];
  if (path === '/projects/:org/:project/') return ['project:read', 'project:write', 'project:admin'];
  if (path.startsWith('/sentry-app-installations/')) return ['event:write', 'event:admin'];
  if (path.startsWith(`${ORG}/issues/`))
    return method === 'GET' ? ['event:read', 'event:write', 'event:admin'] : ['event:write', 'event:admin'];
  if (path.startsWith(`${ORG}/shortids/`)) return ['event:read'];
  if (path.startsWith(`${ORG}/members/`)) return ['member:read', 'member:write', 'member:admin'];
  return ['org:read', 'org:write', 'org:admin'];
}

export const scopesOf = (world: World): string[] => world.meta.sentryToken?.scopes ?? ALL;

/** Refuses what the token may not do. */
export function checkScopes(world: World, call: Call): void {
  const wanted = scopesFor(call);
  const has = scopesOf(world);
  if (wanted.length > 0 && !wanted.some((scope) => has.includes(scope))) throw refuse(403);
}

export const isPersonal = (world: World): boolean => world.meta.sentryToken?.kind === 'personal';

/**
 * The projects that a list covers: those that the token's own user is a member of, unless `project=-1` asks for all that it may see
 * (api/bases/organization.py, get_projects with filter_by_membership). An integration's user counts as a member of all.
 */
export function coversProject(world: World, all: boolean): (project: SentryProject) => boolean {
  const { memberOf } = world.meta.sentryToken ?? {};
  return (project) =>
    project.transferred !== true && (all || memberOf === undefined || memberOf.includes(project.slug));
}

/** Whether this organisation has the issue at all: not when its project belongs to another one now. */
export function isHere(world: World, issue: SentryIssue): boolean {
  return world.sentry.projects.get(issue.project)?.transferred !== true;
}
