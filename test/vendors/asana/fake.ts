/** A stateful pretend Asana for the shape of its answers, whose every answer a test may script. */
import { serve, type Reply, type Seen, type Serving } from '../support';

/** A new task as its POST wants it, in the shape in which it is shown. */
function detailsOf(data: Record<string, unknown>): Record<string, unknown> {
  const gids = (name: string): { gid: unknown }[] => ((data[name] ?? []) as unknown[]).map((one) => ({ gid: one }));
  const places = (data['memberships'] ?? gids('projects').map(({ gid }) => ({ project: gid }))) as {
    project: string;
    section?: string;
  }[];
  return {
    memberships: places.map(({ project, section = FIRST_SECTION }) => ({
      project: { gid: project },
      section: { gid: section },
    })),
    followers: [{ gid: ME }, ...gids('followers')],
    tags: gids('tags'),
    due_on: data['due_on'] ?? null,
    custom_fields: Object.entries((data['custom_fields'] ?? {}) as Record<string, unknown>).map(([gid, value]) => ({
      gid,
      enum_value: { gid: value },
      number_value: value,
      text_value: value,
      date_value: { date: value },
    })),
  };
}

type Row = Record<string, unknown> & { gid: string };
export type FakeTask = Row & {
  name: string;
  notes: string;
  html_notes?: string;
  completed: boolean;
  created_at: string;
  created_by: { gid: string };
  projects: string[];
  /** What the POST said. */
  body: Record<string, unknown>;
};
export type FakeAsana = Serving & {
  tasks: FakeTask[];
  subtasks: Map<string, Row[]>;
  stories: Map<string, Row[]>;
  tags: Row[];
  /** Answers instead of the usual; undefined: the usual. Runs after a write has been committed when `commit` is set. */
  fault?: (request: Seen) => Reply | undefined;
  /** A fault strikes after the write has been made. */
  commit: boolean;
  /** Tasks a page; 0 makes every other page an empty one with a `next_page`. */
  pageSize: number;
  emptyPages: boolean;
  add(task: Partial<FakeTask>): FakeTask;
};

export const ME = '900';
export const WORKSPACE = '10';
export const PROJECT = '20';
/** Where a task lies that names no section. */
const FIRST_SECTION = '29';
export const PEOPLE: Record<string, string> = { 'anna@example.com': '901', 'piotr@example.com': '902' };
export const FIELDS = [
  {
    gid: '71',
    name: 'Environment',
    resource_subtype: 'enum',
    enum_options: [{ gid: '711', name: 'prod', enabled: true }],
  },
  { gid: '72', name: 'Events', resource_subtype: 'number', precision: 0 },
  { gid: '73', name: 'Release', resource_subtype: 'text' },
  { gid: '74', name: 'Seen', resource_subtype: 'date' },
  {
    gid: '75',
    name: 'Priority',
    resource_subtype: 'enum',
    enum_options: [{ gid: '751', name: 'High', enabled: true }],
  },
];

