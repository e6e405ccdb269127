/**
 * Every turn that a Sentry issue can take, through the whole application: Sentry's webhook where it sends one, a recheck
 * where it sends none (merge, delete, rename), and at the end what stands in pretend Asana.
 */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, idle, startUp, until, type App } from '../support/app';
import { rulesWith } from '../support/rules-dir';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;

/** The shipped rules with shorter pauses; nothing here depends on how short they are. */
const SETTINGS = '{ verifyAfter: 2s, quiet: { first: 500ms, max: 2s }, goneAfter: [1s, 1s] }';

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp({ env: { RULES_DIR: rulesWith(SETTINGS) } });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const idOf = (issue: IssueDetail): string => issue.id.split(':').at(-1) ?? '';

async function opened(title: string, more: object = {}): Promise<{ id: string; issue: IssueDetail }> {
  const { id } = await app.sandbox.raise({ title, platform: 'python', ...more });
  return { id, issue: await app.settled(id) };
}

/** Sentry sends its webhook, and the issue comes to rest in `state`. */
async function turns(id: string, act: string, state: IssueDetail['state'], body: object = {}): Promise<IssueDetail> {
  await app.sandbox.act(id, act, body);
  return app.issueWhen(id, `is ${state} after ${act}`, (i) => i.state === state && idle(i));
}

/** Occurrences that were counted by the time the issue is at rest again. */
async function occurs(id: string, body: { count?: number; release?: string; environment?: string }): Promise<void> {
  const before = (await app.issue(id)).events ?? 0;
  await app.sandbox.act(id, 'event', body);
  await app.issueWhen(id, 'counts more', (i) => (i.events ?? 0) > before && idle(i));
}

const taskOf = (id: string) => app.sandbox.onlyTaskOf(id);
/** Comments are written after the state has changed. */
const comments = (issue: IssueDetail, count: number): Promise<string[]> =>
  until(`${count} comments on ${issue.id}`, async () => {
    const said = await app.sandbox.commentsOn(issue.task?.id ?? '');
    return said.length >= count && said;
  });

it('repeats: one comment when 10 and one when 100 events are reached', async () => {
  const { id, issue } = await opened('Error: repeated');
  await occurs(id, { count: 4 });
  await occurs(id, { count: 5 });
  await occurs(id, { count: 30 });
  await occurs(id, { count: 60 });
  const said = await comments(issue, 2);
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/It keeps happening: 10 events/);
  expect(said[1]).toMatch(/It keeps happening: 100 events/);
});

it('a new release and a new environment: said once, the task stays', async () => {
  const { id, issue } = await opened('Error: released', { release: 'shop@1' });
  await occurs(id, { release: 'shop@2', environment: 'staging' });
  await occurs(id, { release: 'shop@2', environment: 'staging' });
  const said = await comments(issue, 1);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/first time in release shop@2\. .*first time in environment staging\./);
  expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
});

it('escalating while it is open: said once', async () => {
  const { id, issue } = await opened('Error: escalating');
  await app.sandbox.act(id, 'escalate');
  const said = await comments(issue, 1);
  expect(said[0]).toMatch(/Sentry says that it is escalating/);
  await occurs(id, { count: 3 });
  expect(await app.sandbox.commentsOn(issue.task?.id ?? '')).toHaveLength(1);
});

it('archived and back: completed, then the same task is open again', async () => {
  const { id, issue } = await opened('Error: archived');
  await turns(id, 'archive', 'muted');
  expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: true });
  await turns(id, 'escalate', 'open');
  expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
  expect((await comments(issue, 2))[1]).toMatch(/It was archived in Sentry and is back/);
  // Archived once more and opened by a person.
  await turns(id, 'archive', 'muted');
  await turns(id, 'unresolve', 'open');
  expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
});

it('resolved again and again: the same task, the same person, and each time what was before', async () => {
  const { id, issue } = await opened('Error: again and again');
  for (let n = 1; n <= 3; n += 1) {
    await turns(id, 'resolve', 'resolved');
    expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: true });
    const back = await turns(id, 'regress', 'open');
    expect(back.assignee).toBe(issue.assignee);
    expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
    const said = await comments(issue, 2 * n);
    expect(said.at(-1)).toMatch(
      new RegExp(
        `It was resolved on .* in Sentry and is back\\..*Regression no\\. ${n}\\..*${issue.assigneeName} had it before`,
      ),
    );
  }
});

