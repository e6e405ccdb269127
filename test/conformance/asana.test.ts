import * as Asana from 'asana';
import type { Sandbox } from '../../src/sandbox';
import { asana, at, call, closeAll, control, type Exchange, type Json, recorder, sandbox } from '../sandbox/support';
import { faultsOf } from './asana-schema';

const WORKSPACE = '1100000000000001';
const ERRORS = '1200000000000001';
const CHECKOUT = '1200000000000002';
const PREFIX = '/api/1.0';

/** Every answer that passed, held against the description. */
const faults = (exchanges: Exchange[]): string[] =>
  exchanges.flatMap(({ method, path, query, status, body }) =>
    faultsOf(method, path.slice(PREFIX.length), status, body, query.has('opt_fields')),
  );

const data = (answer: unknown): Json => at(answer, 'data') as Json;
const rows = (answer: unknown): Json[] => at(answer, 'data') as Json[];
const gid = (answer: unknown): string => String(data(answer).gid);

afterEach(closeAll);

async function clientOf(box: Sandbox): Promise<{ client: Asana.ApiClient; exchanges: Exchange[]; url: string }> {
  const { url, exchanges } = await recorder(box.url);
  const client = new Asana.ApiClient();
  client.basePath = `${url}${PREFIX}`;
  const { token } = client.authentications;
  if (token !== undefined) token.accessToken = box.tokens.asana;
  return { client, exchanges, url };
}