/** Just enough of Asana, in its documented shapes, to hold state. */
export async function fakeAsana(): Promise<FakeAsana> {
  let next = 1_000;
  const gid = (): string => String((next += 1));
  const list = (rows: unknown[], query?: URLSearchParams): Reply => {
    if (!query) return { status: 200, json: { data: rows, next_page: null } };
    const [at = 0, empty] = (query.get('offset') ?? '0').split('e').map(Number);
    if (fake.emptyPages && empty === undefined) return page([], `${at}e1`);
    const rest = rows.slice(at, at + fake.pageSize);
    return page(rest, at + fake.pageSize < rows.length ? String(at + fake.pageSize) : undefined);
  };
  const page = (data: unknown[], offset?: string): Reply => ({
    status: 200,
    json: { data, next_page: offset === undefined ? null : { offset, path: '/x', uri: 'http://x' } },
  });
  const one = (data: unknown, status = 200): Reply => ({ status, json: { data } });
  const none = (what: string): Reply => ({
    status: 404,
    json: { errors: [{ message: `${what}: Not a recognized ID` }] },
  });

  function answer(request: Seen): Reply {
    const path = request.path.replace('/api/1.0', '');
    const data = (request.body as { data?: Record<string, unknown> } | undefined)?.data ?? {};
    const parts = path.split('/').slice(1);
    const [a, b = '', c, d = ''] = parts;
    if (path === '/users/me') return one({ gid: ME, name: 'Bot' });
    if (path === '/workspaces') return list([{ gid: WORKSPACE, name: 'Acme' }]);
    if (path === '/projects')
      return list([
        { gid: PROJECT, name: 'Checkout bugs' },
        { gid: '21', name: 'Old' },
      ]);
    if (a === 'workspaces' && c === 'users') return PEOPLE[d] ? one({ gid: PEOPLE[d] }) : none('user');
    if (a === 'users') return none('user');
    if (a === 'workspaces' && c === 'tags') {
      if (request.method === 'GET') return list(fake.tags);
      const tag = { gid: gid(), name: String(data['name']) };
      fake.tags.push(tag);
      return one(tag, 201);
    }
    if (a === 'projects' && c === 'sections') return list([{ gid: '30', name: 'Inbox' }]);
    if (a === 'projects' && c === 'custom_field_settings')
      return list(FIELDS.map((field) => ({ gid: `s${field.gid}`, custom_field: field })));
    if (a === 'projects')
      return ['20', '21'].includes(b) ? one({ gid: b, workspace: { gid: WORKSPACE } }) : none('project');
    if (path === '/tasks' && request.method === 'GET') {
      const rows = fake.tasks.filter((task) => task.projects.includes(request.query.get('project') ?? ''));
      const since = request.query.get('modified_since') ?? '';
      // One without a date is listed.
      return list(rows.filter((task) => !(task.created_at < since)).map(shown), request.query);
    }
    if (path === '/tasks') {
      const html = data['html_notes'] as string | undefined;
      const task = fake.add({
        name: String(data['name']),
        notes: html
          ? html
              .replace(/<[^>]*>/g, '')
              .replace(/&lt;/g, '<')
              .replace(/&amp;/g, '&')
          : ((data['notes'] as string | undefined) ?? ''),
        projects: data['projects'] as string[],
        assignee: data['assignee'] ? { gid: data['assignee'] } : null,
        ...detailsOf(data),
        body: data,
      });
      return one(shown(task), 201);
    }
    const task = fake.tasks.find((candidate) => candidate.gid === b);
    if (a === 'tasks' && !task) return none('task');
    if (a === 'tasks' && task && c === undefined) {
      if (request.method === 'PUT')
        Object.assign(
          task,
          data,
          'assignee' in data ? { assignee: data['assignee'] && { gid: data['assignee'] } } : {},
        );
      return one({ ...shown(task), workspace: { gid: WORKSPACE } });
    }
    if (a === 'tasks' && (c === 'subtasks' || c === 'stories')) {
      const rows = (c === 'subtasks' ? fake.subtasks : fake.stories).get(b) ?? [];
      if (request.method === 'GET') return list(rows, request.query);
      const text = (data['text'] ?? (data['html_text'] as string | undefined)?.replace(/<[^>]*>/g, '')) as
        string | undefined;
      const row = { gid: gid(), ...data, text, created_by: { gid: ME } };
      (c === 'subtasks' ? fake.subtasks : fake.stories).set(b, [...rows, row]);
      return one(row, 201);
    }
    return none(path);
  }
  const shown = ({ body: _, projects: __, html_notes: ___, ...task }: FakeTask): Row => task;

  const server = await serve((request) => {
    const before = fake.commit ? undefined : fake.fault?.(request);
    if (before) return before;
    const usual = answer(request);
    return (fake.commit ? fake.fault?.(request) : undefined) ?? usual;
  });
  const fake: FakeAsana = Object.assign(server, {
    tasks: [] as FakeTask[],
    subtasks: new Map<string, Row[]>(),
    stories: new Map<string, Row[]>(),
    tags: [] as Row[],
    commit: false,
    pageSize: 100,
    emptyPages: false,
    add(task: Partial<FakeTask>): FakeTask {
      const id = gid();
      const row: FakeTask = {
        gid: id,
        name: 'x',
        notes: '',
        completed: false,
        created_at: new Date().toISOString(),
        created_by: { gid: ME },
        projects: [PROJECT],
        permalink_url: `https://app.asana.com/1/10/project/20/task/${id}`,
        assignee: null,
        body: {},
        ...task,
      };
      fake.tasks.push(row);
      return row;
    },
  });
  return fake;
}
