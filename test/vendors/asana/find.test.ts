/** Finding the task of an issue. */
import fc from 'fast-check';
import { decodeDestination, destinationOf } from '../../../src/core/issue/destination';
import { AsanaHarness, codeOf, draft, MARKER, ref, SINCE } from './harness';

const t = new AsanaHarness();

describe('finding the task', () => {
  const notes = `body\n\n${MARKER}`;

  it('reads all pages, over an empty one that has a next_page', async () => {
    for (let i = 0; i < 7; i += 1) t.asana.add({ notes: `x\nsentry:acme:${i}` });
    const ours = t.asana.add({ notes });
    t.asana.pageSize = 2;
    t.asana.emptyPages = true;
    const result = await t.ensure();
    expect(result).toMatchObject({ made: false, task: { id: ours.gid, url: ours['permalink_url'] } });
  });

  it('says so after each page of a long list, so that nobody takes it for dead', async () => {
    for (let i = 0; i < 7; i += 1) t.asana.add({ notes: `x\nsentry:acme:${i}` });
    t.asana.pageSize = 2;
    let pages = 0;
    expect(
      await t.tracker.listTasks(
        destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' }),
        SINCE,
        () => (pages += 1),
      ),
    ).toHaveLength(7);
    expect(pages).toBe(4);
  });

  it('takes completed ones, and the oldest of duplicates', async () => {
    t.asana.add({ notes, created_at: '2026-11-22T00:00:02.000Z' });
    const oldest = t.asana.add({ notes, created_at: '2026-11-22T00:00:01.000Z', completed: true });
    expect((await t.ensure()).task.id).toBe(oldest.gid);
  });

  it('knows its task by the marker also when Asana once said that we are somebody else', async () => {
    const ours = [
      t.asana.add({ notes }),
      t.asana.add({ notes: 'x\nsentry:acme:1', created_at: '2026-02-01T00:00:00Z' }),
    ];
    t.asana.fault = ({ path }) =>
      path.endsWith('/users/me') ? { status: 200, json: { data: { gid: '777' } } } : undefined;
    expect((await t.ensure()).task.id).toBe(ours[0]?.gid);
    expect((await t.ensure({}, {}, [], [], 'sentry:acme:1')).task.id).toBe(ours[1]?.gid);
    expect(t.posts()).toHaveLength(0);
  });

  it("leaves other issues' tasks alone", async () => {
    t.asana.add({ notes: 'x\nsentry:acme:47110' });
    t.asana.add({ notes: `see ${MARKER}` });
    expect((await t.ensure()).made).toBe(true);
  });

  it('knows its task below which somebody wrote, and with spaces about the marker', async () => {
    const ours = t.asana.add({ notes: `body\n  ${MARKER}  \n\nI looked at this. See https://x.example:8080` });
    expect((await t.ensure()).task.id).toBe(ours.gid);
  });

  it('knows its task below which somebody wrote the id of another issue, listed, known, or in the index', async () => {
    const written = `body\n${MARKER}\n\nsentry:acme:9999`;
    const ours = t.asana.add({ notes: written });
    expect((await t.ensure()).task.id).toBe(ours.gid);
    expect((await t.ensure({}, {}, [ref(ours.gid)])).task.id).toBe(ours.gid);
    ours.created_at = '2026-02-01T00:00:00.000Z';
    t.make();
    expect((await t.ensure()).task.id).toBe(ours.gid);
    expect(t.posts()).toHaveLength(0);
  });

  it('prefers its own task to an older one of another issue that its id was written into', async () => {
    t.asana.add({ notes: `${MARKER}\nsentry:acme:1`, created_at: '2026-11-22T00:00:01.000Z' });
    const ours = t.asana.add({ notes, created_at: '2026-11-22T00:00:02.000Z' });
    expect((await t.ensure()).task.id).toBe(ours.gid);
  });

  it('looks in every place that the issue was ever sent to', async () => {
    const ours = t.asana.add({ notes, projects: ['21'] });
    const places = [
      destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' }),
      destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Gone project' }),
      destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Old' }),
    ];
    expect((await t.ensure({}, {}, [], places)).task.id).toBe(ours.gid);
  });

  it('reads rich notes where the plain ones are missing', async () => {
    const ours = t.asana.add({ notes: '' });
    t.asana.fault = (request) =>
      request.path.endsWith(`/tasks/${ours.gid}`) && request.query.get('opt_fields')?.includes('html_notes')
        ? {
            status: 200,
            json: { data: { gid: ours.gid, html_notes: `<body><ul><li>a &lt; b</li></ul>${MARKER}</body>` } },
          }
        : undefined;
    expect((await t.ensure()).task.id).toBe(ours.gid);
  });

  it.each([
    ['https://elsewhere.example/0/20/7', undefined],
    ['https://app.asana.com@elsewhere.example/0/20/7', undefined],
    ['javascript:alert(1)//127.0.0.1', undefined],
    ['http://127.0.0.1:1/0/20/7', 'http://127.0.0.1:1/0/20/7'],
    ['https://app.asana.com/1/10/task/7', 'https://app.asana.com/1/10/task/7'],
  ])('the page of a task, said to be %s, is one of Asana', async (permalink_url, page) => {
    const { gid } = t.asana.add({ notes, permalink_url });
    const url = page ?? `https://app.asana.com/0/0/${gid}/f`;
    expect((await t.ensure()).task).toEqual({ tracker: 'asana', id: gid, url });
  });

  it('does not take a list of many tasks without their notes for one without ours', async () => {
    const untold = { notes: undefined } as object;
    for (let i = 0; i < 21; i += 1) t.asana.add(untold);
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    expect(t.posts()).toHaveLength(0);
    t.asana.tasks.length = 20;
    expect(await t.ensure()).toMatchObject({ made: true });
  });

  it('finds an older one through an index that is read once', async () => {
    const old = t.asana.add({ notes, created_at: '2026-02-01T00:00:00.000Z' });
    expect((await t.ensure()).task.id).toBe(old.gid);
    const lists = (): number =>
      t.asana.seen.filter((one) => one.path.endsWith('/tasks') && one.query.get('modified_since') === SINCE).length;
    await t.tracker.ensureTask({ marker: 'sentry:acme:1', draft: draft(), since: SINCE, destinations: [], known: [] });
    expect(lists()).toBe(1);
  });

  it('takes a known task, also without its marker, and asks for no list', async () => {
    const ours = t.asana.add({ notes: 'somebody cleaned up', assignee: { gid: '902' }, completed: true });
    const result = await t.ensure({}, {}, [ref(ours.gid)]);
    expect(result).toMatchObject({ made: false, assignee: 'piotr', task: { id: ours.gid } });
    expect(t.asana.seen.some((one) => one.query.has('modified_since'))).toBe(false);
  });

  it('does not take a task for open that is not said to be so: listed, known, or looked for', async () => {
    const ours = t.asana.add({ notes, completed: undefined });
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    expect(await codeOf(t.ensure({}, {}, [ref(ours.gid)]))).toBe('asana_unavailable');
    const looked = { marker: MARKER, since: SINCE, destinations: [], known: [ref(ours.gid)] };
    expect(await codeOf(t.tracker.findTask(looked))).toBe('asana_unavailable');
    ours.completed = true;
    expect(await t.tracker.findTask(looked)).toMatchObject({ completed: true });
    expect(t.posts()).toHaveLength(0);
  });

  it.each([
    ['when it was made', { created_at: undefined }],
    ['when it was made in words of time', { created_at: 'yesterday' }],
    ['whether it is completed', { completed: undefined }],
  ])('a task that does not tell %s is not compared with its duplicate', async (_, untold) => {
    const place = destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' });
    const unknown = t.asana.add({ notes, modified_at: new Date().toISOString(), ...untold });
    const known = t.asana.add({ notes, created_at: new Date(t.clock - 60_000).toISOString() });
    expect(await codeOf(t.tracker.listTasks(place, SINCE))).toBe('asana_unavailable');
    expect(await codeOf(t.tracker.readTask(ref(unknown.gid)))).toBe('asana_unavailable');
    // The one that is known to be there is the one to work on.
    expect((await t.ensure()).task.id).toBe(known.gid);
  });

  it('a gid that is a number too large for JavaScript is none: it would be the gid of another task', async () => {
    const gid = 2 ** 53 + 2;
    t.asana.fault = ({ method, path }) =>
      method === 'GET' && path.endsWith('/tasks') ? { status: 200, json: { data: [{ gid, notes }] } } : undefined;
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    t.asana.fault = ({ method, path }) =>
      method === 'POST' && path.endsWith('/tasks')
        ? { status: 201, json: { data: { gid, notes, completed: false } } }
        : undefined;
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it.each([
    ['another author and no marker', { notes: 'mine', created_by: { gid: '555' } }],
    ['no author and no marker', { notes: 'mine', created_by: undefined }],
    ['the marker of another issue', { notes: 'x\nsentry:acme:9' }],
  ])('does not take a linked task with %s', async (_, task) => {
    const other = t.asana.add(task);
    const result = await t.ensure({}, {}, [ref(other.gid), ref('123456')]);
    expect(result.made).toBe(true);
  });
});

describe('places', () => {
  it('survive any names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (workspace, project) => {
        expect(decodeDestination(destinationOf({ tracker: 'asana', workspace, project }))).toEqual({
          tracker: 'asana',
          workspace,
          project,
        });
      }),
    );
  });
  it('are also read from plain text', () => {
    expect(decodeDestination('Acme/Bugs/old')).toEqual({ tracker: '', workspace: 'Acme', project: 'Bugs/old' });
  });
});