test('the official package drives every call, and every answer is as Asana describes it', async () => {
  const box = await sandbox();
  const { client, exchanges } = await clientOf(box);
  const tasks = new Asana.TasksApi(client);
  const stories = new Asana.StoriesApi(client);
  const users = new Asana.UsersApi(client);
  const projects = new Asana.ProjectsApi(client);
  const sections = new Asana.SectionsApi(client);
  const tags = new Asana.TagsApi(client);
  const workspaces = new Asana.WorkspacesApi(client);
  const fields = new Asana.CustomFieldsApi(client);
  const settings = new Asana.CustomFieldSettingsApi(client);

  expect(data(await users.getUser('me')).name).toBe('Errand');
  const anna = gid(await users.getUser('anna@example.com', { opt_fields: 'email,name,workspaces.name' }));
  expect(gid(await users.getUserForWorkspace(WORKSPACE, 'anna@example.com'))).toBe(anna);
  expect(rows(await users.getUsersForWorkspace(WORKSPACE, { opt_fields: 'email,name' }))).toHaveLength(5);
  await users.getUsers({ workspace: WORKSPACE, limit: 2 });
  await workspaces.getWorkspaces();
  await workspaces.getWorkspace(WORKSPACE);
  await projects.getProjects({ workspace: WORKSPACE });
  await projects.getProjectsForWorkspace(WORKSPACE, { opt_fields: 'name,archived,workspace.name' });
  await projects.getProject(ERRORS);
  const inbox = rows(await sections.getSectionsForProject(ERRORS)).find(({ name }) => name === 'Inbox');
  const made = gid(await sections.createSectionForProject(ERRORS, { body: { data: { name: 'Waiting' } } }));
  await sections.getSection(made);
  const found = rows(await settings.getCustomFieldSettingsForProject(ERRORS));
  expect(found.map((one) => at(one, 'custom_field', 'name'))).toEqual(['Environment', 'Severity', 'Release']);
  await settings.getCustomFieldSettingsForProject(ERRORS, {
    opt_fields: 'custom_field.name,custom_field.type,custom_field.enum_options.name,custom_field.enum_options.enabled',
  });
  const all = rows(await fields.getCustomFieldsForWorkspace(WORKSPACE));
  const environment = all[0];
  await fields.getCustomField(String(environment?.gid));
  const tag = gid(await tags.createTag({ data: { name: 'gold-customer', workspace: WORKSPACE } }));
  await tags.createTagForWorkspace({ data: { name: 'silver', color: 'light-blue' } }, WORKSPACE);
  await tags.getTags({ workspace: WORKSPACE });
  await tags.getTagsForWorkspace(WORKSPACE, { limit: 1 });
  await tags.getTag(tag);

  const option = at(environment, 'enum_options', 0, 'gid') as string;
  const created: unknown = await tasks.createTask({
    data: {
      name: 'TypeError: x is undefined',
      html_notes: '<body><strong>Why</strong>: rule <code>a &amp;&amp; b</code>\nsentry:acme:1</body>',
      memberships: [{ project: ERRORS, section: inbox?.gid }],
      assignee: 'anna@example.com',
      followers: ['piotr@example.com'],
      tags: [tag],
      due_on: '2026-12-01',
      custom_fields: { [String(environment?.gid)]: option },
    },
  });
  const task = gid(created);
  expect(at(created, 'data', 'assignee', 'name')).toBe('Anna Nowak');
  expect(data(created).notes).toBe('Why: rule a && b\nsentry:acme:1');
  const opts =
    'name,notes,html_notes,completed,assignee.email,permalink_url,created_at,created_by,modified_at,memberships.project,memberships.section.name,custom_fields.name,custom_fields.enum_value.name,custom_fields.display_value,num_subtasks,parent,tags.name,followers.email';
  const read = data(await tasks.getTask(task, { opt_fields: opts }));
  expect(read.html_notes).toContain('<strong>Why</strong>');
  expect(at(read, 'memberships', 0, 'section', 'name')).toBe('Inbox');
  expect(at(read, 'custom_fields', 0, 'enum_value', 'name')).toBe('production');
  expect(Object.keys(read)).not.toContain('resource_type');
  await tasks.getTask(task);

  const subtask = gid(
    await tasks.createSubtaskForTask(
      { data: { name: 'Find the affected records', assignee: 'anna@example.com' } },
      task,
    ),
  );
  expect(rows(await tasks.getSubtasksForTask(task, { opt_fields: 'name,completed' }))).toHaveLength(1);
  await tasks.getSubtasksForTask(task);
  const other = gid(await tasks.createTask({ data: { name: 'Other', projects: [CHECKOUT], notes: 'plain' } }));
  await tasks.setParentForTask({ data: { parent: other } }, subtask);
  await tasks.setParentForTask({ data: { parent: null } }, subtask);

  const story = gid(
    await stories.createStoryForTask({ data: { html_text: '<body>Seen <strong>100</strong> times</body>' } }, task),
  );
  await stories.createStoryForTask({ data: { text: 'plain & simple' } }, task);
  expect(data(await stories.updateStory({ data: { text: 'Seen 1000 times' } }, story)).text).toBe('Seen 1000 times');
  await stories.getStory(story, { opt_fields: 'text,html_text,is_edited' });
  await stories.getStory(story);
  const told = rows(await stories.getStoriesForTask(task));
  expect(told.map(({ resource_subtype }) => resource_subtype)).toEqual(['assigned', 'comment_added', 'comment_added']);
  await stories.getStoriesForTask(task, { opt_fields: 'text,type,created_by.gid', limit: 1 });
  await stories.deleteStory(story);

  await tasks.addProjectForTask({ data: { project: CHECKOUT } }, task);
  await projects.getProjectsForTask(task);
  await tasks.removeProjectForTask({ data: { project: CHECKOUT } }, task);
  await sections.addTaskForSection(made, { body: { data: { task } } });
  await tasks.addFollowersForTask({ data: { followers: ['ewa@example.com'] } }, task);
  await tasks.removeFollowerForTask({ data: { followers: ['ewa@example.com'] } }, task);
  await tasks.removeTagForTask({ data: { tag } }, task);
  await tasks.addTagForTask({ data: { tag } }, task);
  await tags.getTagsForTask(task);
  expect(data(await tasks.updateTask({ data: { completed: true } }, task)).completed).toBe(true);
  expect(data(await tasks.updateTask({ data: { completed: false, assignee: null } }, task)).completed_at).toBeNull();

  expect(
    rows(
      await tasks.getTasks({ project: ERRORS, modified_since: '2020-01-01T00:00:00.000Z', limit: 1, opt_fields: opts }),
    ),
  ).toHaveLength(1);
  await tasks.getTasks({ section: made });
  await tasks.getTasks({ assignee: 'me', workspace: WORKSPACE, completed_since: 'now' });
  expect(rows(await tasks.getTasksForProject(ERRORS))).toHaveLength(1);
  expect(rows(await tasks.getTasksForSection(made))).toHaveLength(1);
  expect(rows(await tasks.getTasksForTag(tag))).toHaveLength(1);
  await tasks.searchTasksForWorkspace(WORKSPACE, { text: 'TypeError' });
  await tasks.deleteTask(other);
  await expect(tasks.getTask(other)).rejects.toMatchObject({ status: 404 });

  expect(exchanges.length).toBeGreaterThan(55);
  expect(faults(exchanges)).toEqual([]);
});

