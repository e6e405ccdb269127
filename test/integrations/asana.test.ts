import fc from 'fast-check';
import { ErrandError } from '../../src/errors';
import { createAsanaTracker, decodePlace, type AsanaTracker } from '../../src/integrations/asana';
import { placeOf } from '../../src/issue/place';
import { createBucket } from '../../src/integrations/http-bucket';
import type { TaskDraft, TaskRef, TaskSpec, Tracker } from '../../src/types';
import { fakeAsana, ME, PEOPLE, PROJECT, WORKSPACE, type FakeAsana, type Reply, type Seen } from './support';

const MARKER = 'sentry:acme:4711';
const SINCE = '2026-01-01T00:00:00.000Z';
const ADDRESSES: Record<string, string> = {
  anna: 'anna@example.com',
  piotr: 'piotr@example.com',
  ghost: 'ghost@example.com',
};
const KEYS: Record<string, string> = { '901': 'anna', '902': 'piotr' };

let asana: FakeAsana;
let tracker: AsanaTracker;
let clock: number;
const trackers: AsanaTracker[] = [];
beforeEach(async () => {
  asana = await fakeAsana();
  clock = Date.now();
  tracker = make();
});
afterEach(async () => {
  for (const one of trackers.splice(0)) one.close();
  await asana.close();
});

function make(more: Partial<Parameters<typeof createAsanaTracker>[0]> = {}): AsanaTracker {
  const made = createAsanaTracker({
    baseUrl: `${asana.url}/api/1.0/`,
    token: 'pat',
    person: (key) => (ADDRESSES[key] ? { asana: ADDRESSES[key] } : undefined),
    personOf: (who) => KEYS[who],
    bucket: createBucket({ perMinute: 1e6, burst: 1e4 }),
    now: () => clock,
    timeoutMs: 30_000,
    ...more,
  });
  trackers.push(made);
  return made;
}

function draft(spec: Partial<TaskSpec> = {}, more: Partial<TaskDraft> = {}): TaskDraft {
  return {
    title: 'TypeError: x < y && z',
    body: ['Something ', { bold: ['broke'] }, ' <here> & there\n', { link: 'https://sentry.io/1', text: 'Sentry' }],
    assignee: 'anna',
    spec: {
      tracker: 'asana',
      workspace: 'Acme',
      project: 'Checkout bugs',
      followers: [],
      tags: [],
      fields: {},
      subtasks: [],
      verify: true,
      ...spec,
    },
    ...more,
  };
}
const ensure = (
  spec: Partial<TaskSpec> = {},
  more: Partial<TaskDraft> = {},
  known: TaskRef[] = [],
  places: string[] = [],
) => tracker.ensureTask({ marker: MARKER, draft: draft(spec, more), since: SINCE, places, known });
const posts = (): Seen[] => asana.seen.filter((one) => one.method === 'POST' && one.path.endsWith('/tasks'));
const sent = (n = -1): Record<string, unknown> =>
  (posts().at(n)?.body as { data: Record<string, unknown> } | undefined)?.data ?? {};
const ref = (id: string): TaskRef => ({ tracker: 'asana', id, url: 'https://app.asana.com/x' });
async function codeOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ErrandError ? error.code : `no ErrandError: ${String(error)}`;
}
const onPost =
  (reply: Reply, times = Infinity) =>
  (request: Seen): Reply | undefined =>
    request.method === 'POST' && request.path.endsWith('/tasks') && (times -= 1) >= 0 ? reply : undefined;

