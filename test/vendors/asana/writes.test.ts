/** What is done to a task that is there. */
import { keyLine } from '../../../src/vendors/asana/writes';
import { destinationOf } from '../../../src/core/issue/destination';
import { PEOPLE, PROJECT } from './fake';
import { AsanaHarness, codeOf, MARKER, ref } from './harness';

const t = new AsanaHarness();

describe('rewriting a task', () => {
  it('replaces its text, as plain text when Asana does not take the rich one, and it is still found', async () => {
    const { task } = await t.ensure();
    await t.tracker.rewriteTask(task, ['new <text>\n', MARKER]);
    const puts = (): unknown[] => t.asana.seen.filter((one) => one.method === 'PUT').map((one) => one.body);
    expect(puts()).toEqual([{ data: { html_notes: `<body>new &lt;text&gt;\n${MARKER}</body>` } }]);
    t.asana.fault = (request) =>
      request.method === 'PUT' && JSON.stringify(request.body).includes('html_notes')
        ? { status: 400, json: { errors: [{ message: 'xml' }] } }
        : undefined;
    await t.tracker.rewriteTask(task, ['newer\n', MARKER]);
    expect(puts().at(-1)).toEqual({ data: { notes: `newer\n${MARKER}` } });
    expect(await t.ensure()).toMatchObject({ made: false, task: { id: task.id } });
  });
});

