/** The lives of issues through the whole application: from the webhook to pretend Asana and back, on a real Temporal server. */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, fixture, idle, startUp, until, type App } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp();
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Someone is away yesterday, today and tomorrow: in every time zone now. */
async function onLeave(...people: string[]): Promise<void> {
  await app.sandbox.control('/calamari/absences', {}, 'DELETE');
  for (const who of people)
    await app.sandbox.control('/calamari/absences', { email: `${who}@example.com`, from: day(-1), to: day(1) });
  // A worker remembers for a while who is there; a new one asks.
  const before = app.run.output.length;
  await app.renewWorkers();
  await until('it is said', () => app.run.output.slice(before).includes('worker ended (SIGKILL)'));
}

async function opened(issue: { title: string; [more: string]: unknown }): Promise<IssueDetail> {
  const { id } = await app.sandbox.raise(issue);
  return app.settled(id);
}

const idOf = (issue: IssueDetail): string => issue.id.split(':').at(-1) ?? '';

describe('five real payloads', () => {
  // The team "web" takes turns and ewa had the first, of the story that `up` tells; "backend" takes anna while she is there.
  const FIVE = [
    { name: 'issue.created.python-exception', id: '1635244907', rule: 'python', person: 'anna' },
    { name: 'issue.created.docs-2025', id: '1234567890', rule: 'javascript', person: 'olena' },
    { name: 'event_alert.triggered.js-exception', id: '1731239773', rule: 'javascript', person: 'ewa' },
    { name: 'event_alert.triggered.node-message', id: '1638840427', rule: 'javascript', person: 'olena' },
    { name: 'error.created.docs', id: '1170820242', rule: 'javascript', person: 'ewa' },
  ];

  /** All that must not change, of issues and tasks. */
  async function unchanging(): Promise<unknown> {
    const issues = await Promise.all(FIVE.map(({ id }) => app.issue(id)));
    return {
      issues: issues.map(({ id, state, rule, assignee, task, attention }) => [
        id,
        state,
        rule,
        assignee,
        task,
        attention,
      ]),
      tasks: await app.sandbox.allTasks(),
    };
  }

  it.each(FIVE)('$name becomes one task for $person', async ({ name, id, rule, person }) => {
    const sent = await app.errand('--json', 'send', name);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const answer = JSON.parse(sent.stdout) as { delivery: string };
    expect(answer).toMatchObject({ status: 202, issue: id });
    expect(answer.delivery).toMatch(/^\w{26}$/);
    const issue = await app.settled(id);
    expect(issue).toMatchObject({ id: `sentry:acme:${id}`, rule, assignee: person, attention: [] });
    const task = await app.sandbox.onlyTaskOf(id);
    expect(task).toMatchObject({ assignee: `${person}@example.com`, completed: false, project: 'Errors' });
    expect(task.gid).toBe(issue.task?.id);
  });

  it('sending all again, and fifty at once, changes nothing but counts', async () => {
    const before = await unchanging();
    const eventsBefore = (await app.issue('1731239773')).events ?? 0;
    for (const { name } of FIVE) expect(await app.errand('send', name)).toMatchObject({ code: 0 });
    const fifty = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const { name } = FIVE[i % FIVE.length] ?? { name: '' };
        return app.webhook(fixture(name), name.split('.')[0] ?? '');
      }),
    );
    expect(fifty.map((f) => f.status)).toEqual(Array.from({ length: 50 }, () => 202));
    const ids = new Set(fifty.map((f) => f.delivery));
    expect(ids.size).toBe(50);
    await until('none of the deliveries waits any more', async () => {
      const deliveries = await app.deliveries();
      const ours = deliveries.filter((d) => ids.has(d.id));
      return ours.length === 50 && ours.every((d) => d.outcome === 'dispatched');
    });
    for (const { id } of FIVE) await app.issueWhen(id, 'has nothing to do', idle);
    // Pretend Sentry counted the one that was sent again, and the issue was read after that.
    await app.issueWhen('1731239773', 'shows the new count', (i) => (i.events ?? 0) > eventsBefore);
    expect(await unchanging()).toEqual(before);
  });
});