describe('the one POST', () => {
  it('carries everything, by gid, with the marker on the last line', async () => {
    asana.tags.push({ gid: '61', name: 'gold-customer' });
    const result = await ensure({
      section: 'inbox',
      followers: ['piotr', 'ghost'],
      tags: ['gold-customer', 'new tag'],
      dueOn: '2026-12-01',
      priority: 'high',
      fields: { Environment: 'PROD', Events: '12', Release: '1.0', Seen: '2026-11-22', Unknown: 'x' },
    });
    const [task] = asana.tasks;
    expect(result).toMatchObject({ assignee: 'anna', made: true, task: { tracker: 'asana', id: task?.gid } });
    expect(result.leftOut).toEqual(['follower ghost', 'custom field "Unknown"']);
    expect(sent()).toMatchObject({
      name: 'TypeError: x < y && z',
      workspace: WORKSPACE,
      projects: [PROJECT],
      memberships: [{ project: PROJECT, section: '30' }],
      assignee: '901',
      followers: ['902'],
      due_on: '2026-12-01',
      custom_fields: { '71': '711', '72': 12, '73': '1.0', '74': { date: '2026-11-22' }, '75': '751' },
    });
    expect(sent()['tags']).toEqual(['61', asana.tags.at(-1)?.gid]);
    expect(String(sent()['html_notes'])).toMatch(/^<body>.*&lt;here&gt; &amp; there[^]*\n\nsentry:acme:4711<\/body>$/);
    expect(sent()).not.toHaveProperty('notes');
  });

  it('is what a Tracker promises', () => {
    const one: Tracker = tracker;
    expect(Object.keys(one)).toEqual(expect.arrayContaining(['ensureTask', 'verifyTask', 'assignTask', 'comment']));
  });

  it('costs two requests once the names are known', async () => {
    await ensure();
    const before = asana.seen.length;
    await tracker.ensureTask({ marker: 'sentry:acme:2', draft: draft(), since: SINCE, places: [], known: [] });
    expect(asana.seen.slice(before).map((one) => one.method)).toEqual(['GET', 'POST']);
  });

  it('sends opt_fields as one text', async () => {
    await ensure();
    const list = asana.seen.find((one) => one.method === 'GET' && one.path.endsWith('/tasks'));
    expect(list?.query.getAll('opt_fields')).toHaveLength(1);
    expect(list?.query.get('modified_since')).toBeTruthy();
    expect(list?.query.has('completed_since')).toBe(false);
  });

  it('takes gids for names', async () => {
    await ensure({ workspace: WORKSPACE, project: PROJECT, section: '30' });
    expect(asana.seen.filter((one) => /workspaces$|projects$|sections$/.test(one.path))).toHaveLength(0);
    expect(sent()).toMatchObject({ projects: [PROJECT], memberships: [{ project: PROJECT, section: '30' }] });
  });

  it('is made unassigned, and says so, when Asana does not know the assignee', async () => {
    const result = await ensure({}, { assignee: 'ghost', unassignedBody: ['Nobody has it: ghost is unknown.'] });
    expect(result.assignee).toBeNull();
    expect(sent()).not.toHaveProperty('assignee');
    expect(asana.tasks[0]?.notes).toBe(`Nobody has it: ghost is unknown.\n\n${MARKER}`);
    await tracker.ensureTask({
      marker: 'sentry:acme:8',
      draft: draft({}, { assignee: 'ghost' }),
      since: SINCE,
      places: [],
      known: [],
    });
    expect(asana.tasks[1]?.notes).toContain('does not know the address of ghost');
    // The miss is remembered.
    expect(asana.seen.filter((one) => one.path.includes('ghost@'))).toHaveLength(2);
  });

  it.each([
    [400, 'html_notes: XML is invalid', 'html_notes', 'rich text'],
    [400, 'custom_fields: Unknown', 'custom_fields', 'custom fields'],
    [402, 'Payment required', 'custom_fields', 'custom fields'],
    [400, 'followers: Not a user', 'followers', 'followers'],
    [400, 'assignee: Not a user in Organization', 'assignee', 'assignee'],
  ])('is made without what a definite %i refuses (%s)', async (status, message, without, said) => {
    asana.fault = onPost({ status, json: { errors: [{ message }] } }, 1);
    const result = await ensure({ fields: { Release: '1' }, followers: ['piotr'] });
    expect(result.leftOut).toEqual([said]);
    expect(result.assignee).toBe(without === 'assignee' ? null : 'anna');
    expect(sent()).not.toHaveProperty(without);
    expect(posts()).toHaveLength(2);
    expect(asana.tasks).toHaveLength(1);
    expect(asana.tasks[0]?.notes.endsWith(`\n${MARKER}`)).toBe(true);
  });

  it('is not tried a third time', async () => {
    asana.fault = onPost({ status: 400, json: { errors: [{ message: 'name: missing' }] } });
    expect(await codeOf(ensure())).toBe('asana_refused');
    expect(posts()).toHaveLength(2);
  });

  it('is not sent later than 20 s after the attempt began', async () => {
    asana.fault = (request) => {
      if (request.path.includes('/users/anna')) clock += 20_001;
      return undefined;
    };
    expect(await codeOf(ensure())).toBe('asana_unavailable');
    expect(posts()).toHaveLength(0);
  });

  it('is not sent later than 20 s after the attempt began, also when the clock was set back meanwhile', async () => {
    const real = performance.now.bind(performance);
    asana.fault = (request) => {
      if (!request.path.includes('/users/anna')) return undefined;
      clock -= 24 * 3_600_000;
      jest.spyOn(performance, 'now').mockImplementation(() => real() + 20_001);
      return undefined;
    };
    try {
      expect(await codeOf(ensure())).toBe('asana_unavailable');
      expect(posts()).toHaveLength(0);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it.each([{ project: 'Nowhere' }, { workspace: 'Nowhere' }, { section: 'Nowhere' }])(
    'needs its place: %j',
    async (spec) => {
      expect(await codeOf(ensure(spec))).toBe('asana_place_unknown');
      expect(posts()).toHaveLength(0);
    },
  );
});

describe('outcomes of the POST', () => {
  const html = { status: 502, text: '<html>Bad gateway</html>' };
  it.each<[Reply, string]>([
    [{ truncated: 201 }, 'asana_outcome_unknown'],
    ['reset', 'asana_outcome_unknown'],
    [html, 'asana_outcome_unknown'],
    [{ status: 500, json: { errors: [{ message: 'Server Error', phrase: '6 sad squid' }] } }, 'asana_outcome_unknown'],
    [{ status: 408, json: {} }, 'asana_outcome_unknown'],
    [{ status: 201, text: '<html>ok</html>' }, 'asana_outcome_unknown'],
    [{ status: 201, json: {} }, 'asana_outcome_unknown'],
    [
      { status: 429, json: { errors: [{ message: 'Too many' }] }, headers: { 'retry-after': '12' } },
      'asana_unavailable',
    ],
    [{ status: 401, json: { errors: [{ message: 'Not Authorized' }] } }, 'asana_unauthorized'],
    [{ status: 402, json: {} }, 'asana_payment_required'],
    [{ status: 403, json: {} }, 'asana_forbidden'],
    [{ status: 404, json: {} }, 'asana_not_found'],
    [{ status: 451, json: {} }, 'asana_refused'],
  ])('%j is %s', async (reply, code) => {
    asana.fault = onPost(reply);
    expect(await codeOf(ensure())).toBe(code);
  });

  it('says once what Asana says twice', async () => {
    const error = { message: 'Not Authorized', phrase: 'Not Authorized' };
    asana.fault = onPost({ status: 401, json: { errors: [error, error] } });
    await expect(ensure()).rejects.toMatchObject({ detail: 'POST tasks: 401 Not Authorized' });
  });

  it('a silent server is an unknown outcome', async () => {
    tracker = make({ timeoutMs: 200 });
    asana.fault = onPost('silent');
    expect(await codeOf(ensure())).toBe('asana_outcome_unknown');
  });

  it('a redirect is not followed into a success', async () => {
    asana.fault = onPost({ status: 302, headers: { location: `${asana.url}/api/1.0/users/me` } });
    expect(await codeOf(ensure())).toBe('asana_outcome_unknown');
  });

  it.each<[Reply]>([['reset'], [{ truncated: 201 }], [html]])(
    'a task that was made before %j is found, not made again',
    async (reply) => {
      asana.commit = true;
      asana.fault = onPost(reply, 1);
      expect(await codeOf(ensure())).toBe('asana_outcome_unknown');
      const again = await ensure();
      expect(again).toMatchObject({ made: false, assignee: 'anna' });
      expect(asana.tasks).toHaveLength(1);
      expect(again.task.id).toBe(asana.tasks[0]?.gid);
    },
  );

  it('whatever goes wrong and however often it is repeated, there is one task', async () => {
    const faults: Reply[] = ['reset', { truncated: 201 }, html, { status: 429, json: {} }, { status: 500, json: {} }];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fault: fc.constantFrom(...faults), commit: fc.boolean() }), { maxLength: 5 }),
        async (plan) => {
          asana.tasks.length = 0;
          for (const { fault, commit } of plan) {
            asana.commit = commit;
            asana.fault = onPost(fault);
            // A fresh tracker each time: a restart, or another worker; and its own rate limit.
            tracker = make();
            await codeOf(ensure());
          }
          asana.fault = undefined;
          tracker = make();
          const { task } = await ensure();
          expect(asana.tasks.map((one) => one.gid)).toEqual([task.id]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a limit on new tasks', () => {
  const held = (asked: number[]) => (): Promise<void> => {
    asked.push(asana.seen.length);
    return Promise.reject(new ErrandError('storm_held'));
  };
  const input = { marker: MARKER, draft: draft(), since: SINCE, places: [], known: [] };

  it('is asked right before the task would be made, and nothing is made when it says no', async () => {
    const asked: number[] = [];
    expect(await codeOf(tracker.ensureTask({ ...input, admit: held(asked) }))).toBe('storm_held');
    expect(posts()).toHaveLength(0);
    // Everything else that the task needs has been asked for.
    expect(asked).toEqual([asana.seen.length]);
  });

  it('is not asked for a task that is there', async () => {
    await ensure();
    const asked: number[] = [];
    expect(await tracker.ensureTask({ ...input, admit: held(asked) })).toMatchObject({ made: false });
    expect(asked).toEqual([]);
  });

  it('that took too long to answer leaves the task unmade: it could not be seen by the next look', async () => {
    const slow = (): Promise<void> => {
      clock += 21_000;
      return Promise.resolve();
    };
    await codeOf(tracker.ensureTask({ ...input, admit: slow }));
    expect(posts()).toHaveLength(0);
  });
});

describe('rewriting a task', () => {
  it('replaces its text, as plain text when Asana does not take the rich one, and it is still found', async () => {
    const { task } = await ensure();
    await tracker.rewriteTask(task, ['new <text>\n', MARKER]);
    const puts = (): unknown[] => asana.seen.filter((one) => one.method === 'PUT').map((one) => one.body);
    expect(puts()).toEqual([{ data: { html_notes: `<body>new &lt;text&gt;\n${MARKER}</body>` } }]);
    asana.fault = (request) =>
      request.method === 'PUT' && JSON.stringify(request.body).includes('html_notes')
        ? { status: 400, json: { errors: [{ message: 'xml' }] } }
        : undefined;
    await tracker.rewriteTask(task, ['newer\n', MARKER]);
    expect(puts().at(-1)).toEqual({ data: { notes: `newer\n${MARKER}` } });
    expect(await ensure()).toMatchObject({ made: false, task: { id: task.id } });
  });
});

describe('reads that fail', () => {
  it.each<[Reply, string]>([
    [{ status: 500, json: {} }, 'asana_unavailable'],
    ['reset', 'asana_unavailable'],
    [{ truncated: 200 }, 'asana_unavailable'],
    [{ status: 200, text: '<html/>' }, 'asana_unavailable'],
    [{ status: 401, json: {} }, 'asana_unauthorized'],
    [{ status: 302, headers: { location: '/api/1.0/users/me' } }, 'asana_refused'],
  ])('%j is %s, and nothing is made blindly', async (reply, code) => {
    asana.fault = (request) => (request.path.endsWith('/tasks') && request.method === 'GET' ? reply : undefined);
    expect(await codeOf(ensure())).toBe(code);
    expect(posts()).toHaveLength(0);
  });
});

describe('finding the task', () => {
  const notes = `body\n\n${MARKER}`;

  it('reads all pages, over an empty one that has a next_page', async () => {
    for (let i = 0; i < 7; i += 1) asana.add({ notes: `x\nsentry:acme:${i}` });
    const ours = asana.add({ notes });
    asana.pageSize = 2;
    asana.emptyPages = true;
    const result = await ensure();
    expect(result).toMatchObject({ made: false, task: { id: ours.gid, url: ours['permalink_url'] } });
  });

  it('says so after each page of a long list, so that nobody takes it for dead', async () => {
    for (let i = 0; i < 7; i += 1) asana.add({ notes: `x\nsentry:acme:${i}` });
    asana.pageSize = 2;
    let pages = 0;
    expect(
      await tracker.listTasks(placeOf({ workspace: 'Acme', project: 'Checkout bugs' }), SINCE, () => (pages += 1)),
    ).toHaveLength(7);
    expect(pages).toBe(4);
  });

  it('takes completed ones, and the oldest of twins', async () => {
    asana.add({ notes, created_at: '2026-11-22T00:00:02.000Z' });
    const oldest = asana.add({ notes, created_at: '2026-11-22T00:00:01.000Z', completed: true });
    expect((await ensure()).task.id).toBe(oldest.gid);
  });

  it("leaves other people's and other issues' tasks alone", async () => {
    asana.add({ notes, created_by: { gid: '555' } });
    asana.add({ notes: 'x\nsentry:acme:47110' });
    asana.add({ notes: `${MARKER}\n\nsentry:acme:1` });
    asana.add({ notes: `see ${MARKER}` });
    expect((await ensure()).made).toBe(true);
  });

  it('knows its task below which somebody wrote, and with spaces about the marker', async () => {
    const ours = asana.add({ notes: `body\n  ${MARKER}  \n\nI looked at this. See https://x.example:8080` });
    expect((await ensure()).task.id).toBe(ours.gid);
  });

  it('looks in every place that the issue was ever sent to', async () => {
    const ours = asana.add({ notes, projects: ['21'] });
    const places = [
      placeOf({ workspace: 'Acme', project: 'Checkout bugs' }),
      placeOf({ workspace: 'Acme', project: 'Gone project' }),
      placeOf({ workspace: 'Acme', project: 'Old' }),
    ];
    expect((await ensure({}, {}, [], places)).task.id).toBe(ours.gid);
  });

  it('reads rich notes where the plain ones are missing', async () => {
    const ours = asana.add({ notes: '' });
    asana.fault = (request) =>
      request.path.endsWith(`/tasks/${ours.gid}`) && request.query.get('opt_fields')?.includes('html_notes')
        ? {
            status: 200,
            json: { data: { gid: ours.gid, html_notes: `<body><ul><li>a &lt; b</li></ul>${MARKER}</body>` } },
          }
        : undefined;
    expect((await ensure()).task.id).toBe(ours.gid);
  });

  it('finds an older one through an index that is read once', async () => {
    const old = asana.add({ notes, created_at: '2026-02-01T00:00:00.000Z' });
    expect((await ensure()).task.id).toBe(old.gid);
    const lists = (): number =>
      asana.seen.filter((one) => one.path.endsWith('/tasks') && one.query.get('modified_since') === SINCE).length;
    await tracker.ensureTask({ marker: 'sentry:acme:1', draft: draft(), since: SINCE, places: [], known: [] });
    expect(lists()).toBe(1);
  });

  it('takes a known task, also without its marker, and asks for no list', async () => {
    const ours = asana.add({ notes: 'somebody cleaned up', assignee: { gid: '902' }, completed: true });
    const result = await ensure({}, {}, [ref(ours.gid)]);
    expect(result).toMatchObject({ made: false, assignee: 'piotr', task: { id: ours.gid } });
    expect(asana.seen.some((one) => one.query.has('modified_since'))).toBe(false);
  });

  it.each([
    ['another author and no marker', { notes: 'mine', created_by: { gid: '555' } }],
    ['the marker of another issue', { notes: 'x\nsentry:acme:9' }],
  ])('does not take a linked task with %s', async (_, task) => {
    const other = asana.add(task);
    const result = await ensure({}, {}, [ref(other.gid), ref('123456')]);
    expect(result.made).toBe(true);
  });
});

describe('the other calls', () => {
  it('makes only the subtasks that are missing, in order', async () => {
    asana.add({});
    const [task] = asana.tasks;
    const id = task?.gid ?? '';
    asana.subtasks.set(id, [{ gid: '1', name: 'Two' }]);
    await tracker.ensureSubtasks(ref(id), ['One', 'Two', 'Three']);
    await tracker.ensureSubtasks(ref(id), ['One', 'Two', 'Three']);
    expect(asana.subtasks.get(id)?.map((one) => one['name'])).toEqual(['Two', 'One', 'Three']);
  });

  it('a subtask whose POST was lost is not made twice', async () => {
    const { gid } = asana.add({});
    asana.commit = true;
    let lost = 1;
    asana.fault = (request) => (request.method === 'POST' && (lost -= 1) >= 0 ? 'reset' : undefined);
    expect(await codeOf(tracker.ensureSubtasks(ref(gid), ['One']))).toBe('asana_outcome_unknown');
    await tracker.ensureSubtasks(ref(gid), ['One']);
    expect(asana.subtasks.get(gid)).toHaveLength(1);
  });

  it('says a comment once per key, over pages, with plain text when rich text is refused', async () => {
    const { gid } = asana.add({});
    asana.pageSize = 1;
    asana.fault = (request) => {
      const data = (request.body as { data?: object } | undefined)?.data ?? {};
      return 'html_text' in data ? { status: 400, json: { errors: [{ message: 'bad XML' }] } } : undefined;
    };
    await tracker.comment(ref(gid), 'x10', ['ten <times>']);
    asana.fault = undefined;
    await tracker.comment(ref(gid), 'x10', ['ten times']);
    await tracker.comment(ref(gid), 'x100', ['a hundred times']);
    await tracker.comment(ref(gid), 'x100', ['a hundred times']);
    expect(asana.stories.get(gid)?.map((one) => one['text'])).toEqual([
      'ten <times>\n\n[ref x10]',
      'a hundred times\n\n[ref x100]',
    ]);
  });

  it('does not take a comment of a person for ours', async () => {
    const { gid } = asana.add({});
    asana.stories.set(gid, [{ gid: '5', text: '> x\n[ref x10]', created_by: { gid: '901' } }]);
    await tracker.comment(ref(gid), 'x10', ['ten']);
    expect(asana.stories.get(gid)).toHaveLength(2);
  });

  it('assigns, unassigns, and leaves alone what is already so', async () => {
    const task = asana.add({});
    await tracker.assignTask(ref(task.gid), 'anna');
    await tracker.assignTask(ref(task.gid), 'anna');
    expect(task['assignee']).toEqual({ gid: PEOPLE['anna@example.com'] });
    await tracker.assignTask(ref(task.gid), null);
    expect(task['assignee']).toBeNull();
    expect(asana.seen.filter((one) => one.method === 'PUT')).toHaveLength(2);
    expect(await codeOf(tracker.assignTask(ref(task.gid), 'ghost'))).toBe('unknown_person');
    expect(await codeOf(tracker.assignTask(ref('404404'), 'anna'))).toBe('asana_not_found');
  });

  it('completes and reopens', async () => {
    const task = asana.add({});
    await tracker.completeTask(ref(task.gid), true);
    await tracker.completeTask(ref(task.gid), true);
    expect(task.completed).toBe(true);
    await tracker.completeTask(ref(task.gid), false);
    expect(task.completed).toBe(false);
    expect(await codeOf(tracker.completeTask(ref('404404'), true))).toBe('asana_not_found');
  });

  it('believes that a task is gone only while its project can be read', async () => {
    const task = asana.add({});
    const place = placeOf({ workspace: 'Acme', project: 'Checkout bugs' });
    expect(await tracker.verifyTask(ref(task.gid), place)).toBe('there');
    expect(await tracker.verifyTask(ref('404404'), place)).toBe('gone');
    expect(await tracker.verifyTask(ref('404404'))).toBe('gone');
    asana.fault = (request) =>
      request.path.endsWith(`/projects/${PROJECT}`)
        ? { status: 403, json: { errors: [{ message: 'no' }] } }
        : undefined;
    expect(await codeOf(tracker.verifyTask(ref('404404'), place))).toBe('asana_forbidden');
    asana.fault = () => ({ status: 500, json: {} });
    expect(await codeOf(tracker.verifyTask(ref(task.gid), place))).toBe('asana_unavailable');
  });
});

describe('limits', () => {
  it('makes all callers wait as long as Asana asks, and falls to the free rate', async () => {
    const bucket = createBucket({ perMinute: 1500, burst: 10, learn: { perMinute: 150, forMs: 3_600_000 } });
    tracker = make({ bucket, now: Date.now });
    asana.fault = () => ({ status: 429, json: {}, headers: { 'retry-after': '60' } });
    const began = performance.now();
    const first: unknown = await tracker.completeTask(ref('1'), true).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'asana_unavailable', retryAfter: 60_000 });
    const second: unknown = await tracker.completeTask(ref('2'), true).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'asana_unavailable' });
    const left = (second as ErrandError).retryAfter ?? 0;
    expect(left).toBeGreaterThan(59_000 - (performance.now() - began));
    expect(left).toBeLessThanOrEqual(60_000);
    expect(asana.seen).toHaveLength(1);
    expect(bucket.rate()).toBe(150);
  });

  it('keeps connections for reads, and takes a fresh one for what must not be sent twice', async () => {
    await ensure();
    const before = asana.sockets();
    for (let i = 0; i < 5; i += 1) await tracker.verifyTask(ref(asana.tasks[0]?.gid ?? ''));
    expect(asana.sockets()).toBe(before);
    await tracker.comment(ref(asana.tasks[0]?.gid ?? ''), 'k', ['x']);
    expect(asana.sockets()).toBe(before + 1);
  });

  it('keeps the token out of what it says', async () => {
    tracker = make({ token: 'pat-secret' });
    for (const before of ['', 'x'.repeat(455)]) {
      asana.fault = () => ({ status: 403, json: { errors: [{ message: `${before}pat-secret may not` }] } });
      const error: unknown = await tracker.completeTask(ref('1'), true).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'asana_forbidden' });
      expect((error as ErrandError).message).not.toContain('pat-');
    }
  });
});

