import { invalid } from './errors';
import { SENTRY_ITSELF, type Actor, type Hooks } from './hooks';
import type { Assignee, Json, SentryIssue } from '../records';
import type { World } from '../world';

const STATUSES = ['resolved', 'unresolved', 'ignored', 'resolvedInNextRelease', 'muted'];
const SUBSTATUSES = [
  'archived_until_escalating',
  'archived_until_condition_met',
  'archived_forever',
  'escalating',
  'ongoing',
  'regressed',
  'new',
];
const PRIORITIES = ['low', 'medium', 'high'];
/** api/fields/actor.py */
const UNPARSED = 'Could not parse actor. Format should be `type:id` where type is `team` or `user`.';
/** Types with `enable_user_status_and_priority_changes=False` (issues/grouptype.py; getsentry/sentry#102729). */
const SENTRYS_OWN = ['metric_issue'];

/** What somebody wants of an issue, checked and ready to be applied. */
export type Wish = Partial<Pick<SentryIssue, 'status' | 'substatus' | 'statusDetails' | 'assignedTo' | 'priority'>> & {
  resolution?: string;
};

/** Reads the body of an update; only what is in it changes (https://docs.sentry.io/api/events/update-an-issue/). */
export function wishOf(world: World, body: Json, projects: readonly string[]): Wish {
  const wish: Wish = {};
  if (body.status !== undefined) Object.assign(wish, statusWish(world, body, projects));
  if (body.substatus !== undefined && body.status === undefined)
    wish.substatus = choice(body, 'substatus', SUBSTATUSES);
  if (body.assignedTo !== undefined) wish.assignedTo = assigneeOf(world, body.assignedTo);
  if (body.priority !== undefined) wish.priority = choice(body, 'priority', PRIORITIES);
  return wish;
}

/** One of the listed words, or a validation error that names the field. */
function choice(body: Json, name: string, choices: readonly string[]): string {
  const given = body[name];
  if (typeof given === 'string' && choices.includes(given)) return given;
  throw invalid(name, `"${typeof given === 'string' ? given : JSON.stringify(given)}" is not a valid choice.`);
}

function statusWish(world: World, body: Json, projects: readonly string[]): Wish {
  const status = choice(body, 'status', STATUSES);
  const details = (
    typeof body.statusDetails === 'object' && body.statusDetails !== null ? body.statusDetails : {}
  ) as Json;
  if (status === 'unresolved') return { status, substatus: 'ongoing', statusDetails: {} };
  if (status === 'ignored' || status === 'muted') return archiveWish(body, details);
  const next = status === 'resolvedInNextRelease' || details.inNextRelease === true;
  if (next) {
    for (const project of projects) if (latestRelease(world, project) === undefined) throw noRelease('inNextRelease');
    return {
      status: 'resolved',
      substatus: null,
      statusDetails: { inNextRelease: true },
      resolution: 'in_next_release',
    };
  }
  if (typeof details.inRelease === 'string') {
    const [project = ''] = projects;
    const version = details.inRelease === 'latest' ? latestRelease(world, project) : details.inRelease;
    if (version === undefined) throw noRelease('inRelease');
    if (!world.sentry.releases.has(`${project}:${version}`)) {
      throw invalid('inRelease', 'Unable to find a release with the given version.');
    }
    return { status: 'resolved', substatus: null, statusDetails: { inRelease: version }, resolution: 'in_release' };
  }
  if (details.inCommit !== undefined) {
    return {
      status: 'resolved',
      substatus: null,
      statusDetails: { inCommit: details.inCommit },
      resolution: 'in_commit',
    };
  }
  return { status: 'resolved', substatus: null, statusDetails: {}, resolution: 'now' };
}

function noRelease(name: string): Error {
  return invalid(name, "No release data present in the system to form a basis for 'Next Release'");
}

function archiveWish(body: Json, details: Json): Wish {
  const conditional = Object.keys(details).length > 0;
  const otherwise = conditional ? 'archived_until_condition_met' : 'archived_until_escalating';
  const chosen = body.substatus === undefined ? otherwise : choice(body, 'substatus', SUBSTATUSES.slice(0, 3));
  const { ignoreDuration, ...rest } = details;
  const until =
    typeof ignoreDuration === 'number'
      ? { ignoreUntil: new Date(Date.now() + ignoreDuration * 60_000).toISOString() }
      : {};
  return { status: 'ignored', substatus: chosen, statusDetails: { ...rest, ...until } };
}