it('resolved in Sentry: the task is completed; come back: the same task is reopened and says so', async () => {
  const issue = await opened({ title: 'TypeError: cart is undefined', platform: 'javascript' });
  const id = idOf(issue);
  await app.sandbox.act(id, 'resolve');
  await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: true });
  await app.sandbox.act(id, 'regress');
  await app.issueWhen(id, 'is open again', (i) => i.state === 'open' && idle(i));
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
  const comments = await until('a comment about the return', async () => {
    const said = await app.sandbox.commentsOn(issue.task?.id ?? '');
    return said.length > 0 && said;
  });
  expect(comments.join('\n')).toMatch(/back|regress|again/i);
});

it('[HC] in the title: the task has the subtasks of a data correction', async () => {
  const issue = await opened({ title: '[HC] Totals differ from their items', project: 'checkout-web' });
  const task = await app.sandbox.onlyTaskOf(idOf(issue));
  expect(task.project).toBe('Checkout bugs');
  const subtasks = (await app.sandbox.allTasks()).filter((t) => t.parent === task.gid).map((t) => t.name);
  expect(subtasks.sort()).toEqual(['Correct the data', 'Find the affected records', 'Verify the correction']);
});

it('an environment that the rules skip: no task, and the reason', async () => {
  const { id } = await app.sandbox.raise({ title: 'Error: broken build', environment: 'ci-42' });
  const issue = await app.issueWhen(id, 'is skipped', (i) => i.state === 'skipped');
  expect(issue).toMatchObject({ rule: 'not-deployed', task: null, assignee: null });
  expect(await app.sandbox.tasksOf(id)).toEqual([]);
  const explained = await app.errand('explain', id);
  expect(explained.code).toBe(0);
  expect(explained.stdout).toContain('not a deployed environment');
});

describe('signals typed by hand', () => {
  it('reassign as an object, reassign as a word, and to nobody we know', async () => {
    const issue = await opened({ title: 'Error: no stock', platform: 'python' });
    const id = idOf(issue);
    expect(issue.assignee).toBe('anna');
    await app.signal(id, 'reassign', '{"to":"piotr"}');
    await app.issueWhen(id, 'belongs to piotr', (i) => i.assignee === 'piotr' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ assignee: 'piotr@example.com' });
    await app.signal(id, 'reassign', '"ewa"');
    const after = await app.issueWhen(id, 'belongs to ewa', (i) => i.assignee === 'ewa' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ assignee: 'ewa@example.com' });
    await app.signal(id, 'reassign', '{"to":"nobody-of-ours"}');
    const rejected = await app.issueWhen(id, 'lists the reject', (i) => i.rejects.length > after.rejects.length);
    expect(rejected.assignee).toBe('ewa');
    expect(rejected.rejects.at(-1)?.what).toContain('nobody-of-ours');
  });

  it('resolve without any input closes both sides', async () => {
    const issue = await opened({ title: 'Error: no price', platform: 'python' });
    const id = idOf(issue);
    await app.signal(id, 'resolve');
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: true });
    const world = await app.sandbox.world();
    expect(world['sentry-issues'].find((i) => i.id === id)?.status).toBe('resolved');
  });

  it('garbage is listed and the issue still obeys', async () => {
    const id = idOf(await opened({ title: 'Error: no colour', platform: 'python' }));
    await app.signal(id, 'reassign', '{"who":"knows"}');
    await app.signal(id, 'no-such-signal', '[1,2,3]');
    await app.issueWhen(id, 'lists both', (i) => i.rejects.length === 2);
    await app.signal(id, 'reassign', '"piotr"');
    await app.issueWhen(id, 'belongs to piotr', (i) => i.assignee === 'piotr' && idle(i));
  });
});

it('the legacy plugin comes in by its own path', async () => {
  const sent = await app.errand('--json', 'send', 'legacy_webhook.python-exception');
  expect(sent.code).toBe(0);
  const { issue: id } = JSON.parse(sent.stdout) as { issue: string };
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id });
  const deliveries = await app.get<{ deliveries: { source: string; issue: string | null }[] }>('/deliveries?limit=500');
  expect(deliveries.deliveries).toContainEqual(expect.objectContaining({ source: 'sentry-legacy', issue: issue.id }));
});

