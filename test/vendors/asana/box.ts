/** What the tests of a task's details share: a tracker before the pretend Asana that holds state, both made anew for each test. */
import { createAsanaTracker, type AsanaTracker } from '../../../src/vendors/asana/tracker';
import { startSandbox, type Sandbox } from '../../../src/sandbox';
import type { TaskSpec } from '../../../src/core/issue/decision';
import type { Ensured } from '../../../src/core/issue/steps';
import type { TaskRef } from '../../../src/core/refs';

export type Json = Record<string, unknown>;
const FIELDS = [
  'assignee.email,due_on,followers.email,tags.name,memberships.section.name,memberships.project.gid',
  'custom_fields.name,custom_fields.display_value,custom_fields.date_value.date',
].join(',');
export const SPEC: TaskSpec = {
  tracker: 'asana',
  workspace: 'Acme',
  project: 'Checkout bugs',
  section: 'In progress',
  dueOn: '2026-12-01',
  followers: ['piotr'],
  tags: ['gold'],
  fields: { Environment: 'production', Release: '1.2.3' },
  subtasks: [],
  verify: true,
};
/** The names of all details of {@link SPEC}, in order. */
export const ALL = [
  'section "In progress"',
  'follower "piotr"',
  'tag "gold"',
  'due date 2026-12-01',
  'custom field "Environment"',
  'custom field "Release"',
];

/** The same as people are shown them. */
export const SHOWN = ALL.map((name) => name.replace('piotr', 'Piotr Zieliński'));

export class AsanaBox {
  sandbox!: Sandbox;
  tracker!: AsanaTracker;
  /** What the log was told. */
  readonly warned: unknown[] = [];

  /** Starts and stops with each test of the file. */
  constructor() {
    beforeEach(async () => {
      this.sandbox = await startSandbox({ port: 0 });
      this.warned.length = 0;
      this.tracker = createAsanaTracker({
        baseUrl: this.sandbox.asanaUrl,
        token: this.sandbox.tokens.asana,
        person: (key) => ({ asana: `${key}@example.com` }),
        personOf: (who) => who.split('@')[0],
        warn: (what, fields) => void this.warned.push([what, fields]),
        timeoutMs: 30_000,
      });
    });
    afterEach(async () => {
      this.tracker.close();
      await this.sandbox.close();
    });
  }

  async control(path: string, body: unknown = {}, method = 'POST'): Promise<unknown> {
    const answer = await fetch(`${this.sandbox.url}/_control${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    expect({ path, ok: answer.ok }).toEqual({ path, ok: true });
    return answer.json();
  }

  /** How pretend Asana takes details from now on; `{}`: as asked. */
  treat(details: object): Promise<unknown> {
    return this.control('/asana/details', details);
  }

  /** The task straight from pretend Asana; with `data`, after a PUT of it. */
  async shown(task: TaskRef, data?: Json): Promise<Json> {
    const answer = await fetch(`${this.sandbox.asanaUrl}/tasks/${task.id}?opt_fields=${FIELDS}`, {
      method: data === undefined ? 'GET' : 'PUT',
      headers: { authorization: `Bearer ${this.sandbox.tokens.asana}`, 'content-type': 'application/json' },
      ...(data === undefined ? {} : { body: JSON.stringify({ data }) }),
    });
    return ((await answer.json()) as { data: Json }).data;
  }

  /** The calls so far whose `METHOD path` fits. */
  async calls(pattern: RegExp): Promise<{ method: string; path: string; query: string }[]> {
    const log = (await this.control('/log?vendor=asana', {}, 'GET')) as {
      method: string;
      path: string;
      query: string;
    }[];
    return log.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }

  ensure(spec: Partial<TaskSpec> = {}, assignee: string | null = 'anna'): Promise<Ensured> {
    return this.tracker.ensureTask({
      marker: 'sentry:acme:1',
      draft: { title: 'T', body: ['text'], assignee, spec: { ...SPEC, ...spec } },
      since: new Date(Date.now() - 3_600_000).toISOString(),
      destinations: [],
      known: [],
    });
  }

  /** A task that was made without any of its details, as after a refusal. */
  async bare(): Promise<TaskRef> {
    await this.treat({ refuse: { details: ['due_on'], status: 403, message: 'no' } });
    const { task, incomplete, assignee } = await this.ensure();
    await this.treat({});
    expect({ incomplete, assignee }).toEqual({ incomplete: true, assignee: null });
    return task;
  }

  /** @returns the task, which has all details of {@link SPEC} */
  async complete(task: TaskRef): Promise<Json> {
    const now = await this.shown(task);
    expect(now).toMatchObject({
      due_on: '2026-12-01',
      tags: [{ name: 'gold' }],
      memberships: [{ section: { name: 'In progress' } }],
    });
    expect(JSON.stringify(now['followers'])).toContain('piotr@');
    expect(JSON.stringify(now['custom_fields'])).toMatch(/production[^]*1\.2\.3/);
    return now;
  }
}