describe('the other calls', () => {
  it('makes only the subtasks that are missing, in order', async () => {
    t.asana.add({});
    const [task] = t.asana.tasks;
    const id = task?.gid ?? '';
    t.asana.subtasks.set(id, [{ gid: '1', name: 'Two' }]);
    await t.tracker.ensureSubtasks(ref(id), ['One', 'Two', 'Three']);
    await t.tracker.ensureSubtasks(ref(id), ['One', 'Two', 'Three']);
    expect(t.asana.subtasks.get(id)?.map((one) => one['name'])).toEqual(['Two', 'One', 'Three']);
  });

  it('a subtask that Asana takes with 201 and does not make is not believed', async () => {
    const { gid } = t.asana.add({});
    t.asana.fault = ({ method }) => (method === 'POST' ? { status: 201, json: { data: { gid: '9' } } } : undefined);
    expect(await codeOf(t.tracker.ensureSubtasks(ref(gid), ['One', 'Two']))).toBe('asana_ignored');
    t.asana.fault = undefined;
    await t.tracker.ensureSubtasks(ref(gid), ['One', 'Two']);
    expect(t.asana.subtasks.get(gid)?.map((one) => one['name'])).toEqual(['One', 'Two']);
  });

  it('a subtask that Asana shows under another form of its name is there', async () => {
    const { gid } = t.asana.add({});
    t.asana.subtasks.set(gid, []);
    t.asana.fault = ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/subtasks')) return undefined;
      t.asana.subtasks.set(gid, [{ gid: '9', name: 'One  two' }]);
      return { status: 201, json: { data: { gid: '9' } } };
    };
    await t.tracker.ensureSubtasks(ref(gid), ['One two']);
    expect(t.asana.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('a subtask whose POST was lost is not made twice', async () => {
    const { gid } = t.asana.add({});
    t.asana.commit = true;
    let lost = 1;
    t.asana.fault = (request) => (request.method === 'POST' && (lost -= 1) >= 0 ? 'reset' : undefined);
    expect(await codeOf(t.tracker.ensureSubtasks(ref(gid), ['One']))).toBe('asana_outcome_unknown');
    await t.tracker.ensureSubtasks(ref(gid), ['One']);
    expect(t.asana.subtasks.get(gid)).toHaveLength(1);
  });

  it('says a comment once per key, over pages, with plain text when rich text is refused', async () => {
    const { gid } = t.asana.add({});
    t.asana.pageSize = 1;
    t.asana.fault = (request) => {
      const data = (request.body as { data?: object } | undefined)?.data ?? {};
      return 'html_text' in data ? { status: 400, json: { errors: [{ message: 'bad XML' }] } } : undefined;
    };
    await t.tracker.comment(ref(gid), 'x10', ['ten <times>']);
    t.asana.fault = undefined;
    await t.tracker.comment(ref(gid), 'x10', ['ten times']);
    await t.tracker.comment(ref(gid), 'x100', ['a hundred times']);
    await t.tracker.comment(ref(gid), 'x100', ['a hundred times']);
    expect(t.asana.stories.get(gid)?.map((one) => one['text'])).toEqual([
      `ten <times>\n\n${keyLine('x10')}`,
      `a hundred times\n\n${keyLine('x100')}`,
    ]);
  });

  it('does not take a comment of a person for ours', async () => {
    const { gid } = t.asana.add({});
    t.asana.stories.set(gid, [{ gid: '5', text: `> x\n${keyLine('x10')}`, created_by: { gid: '901' } }]);
    await t.tracker.comment(ref(gid), 'x10', ['ten']);
    expect(t.asana.stories.get(gid)).toHaveLength(2);
  });

  it('assigns, unassigns, and leaves alone what is already so', async () => {
    const task = t.asana.add({});
    await t.tracker.assignTask(ref(task.gid), 'anna');
    await t.tracker.assignTask(ref(task.gid), 'anna');
    expect(task['assignee']).toEqual({ gid: PEOPLE['anna@example.com'] });
    await t.tracker.assignTask(ref(task.gid), null);
    expect(task['assignee']).toBeNull();
    expect(t.asana.seen.filter((one) => one.method === 'PUT')).toHaveLength(2);
    expect(await codeOf(t.tracker.assignTask(ref(task.gid), 'ghost'))).toBe('unknown_person');
    expect(await codeOf(t.tracker.assignTask(ref('404404'), 'anna'))).toBe('asana_not_found');
  });

  it('completes and reopens', async () => {
    const task = t.asana.add({});
    await t.tracker.completeTask(ref(task.gid), true);
    await t.tracker.completeTask(ref(task.gid), true);
    expect(task.completed).toBe(true);
    await t.tracker.completeTask(ref(task.gid), false);
    expect(task.completed).toBe(false);
    expect(await codeOf(t.tracker.completeTask(ref('404404'), true))).toBe('asana_not_found');
  });

  it.each<[string, string, unknown]>([
    ['its project’s list shows it', 'asana_unavailable', undefined],
    ['its project answers as another one', 'asana_unavailable', { gid: '777', name: 'Other' }],
    ['its project answers as nothing', 'asana_unavailable', {}],
  ])('does not believe a 404 of a task while %s', async (_, code, project) => {
    const task = t.asana.add({});
    const place = destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' });
    t.asana.fault = (request) => {
      if (request.path.endsWith(`/tasks/${task.gid}`))
        return { status: 404, json: { errors: [{ message: 'task: Unknown object: 1' }] } };
      if (project !== undefined && request.path.endsWith(`/projects/${PROJECT}`))
        return { status: 200, json: { data: project } };
      return undefined;
    };
    expect(await codeOf(t.tracker.verifyTask(ref(task.gid), place))).toBe(code);
  });

  it('believes that a task is gone only while its project can be read', async () => {
    const task = t.asana.add({});
    const place = destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' });
    expect(await t.tracker.verifyTask(ref(task.gid), place)).toBe('there');
    expect(await t.tracker.verifyTask(ref('404404'), place)).toBe('gone');
    expect(await t.tracker.verifyTask(ref('404404'))).toBe('gone');
    t.asana.fault = (request) =>
      request.path.endsWith(`/projects/${PROJECT}`)
        ? { status: 403, json: { errors: [{ message: 'no' }] } }
        : undefined;
    expect(await codeOf(t.tracker.verifyTask(ref('404404'), place))).toBe('asana_forbidden');
    t.asana.fault = () => ({ status: 500, json: {} });
    expect(await codeOf(t.tracker.verifyTask(ref(task.gid), place))).toBe('asana_unavailable');
  });
});
