import type { FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Control, ControlError, readBody } from './body';
import type { Json, SentryIssue } from '../records';
import { activity, applyWish, assigneeOf, type Wish } from '../sentry/change';
import { type Actor, SENTRY_ITSELF } from '../sentry/hooks';
import { findIssue } from '../sentry/issues';
import { addEvent, raise } from '../sentry/raise';
import { eventsOf, webUrl } from '../sentry/views';
import { Refusal } from '../serve';

const RaiseSchema = z.strictObject({
  payload: z.record(z.string(), z.unknown()),
  resource: z.string().optional(),
  org: z.string().optional(),
  environment: z.string().optional(),
  release: z.string().optional(),
});
const NewIssueSchema = z.strictObject({
  title: z.string(),
  project: z.string(),
  level: z.string().default('error'),
  culprit: z.string().default(''),
  platform: z.string().default('node'),
  environment: z.string().optional(),
  release: z.string().optional(),
  id: z.string().regex(/^\d+$/).optional(),
  category: z.string().default('error'),
  type: z.string().default('error'),
  /** When Sentry saw it first and last, if not now. */
  firstSeen: z.iso.datetime().optional(),
  lastSeen: z.iso.datetime().optional(),
  webhook: z.boolean().default(true),
});
const ActSchema = z.strictObject({
  webhook: z.boolean().default(true),
  by: z.string().optional(),
  email: z.string().optional(),
  team: z.string().optional(),
  into: z.string().optional(),
  ms: z.int().min(0).max(600_000).optional(),
  environment: z.string().optional(),
  release: z.string().optional(),
  count: z.int().min(1).max(100_000).optional(),
  inNextRelease: z.boolean().optional(),
  substatus: z.string().optional(),
  lastSeen: z.iso.datetime().optional(),
});
type Act = z.infer<typeof ActSchema>;

