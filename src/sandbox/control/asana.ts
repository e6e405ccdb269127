import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findUser } from '../asana/lookup';
import { changeTask, comment, deleteTask } from '../asana/stories';
import { newTask } from '../asana/write';
import { toRichText } from '../asana/html';
import { type Control, ControlError, readBody } from './body';
import type { AsanaTask } from '../records';
import { addField, addProject, BOT, CHECKOUT_BUGS, ERRORS, WORKSPACE } from '../seed';
import type { World } from '../world';

const ActSchema = z.strictObject({
  by: z.string().optional(),
  assignee: z.string().nullable().optional(),
  name: z.string().optional(),
  notes: z.string().optional(),
  text: z.string().optional(),
  section: z.string().optional(),
  project: z.string().optional(),
});
type Act = z.infer<typeof ActSchema>;

const FieldSchema = z.strictObject({
  name: z.string(),
  type: z.enum(['text', 'number', 'enum', 'multi_enum', 'date']),
  options: z.array(z.string()).default([]),
  precision: z.int().min(0).max(6).default(0),
});

/** Names of details: see asana/treatment.ts. Statuses: those that the description declares for refused details. */
const TreatmentSchema = z.strictObject({
  leaveOut: z.array(z.string()).default([]),
  refuse: z
    .strictObject({
      details: z.array(z.string()).min(1),
      status: z.union([z.literal(400), z.literal(402), z.literal(403), z.literal(404)]),
      message: z.string().default('Bad Request'),
    })
    .optional(),
  dates: z.enum(['string', 'object']).default('string'),
});

/** What people do in pretend Asana, and how its world is furnished. */
export function controlAsana(scope: FastifyInstance, { world }: Control): void {
  scope.post<{ Params: { task: string; act: string } }>('/asana/tasks/:task/:act', (request) => {
    const task = world.asana.tasks.get(request.params.task);
    if (task === undefined) throw new ControlError(404, `pretend Asana knows no task ${request.params.task}`);
    const act = readBody(request, ActSchema);
    const by = act.by === undefined ? human(world) : person(world, act.by);
    perform(world, task, request.params.act, act, by);
    return world.asana.tasks.get(task.gid) ?? { gid: task.gid, deleted: true };
  });
  scope.post('/asana/tasks', (request, reply) => {
    const schema = z.strictObject({
      name: z.string(),
      notes: z.string().default(''),
      project: z.string().default(ERRORS),
    });
    const { name, notes, project } = readBody(request, schema);
    if (!world.asana.projects.has(project)) throw new ControlError(404, `no project ${project}`);
    const task = newTask(world, { name, notes, projects: [project] }, BOT, undefined);
    return reply.code(201).send(world.asana.tasks.set(task.gid, task));
  });
  scope.post('/asana/users', (request, reply) => {
    const { name, email } = readBody(request, z.strictObject({ name: z.string(), email: z.string() }));
    const gid = world.gid();
    return reply.code(201).send(world.asana.users.set(gid, { gid, name, email }));
  });
  scope.post<{ Params: { user: string } }>('/asana/users/:user', (request) => {
    const { guest } = readBody(request, z.strictObject({ guest: z.boolean() }));
    const user = findUser(world, request.params.user);
    if (user === undefined || user.gid === BOT) throw new ControlError(404, 'no such person');
    return world.asana.users.set(user.gid, { ...user, guest });
  });
  scope.delete<{ Params: { user: string } }>('/asana/users/:user', (request) => {
    const user = findUser(world, request.params.user);
    if (user === undefined || user.gid === BOT) throw new ControlError(404, 'no such person');
    for (const task of world.asana.tasks.all()) {
      const followers = task.followers.filter((gid) => gid !== user.gid);
      const assignee = task.assignee === user.gid ? null : task.assignee;
      world.asana.tasks.set(task.gid, { ...task, followers, assignee });
    }
    // Stories and authorship keep pointing at the person, so the record stays; only the address stops being found.
    world.asana.users.set(user.gid, { ...user, email: `removed-${user.gid}@invalid` });
    return { gid: user.gid, removed: true };
  });
  scope.post('/asana/projects', (request, reply) => {
    const schema = z.strictObject({
      name: z.string(),
      workspace: z.string().default(WORKSPACE),
      sections: z.array(z.string()).default(['Inbox', 'In progress', 'Done']),
    });
    const { name, workspace, sections } = readBody(request, schema);
    if (!world.asana.workspaces.has(workspace)) throw new ControlError(404, `no workspace ${workspace}`);
    const gid = world.gid();
    const fields = world.asana.fields.all().filter((field) => field.workspace === workspace);
    addProject(world, { gid, name, workspace, sections, fields: fields.map((field) => field.gid) });
    return reply.code(201).send(world.asana.projects.get(gid));
  });
  scope.delete<{ Params: { project: string } }>('/asana/projects/:project', (request) => {
    const { project } = request.params;
    if (!world.asana.projects.has(project)) throw new ControlError(404, `no project ${project}`);
    for (const task of world.asana.tasks.all()) {
      const memberships = task.memberships.filter((one) => one.project !== project);
      if (memberships.length < task.memberships.length) world.asana.tasks.set(task.gid, { ...task, memberships });
    }
    for (const section of world.asana.sections.all())
      if (section.project === project) world.asana.sections.delete(section.gid);
    world.asana.projects.delete(project);
    return { gid: project, deleted: true, seeded: project === ERRORS || project === CHECKOUT_BUGS };
  });
  scope.post('/asana/fields', (request, reply) => {
    const field = readBody(request, FieldSchema);
    const gid = addField(world, field);
    for (const project of world.asana.projects.all())
      if (project.workspace === WORKSPACE)
        world.asana.projects.set(project.gid, { ...project, fields: [...project.fields, gid] });
    return reply.code(201).send(world.asana.fields.get(gid));
  });
  scope.post('/asana/details', (request) => {
    const details = readBody(request, TreatmentSchema);
    world.setMeta({ details });
    return details;
  });
  scope.post('/asana/plan', (request) => {
    const { plan } = readBody(request, z.strictObject({ plan: z.enum(['free', 'paid']) }));
    world.setMeta({ plan });
    return { plan };
  });
}

