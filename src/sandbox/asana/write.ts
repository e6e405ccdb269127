import { listOf, refuse, textOf } from './errors';
import { type Kind, readRichText, toRichText } from './html';
import { findUser, projectOf, sectionOf, sectionsOf, tagOf, userOf } from './lookup';
import { treatmentOf } from './treatment';
import { fieldsOf } from './views';
import type { AsanaField, AsanaTask, FieldValue, Membership } from '../records';
import type { World } from '../world';

type Data = Record<string, unknown>;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const SUBTYPES = ['default_task', 'milestone', 'approval', 'custom'];
const CREATE_ONLY = ['projects', 'memberships', 'followers', 'tags', 'parent', 'workspace'];

/** The people of a list, by gid. One unknown address refuses the whole request. */
export function peopleOf(world: World, data: Data, name: string): string[] {
  return listOf(data, name).map((key) => userOf(world, key, name, 'body').gid);
}

/** Rich text or plain text, never both (https://developers.asana.com/docs/rich-text). */
export function bodyText(
  world: World,
  data: Data,
  plain: string,
  rich: string,
  kind: Kind,
): { text: string; html: string } | undefined {
  if (data[plain] !== undefined && data[rich] !== undefined) {
    throw refuse(400, `${plain}: Only one of ${plain} and ${rich} can be specified`);
  }
  if (data[rich] !== undefined) {
    const read = readRichText(textOf(data, rich), kind);
    if ('problem' in read) throw refuse(400, `${rich}: ${read.problem}`);
    for (const gid of read.mentions) {
      const known = findUser(world, gid) ?? world.asana.tasks.get(gid) ?? world.asana.projects.get(gid);
      if (known === undefined) throw refuse(400, `${rich}: Unknown object: ${gid}`);
    }
    return { text: read.text, html: read.html };
  }
  if (data[plain] === undefined) return undefined;
  const text = textOf(data, plain);
  return { text, html: toRichText(text) };
}

/** Where a new task goes: `memberships` of plain gids, and `projects`, whose tasks land in the first section. */
function placesOf(world: World, data: Data, at: string): Membership[] {
  const places = new Map<string, Membership>();
  const given = data.memberships ?? [];
  if (!Array.isArray(given)) throw refuse(400, 'memberships: Not an array');
  for (const one of given as Data[]) {
    const project = projectOf(world, textOf(one, 'project'), 'memberships', 'body').gid;
    const section =
      one.section === undefined || one.section === null ? firstSection(world, project) : textOf(one, 'section');
    if (sectionOf(world, section, 'memberships', 'body').project !== project) {
      throw refuse(400, `memberships: section ${section} is not in project ${project}`);
    }
    places.set(project, { project, section, addedAt: at });
  }
  for (const gid of listOf(data, 'projects')) {
    const project = projectOf(world, gid, 'projects', 'body').gid;
    if (!places.has(project)) places.set(project, { project, section: firstSection(world, project), addedAt: at });
  }
  return [...places.values()];
}

export function firstSection(world: World, project: string): string {
  return sectionsOf(world, project)[0]?.gid ?? '';
}

function bool(data: Data, name: string): boolean | undefined {
  const value = data[name];
  if (value !== undefined && typeof value !== 'boolean') throw refuse(400, `${name}: Not a boolean`);
  return value;
}

function dates(data: Data): Partial<AsanaTask> {
  const given = (name: string): string | null | undefined => {
    const value = data[name];
    if (value === undefined || value === null) return value;
    const valid =
      typeof value === 'string' && (name.endsWith('_on') ? DATE.test(value) : true) && !Number.isNaN(Date.parse(value));
    if (!valid)
      throw refuse(
        400,
        `${name}: Not a valid ${name.endsWith('_on') ? 'date' : 'date and time'}: ${JSON.stringify(value)}`,
      );
    return name.endsWith('_on') ? value : new Date(value).toISOString();
  };
  const dueOn = given('due_on');
  const dueAt = given('due_at');
  if (typeof dueOn === 'string' && typeof dueAt === 'string')
    throw refuse(400, 'due_on: You may only specify one of due_on and due_at');
  const change: Partial<AsanaTask> = {};
  if (dueOn !== undefined) Object.assign(change, { dueOn, dueAt: null });
  if (dueAt !== undefined && dueAt !== null) Object.assign(change, { dueAt, dueOn: dueAt.slice(0, 10) });
  if (dueAt === null) Object.assign(change, { dueAt });
  const startOn = given('start_on');
  const startAt = given('start_at');
  if (startOn !== undefined) {
    if (startOn !== null && dueOn === undefined && dueAt === undefined)
      throw refuse(400, 'start_on: due_on or due_at has to be in the same request');
    change.startOn = startOn;
  }
  if (startAt !== undefined) change.startAt = startAt;
  return change;
}