describe('check', () => {
  it('is silent when all is well', async () => {
    const places = [{ workspace: 'Acme', project: 'Checkout bugs', section: 'Inbox', fields: ['Environment'] }];
    expect(await tracker.check(places, ['anna', 'piotr'])).toEqual([]);
  });

  it('lists every mistake with a remedy', async () => {
    const findings = await tracker.check(
      [
        { workspace: 'Acme', project: 'Nope' },
        { workspace: 'Acme', project: '99' },
        { workspace: 'Acme', project: PROJECT, section: 'Nope', fields: ['Nope'] },
      ],
      ['anna', 'ghost', 'nobody'],
    );
    expect(findings.map((one) => one.level)).toEqual(['error', 'error', 'error', 'warning', 'warning', 'warning']);
    expect(findings.every((one) => one.todo !== '')).toBe(true);
    expect(findings[0]?.what).toContain('Checkout bugs');
  });

  it('tells a bad token from an outage', async () => {
    asana.fault = () => ({ status: 401, json: { errors: [{ message: 'Not Authorized' }] } });
    expect(await tracker.check([], [])).toMatchObject([{ level: 'error' }]);
    asana.fault = () => ({ status: 503, text: '' });
    expect(await tracker.check([], [])).toMatchObject([{ level: 'warning' }]);
  });
});

describe('places', () => {
  it('survive any names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (workspace, project) => {
        expect(decodePlace(placeOf({ workspace: workspace, project: project }))).toEqual({ workspace, project });
      }),
    );
  });
  it('are also read from plain text', () => {
    expect(decodePlace('Acme/Bugs/old')).toEqual({ workspace: 'Acme', project: 'Bugs/old' });
  });
});

it('asks who we are once', async () => {
  await ensure();
  await tracker.ensureTask({ marker: 'sentry:acme:2', draft: draft(), since: SINCE, places: [], known: [] });
  expect(asana.seen.filter((one) => one.path.endsWith('/users/me'))).toHaveLength(1);
  expect(ME).toBeTruthy();
});