/** The newest release of a project. */
function latestRelease(world: World, project: string): string | undefined {
  const releases = world.sentry.releases.all().filter((release) => release.project === project);
  return releases.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]?.version;
}

/**
 * The forms of `assignedTo`: a user id, `user:<id>`, a username, the primary e-mail address, `team:<id>`; empty or null
 * takes the assignee away. A name means the first user who is called so; somebody unknown, and somebody who is in no team of the
 * project, is refused (api/helpers/group_index/validators/group.py@03be4ace).
 */
export function assigneeOf(world: World, given: unknown): Assignee | null {
  if (given === null || given === '') return null;
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string') throw invalid('assignedTo', UNPARSED);
  if (text.startsWith('team:') || text.startsWith('#')) {
    const key = text.replace(/^(team:|#)/, '');
    const team = world.sentry.teams.get(key) ?? world.sentry.teams.all().find(({ slug }) => slug === key);
    if (team === undefined) throw invalid('assignedTo', 'Team does not exist');
    return { type: 'team', id: team.id };
  }
  const key = text.replace(/^user:/, '').toLowerCase();
  const member =
    world.sentry.members.get(key) ?? world.sentry.members.all().find(({ email }) => email.toLowerCase() === key);
  if (member === undefined) throw invalid('assignedTo', UNPARSED);
  if (member.teamless) throw invalid('assignedTo', 'Cannot assign to non-team member');
  return { type: 'user', id: member.id };
}

/** Applies a wish and sends the webhooks that the real thing sends: none for an unassignment, none where nothing changed. */
export function applyWish(
  world: World,
  hooks: Hooks,
  issue: SentryIssue,
  wish: Wish,
  by: { actor: Actor; user: string | null; webhook: boolean },
): { issue: SentryIssue; send: () => Promise<unknown[]> } {
  const { resolution, ...wished } = wish;
  // Taken with 200, and nothing happens (getsentry/sentry#102729).
  const { status: _status, substatus: _substatus, statusDetails: _details, priority: _priority, ...rest } = wished;
  const viaApi = by.actor.type === 'application' && by.actor.id !== SENTRY_ITSELF.id;
  const change = viaApi && SENTRYS_OWN.includes(issue.issueType) ? rest : wished;
  const after: SentryIssue = { ...issue, ...change };
  const done: (() => Promise<unknown>)[] = [];
  const moved = after.status !== issue.status || after.substatus !== issue.substatus;
  const reassigned = JSON.stringify(after.assignedTo) !== JSON.stringify(issue.assignedTo);
  if (moved) {
    after.activity = [...after.activity, activity(world, activityType(after), by.user, after.statusDetails)].slice(
      -100,
    );
    if (after.status === 'resolved')
      done.push(() => hooks.issue('resolved', after, by.actor, { resolution_type: resolution ?? 'now' }));
    else if (after.status === 'ignored') done.push(() => hooks.issue('ignored', after, by.actor));
    else done.push(() => hooks.issue('unresolved', after, by.actor));
  }
  if (reassigned) {
    const data =
      after.assignedTo === null ? {} : { assignee: after.assignedTo.id, assigneeType: after.assignedTo.type };
    after.activity = [
      ...after.activity,
      activity(world, after.assignedTo === null ? 'unassigned' : 'assigned', by.user, data),
    ].slice(-100);
    if (after.assignedTo !== null) done.push(() => hooks.assigned(after, by.actor));
  }
  world.sentry.issues.set(issue.id, after);
  const send = (): Promise<unknown[]> => (by.webhook ? Promise.all(done.map((one) => one())) : Promise.resolve([]));
  return { issue: after, send };
}

function activityType(issue: SentryIssue): string {
  if (issue.status === 'resolved') return 'set_resolved';
  if (issue.status === 'ignored') return 'set_ignored';
  if (issue.substatus === 'regressed') return 'set_regression';
  return issue.substatus === 'escalating' ? 'set_escalating' : 'set_unresolved';
}

export function activity(world: World, type: string, user: string | null, data: Json): SentryIssue['activity'][number] {
  return { id: String(world.number()), type, user, dateCreated: new Date().toISOString(), data };
}
