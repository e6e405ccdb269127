/** The 201 of a new task, and the answers of PUTs, compared with what was asked. */
import type { TaskSpec } from '../../../src/core/issue/decision';
import { AsanaHarness, codeOf, MARKER, onPost, ref } from './harness';

const t = new AsanaHarness();

const ALL: Partial<TaskSpec> = {
  section: 'Inbox',
  followers: ['piotr'],
  tags: ['gold'],
  dueOn: '2026-12-01',
  fields: { Environment: 'prod', Events: '12.3', Release: '1.0', Seen: '2026-11-22' },
};

/** The task as it was made, in a 201 that says something else of it. */
function answering(change: (task: Record<string, unknown>) => void): void {
  t.asana.commit = true;
  t.asana.fault = (request) => {
    const made = t.asana.tasks.at(-1);
    if (request.method !== 'POST' || !request.path.endsWith('/tasks') || !made) return undefined;
    const { body: _, projects: __, ...shown } = structuredClone(made);
    change(shown);
    return { status: 201, json: { data: shown } };
  };
}
type Field = Record<string, unknown>;
const field = (task: Record<string, unknown>, gid: string): Field =>
  (task['custom_fields'] as Field[]).find((one) => one['gid'] === gid) ?? {};

describe('a 201', () => {
  it('that has everything is complete, and is asked for what it is compared by', async () => {
    expect(await t.ensure(ALL)).toMatchObject({ assignee: 'anna', incomplete: false });
    const fields = t.posts()[0]?.query.getAll('opt_fields') ?? [];
    expect(fields).toHaveLength(1);
    expect(fields[0]?.split(',')).toEqual(
      expect.arrayContaining([
        'assignee.gid',
        'followers.gid',
        'memberships.section.gid',
        'custom_fields.enum_value.gid',
      ]),
    );
  });

  it.each<[string, (task: Record<string, unknown>) => void]>([
    ['the section', (task) => (task['memberships'] = [{ project: { gid: '20' }, section: { gid: '29' } }])],
    ['its project', (task) => (task['memberships'] = [])],
    ['a follower', (task) => (task['followers'] = [{ gid: '900' }])],
    ['a tag', (task) => (task['tags'] = [])],
    ['the due date', (task) => (task['due_on'] = null)],
    ['an option', (task) => (field(task, '71')['enum_value'] = null)],
    ['a number', (task) => (field(task, '72')['number_value'] = null)],
    ['a text', (task) => (field(task, '73')['text_value'] = '')],
    ['a date', (task) => (field(task, '74')['date_value'] = null)],
    ['a whole field', (task) => (task['custom_fields'] as unknown[]).pop()],
    ['any word of followers', (task) => delete task['followers']],
    ['any word of fields', (task) => delete task['custom_fields']],
    ['any word of the due date', (task) => delete task['due_on']],
  ])('without %s is incomplete', async (_, change) => {
    answering(change);
    expect(await t.ensure(ALL)).toMatchObject({ made: true, assignee: 'anna', incomplete: true });
  });

  it.each<[string, (task: Record<string, unknown>) => void]>([
    ['another follower', (task) => (task['followers'] as unknown[]).push({ gid: '77' })],
    ['another tag', (task) => (task['tags'] as unknown[]).push({ gid: '78' })],
    ['another project', (task) => (task['memberships'] as unknown[]).push({ project: { gid: '21' }, section: null })],
    ['a text in another form', (task) => (field(task, '73')['text_value'] = 'v1.0 ')],
    ['a number within its precision', (task) => (field(task, '72')['number_value'] = 12)],
    ['a date with its time', (task) => (field(task, '74')['date_value'] = { date_time: '2026-11-22T00:00:00.000Z' })],
  ])('with %s is complete', async (_, change) => {
    answering(change);
    expect(await t.ensure(ALL)).toMatchObject({ made: true, incomplete: false });
  });

  it('with a number beyond its precision is not what was asked', async () => {
    answering((task) => (field(task, '72')['number_value'] = 13));
    expect(await t.ensure(ALL)).toMatchObject({ incomplete: true });
  });

  it.each<[string, unknown, string | null]>([
    ['nobody', null, null],
    ['somebody else', { gid: '902' }, 'piotr'],
    ['a stranger', { gid: '903' }, null],
    ['no word', undefined, null],
  ])('that has %s as assignee is believed, and not the draft', async (_, assignee, person) => {
    answering((task) => (task['assignee'] = assignee));
    expect(await t.ensure(ALL)).toMatchObject({ assignee: person, incomplete: false });
  });

  it('about another task makes none of ours of it: the next attempt looks', async () => {
    answering((task) => Object.assign(task, { gid: '5', name: 'Buy catnip', notes: 'for the cat' }));
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
    t.asana.fault = undefined;
    expect(await t.ensure()).toMatchObject({ made: false, task: { id: t.asana.tasks[0]?.gid } });
    expect(t.asana.tasks).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['neither name nor text', { name: undefined, notes: undefined }],
    ['an empty name and text', { name: '', notes: '' }],
    ['another name and no text', { name: 'Buy catnip', notes: undefined }],
  ])('with %s about another task is not believed either: that task is read', async (_, shown) => {
    const cat = t.asana.add({ name: 'Buy catnip', notes: 'for the cat', projects: ['99'] });
    const made = (): unknown => t.asana.tasks.find((one) => one.gid !== cat.gid)?.gid;
    t.asana.commit = true;
    t.asana.fault = onPost({ status: 201, json: { data: { gid: cat.gid, ...shown } } });
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
    t.asana.fault = undefined;
    expect(await t.ensure()).toMatchObject({ made: false, task: { id: made() } });
    expect(t.asana.tasks).toHaveLength(2);
  });

  it('with neither name nor text about our task is believed once that is read', async () => {
    answering((task) => Object.assign(task, { name: undefined, notes: undefined }));
    expect(await t.ensure()).toMatchObject({ made: true, task: { id: t.asana.tasks[0]?.gid } });
    t.asana.tasks.length = 0;
    t.asana.fault = (request) =>
      request.method === 'GET' && /\/tasks\/\d+$/.test(request.path)
        ? { status: 500, json: {} }
        : onPost({ status: 201, json: { data: { gid: '5' } } })(request);
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it('that does not tell whether the task is completed is believed once that is read', async () => {
    answering((task) => (task['completed'] = undefined));
    expect(await t.ensure()).toMatchObject({ made: true, completed: false, task: { id: t.asana.tasks[0]?.gid } });
    t.asana.tasks.length = 0;
    t.asana.fault = onPost({ status: 201, json: { data: { gid: '5', notes: MARKER } } });
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it.each(['abc', '12x', {}, null, true])('whose gid is %j names no task', async (gid) => {
    answering((task) => (task['gid'] = gid));
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it('whose name came back in another form is ours by its marker', async () => {
    answering((task) => (task['name'] = 'TypeError: x &lt; y'));
    expect(await t.ensure()).toMatchObject({ made: true, task: { id: t.asana.tasks[0]?.gid } });
    expect(t.asana.tasks[0]?.notes).toContain(MARKER);
  });

  it('is compared, and nothing later: Asana’s own rules may act then', async () => {
    await t.ensure(ALL);
    const before = t.asana.seen.length;
    await t.ensure(ALL, {}, [], [], 'sentry:acme:2');
    expect(t.asana.seen.slice(before).map((one) => one.method)).toEqual(['GET', 'POST']);
  });
});

describe('a PUT that is taken with 200 and ignored', () => {
  const ignored = (): void => {
    t.asana.fault = (request) => {
      const task = t.asana.tasks.find((one) => request.path.endsWith(one.gid));
      return request.method === 'PUT' ? { status: 200, json: { data: { ...task } } } : undefined;
    };
  };

  it('does not assign, and says so', async () => {
    const task = t.asana.add({});
    const { gid } = task;
    ignored();
    expect(await codeOf(t.tracker.assignTask(ref(gid), 'anna'))).toBe('asana_not_assigned');
    task['assignee'] = { gid: '901' };
    expect(await codeOf(t.tracker.assignTask(ref(gid), null))).toBe('asana_not_assigned');
  });

  it('does not complete or reopen, and says so', async () => {
    const task = t.asana.add({});
    const { gid } = task;
    ignored();
    expect(await codeOf(t.tracker.completeTask(ref(gid), true))).toBe('asana_ignored');
    expect(await codeOf(t.tracker.unmarkTask(ref(gid), MARKER))).toBe('asana_ignored');
    task.completed = true;
    expect(await codeOf(t.tracker.completeTask(ref(gid), false))).toBe('asana_ignored');
  });

  it('an answer that does not say is no answer: the task is read', async () => {
    const { gid } = t.asana.add({});
    t.asana.commit = true;
    t.asana.fault = (request) => (request.method === 'PUT' ? { status: 200, json: { data: { gid } } } : undefined);
    await t.tracker.assignTask(ref(gid), 'anna');
    await t.tracker.completeTask(ref(gid), true);
    expect(t.asana.tasks[0]).toMatchObject({ completed: true, assignee: { gid: '901' } });
  });

  it('an answer about another task is none', async () => {
    const { gid } = t.asana.add({});
    t.asana.fault = (request) =>
      request.method === 'PUT' ? { status: 200, json: { data: { gid: '5', completed: true } } } : undefined;
    expect(await codeOf(t.tracker.completeTask(ref(gid), true))).toBe('asana_unavailable');
  });
});

it('a read that answers with another task is believed of neither', async () => {
  const other = t.asana.add({ notes: `x\n${MARKER}` });
  t.asana.fault = (request) =>
    request.path.endsWith('/tasks/4040') ? { status: 200, json: { data: other } } : undefined;
  expect(await codeOf(t.ensure({}, {}, [ref('4040')]))).toBe('asana_unavailable');
  expect(t.posts()).toHaveLength(0);
});
