/**
 * A token is revoked in the middle: attention with the code that says so, without a second try, while all that does not need
 * the token goes on. Nothing comes back by itself here; `errand retry --all --code …` resumes all of it.
 */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, idle, startUp, until, type App } from '../support/app';
import { rulesWith, SOON } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

/**
 * All attempts of a call take longer than this test waits (three of a message 4.5 minutes, ten of all else more), and so does
 * one after attention: what is in attention was not tried again. A call that a slow machine answers too late comes again in time.
 */
const PATIENT =
  'verifyAfter: 1h, retry: { attempts: 10, first: 90s, max: 180s }, attentionAgain: 1h, ' +
  'availability: { wait: 1m, again: 1h, ahead: 1h }, quiet: { first: 100ms, max: 1s }';

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp({ env: { RULES_DIR: rulesWith(PATIENT), ...SOON } });
}, MAKE_TIMEOUT_MS);
afterEach(() => app.sandbox.noFaults());
afterAll(cleanUpApps);

const raise = async (title: string): Promise<string> => (await app.sandbox.raise({ title, platform: 'python' })).id;
/** The check of the task, an hour away, is all that is left to do. */
const settled = (id: string): Promise<IssueDetail> => app.settled(id);
const revoked = (vendor: string, status = 401): Promise<unknown> =>
  app.sandbox.fault({ vendor, kind: 'status', status });
const refused = (id: string, step: string, code: string): Promise<IssueDetail> =>
  app.issueWhen(id, `is refused at ${step}`, (i) =>
    i.attention.some((a) => a.step === step && a.code === code && a.tries === 1),
  );

async function retryAll(code: string, ids: string[]): Promise<void> {
  await until('all are listed', async () => {
    const listed = (await app.issues()).filter((i) => i.attention.some((a) => a.code === code)).map((i) => i.id);
    return ids.every((id) => listed.includes(`sentry:acme:${id}`));
  });
  const other = await app.errand('retry', '--all', '--code', 'asana_place_unknown');
  expect(other).toMatchObject({
    code: 0,
    stdout: 'Nothing is in attention with asana_place_unknown.\n',
  });
  const said = await app.errand('retry', '--all', '--code', code);
  expect(said).toMatchObject({
    code: 0,
    stdout: `retry: recorded for ${ids.length} of ${ids.length} issue${ids.length === 1 ? '' : 's'} in attention with ${code}\n`,
  });
}

it('Asana 401: issues wait for their tasks, one for its end; its end in Sentry does not wait', async () => {
  const open = await raise('Error: to be closed by hand');
  await settled(open);
  await revoked('asana');
  const [one, two] = await Promise.all([raise('Error: one'), raise('Error: two')]);
  await Promise.all([one, two].map((id) => refused(id, 'ensureTask', 'asana_unauthorized')));
  await app.errand('resolve', open);
  await refused(open, 'completeTask', 'asana_unauthorized');
  await until('it is resolved in Sentry', async () =>
    (await app.sandbox.world())['sentry-issues'].some((i) => i.id === open && i.status === 'resolved'),
  );
  expect(await app.sandbox.onlyTaskOf(open)).toMatchObject({ completed: false });
  expect((await app.errand('issue', one)).stdout).toMatch(
    /failed {4}could not make the Asana task, or find it: Asana refused the token \(401\)/,
  );

  // The token is still wrong: what is retried fails again, and says so.
  await retryAll('asana_unauthorized', [one, two, open]);
  await app.issueWhen(one, 'was refused again', (i) => i.attention.some((a) => a.tries === 2));
  await Promise.all(
    [two, open].map((id) => app.issueWhen(id, 'was refused again', (i) => i.attention.some((a) => a.tries === 2))),
  );
  await app.sandbox.noFaults();
  await retryAll('asana_unauthorized', [one, two, open]);
  for (const id of [one, two]) {
    const { task } = await settled(id);
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task?.id, completed: false });
  }
  await until('the other is completed', async () => (await app.sandbox.onlyTaskOf(open)).completed);
});

it('Sentry 401: what is read waits; what an operator closes is completed in Asana', async () => {
  const open = await raise('Error: closed by hand, Sentry refuses');
  await settled(open);
  await revoked('sentry');
  const late = await raise('Error: unreadable');
  await refused(late, 'readIssue', 'sentry_unauthorized');
  await app.errand('resolve', open);
  await refused(open, 'resolveIssue', 'sentry_unauthorized');
  await until('the task is completed', async () => (await app.sandbox.onlyTaskOf(open)).completed);
  await app.sandbox.noFaults();
  await retryAll('sentry_unauthorized', [late, open]);
  await settled(late);
  await app.issueWhen(open, 'is closed on both sides', (i) => i.state === 'resolved' && idle(i));
  expect((await app.sandbox.world())['sentry-issues'].find((i) => i.id === open)).toMatchObject({ status: 'resolved' });
  await app.sandbox.onlyTaskOf(late);
});

it('Calamari 401 and 403: tasks are made for nobody, and assigned after the retry', async () => {
  await revoked('calamari', 401);
  // Who is away is remembered for some minutes.
  await app.renewWorkers();
  const ids: string[] = [];
  for (const status of [401, 403]) {
    await app.sandbox.noFaults();
    await revoked('calamari', status);
    const id = await raise(`Error: nobody may be asked, ${status}`);
    await refused(id, 'decide', 'calamari_unauthorized');
    await until('a task of nobody', async () => (await app.sandbox.tasksOf(id))[0]?.assignee === null);
    ids.push(id);
  }
  await app.sandbox.noFaults();
  await retryAll('calamari_unauthorized', ids);
  for (const id of ids) {
    await app.issueWhen(id, 'belongs to anna', (i) => i.assignee === 'anna' && i.attention.length === 0);
    await until('it is hers in Asana', async () => (await app.sandbox.onlyTaskOf(id)).assignee === 'anna@example.com');
  }
});

it('Slack invalid_auth: opened and closed without a word, and told after the retry', async () => {
  await revoked('slack');
  const id = await raise('Error: no word');
  await refused(id, 'tell', 'slack_refused');
  await app.sandbox.act(id, 'resolve');
  await until('the task is completed', async () => (await app.sandbox.onlyTaskOf(id)).completed);
  await app.sandbox.noFaults();
  await retryAll('slack_refused', [id]);
  await app.issueWhen(id, 'owes nothing', (i) => i.state === 'resolved' && idle(i));
});
