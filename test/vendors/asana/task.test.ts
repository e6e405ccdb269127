/** Making the one task: what is sent, what is asked for before it, and when it is not made. */
import { ErrandError } from '../../../src/errors';
import type { Tracker } from '../../../src/vendors/tracker';
import type { Reply } from '../support';
import { ME, PROJECT, WORKSPACE } from './fake';
import { AsanaHarness, codeOf, draft, MARKER, onPost, SINCE } from './harness';

const t = new AsanaHarness();

describe('the one POST', () => {
  it('carries everything, by gid, with the marker on the last line', async () => {
    t.asana.tags.push({ gid: '61', name: 'gold-customer' });
    const result = await t.ensure({
      section: 'inbox',
      followers: ['piotr', 'ghost'],
      tags: ['gold-customer', 'new tag'],
      dueOn: '2026-12-01',
      priority: 'high',
      fields: { Environment: 'PROD', Events: '12', Release: '1.0', Seen: '2026-11-22', Unknown: 'x' },
    });
    const [task] = t.asana.tasks;
    expect(result).toMatchObject({ assignee: 'anna', made: true, task: { tracker: 'asana', id: task?.gid } });
    // Nobody knows ghost, nor the field Unknown.
    expect(result.incomplete).toBe(true);
    expect(t.sent()).toMatchObject({
      name: 'TypeError: x < y && z',
      workspace: WORKSPACE,
      projects: [PROJECT],
      memberships: [{ project: PROJECT, section: '30' }],
      assignee: '901',
      followers: ['902'],
      due_on: '2026-12-01',
      custom_fields: { '71': '711', '72': 12, '73': '1.0', '74': '2026-11-22', '75': '751' },
    });
    expect(t.sent()['tags']).toEqual(['61', t.asana.tags.at(-1)?.gid]);
    expect(String(t.sent()['html_notes'])).toMatch(
      /^<body>.*&lt;here&gt; &amp; there[^]*\n\nsentry:acme:4711<\/body>$/,
    );
    expect(t.sent()).not.toHaveProperty('notes');
  });

  it('is what a Tracker promises', () => {
    const one: Tracker = t.tracker;
    expect(Object.keys(one)).toEqual(expect.arrayContaining(['ensureTask', 'verifyTask', 'assignTask', 'comment']));
  });

  it('costs two requests once the names are known', async () => {
    await t.ensure();
    const before = t.asana.seen.length;
    await t.tracker.ensureTask({ marker: 'sentry:acme:2', draft: draft(), since: SINCE, destinations: [], known: [] });
    expect(t.asana.seen.slice(before).map((one) => one.method)).toEqual(['GET', 'POST']);
  });

  it('sends opt_fields as one text', async () => {
    await t.ensure();
    const list = t.asana.seen.find((one) => one.method === 'GET' && one.path.endsWith('/tasks'));
    expect(list?.query.getAll('opt_fields')).toHaveLength(1);
    expect(list?.query.get('modified_since')).toBeTruthy();
    expect(list?.query.has('completed_since')).toBe(false);
  });

  it('takes gids for names', async () => {
    await t.ensure({ workspace: WORKSPACE, project: PROJECT, section: '30' });
    expect(t.asana.seen.filter((one) => /workspaces$|projects$|sections$/.test(one.path))).toHaveLength(0);
    expect(t.sent()).toMatchObject({ projects: [PROJECT], memberships: [{ project: PROJECT, section: '30' }] });
  });

  it('is made unassigned, and says so, when Asana does not know the assignee', async () => {
    const result = await t.ensure({}, { assignee: 'ghost', unassignedBody: ['Nobody has it: ghost is unknown.'] });
    expect(result.assignee).toBeNull();
    expect(t.sent()).not.toHaveProperty('assignee');
    expect(t.asana.tasks[0]?.notes).toBe(`Nobody has it: ghost is unknown.\n\n${MARKER}`);
    await t.ensure({}, { assignee: 'ghost' }, [], [], 'sentry:acme:8');
    // The miss is remembered.
    expect(t.asana.seen.filter((one) => one.path.includes('ghost@'))).toHaveLength(2);
  });

  const rich = { section: 'Inbox', followers: ['piotr'], fields: { Release: '1' }, dueOn: '2026-12-01' };

  it.each([
    [400, 'assignee: Not a user in Organization'],
    [400, 'followers: Not a user; due_on: Not a date'],
    [402, 'Payment required'],
    [403, 'You do not have access to this'],
    [404, 'section: Not a recognized ID'],
    [400, 'words that nobody has ever seen'],
  ])('is made bare after a definite %i, whatever it says (%s)', async (status, message) => {
    t.asana.fault = onPost({ status, json: { errors: [{ message }] } }, 1);
    expect(await t.ensure(rich)).toMatchObject({ made: true, incomplete: true, assignee: null });
    expect(t.posts()).toHaveLength(2);
    expect(Object.keys(t.sent()).sort()).toEqual(['html_notes', 'name', 'projects', 'workspace']);
    expect(t.asana.tasks).toHaveLength(1);
    expect(t.asana.tasks[0]?.notes.endsWith(`\n${MARKER}`)).toBe(true);
  });

  it('is made in plain text when the rich one is refused as well', async () => {
    t.asana.fault = onPost({ status: 400, json: { errors: [{ message: 'html_notes: XML is invalid' }] } }, 2);
    expect(await t.ensure(rich)).toMatchObject({ made: true, incomplete: true, assignee: null });
    expect(Object.keys(t.sent()).sort()).toEqual(['name', 'notes', 'projects', 'workspace']);
    expect(t.asana.tasks[0]?.notes.endsWith(`\n${MARKER}`)).toBe(true);
  });

  it('is not tried a fourth time, nor where the place itself is refused', async () => {
    t.asana.fault = onPost({ status: 400, json: { errors: [{ message: 'name: missing' }] } });
    expect(await codeOf(t.ensure(rich))).toBe('asana_refused');
    expect(t.posts()).toHaveLength(3);
    t.asana.fault = onPost({ status: 403, json: { errors: [{ message: 'no' }] } });
    expect(await codeOf(t.ensure(rich))).toBe('asana_forbidden');
    expect(t.posts()).toHaveLength(5);
  });

  it('is not tried again in another form when it has no detail that could be to blame', async () => {
    t.asana.fault = onPost({ status: 403, json: { errors: [{ message: 'no' }] } });
    expect(await codeOf(t.ensure({}, { assignee: null }))).toBe('asana_forbidden');
    expect(t.posts()).toHaveLength(1);
  });

  it.each(['reset', { status: 500, json: {} }, { status: 429, json: {} }] as Reply[])(
    'a second POST that ends with %j ends the attempt: only a definite no is followed by another',
    async (reply) => {
      let n = 0;
      const refused = { status: 400, json: { errors: [{ message: 'no' }] } };
      t.asana.fault = (request) => {
        if (request.method !== 'POST' || !request.path.endsWith('/tasks')) return undefined;
        n += 1;
        return n === 1 ? refused : reply;
      };
      await codeOf(t.ensure(rich));
      expect(t.posts()).toHaveLength(2);
    },
  );

  it('a further POST is not sent later than 20 s after the attempt began, either', async () => {
    t.asana.fault = (request) => {
      if (request.method !== 'POST' || !request.path.endsWith('/tasks')) return undefined;
      t.clock += 20_001;
      return { status: 400, json: { errors: [{ message: 'no' }] } };
    };
    expect(await codeOf(t.ensure(rich))).toBe('asana_unavailable');
    expect(t.posts()).toHaveLength(1);
  });

  it('is not sent later than 20 s after the attempt began', async () => {
    t.asana.fault = (request) => {
      if (request.path.includes('/users/anna')) t.clock += 20_001;
      return undefined;
    };
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    expect(t.posts()).toHaveLength(0);
  });

  it('is not sent later than 20 s after the attempt began, also when the clock was set back meanwhile', async () => {
    const real = performance.now.bind(performance);
    t.asana.fault = (request) => {
      if (!request.path.includes('/users/anna')) return undefined;
      t.clock -= 24 * 3_600_000;
      jest.spyOn(performance, 'now').mockImplementation(() => real() + 20_001);
      return undefined;
    };
    try {
      expect(await codeOf(t.ensure())).toBe('asana_unavailable');
      expect(t.posts()).toHaveLength(0);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('is made without a section that Asana does not know', async () => {
    expect(await t.ensure({ section: 'Nowhere' })).toMatchObject({ made: true, incomplete: true, assignee: 'anna' });
    expect(t.sent()).not.toHaveProperty('memberships');
  });

  it.each([{ project: 'Nowhere' }, { workspace: 'Nowhere' }])('needs its place: %j', async (spec) => {
    expect(await codeOf(t.ensure(spec))).toBe('asana_place_unknown');
    expect(t.posts()).toHaveLength(0);
  });
});

describe('a limit on new tasks', () => {
  const held = (asked: number[]) => (): Promise<void> => {
    asked.push(t.asana.seen.length);
    return Promise.reject(new ErrandError('storm_held'));
  };
  const input = { marker: MARKER, draft: draft(), since: SINCE, destinations: [], known: [] };

  it('is asked right before the task would be made, and nothing is made when it says no', async () => {
    const asked: number[] = [];
    expect(await codeOf(t.tracker.ensureTask({ ...input, admit: held(asked) }))).toBe('storm_held');
    expect(t.posts()).toHaveLength(0);
    // Everything else that the task needs has been asked for.
    expect(asked).toEqual([t.asana.seen.length]);
  });

  it('is not asked for a task that is there', async () => {
    await t.ensure();
    const asked: number[] = [];
    expect(await t.tracker.ensureTask({ ...input, admit: held(asked) })).toMatchObject({ made: false });
    expect(asked).toEqual([]);
  });

  it('that took too long to answer leaves the task unmade: it could not be seen by the next look', async () => {
    const slow = (): Promise<void> => {
      t.clock += 21_000;
      return Promise.resolve();
    };
    await codeOf(t.tracker.ensureTask({ ...input, admit: slow }));
    expect(t.posts()).toHaveLength(0);
  });
});

it('asks who we are once', async () => {
  await t.ensure();
  await t.tracker.ensureTask({ marker: 'sentry:acme:2', draft: draft(), since: SINCE, destinations: [], known: [] });
  expect(t.asana.seen.filter((one) => one.path.endsWith('/users/me'))).toHaveLength(1);
  expect(ME).toBeTruthy();
});