it('merged: the task is closed with a pointer, and the survivor is read again', async () => {
  const survivor = await opened('Error: survivor');
  const { id, issue } = await opened('Error: merged');
  await app.sandbox.act(id, 'merge', { into: survivor.id });
  await app.signal(id, 'recheck');
  await app.issueWhen(id, 'is over', (i) => i.state === 'done');
  const [pointer = ''] = await comments(issue, 1);
  expect(pointer).toContain(`Merged into ${survivor.issue.shortId} in Sentry`);
  await until('the task is completed', async () => (await taskOf(id)).completed);
  const after = await app.issueWhen(survivor.id, 'has heard of it', (i) =>
    i.timeline.some((t) => t.what === `merged with ${issue.shortId} in Sentry`),
  );
  expect(after).toMatchObject({ state: 'open', task: survivor.issue.task });
  // Its short id leads to the one that is left, and its own row keeps its own name.
  expect((await app.issue(survivor.issue.shortId ?? '')).id).toBe(survivor.issue.id);
  expect((await app.issue(id)).shortId).toBe(issue.shortId);
});

it('deleted before the first read: no task, and it says what it waits for', async () => {
  const { id } = await app.sandbox.raise({ title: 'Error: never there', webhook: false });
  await app.sandbox.act(id, 'delete');
  const body = JSON.stringify({
    action: 'created',
    data: { issue: { id, title: 'Error: never there', project: { slug: 'shop' } } },
    installation: { uuid: '00000000-0000-4000-8000-000000000000' },
  });
  expect(await app.webhook(body, 'issue')).toMatchObject({ status: 202 });
  const issue = await app.issueWhen(id, 'was looked for in vain', (i) => /does not know the issue yet/.test(i.next));
  expect(issue).toMatchObject({ state: 'new', task: null, assignee: null });
  expect(await app.sandbox.tasksOf(id)).toEqual([]);
});

it('deleted after the first read: once it was looked for three times the task is commented and completed', async () => {
  const { id, issue } = await opened('Error: deleted');
  await app.sandbox.act(id, 'delete');
  await app.signal(id, 'recheck');
  const quiet = /^Quiet: deleted in Sentry\. Read once more at/;
  await app.issueWhen(id, 'is taken for deleted', (i) => i.state === 'resolved' && quiet.test(i.next));
  expect((await comments(issue, 1))[0]).toMatch(/gone from Sentry/);
  await until('the task is completed', async () => (await taskOf(id)).completed);
});

it('renamed in Sentry and moved in Asana: still the same task', async () => {
  const { id, issue } = await opened('Error: moved', { project: 'before-it-moved' });
  await app.sandbox.control('/sentry/projects/before-it-moved/rename', { slug: 'after-it-moved' });
  await app.sandbox.control(`/asana/tasks/${issue.task?.id}/move`, { project: 'Checkout bugs' });
  await occurs(id, {});
  expect(await app.issue(id)).toMatchObject({ project: 'after-it-moved', task: issue.task });
  await turns(id, 'resolve', 'resolved');
  await turns(id, 'regress', 'open');
  expect(await taskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false, project: 'Checkout bugs' });
});

it('muted by an operator: silent while it repeats, closed all the same', async () => {
  const { id, issue } = await opened('Error: muted');
  await app.signal(id, 'mute', '{"for":"1d"}');
  await app.issueWhen(id, 'is silent', (i) => /Silent until/.test(i.next));
  await occurs(id, { count: 500, release: 'shop@9' });
  await turns(id, 'resolve', 'resolved');
  expect(await taskOf(id)).toMatchObject({ completed: true });
  expect(await app.sandbox.commentsOn(issue.task?.id ?? '')).toEqual([]);
});

it.each([
  { first: 'resolve', state: 'resolved', back: 'regress' },
  { first: 'archive', state: 'muted', back: 'unresolve' },
] as const)('first seen after $first: no task until it comes back', async ({ first, state, back }) => {
  const { id } = await app.sandbox.raise({
    title: `Error: first seen after ${first}`,
    platform: 'python',
    webhook: false,
  });
  const seen = await turns(id, first, state);
  expect(seen).toMatchObject({ task: null, assignee: null });
  expect(await app.sandbox.tasksOf(id)).toEqual([]);
  await app.sandbox.act(id, back);
  const issue = await app.settled(id);
  expect(await taskOf(idOf(issue))).toMatchObject({ gid: issue.task?.id, completed: false });
});
