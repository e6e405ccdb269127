/** Small real HTTP servers that answer as a test scripts them, and a stateful pretend Asana for the shape of its answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
};
export type Reply =
  | { status: number; json?: unknown; text?: string; headers?: Record<string, string> }
  /** Closes the connection without an answer. */
  | 'reset'
  /** 2xx headers and the beginning of a body, then nothing more. */
  | { truncated: number }
  /** A 200 whose body goes on, byte by byte, until the caller hangs up. */
  | 'endless'
  /** Never answers. */
  | 'silent';
export type Serving = { url: string; seen: Seen[]; sockets: () => number; close: () => Promise<void> };

/** Starts a server on a free port. */
export async function serve(handler: (request: Seen) => Reply | Promise<Reply>): Promise<Serving> {
  const seen: Seen[] = [];
  let sockets = 0;
  const server: Server = createServer((request, response) => {
    void read(request).then(async (text) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const one: Seen = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(one);
      send(await handler(one), request, response);
    });
  });
  // Node's five seconds would count a connection more when this machine stands still.
  server.keepAliveTimeout = 0;
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    sockets: () => sockets,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'silent') return;
  if (reply === 'reset') {
    request.socket.destroy();
    return;
  }
  if (reply === 'endless') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drip));
    return;
  }
  if ('truncated' in reply) {
    const half = '{"data":{"gid":"1","na';
    response.writeHead(reply.truncated, { 'content-type': 'application/json', 'content-length': half.length });
    response.end(half);
    return;
  }
  const body = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const type = reply.text === undefined ? 'application/json; charset=UTF-8' : 'text/html';
  response.writeHead(reply.status, { 'content-type': type, ...reply.headers });
  response.end(body);
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
export const PEOPLE: Record<string, string> = { 'anna@example.com': '901', 'piotr@example.com': '902' };
export const FIELDS = [
  {
    gid: '71',
    name: 'Environment',
    resource_subtype: 'enum',
    enum_options: [{ gid: '711', name: 'prod', enabled: true }],
  },
  { gid: '72', name: 'Events', resource_subtype: 'number' },
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
      return list(rows.filter((task) => task.created_at >= since).map(shown), request.query);
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
        permalink_url: `https://elsewhere.example/1/10/project/20/task/${id}`,
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
