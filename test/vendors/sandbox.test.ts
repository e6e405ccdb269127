/** The three clients against the pretend vendors, which hold state, limits and faults of their own. */
import { createAsanaTracker, type AsanaTracker } from '../../src/vendors/asana/tracker';
import { createTaskAt } from '../../src/vendors/asana/hosts';
import { destinationOf } from '../../src/core/issue/destination';
import { createCalamari } from '../../src/vendors/calamari/client';
import { createSentry, type Sentry } from '../../src/vendors/sentry/client';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import type { TaskSpec } from '../../src/core/issue/decision';
import type { TaskRef } from '../../src/core/refs';
import type { TaskDraft } from '../../src/vendors/tracker';

let sandbox: Sandbox;
let tracker: AsanaTracker;
let sentry: Sentry;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  await control('POST', '/reset');
  tracker = createAsanaTracker({
    baseUrl: sandbox.asanaUrl,
    token: sandbox.tokens.asana,
    person: (key) => ({ asana: `${key}@example.com` }),
    personOf: (who) => who.split('@')[0],
    timeoutMs: 30_000,
  });
  sentry = createSentry({
    baseUrl: sandbox.sentryUrl,
    token: sandbox.tokens.sentry,
    org: 'acme',
    person: (who) => (who.endsWith('@example.com') ? who.split('@')[0] : undefined),
    taskAt: createTaskAt(sandbox.asanaUrl),
  });
});
afterEach(() => tracker.close());

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${sandbox.url}/_control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  expect({ path, ok: response.ok }).toEqual({ path, ok: true });
  return response.json();
}
const fault = (more: Record<string, unknown>) =>
  control('POST', '/faults', { vendor: 'asana', method: 'POST', path: '/tasks$', times: 1, ...more });

