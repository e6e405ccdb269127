import { Ref, type ResourceType } from './ref';
import type { AsanaField, AsanaTask, FieldValue } from '../records';
import type { World } from '../world';

export type Resource = {
  /** What a list or a nested place shows. */
  compact: readonly string[];
  /** What an answer with one record shows when no fields were asked for. */
  full: readonly string[];
  fields: Record<string, () => unknown>;
  /** Shown in compact form also where other nested resources show only gid and type. */
  whole?: boolean;
};

const NAMED = ['gid', 'name', 'resource_type'];
const TASK_FULL =
  'gid actual_time_minutes assignee assignee_status completed completed_at created_at custom_fields due_at due_on followers hearted hearts liked likes memberships modified_at name notes num_hearts num_likes parent permalink_url projects resource_type resource_subtype start_at start_on tags workspace';

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is missing from the sandbox world`);
  return value;
}

/** What there is to show of one thing; the defaults follow https://developers.asana.com/docs/input-output-options. */
export function resource(world: World, ref: Ref): Resource {
  switch (ref.type) {
    case 'task':
      return task(world, must(world.asana.tasks.get(ref.gid), 'a task'));
    case 'user':
      return user(world, ref.gid);
    case 'project':
      return project(world, ref.gid);
    case 'section':
      return section(world, ref.gid);
    case 'tag':
      return tag(world, ref.gid);
    case 'workspace':
      return workspace(world, ref.gid);
    case 'story':
      return story(world, ref.gid);
    case 'custom_field':
      return customField(must(world.asana.fields.get(ref.gid), 'a custom field'), undefined, false);
    case 'custom_field_setting':
      return setting(ref.gid);
    case 'custom_value':
      return customValue(world, ref.gid);
  }
}

const optional = (type: ResourceType, gid: string | null): Ref | null => (gid === null ? null : new Ref(type, gid));
const refs = (type: ResourceType, gids: readonly string[]): Ref[] => gids.map((gid) => new Ref(type, gid));

/** The page of a task, for people. */
export function permalink(world: World, record: AsanaTask): string {
  return `${world.url}/0/${record.memberships[0]?.project ?? '0'}/${record.gid}`;
}

/** The custom fields that apply to a task: those of all its projects. */
export function fieldsOf(world: World, record: Pick<AsanaTask, 'memberships'>): string[] {
  const gids = record.memberships.flatMap(({ project: gid }) => world.asana.projects.get(gid)?.fields ?? []);
  return [...new Set(gids)];
}

function task(world: World, record: AsanaTask): Resource {
  const children = (): AsanaTask[] => world.asana.tasks.all().filter(({ parent }) => parent === record.gid);
  const plain: Record<string, unknown> = {
    gid: record.gid,
    resource_type: 'task',
    resource_subtype: record.subtype,
    name: record.name,
    notes: record.notes,
    html_notes: record.htmlNotes,
    actual_time_minutes: null,
    assignee: optional('user', record.assignee),
    assignee_status: 'upcoming',
    completed: record.completed,
    completed_at: record.completedAt,
    completed_by: optional('user', record.completedBy),
    created_at: record.createdAt,
    created_by: new Ref('user', record.createdBy),
    modified_at: record.modifiedAt,
    due_at: record.dueAt,
    due_on: record.dueOn,
    start_at: record.startAt,
    start_on: record.startOn,
    followers: refs('user', record.followers),
    hearted: false,
    hearts: [],
    liked: false,
    likes: [],
    num_hearts: 0,
    num_likes: 0,
    dependencies: [],
    dependents: [],
    is_rendered_as_separator: false,
    memberships: record.memberships.map((one) => ({
      project: new Ref('project', one.project),
      section: new Ref('section', one.section),
    })),
    projects: refs(
      'project',
      record.memberships.map((one) => one.project),
    ),
    parent: optional('task', record.parent),
    permalink_url: permalink(world, record),
    tags: refs('tag', record.tags),
    workspace: new Ref('workspace', record.workspace),
  };
  return {
    compact: [...NAMED, 'resource_subtype'],
    full: TASK_FULL.split(' '),
    fields: {
      ...constant(plain),
      num_subtasks: () => children().length,
      custom_fields: () => fieldsOf(world, record).map((gid) => new Ref('custom_value', `${record.gid}:${gid}`)),
    },
  };
}

const constant = (values: Record<string, unknown>): Record<string, () => unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, () => value]));

function user(world: World, gid: string): Resource {
  const { name, email } = must(world.asana.users.get(gid), 'a user');
  const workspaces = world.asana.workspaces.all().map((one) => new Ref('workspace', one.gid));
  return {
    compact: NAMED,
    full: [...NAMED, 'email', 'photo', 'workspaces'],
    fields: constant({ gid, name, email, resource_type: 'user', photo: null, workspaces }),
  };
}

function project(world: World, gid: string): Resource {
  const record = must(world.asana.projects.get(gid), 'a project');
  const members = world.asana.users.all().map((one) => new Ref('user', one.gid));
  const plain = {
    gid,
    name: record.name,
    resource_type: 'project',
    archived: false,
    color: null,
    completed: false,
    completed_at: null,
    created_at: record.createdAt,
    modified_at: record.createdAt,
    default_view: 'list',
    due_on: null,
    start_on: null,
    followers: [],
    members,
    notes: '',
    owner: null,
    permalink_url: `${world.url}/0/${gid}/list`,
    privacy_setting: 'public_to_workspace',
    public: true,
    workspace: new Ref('workspace', record.workspace),
    custom_field_settings: refs(
      'custom_field_setting',
      record.fields.map((field) => `${field}:${gid}`),
    ),
  };
  return { compact: NAMED, full: Object.keys(plain), fields: constant(plain) };
}

function section(world: World, gid: string): Resource {
  const { name, project: parent, createdAt } = must(world.asana.sections.get(gid), 'a section');
  return {
    compact: NAMED,
    full: [...NAMED, 'created_at', 'project'],
    fields: constant({
      gid,
      name,
      resource_type: 'section',
      created_at: createdAt,
      project: new Ref('project', parent),
    }),
  };
}

function tag(world: World, gid: string): Resource {
  const record = must(world.asana.tags.get(gid), 'a tag');
  const plain = {
    gid,
    name: record.name,
    resource_type: 'tag',
    color: record.color,
    notes: '',
    created_at: record.createdAt,
    followers: [],
    workspace: new Ref('workspace', record.workspace),
    permalink_url: `${world.url}/0/${gid}`,
  };
  return { compact: NAMED, full: Object.keys(plain), fields: constant(plain) };
}

function workspace(world: World, gid: string): Resource {
  const { name } = must(world.asana.workspaces.get(gid), 'a workspace');
  return {
    compact: NAMED,
    full: [...NAMED, 'email_domains', 'is_organization'],
    fields: constant({ gid, name, resource_type: 'workspace', email_domains: [], is_organization: true }),
  };
}

function story(world: World, gid: string): Resource {
  const record = must(world.asana.stories.get(gid), 'a story');
  const plain = {
    gid,
    resource_type: 'story',
    created_at: record.createdAt,
    created_by: new Ref('user', record.createdBy),
    resource_subtype: record.subtype,
    text: record.text,
    type: record.type,
    html_text: record.htmlText,
    hearted: false,
    hearts: [],
    num_hearts: 0,
    liked: false,
    likes: [],
    num_likes: 0,
    is_pinned: record.pinned,
    is_editable: record.type === 'comment',
    is_edited: record.edited,
    source: 'api',
    previews: [],
    target: new Ref('task', record.task),
  };
  return {
    compact: ['gid', 'created_at', 'created_by', 'resource_subtype', 'resource_type', 'text'],
    full: Object.keys(plain).filter((name) => name !== 'html_text' && name !== 'is_editable'),
    fields: constant(plain),
  };
}

const optionView = (option: AsanaField['options'][number]): Record<string, unknown> => ({
  ...option,
  resource_type: 'enum_option',
});

function customField(record: AsanaField, value: FieldValue | undefined, onTask: boolean): Resource {
  const { gid, name, type } = record;
  const plain: Record<string, unknown> = { gid, name, type, resource_type: 'custom_field', resource_subtype: type };
  plain.enabled = true;
  plain.is_formula_field = false;
  plain.description = '';
  plain.precision = record.precision;
  plain.representation_type = type;
  if (type === 'enum' || type === 'multi_enum') plain.enum_options = record.options.map(optionView);
  const compact = Object.keys(plain).filter((key) => !['description', 'precision', 'is_formula_field'].includes(key));
  if (onTask) {
    const chosen = record.options.filter((option) =>
      Array.isArray(value) ? value.includes(option.gid) : value === option.gid,
    );
    const [first] = chosen;
    if (type === 'enum') plain.enum_value = first === undefined ? null : optionView(first);
    if (type === 'multi_enum') plain.multi_enum_values = chosen.map(optionView);
    if (type === 'number') plain.number_value = value ?? null;
    if (type === 'text') plain.text_value = value ?? null;
    if (type === 'date') plain.date_value = value ? { date: value, date_time: null } : null;
    const shown = record.options.length > 0 ? chosen.map((option) => option.name).join(', ') : String(value ?? '');
    plain.display_value = shown === '' ? null : shown;
    compact.push(...Object.keys(plain).filter((key) => key.endsWith('_value') || key === 'multi_enum_values'));
  }
  return { compact, full: [...new Set([...Object.keys(plain)])], fields: constant(plain), whole: true };
}

function customValue(world: World, id: string): Resource {
  const [taskGid = '', fieldGid = ''] = id.split(':');
  const value = world.asana.tasks.get(taskGid)?.fields[fieldGid];
  return customField(must(world.asana.fields.get(fieldGid), 'a custom field'), value, true);
}

function setting(id: string): Resource {
  const [fieldGid = '', projectGid = ''] = id.split(':');
  const plain = {
    gid: `${fieldGid.slice(0, 8)}${projectGid.slice(-8)}`,
    resource_type: 'custom_field_setting',
    custom_field: new Ref('custom_field', fieldGid),
    is_important: true,
    parent: new Ref('project', projectGid),
    project: new Ref('project', projectGid),
  };
  return { compact: Object.keys(plain), full: Object.keys(plain), fields: constant(plain), whole: true };
}
