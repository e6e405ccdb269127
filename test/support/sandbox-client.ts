/** The pretend vendors as a test sees them: over HTTP, from the outside. */

export type PretendTask = {
  gid: string;
  name: string;
  notes: string;
  completed: boolean;
  /** The address of the assignee. */
  assignee: string | null;
  parent: string | null;
  /** The name of its project. */
  project: string | null;
};
export type Raised = { id: string; shortId: string };
type World = {
  'asana-tasks': {
    gid: string;
    name: string;
    notes: string;
    completed: boolean;
    assignee: string | null;
    parent: string | null;
    memberships: { project: string }[];
  }[];
  'asana-users': { gid: string; email: string }[];
  'asana-projects': { gid: string; name: string }[];
  'sentry-issues': { id: string; status: string }[];
  'asana-stories': { task?: string; text?: string; type?: string }[];
};

export class SandboxClient {
  constructor(readonly url: string) {}

  async control<T = unknown>(path: string, body: object = {}, method = 'POST'): Promise<T> {
    const answer = await fetch(`${this.url}/_control${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: method === 'POST' ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) throw new Error(`the sandbox, ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  world(): Promise<World> {
    return this.control<World>('/world', {}, 'GET');
  }

  /** Every task and subtask of pretend Asana. */
  async allTasks(): Promise<PretendTask[]> {
    const world = await this.world();
    return world['asana-tasks'].map((t) => ({
      gid: t.gid,
      name: t.name,
      notes: t.notes,
      completed: t.completed,
      assignee: world['asana-users'].find((u) => u.gid === t.assignee)?.email ?? null,
      parent: t.parent,
      project: world['asana-projects'].find((p) => p.gid === t.memberships[0]?.project)?.name ?? null,
    }));
  }

  /** The tasks of an issue, by the marker on the last line of their notes. One is right, two are duplicates. */
  async tasksOf(id: string, org = 'acme'): Promise<PretendTask[]> {
    return (await this.allTasks()).filter((t) => t.notes.trimEnd().split('\n').at(-1) === `sentry:${org}:${id}`);
  }

  async onlyTaskOf(id: string, org = 'acme'): Promise<PretendTask> {
    const tasks = await this.tasksOf(id, org);
    if (tasks.length !== 1 || !tasks[0]) throw new Error(`issue ${id} has ${tasks.length} tasks, not one`);
    return tasks[0];
  }

  async commentsOn(gid: string): Promise<string[]> {
    const stories = (await this.world())['asana-stories'];
    return stories.filter((s) => s.task === gid && s.type === 'comment').map((s) => s.text ?? '');
  }

  /** A new issue in pretend Sentry, which sends its webhook. */
  raise(issue: { title: string; project?: string; id?: string; [more: string]: unknown }): Promise<Raised> {
    return this.control<Raised>('/sentry/issues', { project: 'shop', environment: 'production', ...issue });
  }

  act(id: string, act: string, body: object = {}): Promise<unknown> {
    return this.control(`/sentry/issues/${id}/${act}`, body);
  }

  fault(fault: object): Promise<unknown> {
    return this.control('/faults', fault);
  }

  noFaults(): Promise<unknown> {
    return this.control('/faults', {}, 'DELETE');
  }
}
