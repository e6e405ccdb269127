import type { Sandbox } from '../../src/sandbox';
import { asana, at, call, closeAll, control, type Json, sandbox } from './support';

const ERRORS = '1200000000000001';
const WORKSPACE = '1100000000000001';

afterEach(closeAll);

const message = (reply: { body: Json }): unknown => at(reply.body, 'errors', 0, 'message');
const make = async (box: Sandbox, data: Json = {}): Promise<string> => {
  const made = await asana(box, 'POST', '/tasks', { name: 'T', projects: [ERRORS], ...data });
  return String(at(made.body, 'data', 'gid'));
};

describe('creating', () => {
  test('answers 201 with the place of the task, which is read back with the chosen fields only', async () => {
    const box = await sandbox();
    const made = await asana(box, 'POST', '/tasks?opt_fields=name&opt_fields=assignee.email,assignee', {
      name: 'Boom',
      projects: [ERRORS],
      assignee: 'PIOTR@example.com',
    });
    const gid = String(at(made.body, 'data', 'gid'));
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/api/1.0/tasks/${gid}`);
    expect(made.body).toEqual({
      data: { gid, name: 'Boom', assignee: { gid: '1000000000000003', email: 'piotr@example.com' } },
    });
    const read = await asana(box, 'GET', `/tasks/${gid}?opt_fields=memberships,projects,nonsense`);
    expect(read.body).toEqual({
      data: { gid, memberships: [{}], projects: [{ gid: ERRORS, resource_type: 'project' }] },
    });
  });

  test.each<[string, Json, number, string]>([
    ['no place', { projects: undefined }, 400, 'workspace: Missing input'],
    [
      'an unknown assignee fails the whole create',
      { assignee: 'ghost@example.com' },
      400,
      'assignee: Unknown object: ghost@example.com',
    ],
    ['an unknown follower', { followers: ['ghost@example.com'] }, 400, 'followers: Unknown object: ghost@example.com'],
    ['an unknown project', { projects: ['99'] }, 400, 'projects: Unknown object: 99'],
    ['projects not a list', { projects: ERRORS }, 400, 'projects: Not an array'],
    [
      'both kinds of notes',
      { notes: 'a', html_notes: '<body>a</body>' },
      400,
      'notes: Only one of notes and html_notes can be specified',
    ],
    [
      'two due dates',
      { due_on: '2026-01-01', due_at: '2026-01-01T10:00:00Z' },
      400,
      'due_on: You may only specify one of due_on and due_at',
    ],
    ['a due date that is none', { due_on: 'tomorrow' }, 400, 'due_on: Not a valid date: "tomorrow"'],
    ['completed as text', { completed: 'yes' }, 400, 'completed: Not a boolean'],
    ['a field of nowhere', { custom_fields: { '77': 'x' } }, 400, 'Custom field with ID 77 is not on given object'],
    ['external without OAuth', { external: { gid: 'x' } }, 403, 'external: This field is available to OAuth apps only'],
    [
      'broken rich text',
      { html_notes: '<body>a & b</body>' },
      400,
      'html_notes: XML is invalid: an unescaped ampersand near "&"',
    ],
  ])('%s', async (_name, data, status, text) => {
    const box = await sandbox();
    const made = await asana(box, 'POST', '/tasks', { name: 'T', projects: [ERRORS], ...data });
    expect({ status: made.status, message: message(made) }).toEqual({ status, message: text });
    const listed = await asana(box, 'GET', `/tasks?project=${ERRORS}`);
    expect(listed.body).toEqual({ data: [] });
  });

  test('custom fields take an option by gid, and cost a plan', async () => {
    const box = await sandbox();
    const settings = await asana(box, 'GET', `/projects/${ERRORS}/custom_field_settings`);
    const field = String(at(settings.body, 'data', 0, 'custom_field', 'gid'));
    const option = String(at(settings.body, 'data', 0, 'custom_field', 'enum_options', 1, 'gid'));
    const gid = await make(box, { custom_fields: { [field]: option } });
    const read = await asana(box, 'GET', `/tasks/${gid}?opt_fields=custom_fields.display_value`);
    expect(at(read.body, 'data', 'custom_fields', 0, 'display_value')).toBe('staging');
    expect((await asana(box, 'PUT', `/tasks/${gid}`, { custom_fields: { [field]: 'staging' } })).status).toBe(400);
    await control(box, '/asana/plan', { plan: 'free' });
    expect((await asana(box, 'PUT', `/tasks/${gid}`, { custom_fields: { [field]: null } })).status).toBe(402);
    expect((await asana(box, 'GET', `/projects/${ERRORS}/custom_field_settings`)).status).toBe(402);
  });
});

describe('made beside the API', () => {
  test('a task of the token’s own user, listed like any other; no such project is said so', async () => {
    const box = await sandbox();
    const made = await control(box, '/asana/tasks', { name: 'many', notes: 'sentry:acme:1' });
    const listed = await asana(box, 'GET', `/tasks?project=${ERRORS}&opt_fields=notes,created_by`);
    const me = await asana(box, 'GET', '/users/me');
    expect(at(listed.body, 'data')).toContainEqual({
      gid: at(made.body, 'gid'),
      notes: 'sentry:acme:1',
      created_by: { gid: at(me.body, 'data', 'gid'), resource_type: 'user' },
    });
    expect((await control(box, '/asana/tasks', { name: 'lost', project: '1' })).status).toBe(404);
  });
});

describe('changing', () => {
  test('what may be set at creation only is refused', async () => {
    const box = await sandbox();
    const gid = await make(box);
    for (const name of ['projects', 'memberships', 'followers', 'tags', 'parent', 'workspace']) {
      const reply = await asana(box, 'PUT', `/tasks/${gid}`, { [name]: [] });
      expect({ status: reply.status, message: message(reply) }).toEqual({
        status: 400,
        message: `${name}: Cannot write this property`,
      });
    }
  });

  test('tells its story; the same again changes nothing', async () => {
    const box = await sandbox();
    const gid = await make(box);
    await asana(box, 'PUT', `/tasks/${gid}`, { assignee: 'anna@example.com', due_on: '2026-12-01' });
    await asana(box, 'PUT', `/tasks/${gid}`, { completed: true });
    const before = await asana(box, 'GET', `/tasks/${gid}`);
    await asana(box, 'PUT', `/tasks/${gid}`, { completed: true, assignee: 'anna@example.com' });
    expect((await asana(box, 'GET', `/tasks/${gid}`)).body).toEqual(before.body);
    await control(box, `/asana/tasks/${gid}/reopen`, { by: 'ewa@example.com' });
    const stories = await asana(box, 'GET', `/tasks/${gid}/stories?opt_fields=resource_subtype,created_by.name`);
    const told = (stories.body.data as Json[]).map((story) => [
      story.resource_subtype,
      at(story, 'created_by', 'name'),
    ]);
    expect(told).toEqual([
      ['assigned', 'Errand'],
      ['due_date_changed', 'Errand'],
      ['marked_complete', 'Errand'],
      ['marked_incomplete', 'Ewa Wójcik'],
    ]);
  });

  test('people complete, assign, move, comment on and delete tasks', async () => {
    const box = await sandbox();
    const gid = await make(box);
    await control(box, `/asana/tasks/${gid}/assign`, { assignee: 'olena@example.com' });
    await control(box, `/asana/tasks/${gid}/move`, { section: 'Done' });
    await control(box, `/asana/tasks/${gid}/comment`, { text: 'looking <now>' });
    const read = await asana(box, 'GET', `/tasks/${gid}?opt_fields=assignee.name,memberships.section.name,completed`);
    expect(at(read.body, 'data', 'assignee', 'name')).toBe('Olena Kovalenko');
    expect(at(read.body, 'data', 'memberships', 0, 'section', 'name')).toBe('Done');
    expect((await control(box, `/asana/tasks/${gid}/dance`)).status).toBe(404);
    await control(box, `/asana/tasks/${gid}/delete`);
    expect((await asana(box, 'GET', `/tasks/${gid}`)).status).toBe(404);
    expect((await asana(box, 'DELETE', `/tasks/${gid}`)).status).toBe(404);
  });
});

describe('lists', () => {
  test('want exactly one filter, and know limits and offsets', async () => {
    const box = await sandbox();
    for (let index = 0; index < 5; index += 1) await make(box, { name: `T${index}` });
    const both = await asana(box, 'GET', `/tasks?project=${ERRORS}&assignee=me&workspace=${WORKSPACE}`);
    expect([both.status, (await asana(box, 'GET', '/tasks')).status]).toEqual([400, 400]);
    expect((await asana(box, 'GET', `/tasks?project=${ERRORS}&limit=101`)).status).toBe(400);
    expect((await asana(box, 'GET', `/tasks?project=${ERRORS}&limit=2&offset=nonsense`)).status).toBe(400);
    const first = await asana(box, 'GET', `/tasks?project=${ERRORS}&limit=3&opt_fields=name`);
    const next = at(first.body, 'next_page') as Json;
    expect(Object.keys(next)).toEqual(['offset', 'path', 'uri']);
    const second = await call(String(next.uri), 'GET', undefined, { authorization: `Bearer ${box.tokens.asana}` });
    expect((second.body.data as Json[]).map(({ name }) => name)).toEqual(['T3', 'T4']);
    expect(second.body.next_page).toBeNull();
  });

  test('completed_since hides what was completed before; modified_since counts an addition to the project', async () => {
    const box = await sandbox();
    const done = await make(box, { completed: true });
    const open = await make(box);
    const gids = async (query: string): Promise<unknown[]> => {
      const reply = await asana(box, 'GET', `/tasks?project=${ERRORS}&${query}`);
      return (reply.body.data as Json[]).map(({ gid }) => gid);
    };
    expect(await gids('completed_since=now')).toEqual([open]);
    expect(await gids('modified_since=2020-01-01')).toEqual([done, open]);
    expect(await gids('modified_since=2999-01-01')).toEqual([]);
    expect((await asana(box, 'GET', `/tasks?project=${ERRORS}&modified_since=yesterday`)).status).toBe(400);
  });
});

test('the free plan allows 150 requests a minute, refused ones counted', async () => {
  const box = await sandbox({ asanaPlan: 'free' });
  const replies = [];
  for (let index = 0; index < 10; index += 1) {
    replies.push(...(await Promise.all(Array.from({ length: 16 }, () => asana(box, 'GET', '/users/me')))));
  }
  const refused = replies.filter(({ status }) => status === 429);
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(150);
  expect(refused).toHaveLength(10);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('no more than 15 writes are under way at once', async () => {
  const box = await sandbox();
  await control(box, '/faults', { vendor: 'asana', kind: 'latency', ms: 600_000, method: 'POST' });
  const write = (): Promise<number> =>
    asana(box, 'POST', '/tasks', { name: 'T', projects: [ERRORS] }).then(
      ({ status }) => status,
      () => 0,
    );
  const writes = Array.from({ length: 18 }, write);
  const refused: number[] = [];
  for (const one of writes) void one.then((status) => status === 429 && refused.push(status));
  while (refused.length < 3) await new Promise((ready) => setTimeout(ready, 20));
  expect((await asana(box, 'GET', '/users/me')).status).toBe(200);
  await box.close();
  const statuses = await Promise.all(writes);
  expect(statuses.filter((status) => status === 429)).toHaveLength(3);
});