test('its own pagination finds every task, once', async () => {
  const box = await sandbox();
  const { client, exchanges } = await clientOf(box);
  for (let index = 0; index < 7; index += 1)
    await asana(box, 'POST', '/tasks', { name: `Task ${index}`, projects: [ERRORS] });
  const names: unknown[] = [];
  type Page = { data: Json[] | null; nextPage: () => Promise<Page> };
  let page = (await new Asana.TasksApi(client).getTasks({ project: ERRORS, limit: 3, opt_fields: 'name' })) as Page;
  while (page.data !== null) {
    names.push(...page.data.map(({ name }) => name));
    page = await page.nextPage();
  }
  expect(names).toEqual(Array.from({ length: 7 }, (_none, index) => `Task ${index}`));
  expect(faults(exchanges)).toEqual([]);
});

test('every refusal has the body that Asana describes', async () => {
  const box = await sandbox();
  const { url, exchanges } = await recorder(box.url);
  const authorization = `Bearer ${box.tokens.asana}`;
  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = { authorization }) =>
    call(`${url}${PREFIX}${path}`, method, body, headers);
  const statuses = [
    (await ask('GET', '/users/me', undefined, {})).status,
    (await ask('GET', '/users/me', undefined, { authorization: 'Bearer wrong' })).status,
    (await ask('POST', '/tasks', 'no json')).status,
    (await ask('POST', '/tasks', {})).status,
    (await ask('POST', '/tasks', { data: { name: 'homeless' } })).status,
    (await ask('GET', '/tasks/42')).status,
    (await ask('GET', '/tasks/abc')).status,
    (await ask('GET', '/nothing/here')).status,
  ];
  await control(box, '/asana/plan', { plan: 'free' });
  statuses.push((await ask('GET', `/workspaces/${WORKSPACE}/tasks/search?text=x`)).status);
  await control(box, '/faults', { vendor: 'asana', kind: 'status', status: 429, retryAfter: 3 });
  const limited = await ask('GET', '/users/me');
  statuses.push(limited.status);
  expect(statuses).toEqual([401, 401, 400, 400, 400, 404, 400, 404, 402, 429]);
  expect(limited.headers.get('retry-after')).toBe('3');
  expect(faults(exchanges)).toEqual([]);
});

test('control: an answer that Asana would not give is refused', () => {
  const good = { gid: '1', name: 'x', resource_type: 'task', resource_subtype: 'default_task' };
  expect(faultsOf('GET', '/tasks', 200, { data: [good] }, false)).toEqual([]);
  expect(faultsOf('GET', '/tasks', 200, { data: [{ ...good, gid: 1 }] }, false)).not.toEqual([]);
  expect(faultsOf('GET', '/tasks', 200, { data: [{ ...good, nmae: 'x' }] }, false)).not.toEqual([]);
  expect(
    faultsOf('GET', '/tasks', 200, { data: [{ ...good, notes: 'a compact record has none' }] }, false),
  ).not.toEqual([]);
  expect(faultsOf('POST', '/tasks', 200, { data: good }, false)).not.toEqual([]);
  expect(faultsOf('POST', '/tasks', 201, { data: { ...good, completed_at: 'yesterday' } }, false)).not.toEqual([]);
  expect(faultsOf('POST', '/tasks', 400, { message: 'no errors list' }, false)).not.toEqual([]);
});
