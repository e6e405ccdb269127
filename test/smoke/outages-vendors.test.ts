/**
 * A vendor is away for much longer than a call is tried: what needs it waits in attention, everything else goes on, and it is
 * done without anybody's help when the vendor is back, once.
 */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, idle, startUp, until, type App } from '../support/app';
import { rulesWith } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

/** Each of them stands for all attempts of a call, so it is an outage that outlasts them several times. */
const TRIES = 2;

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp({ env: { RULES_DIR: rulesWith() } });
}, MAKE_TIMEOUT_MS);
afterEach(() => app.sandbox.noFaults());
afterAll(cleanUpApps);

const raise = async (title: string): Promise<string> => (await app.sandbox.raise({ title, platform: 'python' })).id;
const down = (vendor: string): Promise<unknown> => app.sandbox.fault({ vendor, kind: 'down' });
const inAttention = (id: string, step: string, code: string): Promise<IssueDetail> =>
  app.issueWhen(id, `has ${step} in attention with ${code}`, (i) =>
    i.attention.some((a) => a.step === step && a.code === code && a.tries >= TRIES),
  );
const handsOff = ({ timeline }: IssueDetail): void =>
  expect(timeline.filter((t) => t.what.includes(' asked: '))).toEqual([]);

/** Closed on both sides with nothing owed. */
const closed = (id: string): Promise<IssueDetail> =>
  app.issueWhen(id, 'is closed', (i) => i.state === 'resolved' && idle(i));

it.each([
  { vendor: 'asana', code: 'asana_unavailable', makes: 'ensureTask', closes: 'comment' },
  { vendor: 'sentry', code: 'sentry_unavailable', makes: 'readIssue', closes: 'readIssue' },
])('$vendor is down: one issue waits for its task, another for its end', async ({ vendor, code, makes, closes }) => {
  const [open, back] = await Promise.all([
    raise(`Error: closed without ${vendor}`),
    raise(`Error: back, no ${vendor}`),
  ]);
  await Promise.all([open, back].map((id) => app.settled(id)));
  await app.sandbox.act(back, 'resolve');
  await closed(back);
  await down(vendor);
  const late = await raise(`Error: raised without ${vendor}`);
  await app.sandbox.act(open, 'resolve');
  await app.sandbox.act(back, 'regress');
  await inAttention(late, makes, code);
  await inAttention(open, closes, code);
  const ready = await fetch(`${app.running.url}/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true }]);
  await until('all three are listed', async () => {
    const listed = await app.errand('--json', 'issues', '--attention');
    const { issues } = JSON.parse(listed.stdout) as { issues: IssueDetail[] };
    return [late, open, back].every((id) => issues.some((i) => i.id === `sentry:acme:${id}`));
  });
  expect(await app.sandbox.tasksOf(late)).toEqual([]);

  await app.sandbox.noFaults();
  const issue = await app.settled(late);
  handsOff(issue);
  expect(await app.sandbox.onlyTaskOf(late)).toMatchObject({ gid: issue.task?.id, completed: false });
  handsOff(await closed(open));
  expect(await app.sandbox.onlyTaskOf(open)).toMatchObject({ completed: true });
  handsOff(await app.settled(back));
  expect(await app.sandbox.onlyTaskOf(back)).toMatchObject({ completed: false });
});

it('Calamari is down: the task is made for nobody and says why, and is assigned when Calamari answers', async () => {
  await down('calamari');
  // Who is away is remembered for some minutes.
  await app.renewWorkers();
  const id = await raise('Error: nobody to ask');
  const unassigned = await until('a task of nobody', async () => {
    const [task] = await app.sandbox.tasksOf(id);
    return task;
  });
  expect(unassigned).toMatchObject({ assignee: null, notes: expect.stringContaining('Calamari') as string });
  const issue = await app.issueWhen(id, 'says when it is decided again', (i) => i.next.includes('decided again at'));
  expect(issue.decision).toMatchObject({ degraded: 'availability unknown' });
  await app.sandbox.noFaults();
  const assigned = await app.issueWhen(id, 'belongs to anna', (i) => i.assignee === 'anna' && idle(i));
  handsOff(assigned);
  await until('it is hers in Asana', async () => (await app.sandbox.onlyTaskOf(id)).assignee === 'anna@example.com');
});

it('Slack is down: an issue is opened and closed all the same, and told when Slack is back', async () => {
  await down('slack');
  const id = await raise('Error: untold');
  await inAttention(id, 'tell', 'slack_unavailable');
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ completed: false, assignee: 'anna@example.com' });
  await app.sandbox.act(id, 'resolve');
  await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved');
  await until('the task is completed', async () => (await app.sandbox.onlyTaskOf(id)).completed);
  await app.sandbox.noFaults();
  handsOff(await closed(id));
  const { 'slack-messages': messages } = (await app.sandbox.world()) as unknown as { 'slack-messages': unknown[] };
  expect(messages.filter((m) => JSON.stringify(m).includes(`sentry:acme:${id} opened-1`))).toHaveLength(1);
});