describe('the command line', () => {
  it('plays the scenes one after the other', async () => {
    const scenes = ['new', 'resolve', 'regress', 'hc', 'away'] as const;
    const told = new Map<string, string>();
    for (const scene of scenes) {
      const { code, stdout, stderr } = await app.errand('demo', scene);
      expect({ scene, code, stderr }).toEqual({ scene, code: 0, stderr: '' });
      told.set(scene, stdout);
    }
    expect(told.get('new')).toMatch(/rule payments gives it to (Anna Nowak|Piotr Zieliński)[\s\S]*Asana task \d+ made/);
    expect(told.get('resolve')).toMatch(/was resolved in Sentry[\s\S]*Asana task completed/);
    expect(told.get('regress')).toMatch(/came back in Sentry[\s\S]*Asana task reopened/);
    expect(told.get('hc')).toMatch(/3 subtasks/);
    const away = /^ *(.+) is on leave today/m.exec(told.get('away') ?? '')?.[1];
    expect(told.get('away')).toMatch(/Candidates[\s\S]*Chosen: \S+ \S+/);
    expect(told.get('away')).not.toContain(`gives it to ${away}`);
    // Every scene shows where to look, and the page is there.
    const url = /task {2}(http\S+)/.exec(told.get('hc') ?? '')?.[1] ?? '';
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('[HC] Invoice totals differ');
  });

  it('shows lists, issues, reasons and configuration, for people and for programs', async () => {
    const issue = await opened({ title: 'Error: shown', platform: 'python' });
    await app.listed(idOf(issue));
    const shortId = issue.shortId ?? '';
    for (const [args, words] of [
      [['issues'], shortId],
      [['issue', shortId], 'Error: shown'],
      [['explain', issue.id], 'python'],
      [['config'], 'clientSecrets'],
    ] as const) {
      const shown = await app.errand(...args);
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toContain(words);
      const parsed = await app.errand('--json', ...args);
      expect(parsed.code).toBe(0);
      expect(typeof JSON.parse(parsed.stdout)).toBe('object');
    }
    const scene = await app.errand('--json', 'demo', 'new');
    expect(JSON.parse(scene.stdout)).toMatchObject({ state: 'open' });
    const unknown = await app.errand('issue', '999999');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('No such issue');
    expect((await app.errand('--token', 'wrong-token', 'issues')).code).toBe(1);
  });
});

it('the first candidate is on leave: the second gets it, and nothing is told about the leave', async () => {
  await onLeave('anna');
  const issue = await opened({ title: 'ValueError: not a number', platform: 'python' });
  expect(issue).toMatchObject({ rule: 'python', assignee: 'piotr' });
  const task = await app.sandbox.onlyTaskOf(idOf(issue));
  expect(task.assignee).toBe('piotr@example.com');
  const { text, decision } = await app.get<{ text: string; decision: { reasons: unknown[] } }>(
    `/issues/${idOf(issue)}/explain`,
  );
  expect(decision.reasons).toContainEqual({
    person: 'anna',
    name: 'Anna Nowak',
    kept: false,
    because: 'not available',
  });
  for (const told of [text, task.notes, JSON.stringify(decision)])
    for (const secret of [day(-1), day(1), 'leave', 'TIMEOFF', 'Annual']) expect(told).not.toContain(secret);
});

it('nobody is available: the task is made, has no assignee, and a person is asked for', async () => {
  await onLeave('anna', 'piotr', 'ewa', 'olena');
  const { id } = await app.sandbox.raise({ title: 'KeyError: price', platform: 'python' });
  const issue = await app.issueWhen(id, 'has its task', (i) => i.task !== null && i.attention.length > 0);
  expect(issue.assignee).toBeNull();
  expect(issue.attention.map((a) => a.code)).toEqual(['nobody_available']);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ assignee: null, completed: false });
  await until('it is listed', async () => {
    const { issues } = await app.get<{ issues: { id: string }[] }>('/issues?attention=true');
    return issues.some((i) => i.id === issue.id);
  });
  // A person types what is missing.
  await app.signal(id, 'reassign', '{"to":"olena"}');
  await app.issueWhen(id, 'belongs to olena', (i) => i.assignee === 'olena' && idle(i));
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ assignee: 'olena@example.com' });
});