/** What people and Sentry itself do to issues; each act sends the webhook that real Sentry sends, unless `webhook` is false. */
export function controlSentry(scope: FastifyInstance, control: Control): void {
  const { world, hooks } = control;
  scope.post('/sentry/webhook', (request) => {
    const schema = z.strictObject({ url: z.url().nullable(), secret: z.string().min(1).optional() });
    const { url, secret } = readBody(request, schema);
    world.setMeta({ webhookUrl: url, ...(secret === undefined ? {} : { sentrySecret: secret }) });
    return { url };
  });
  scope.get('/sentry/webhooks', () => hooks.deliveries);
  scope.post('/sentry/limits', (request) => {
    const { on } = readBody(request, z.strictObject({ on: z.boolean() }));
    world.setMeta({ sentryLimits: on });
    return { on };
  });
  scope.post('/sentry/members', (request, reply) => {
    const schema = z.strictObject({ name: z.string(), email: z.string(), teamless: z.boolean().default(false) });
    const { name, email, teamless } = readBody(request, schema);
    const id = String(10_000 + world.number());
    return reply.code(201).send(world.sentry.members.set(id, { id, name, email, teamless }));
  });
  scope.post<{ Params: { slug: string } }>('/sentry/projects/:slug/rename', async (request) => {
    const { slug } = readBody(request, z.strictObject({ slug: z.string().regex(/^[a-z0-9_-]{1,50}$/) }));
    const project = world.sentry.projects.all().find((p) => p.slug === request.params.slug);
    if (project === undefined) throw new ControlError(404, `pretend Sentry knows no project ${request.params.slug}`);
    if (world.sentry.projects.all().some((p) => p.slug === slug))
      throw new ControlError(422, `there is a project ${slug} already`);
    const formerSlugs = [...(project.formerSlugs ?? []), project.slug].filter((one) => one !== slug);
    const renamed = world.sentry.projects.set(project.id, { ...project, slug, formerSlugs });
    await world.commit();
    return renamed;
  });
  scope.post<{ Params: { slug: string } }>('/sentry/projects/:slug/transfer', (request) => {
    const { back } = readBody(request, z.strictObject({ back: z.boolean().default(false) }));
    const project = world.sentry.projects.all().find((p) => p.slug === request.params.slug);
    if (project === undefined) throw new ControlError(404, `pretend Sentry knows no project ${request.params.slug}`);
    return world.sentry.projects.set(project.id, { ...project, transferred: !back });
  });
  scope.post('/sentry/org', (request) => {
    const { slug } = readBody(request, z.strictObject({ slug: z.string().regex(/^[a-z0-9-]{1,50}$/) }));
    world.setMeta({ org: slug, orgs: [slug] });
    return { slug };
  });
  scope.post('/sentry/token', (request) => {
    const schema = z.strictObject({
      kind: z.enum(['integration', 'personal']).default('integration'),
      scopes: z.array(z.string()).optional(),
      memberOf: z.array(z.string()).optional(),
    });
    const sentryToken = readBody(request, schema);
    world.setMeta({ sentryToken });
    return sentryToken;
  });
  scope.post('/sentry/lists', (request) => {
    const schema = z.strictObject({
      lagMs: z.int().min(0).default(0),
      categories: z.array(z.string()).optional(),
    });
    const { lagMs, categories } = readBody(request, schema);
    world.setMeta({ sentryLagMs: lagMs, sentryCategories: categories });
    return { lagMs, categories };
  });
  scope.post('/sentry/raise', (request, reply) => {
    const { payload, org, ...options } = readBody(request, RaiseSchema);
    const raised = raise(world, payload, options);
    if (raised === undefined) throw new ControlError(422, 'the payload names no issue');
    if (org !== undefined && !world.meta.orgs.includes(org)) world.setMeta({ orgs: [...world.meta.orgs, org] });
    return reply.code(201).send(raised);
  });
  scope.post('/sentry/issues', async (request, reply) => {
    const { webhook, id, project, environment, release, category, type, ...group } = readBody(request, NewIssueSchema);
    const issueId = id ?? String(5_000_000_000 + world.number());
    const slugged = {
      ...group,
      issueCategory: category,
      issueType: type,
      id: issueId,
      project: { slug: project, name: project, platform: group.platform },
    };
    const raised = raise(world, { data: { issue: { ...slugged, substatus: 'new' } } }, { environment, release });
    const issue = world.sentry.issues.get(issueId);
    await world.commit();
    // Sentry tells of new errors only, unless options of the server say otherwise (sentry_apps/tasks/sentry_apps.py,
    // should_process_resource_change_bounds).
    const told = webhook && category === 'error';
    const sent = told && issue !== undefined ? [await hooks.issue('created', issue, SENTRY_ITSELF)] : [];
    return reply.code(201).send({ ...raised, webhooks: sent });
  });
  scope.post<{ Params: { issue: string; act: string } }>('/sentry/issues/:issue/:act', async (request) => {
    const issue = findIssue(world, request.params.issue);
    if (issue === undefined) throw new ControlError(404, `pretend Sentry knows no issue ${request.params.issue}`);
    const body = readBody(request, ActSchema);
    const webhooks = await perform(control, issue, request.params.act, body);
    const after = world.sentry.issues.get(issue.id) ?? issue;
    return { id: issue.id, shortId: issue.shortId, status: after.status, substatus: after.substatus, webhooks };
  });
}

async function perform(control: Control, issue: SentryIssue, act: string, body: Act): Promise<unknown[]> {
  const { world } = control;
  const wish = wishFor(control, act, body);
  if (wish !== undefined) return change(control, issue, wish, body, act === 'regress' || act === 'escalate');
  switch (act) {
    case 'merge': {
      const survivor = findIssue(world, body.into ?? '');
      if (survivor === undefined || survivor.id === issue.id)
        throw new ControlError(400, 'into has to name another issue');
      const mergingUntil = Date.now() + (body.ms ?? 0);
      world.sentry.issues.set(issue.id, { ...issue, mergedInto: survivor.id, mergingUntil });
      world.sentry.issues.set(survivor.id, { ...survivor, count: survivor.count + issue.count });
      for (const event of eventsOf(world, issue.id))
        world.sentry.events.set(`${issue.id}:${event.id}`, { ...event, issue: survivor.id });
      return [];
    }
    case 'delete':
      world.sentry.issues.set(issue.id, { ...issue, deleted: true });
      return [];
    case 'age':
      world.sentry.issues.set(issue.id, { ...issue, lastSeen: body.lastSeen ?? issue.lastSeen });
      return [];
    case 'event':
      return occur(control, issue, body);
    default:
      throw new ControlError(404, `nobody can ${act} an issue here`);
  }
}