/** Straight from pretend Asana. */
async function get(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${sandbox.asanaUrl}${path}`, {
    headers: { authorization: `Bearer ${sandbox.tokens.asana}` },
  });
  return ((await response.json()) as { data: Record<string, unknown>[] }).data;
}
const allTasks = () =>
  get('/tasks?project=1200000000000002&opt_fields=name,notes,assignee.email,memberships.section.name');

const place = destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' });
const draft = (spec: Partial<TaskSpec> = {}, more: Partial<TaskDraft> = {}): TaskDraft => ({
  title: 'Error: <b> & "c"',
  body: [
    'Look: ',
    { code: 'a < b && c' },
    '\n',
    { list: [['one'], [{ link: 'https://sentry.io/?a=1&b=2', text: 'two' }]] },
  ],
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
});
const ensure = (id: number, spec?: Partial<TaskSpec>, more?: Partial<TaskDraft>, known: TaskRef[] = []) =>
  tracker.ensureTask({
    marker: `sentry:acme:${id}`,
    draft: draft(spec, more),
    since: new Date(Date.now() - 3_600_000).toISOString(),
    destinations: [place],
    known,
  });

describe('Asana', () => {
  it('makes the whole task in one POST, as the published description allows', async () => {
    const { task, incomplete } = await ensure(1, {
      section: 'In progress',
      followers: ['piotr', 'stranger'],
      tags: ['gold'],
      dueOn: '2026-12-01',
      fields: { Environment: 'production', Release: '1.2.3', Nope: 'x' },
    });
    // Asana knows neither stranger nor Nope.
    expect(incomplete).toBe(true);
    const [made] = await get(
      '/tasks?project=1200000000000002&opt_fields=name,notes,due_on,assignee.email,followers.email,tags.name,memberships.section.name,custom_fields.display_value',
    );
    expect(made).toMatchObject({
      gid: task.id,
      name: 'Error: <b> & "c"',
      due_on: '2026-12-01',
      assignee: { email: 'anna@example.com' },
      tags: [{ name: 'gold' }],
      memberships: [{ section: { name: 'In progress' } }],
    });
    expect(String(made?.['notes'])).toMatch(/a < b && c[^]*\nsentry:acme:1\s*$/);
    expect(JSON.stringify(made?.['followers'])).toContain('piotr@example.com');
    expect(JSON.stringify(made?.['custom_fields'])).toMatch(/production[^]*1\.2\.3/);
  });

  it.each(['commitThenReset', 'truncate', 'commitLate'])(
    'a task that came into being in spite of %s stays the only one',
    async (kind) => {
      await fault(kind === 'commitLate' ? { kind, ms: 300 } : { kind });
      await expect(ensure(2)).rejects.toMatchObject({ code: 'asana_outcome_unknown' });
      // The workflow waits 30 s; here until the late commit is there.
      while ((await allTasks()).length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const found = await ensure(2);
      expect(found).toMatchObject({ made: false, assignee: 'anna' });
      expect(await allTasks()).toHaveLength(1);
    },
  );

  it('a task that was never made is made by the next attempt', async () => {
    await fault({ kind: 'reset' });
    await expect(ensure(3)).rejects.toMatchObject({ code: 'asana_outcome_unknown' });
    expect(await ensure(3)).toMatchObject({ made: true });
    expect(await allTasks()).toHaveLength(1);
  });

  it('keeps many at once apart', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => n);
    const made = await Promise.all(ids.map((id) => ensure(id)));
    const again = await Promise.all(ids.map((id) => ensure(id)));
    expect(again.map(({ task }) => task.id)).toEqual(made.map(({ task }) => task.id));
    expect(await allTasks()).toHaveLength(10);
  });

  it('leaves an unknown person out', async () => {
    expect(await ensure(4, {}, { assignee: 'stranger' })).toMatchObject({ assignee: null, made: true });
    const [made] = await allTasks();
    expect(made?.['assignee']).toBeNull();
    await expect(
      tracker.assignTask({ tracker: 'asana', id: String(made?.['gid']), url: '' }, 'stranger'),
    ).rejects.toMatchObject({
      code: 'unknown_person',
    });
  });

  it('assigns, comments, adds subtasks, closes and reopens, each once', async () => {
    const { task } = await ensure(5);
    for (let twice = 0; twice < 2; twice += 1) {
      await tracker.assignTask(task, 'piotr');
      await tracker.comment(task, 'x10', ['ten ', { bold: ['times'] }]);
      await tracker.ensureSubtasks(task, ['One', 'Two']);
      await tracker.completeTask(task, true);
    }
    expect(await ensure(5, {}, {}, [task])).toMatchObject({ made: false, assignee: 'piotr' });
    expect((await get(`/tasks/${task.id}/subtasks`)).map((one) => one['name']).sort()).toEqual(['One', 'Two']);
    const said = (await get(`/tasks/${task.id}/stories`)).filter((one) => one['resource_subtype'] === 'comment_added');
    expect(said).toHaveLength(1);
    expect(await tracker.verifyTask(task, place)).toBe('there');
    expect(await tracker.verifyTask({ ...task, id: '999' }, place)).toBe('gone');
  });

  it('checks what the rules name', async () => {
    expect(
      await tracker.check(
        [{ workspace: 'Acme', project: 'Checkout bugs', section: 'Inbox', fields: ['Environment'] }],
        ['anna'],
      ),
    ).toEqual([]);
    const findings = await tracker.check(
      [
        { workspace: 'Acme', project: 'Nope' },
        { workspace: 'Nope', project: 'x' },
      ],
      [],
    );
    expect(findings).toHaveLength(2);
  });
});

describe('Sentry', () => {
  it('is read, linked, assigned and resolved', async () => {
    await control('POST', '/sentry/issues', {
      title: 'Boom',
      project: 'checkout',
      id: '4711',
      environment: 'prod',
      webhook: false,
    });
    const ref = { source: 'sentry', scope: 'acme', id: '4711' };
    expect(await sentry.readIssue(ref, [])).toMatchObject({
      ref,
      title: 'Boom',
      project: 'checkout',
      status: 'unresolved',
      links: [],
    });
    const { task } = await ensure(4711);
    const link = { ref, task, project: 'Checkout bugs', installation: sandbox.installation };
    await sentry.linkIssue(link);
    // Made again after a lost answer: Sentry keeps one link per issue and app.
    await sentry.linkIssue(link);
    await sentry.assign(ref, 'piotr@example.com');
    await expect(sentry.assign(ref, 'stranger@example.com')).rejects.toMatchObject({
      code: 'sentry_refused',
      detail: expect.stringContaining('Could not parse actor') as string,
    });
    await sentry.resolve(ref);
    const resolved = await sentry.readIssue(ref, []);
    expect(resolved).toMatchObject({ status: 'resolved', assignee: 'piotr', links: [{ id: task.id }] });
    expect(await sentry.readIssue({ ...ref, id: '999999' }, [])).toBe('missing');
  });

  it('is checked', async () => {
    await control('POST', '/sentry/issues', { title: 'Boom', project: 'checkout', webhook: false });
    const { findings, projects } = await sentry.check();
    expect(findings.filter((one) => one.level === 'error')).toEqual([]);
    expect(projects ?? ['checkout']).toContain('checkout');
    const stranger = createSentry({ baseUrl: sandbox.sentryUrl, token: 'wrong', org: 'acme', person: () => undefined });
    expect((await stranger.check()).findings).toMatchObject([{ level: 'error' }]);
  });
});

it('Calamari tells who is off, half days included', async () => {
  const calamari = createCalamari({ baseUrl: sandbox.calamariUrl, apiKey: sandbox.tokens.calamari });
  await control('POST', '/calamari/absences', { email: 'anna@example.com', from: '2026-11-23', to: '2026-11-24' });
  await control('POST', '/calamari/absences', {
    email: 'piotr@example.com',
    from: '2026-11-23',
    to: '2026-11-23',
    fullDay: false,
    startTime: '08:00',
    endTime: '12:00',
    timeZone: 'Europe/Warsaw',
  });
  await control('POST', '/calamari/absences', {
    email: 'ewa@example.com',
    from: '2026-11-23',
    to: '2026-11-23',
    status: 'PENDING',
  });
  const people = ['anna', 'piotr', 'ewa', 'stranger'].map((key) => ({
    key,
    email: `${key}@example.com`,
    timezone: 'Europe/Warsaw',
  }));
  const known = people.slice(0, 3);
  expect(await calamari.absentAt(known, '2026-11-23T09:00:00.000Z', 0)).toEqual({
    anna: 'not available',
    piotr: 'not available',
    ewa: 'available',
  });
  expect(await calamari.absentAt(known, '2026-11-23T13:00:00.000Z', 3_600_000)).toMatchObject({
    anna: 'not available',
    piotr: 'available',
  });
  expect(await calamari.absentAt(people, '2026-11-26T09:00:00.000Z', 0)).toMatchObject({
    anna: 'available',
    piotr: 'available',
  });
  const stranger = createCalamari({ baseUrl: sandbox.calamariUrl, apiKey: 'wrong' });
  await expect(stranger.absentAt(people, '2026-11-23T09:00:00.000Z', 0)).rejects.toMatchObject({
    code: 'calamari_unauthorized',
  });
});
