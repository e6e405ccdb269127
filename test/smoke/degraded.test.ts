/** Without SENTRY_AUTH_TOKEN: the webhooks' own snapshots, and nothing read from or written to Sentry. */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, errand, fixture, idle, signature, until, type App, type Env } from '../support/app';
import { startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App & { env: Env };

beforeAll(async () => {
  await temporalExecutable();
  app = await startApart((env) => ({ ...env, SENTRY_AUTH_TOKEN: undefined }));
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const WORDS = 'no SENTRY_AUTH_TOKEN: degraded';

const closed = (id: string): Promise<IssueDetail> =>
  app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));

/** What pretend Sentry was asked. */
const asked = (): Promise<unknown[]> => app.sandbox.control<unknown[]>('/log?vendor=sentry', {}, 'GET');

type Sent = { id: string; status: string; at: number; events?: number };
/** As if Sentry had built it at that moment (seconds since 1970). Resolves when it is out of the inbox. */
async function built({ id, status, at, events = 1 }: Sent): Promise<void> {
  const payload = JSON.parse(fixture('issue.created.python-exception')) as {
    action: string;
    data: { issue: { id: string; status: string } };
  };
  payload.action = status;
  Object.assign(payload.data.issue, { id, status, count: String(events) });
  const body = JSON.stringify(payload);
  const answer = await fetch(`${app.running.url}/webhooks/sentry`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': String(at),
      'sentry-hook-signature': signature(body, app.secret),
    },
    body,
  });
  expect(answer.status).toBe(202);
  await app.dispatched(((await answer.json()) as { delivery: string }).delivery);
}

it('says so in its first lines, in /ready and in doctor', async () => {
  expect(app.run.output.slice(0, app.run.output.indexOf('Ready.'))).toContain(`warning: ${WORDS}`);
  const ready = await app.readyWhen('/ready sees Temporal', (r) => r.degraded.every((d) => !d.startsWith('temporal')));
  expect(ready).toMatchObject({
    status: 200,
    ready: true,
    degraded: [expect.stringContaining(`sentry: ${WORDS}`) as string],
  });
  const doctor = await errand(['doctor'], app.env);
  expect(doctor).toMatchObject({ code: 0, stdout: expect.stringContaining(`warning: ${WORDS}`) as string });
});

it('a task is made, completed and reopened by webhooks alone', async () => {
  const { id } = await app.sandbox.raise({ title: 'Error: by webhook alone', platform: 'python' });
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
  expect(issue.next).toContain('no SENTRY_AUTH_TOKEN');
  await app.sandbox.act(id, 'resolve');
  await closed(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: true });
  await app.sandbox.act(id, 'unresolve');
  await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
});

it('a webhook that was overtaken on its way brings nothing back', async () => {
  const id = '880011';
  const now = Math.floor(Date.now() / 1_000);
  await built({ id, status: 'unresolved', at: now - 60 });
  const { task } = await app.settled(id);
  await built({ id, status: 'resolved', at: now - 20 });
  await closed(id);
  await built({ id, status: 'unresolved', at: now - 40, events: 2 });
  const after = await app.issueWhen(
    id,
    'has heard of it',
    (i) => i.timeline.at(-1)?.what === 'Sentry sent issue.unresolved' && idle(i),
  );
  expect(after.state).toBe('resolved');
  // One that was built later opens it: the overtaken one has been dealt with by then.
  await built({ id, status: 'unresolved', at: now - 10, events: 3 });
  const back = await app.settled(id);
  expect(back.timeline.filter((t) => t.what === 'regressed')).toHaveLength(1);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task?.id, completed: false });
});

it('a captured "resolved" that is sent again closes nothing, and the issue says so until a person has looked', async () => {
  const id = '880012';
  const now = Math.floor(Date.now() / 1_000);
  await built({ id, status: 'unresolved', at: now - 60 });
  await app.settled(id);
  await built({ id, status: 'resolved', at: now - 50 });
  await closed(id);
  // Every new life says something else: a body that came before changes nothing.
  await built({ id, status: 'unresolved', at: now - 40, events: 2 });
  const { task } = await app.settled(id);
  // The time of a delivery is not signed, so whoever has captured it may write another.
  await built({ id, status: 'resolved', at: now });
  const doubted = await app.issueWhen(id, 'says it', (i) => i.attention.some((a) => a.code === 'repeated_delivery'));
  expect(doubted.state).toBe('open');
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task?.id, completed: false });
  expect(await app.errand('retry', id, '--code', 'repeated_delivery')).toMatchObject({ code: 0 });
  await app.issueWhen(id, 'is content', (i) => i.attention.length === 0 && i.state === 'open' && idle(i));
});

it('operators act here, and are told what Sentry does not hear of', async () => {
  const { id } = await app.sandbox.raise({ title: 'Error: by hand', platform: 'python' });
  await app.settled(id);
  expect(await app.errand('reassign', id, '--to', 'ewa')).toMatchObject({ code: 0 });
  await until('it is hers', async () => (await app.sandbox.onlyTaskOf(id)).assignee === 'ewa@example.com');
  expect(await app.errand('recheck', id)).toMatchObject({ code: 0 });
  const said = await app.errand('resolve', id);
  expect(said).toMatchObject({ code: 0, stderr: '' });
  await closed(id);
  expect((await app.errand('issue', id)).stdout).toMatch(/Closed here; in Sentry it is not.*no SENTRY_AUTH_TOKEN/);
  await until('the task is completed', async () => (await app.sandbox.onlyTaskOf(id)).completed);
  const sweep = await app.errand('sweep');
  expect(sweep).toMatchObject({ code: 1, stderr: expect.stringContaining('SENTRY_AUTH_TOKEN is not set') as string });
});

it('Sentry was never asked for anything, and nothing in it was changed', async () => {
  expect(await asked()).toEqual([]);
  const world = (await app.sandbox.world()) as unknown as Record<string, { status?: string; assignedTo?: unknown }[]>;
  expect(world['sentry-links']).toEqual([]);
  for (const issue of world['sentry-issues'] ?? [])
    expect(issue).toMatchObject({ status: 'unresolved', assignedTo: null });
});