function wishFor(control: Control, act: string, body: Act): Wish | undefined {
  const { world } = control;
  switch (act) {
    case 'resolve':
      if (body.inNextRelease !== true)
        return { status: 'resolved', substatus: null, statusDetails: {}, resolution: 'now' };
      return {
        status: 'resolved',
        substatus: null,
        statusDetails: { inNextRelease: true },
        resolution: 'in_next_release',
      };
    case 'unresolve':
      return { status: 'unresolved', substatus: 'ongoing', statusDetails: {} };
    case 'regress':
      return { status: 'unresolved', substatus: 'regressed', statusDetails: {} };
    case 'archive':
      return { status: 'ignored', substatus: body.substatus ?? 'archived_until_escalating', statusDetails: {} };
    case 'escalate':
      return { status: 'unresolved', substatus: 'escalating', statusDetails: {} };
    case 'assign':
      return {
        assignedTo: assignment(() =>
          assigneeOf(world, body.team === undefined ? (body.email ?? null) : `team:${body.team}`),
        ),
      };
    case 'unassign':
      return { assignedTo: null };
    default:
      return undefined;
  }
}

function assignment<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw new ControlError(400, 'no such member or team');
    throw error;
  }
}

async function change(
  control: Control,
  issue: SentryIssue,
  wish: Wish,
  body: Act,
  automatic: boolean,
): Promise<unknown[]> {
  const { world, hooks } = control;
  const members = world.sentry.members.all();
  const member = members.find(({ email, id }) => email === body.by || id === body.by) ?? members[0];
  const person: Actor = { type: 'user', id: Number(member?.id ?? 1), name: member?.name ?? 'Somebody' };
  const by = automatic ? { actor: SENTRY_ITSELF, user: null } : { actor: person, user: member?.id ?? null };
  const applied = applyWish(world, hooks, issue, wish, { ...by, webhook: body.webhook });
  await world.commit();
  return applied.send();
}

/** New occurrences: a resolved issue regresses first, as in Sentry; then an alert rule fires once. */
async function occur(control: Control, issue: SentryIssue, body: Act): Promise<unknown[]> {
  const { world, hooks } = control;
  const count = body.count ?? 1;
  const now = new Date().toISOString();
  const last = eventsOf(world, issue.id).at(-1)?.raw ?? {};
  const tags = Array.isArray(last.tags) ? (last.tags as unknown[]) : [];
  const kept =
    body.environment === undefined ? tags : tags.filter((tag) => !(Array.isArray(tag) && tag[0] === 'environment'));
  const raw: Json = {
    ...last,
    event_id: randomBytes(16).toString('hex'),
    datetime: now,
    timestamp: Date.now() / 1000,
    title: issue.title,
    level: issue.level,
    ...(body.environment === undefined ? {} : { environment: body.environment }),
    ...(body.release === undefined ? {} : { release: body.release }),
    tags: body.environment === undefined ? kept : [...kept, ['environment', body.environment]],
  };
  const regressed = issue.status === 'resolved';
  const seen: SentryIssue = { ...issue, count: issue.count + count, lastSeen: now };
  world.sentry.issues.set(issue.id, seen);
  const id = addEvent(world, seen, raw);
  const wish: Wish = { status: 'unresolved', substatus: 'regressed', statusDetails: {} };
  const sent = regressed ? await change(control, seen, wish, body, true) : [];
  if (!regressed) seen.activity = [...seen.activity, activity(world, 'event', null, { id })].slice(-100);
  await world.commit();
  if (!body.webhook) return sent;
  const { org } = world.meta;
  const slug = world.sentry.projects.get(issue.project)?.slug ?? '';
  const event: Json = {
    ...raw,
    project: Number(issue.project),
    issue_id: issue.id,
    issue_url: `${world.url}/api/0/organizations/${org}/issues/${issue.id}/`,
    url: `${world.url}/api/0/projects/${org}/${slug}/events/${id}/`,
    web_url: `${webUrl(world, issue.id)}events/${id}/`,
  };
  const data = { event, triggered_rule: 'Every new event' };
  return [...sent, await hooks.send('event_alert', 'triggered', issue.id, data, SENTRY_ITSELF)];
}