/** The values of custom fields, each checked against the fields of the task's projects. */
function values(
  world: World,
  data: Data,
  memberships: Membership[],
  old: Record<string, FieldValue>,
): Record<string, FieldValue> | undefined {
  const given = data.custom_fields;
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refuse(400, 'custom_fields: Not an object');
  if (world.meta.plan === 'free') throw refuse(402, 'Custom Fields are not available for free users or guests.');
  const allowed = fieldsOf(world, { memberships });
  const result = { ...old };
  for (const [gid, value] of Object.entries(given)) {
    const field = world.asana.fields.get(gid);
    if (field === undefined || (!allowed.includes(gid) && value !== null)) {
      throw refuse(400, `Custom field with ID ${gid} is not on given object`);
    }
    const options = field.options.map((option) => option.gid);
    const list = Array.isArray(value) ? value.map(String) : undefined;
    const fits =
      value === null ||
      (field.type === 'text' && typeof value === 'string' && value.length <= 1024) ||
      (field.type === 'number' && typeof value === 'number') ||
      (field.type === 'enum' && typeof value === 'string' && options.includes(value)) ||
      (field.type === 'multi_enum' && list !== undefined && list.every((one) => options.includes(one))) ||
      (field.type === 'date' && dateOf(world, value) !== undefined);
    if (!fits)
      throw refuse(
        400,
        `custom_fields: ${gid}: ${JSON.stringify(value)} is not a valid value for a field of type ${field.type}`,
      );
    result[gid] = storedValue(world, field, value);
  }
  return result;
}

function storedValue(world: World, { type, precision }: AsanaField, value: unknown): FieldValue {
  if (type === 'number' && typeof value === 'number') return Number(value.toFixed(precision));
  if (type === 'date' && value !== null) return dateOf(world, value) ?? null;
  return Array.isArray(value) ? value.map(String) : (value as FieldValue);
}

/**
 * The description has a date written as text (OpenAPI, TaskRequest.custom_fields: "For date, use format YYYY-MM-DD") and read as an
 * object (CustomFieldCompact.date_value); clients also write it as that object, which a test may demand.
 */
function dateOf(world: World, value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null;
  if ((treatmentOf(world).dates === 'object') !== isObject) return undefined;
  const date = isObject ? (value as Data).date : value;
  return typeof date === 'string' && DATE.test(date) ? date : undefined;
}

/** What create and update have in common. */
function common(world: World, data: Data): Partial<AsanaTask> {
  const change: Partial<AsanaTask> = dates(data);
  if (data.name !== undefined) change.name = textOf(data, 'name');
  const text = bodyText(world, data, 'notes', 'html_notes', 'task');
  if (text !== undefined) Object.assign(change, { notes: text.text, htmlNotes: text.html });
  const completed = bool(data, 'completed');
  if (completed !== undefined) change.completed = completed;
  if (data.assignee === null) change.assignee = null;
  else if (data.assignee !== undefined)
    change.assignee = userOf(world, textOf(data, 'assignee'), 'assignee', 'body').gid;
  if (data.resource_subtype !== undefined) {
    change.subtype = textOf(data, 'resource_subtype');
    if (!SUBTYPES.includes(change.subtype)) throw refuse(400, `resource_subtype: Not one of ${SUBTYPES.join(', ')}`);
  }
  if (data.external !== undefined) throw refuse(403, 'external: This field is available to OAuth apps only');
  return change;
}

/** A new task out of a request body; nothing is stored yet (https://developers.asana.com/reference/createtask). */
export function newTask(world: World, data: Data, by: string, parent: AsanaTask | undefined): AsanaTask {
  const at = new Date().toISOString();
  const memberships = placesOf(world, data, at);
  const under = data.parent === undefined || data.parent === null ? parent : parentOf(world, textOf(data, 'parent'));
  const workspace = workspaceFor(world, data, memberships, under);
  const change = common(world, data);
  const tags = listOf(data, 'tags').map((gid) => tagOf(world, gid, 'tags', 'body').gid);
  const followers = peopleOf(world, data, 'followers');
  const fields = values(world, data, memberships, {}) ?? {};
  const task: AsanaTask = {
    gid: world.gid(),
    workspace,
    name: '',
    subtype: 'default_task',
    notes: '',
    htmlNotes: '<body></body>',
    completed: false,
    completedAt: null,
    completedBy: null,
    createdAt: at,
    createdBy: by,
    modifiedAt: at,
    assignee: null,
    dueOn: null,
    dueAt: null,
    startOn: null,
    startAt: null,
    memberships,
    parent: under?.gid ?? null,
    tags: [...new Set(tags)],
    fields,
    ...change,
    followers: [],
  };
  task.followers = [...new Set([by, ...(task.assignee === null ? [] : [task.assignee]), ...followers])];
  if (task.completed) Object.assign(task, { completedAt: at, completedBy: by });
  return task;
}

function parentOf(world: World, gid: string): AsanaTask {
  const found = world.asana.tasks.get(gid);
  if (found === undefined) throw refuse(400, `parent: Unknown object: ${gid}`);
  return found;
}

function workspaceFor(world: World, data: Data, memberships: Membership[], parent: AsanaTask | undefined): string {
  if (data.workspace !== undefined && data.workspace !== null) {
    const gid = textOf(data, 'workspace');
    if (!world.asana.workspaces.has(gid)) throw refuse(400, `workspace: Unknown object: ${gid}`);
    return gid;
  }
  const [first] = memberships;
  if (first !== undefined) return world.asana.projects.get(first.project)?.workspace ?? '';
  if (parent !== undefined) return parent.workspace;
  throw refuse(400, 'workspace: Missing input');
}

/** What an update changes; create-only fields are refused (https://developers.asana.com/reference/updatetask). */
export function taskChange(world: World, task: AsanaTask, data: Data): Partial<AsanaTask> {
  for (const name of CREATE_ONLY)
    if (data[name] !== undefined) throw refuse(400, `${name}: Cannot write this property`);
  const change = common(world, data);
  const fields = values(world, data, task.memberships, task.fields);
  if (fields !== undefined) change.fields = fields;
  return change;
}