function person(world: World, key: string): string {
  const found = findUser(world, key);
  if (found === undefined) throw new ControlError(404, `pretend Asana knows no ${key}`);
  return found.gid;
}

/** Somebody who is not the bot. */
function human(world: World): string {
  return world.asana.users.all().find(({ gid }) => gid !== BOT)?.gid ?? BOT;
}

function perform(world: World, task: AsanaTask, act: string, body: Act, by: string): void {
  switch (act) {
    case 'complete':
    case 'reopen':
      changeTask(world, task, { completed: act === 'complete' }, by);
      return;
    case 'assign':
      if (body.assignee === undefined) throw new ControlError(400, 'assignee is missing: an address, a gid or null');
      changeTask(world, task, { assignee: body.assignee === null ? null : person(world, body.assignee) }, by);
      return;
    case 'unassign':
      changeTask(world, task, { assignee: null }, by);
      return;
    case 'rename':
      changeTask(world, task, { name: body.name ?? '' }, by);
      return;
    case 'describe':
      changeTask(world, task, { notes: body.notes ?? '', htmlNotes: toRichText(body.notes ?? '') }, by);
      return;
    case 'comment': {
      const text = body.text ?? '';
      comment(world, task, by, { text, html: toRichText(text) }, false);
      return;
    }
    case 'move':
      changeTask(world, task, { memberships: moved(world, task, body) }, by);
      return;
    case 'delete':
      deleteTask(world, task.gid);
      return;
    default:
      throw new ControlError(404, `a person cannot ${act} a task here`);
  }
}

/** To another section of its project, or out of its projects into another. Names and gids are understood. */
function moved(world: World, task: AsanaTask, body: Act): AsanaTask['memberships'] {
  const named = world.asana.projects.all().find(({ gid, name }) => gid === body.project || name === body.project);
  const project = named?.gid ?? task.memberships[0]?.project;
  const sections = world.asana.sections.all().filter((section) => section.project === project);
  const section =
    body.section === undefined
      ? sections[0]
      : sections.find(({ gid, name }) => gid === body.section || name === body.section);
  if (project === undefined || section === undefined) throw new ControlError(404, 'no such section or project');
  const place = { project, section: section.gid, addedAt: new Date().toISOString() };
  return named === undefined ? task.memberships.map((one) => (one.project === project ? place : one)) : [place];
}
