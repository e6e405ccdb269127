/**
 * The details of a task in pretend Asana: what is known of them from Asana's OpenAPI description (Asana/openapi,
 * defs/asana_oas.yaml) and from elsewhere is named at each test. What is known from nowhere is a test's choice, and stands in
 * docs/developing/sandbox.md as unknown.
 */
import type { Sandbox } from '../../src/sandbox';
import {
  at,
  call,
  closeAll,
  control,
  type Exchange,
  type Json,
  recorder,
  type Reply,
  sandbox,
} from '../sandbox/support';
import { faultsOf } from './asana-schema';

const PROJECT = '1200000000000001';
const PREFIX = '/api/1.0';
const FIELDS = [
  'assignee.email,followers.email,tags.gid,due_on,completed,memberships.project.gid,memberships.section.name',
  'custom_fields.name,custom_fields.enum_value.name,custom_fields.text_value,custom_fields.number_value,custom_fields.date_value.date',
].join(',');

let box: Sandbox;
let url: string;
let exchanges: Exchange[];
beforeEach(async () => {
  box = await sandbox();
  ({ url, exchanges } = await recorder(box.url));
});
afterEach(async () => {
  // Whatever was chosen, each answer has the form that Asana describes.
  const wrong = exchanges.flatMap(({ method, path, query, status, body }) =>
    faultsOf(method, path.slice(PREFIX.length), status, body, query.has('opt_fields')),
  );
  await closeAll();
  expect(wrong).toEqual([]);
});

const ask = (method: string, path: string, data?: unknown): Promise<Reply> =>
  call(`${url}${PREFIX}${path}`, method, data === undefined ? undefined : { data }, {
    authorization: `Bearer ${box.tokens.asana}`,
  });
const create = (data: Json = {}): Promise<Reply> =>
  ask('POST', `/tasks?opt_fields=${FIELDS}`, { name: 'T', projects: [PROJECT], ...data });
const read = async (gid: string): Promise<Json> => {
  const answer = await ask('GET', `/tasks/${gid}?opt_fields=${FIELDS}`);
  return at(answer.body, 'data') as Json;
};
const gidOf = (reply: Reply): string => String(at(reply.body, 'data', 'gid'));
const said = (reply: Reply): unknown[] => [reply.status, at(reply.body, 'errors', 0, 'message')];
const sectionOf = (task: unknown): unknown => at(task, 'memberships', 0, 'section', 'name');
async function section(name: string): Promise<string> {
  const { body } = await ask('GET', `/projects/${PROJECT}/sections`);
  return String((at(body, 'data') as Json[]).find((one) => one.name === name)?.gid);
}
async function field(name: string): Promise<Json> {
  const { body } = await ask('GET', `/projects/${PROJECT}/custom_field_settings`);
  const fields = (at(body, 'data') as Json[]).map((one) => one.custom_field as Json);
  return fields.find((one) => one.name === name) ?? {};
}
const valueOf = (task: unknown, name: string): Json =>
  ((at(task, 'custom_fields') ?? []) as Json[]).find((one) => one.name === name) ?? {};
const treat = (details: object): Promise<Reply> => control(box, '/asana/details', details);

/* TaskBase.memberships: "At task creation time, this array can be used to add the task to specific sections"; that it takes plain
 * gids is told by Asana's staff (Asana/java-asana#17), that `projects` alone means the first section by other clients. */
test('memberships put a new task into a section, projects alone into the first', async () => {
  const done = await section('Done');
  expect(sectionOf(at((await create({ memberships: [{ project: PROJECT, section: done }] })).body, 'data'))).toBe(
    'Done',
  );
  expect(sectionOf(at((await create()).body, 'data'))).toBe('Inbox');
});

/* addTaskForSection ("This will remove the task from other sections of the project") and addTagForTask answer EmptyResponse,
 * addFollowersForTask answers TaskResponse. */
test('a section, a tag and a follower are added by calls that may be repeated; only that of followers shows the task', async () => {
  const gid = gidOf(await create());
  const tag = gidOf(await ask('POST', '/workspaces/1100000000000001/tags', { name: 'gold' }));
  const done = await section('Done');
  for (let twice = 0; twice < 2; twice += 1) {
    expect((await ask('POST', `/sections/${done}/addTask`, { task: gid })).body).toEqual({ data: {} });
    expect((await ask('POST', `/tasks/${gid}/addTag`, { tag })).body).toEqual({ data: {} });
    const followed = await ask('POST', `/tasks/${gid}/addFollowers?opt_fields=${FIELDS}`, {
      followers: ['ewa@example.com'],
    });
    expect(JSON.stringify(at(followed.body, 'data', 'followers'))).toContain('ewa@example.com');
  }
  const task = await read(gid);
  expect([sectionOf(task), task.tags]).toEqual(['Done', [{ gid: tag }]]);
});

/* StoryResponse.new_section is there for such a story; its subtype is the one that clients look for. */
test('a move by a person leaves a story', async () => {
  const gid = gidOf(await create());
  await control(box, `/asana/tasks/${gid}/move`, { section: 'Done' });
  const { body } = await ask('GET', `/tasks/${gid}/stories`);
  expect((at(body, 'data') as Json[]).map((one) => one.resource_subtype)).toEqual(['section_changed']);
});

/* TaskRequest.custom_fields: "For date, use format YYYY-MM-DD"; CustomFieldCompact.date_value shows an object. */
test('a date is written as text and shown as an object', async () => {
  const { gid } = (await control(box, '/asana/fields', { name: 'Deadline', type: 'date' })).body;
  const made = await create({ custom_fields: { [String(gid)]: '2026-12-01' } });
  expect(valueOf(at(made.body, 'data'), 'Deadline').date_value).toMatchObject({ date: '2026-12-01' });
  expect(said(await create({ custom_fields: { [String(gid)]: { date: '2026-12-01' } } }))[0]).toBe(400);
});

/* Clients write the object in which it is shown; no text of Asana's says that it is refused, or that the text is. */
test('a test may have it written as the object only', async () => {
  const { gid } = (await control(box, '/asana/fields', { name: 'Deadline', type: 'date' })).body;
  await treat({ dates: 'object' });
  expect(said(await create({ custom_fields: { [String(gid)]: '2026-12-01' } }))[0]).toBe(400);
  const made = await create({ custom_fields: { [String(gid)]: { date: '2026-12-01' } } });
  expect(valueOf(at(made.body, 'data'), 'Deadline').date_value).toMatchObject({ date: '2026-12-01' });
});

/* CustomFieldBase.precision: "the number of places after the decimal to round to". */
test('a number is rounded to the precision of its field', async () => {
  const { gid } = (await control(box, '/asana/fields', { name: 'Load', type: 'number', precision: 1 })).body;
  const made = await create({ custom_fields: { [String(gid)]: 0.123 } });
  expect(valueOf(at(made.body, 'data'), 'Load').number_value).toBe(0.1);
});

/* No text of Asana's: known from users only. */
test('a guest is left out as assignee and as follower, of a create and of an update, with 2xx, until they are none', async () => {
  await control(box, '/asana/users/ewa@example.com', { guest: true });
  const made = await create({ assignee: 'ewa@example.com', followers: ['ewa@example.com', 'piotr@example.com'] });
  expect(made.status).toBe(201);
  expect(at(made.body, 'data', 'assignee')).toBeNull();
  expect(JSON.stringify(at(made.body, 'data', 'followers'))).not.toContain('ewa@');
  const gid = gidOf(made);
  const put = (): Promise<Reply> => ask('PUT', `/tasks/${gid}?opt_fields=${FIELDS}`, { assignee: 'ewa@example.com' });
  expect(at((await put()).body, 'data', 'assignee')).toBeNull();
  const follow = await ask('POST', `/tasks/${gid}/addFollowers?opt_fields=${FIELDS}`, {
    followers: ['ewa@example.com'],
  });
  expect([follow.status, JSON.stringify(at(follow.body, 'data', 'followers'))]).toEqual([
    200,
    expect.not.stringContaining('ewa@'),
  ]);
  await control(box, '/asana/users/ewa@example.com', { guest: false });
  expect(at((await put()).body, 'data', 'assignee', 'email')).toBe('ewa@example.com');
});

/* No text of Asana's: known from users only. */
test('whatever a test chooses is taken with 2xx and left out, of a create and of an update', async () => {
  const severity = await field('Severity');
  const tag = gidOf(await ask('POST', '/workspaces/1100000000000001/tags', { name: 'gold' }));
  const done = await section('Done');
  const option = String(at(severity, 'enum_options', 0, 'gid'));
  const all = { assignee: 'ewa@example.com', due_on: '2026-12-01', custom_fields: { [String(severity.gid)]: option } };
  await treat({ leaveOut: ['assignee', 'due_on', 'tags', 'section', 'completed', 'Severity'] });
  const made = await create({ ...all, tags: [tag], memberships: [{ project: PROJECT, section: done }] });
  expect(made.status).toBe(201);
  const gid = gidOf(made);
  for (const path of [`/sections/${done}/addTask`, `/tasks/${gid}/addTag`])
    expect((await ask('POST', path, path.includes('Tag') ? { tag } : { task: gid })).status).toBe(200);
  expect((await ask('PUT', `/tasks/${gid}`, { ...all, completed: true })).status).toBe(200);
  const task = await read(gid);
  expect(task).toMatchObject({ assignee: null, due_on: null, tags: [], completed: false });
  expect([sectionOf(task), valueOf(task, 'Severity').enum_value]).toEqual(['Inbox', null]);
  await treat({});
  expect((await ask('PUT', `/tasks/${gid}?opt_fields=${FIELDS}`, { ...all, completed: true })).body).toMatchObject({
    data: { due_on: '2026-12-01', completed: true },
  });
});

/* createTask, updateTask and the others declare 400, 402, 403 and 404 (responses); which of them a detail has, and in what words,
 * no text of Asana's says. */
test.each([400, 402, 403, 404])(
  'several details are refused with %i, in the words of a test, and nothing else is',
  async (status) => {
    await treat({
      refuse: { details: ['assignee', 'section', 'Severity'], status, message: 'nobody has seen these words' },
    });
    const severity = await field('Severity');
    const done = await section('Done');
    const refused = [status, 'nobody has seen these words'];
    expect(said(await create({ assignee: 'ewa@example.com' }))).toEqual(refused);
    expect(said(await create({ memberships: [{ project: PROJECT, section: done }] }))).toEqual(refused);
    expect(said(await create({ custom_fields: { [String(severity.gid)]: null } }))).toEqual(refused);
    const bare = await create({ due_on: '2026-12-01' });
    expect(bare.status).toBe(201);
    expect(said(await ask('POST', `/sections/${done}/addTask`, { task: gidOf(bare) }))).toEqual(refused);
    expect(said(await ask('PUT', `/tasks/${gidOf(bare)}`, { assignee: null }))).toEqual(refused);
  },
);
