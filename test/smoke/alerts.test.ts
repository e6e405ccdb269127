/** What needs a person is told once for each cause, edited while it lasts, and closed when it is over. */
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { AlertsRecord } from '../../src/core/alerts/record';
import type { FeedRecord } from '../../src/core/feed/record';
import type { IssueView } from '../../src/core/issue/row';
import { Alarms, type Told } from '../support/alarms';
import { cleanUpApps, startUp, temporaryDir, until, type App } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const TIMEOUT_MS = 420_000;
const SHIPPED = join(__dirname, '..', '..', 'rules');

let app: App;
let alarms: Alarms;
let rules: string;

/** @param sweepEvery never, as long as nothing asks for a sweep; it would start terminated workflows again */
function rulesOf(sweepEvery = '1d'): string {
  const settings = [
    `settings: { verifyAfter: 1s, alertEvery: 1s, sweepEvery: ${sweepEvery}, attentionAgain: 1h,`,
    '            retry: { attempts: 200, first: 200ms, max: 1s } }',
  ].join('\n');
  return readFileSync(join(SHIPPED, 'rules.yaml'), 'utf8').replace(/^version: 1$/m, `version: 1\n${settings}`);
}

beforeAll(async () => {
  await temporalExecutable();
  const dir = temporaryDir();
  cpSync(SHIPPED, dir, { recursive: true });
  rules = join(dir, 'rules.yaml');
  writeFileSync(rules, rulesOf());
  app = await startUp({ env: { RULES_DIR: dir } });
  alarms = new Alarms(app);
  // The first look at the task of the story that `up` told would need a person, too, once Asana refuses.
  const [story] = await until('the story is listed', async () => {
    const issues = await app.issues();
    return issues.length === 1 && issues;
  });
  await isVerified(story?.id ?? '');
}, MAKE_TIMEOUT_MS);
afterEach(() => app.sandbox.noFaults());
afterAll(cleanUpApps);

/** Not only nothing owed: the first look at its task is over. */
const isVerified = (id: string) =>
  app.issueWhen(id, 'is verified', (i) => i.next.startsWith('Waits until Sentry or an operator'));
/** At once, so that nobody reads half of it. */
function changeRules(text: string): void {
  writeFileSync(`${rules}.new`, text);
  renameSync(`${rules}.new`, rules);
}
/** Its last line: whole minutes, one at least, of a time whose ends are told to the minute. */
function expectLasted({ text }: Told): void {
  const [, from = '', to = '', count, unit] =
    /From (.*) Europe\/Warsaw to (.*) Europe\/Warsaw: lasted (\d+) (minutes?)\./.exec(text) ?? [];
  const between = (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 60_000;
  expect([between - 1, between].map((n) => Math.max(1, n))).toContain(Number(count));
  expect(unit).toBe(count === '1' ? 'minute' : 'minutes');
}
const raise = async (title: string, more: object = {}): Promise<string> =>
  (await app.sandbox.raise({ title: `Error: ${title}`, platform: 'python', ...more })).id;
const needy = async (): Promise<IssueView[]> =>
  (await app.get<{ issues: IssueView[] }>('/issues?attention=true&limit=200')).issues;
const refuse = (vendor: string, status: number, more: object = {}) =>
  app.sandbox.fault({ vendor, kind: 'status', status, ...more });

it(
  'two tokens are revoked: one message for each cause, whatever becomes of the worker, and over when they are back',
  async () => {
    await refuse('asana', 401);
    const ids = await Promise.all(Array.from({ length: 6 }, (_, i) => raise(`revoked ${i}`)));
    const told = await alarms.says('asana_unauthorized', /Asana: 6 issues need a person/);
    expect(told.text).toMatch(/Asana refused the token \(401\)\. \(`asana_unauthorized`\)/);
    expect(told.text).toMatch(/\nThe message: `[^`]*Not Authorized[^`]*`\n/);
    expect(told.text).toMatch(
      /To do: Make a new personal access token .* `errand retry --all --code asana_unauthorized`/,
    );
    expect(told.text).toMatch(/SHOP-.*and 1 other\n.*`errand issues --attention`/);
    const shown = await app.errand('alerts');
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringMatching(/^Asana: 6 issues need a person\n/) as string,
    ]);
    expect(shown.stdout).toMatch(
      /\nThe message: `[^`]*Not Authorized[^`]*`\nSince .* Europe\/Warsaw\.\nTo do: .*`errand retry --all/,
    );
    const rows = JSON.parse((await app.errand('--json', 'alerts')).stdout) as AlertsRecord;
    expect(rows.alerts).toMatchObject([{ vendor: 'Asana', code: 'asana_unauthorized', count: 6 }]);
    await refuse('sentry', 401);
    expect(await app.errand('sweep')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/set SENTRY_AUTH_TOKEN, restart `errand up`, then `errand sweep`\.$/m) as string,
    });
    await alarms.says('sentry_unauthorized', /Sentry: .*sweep[^]*\nThe message: `[^`]*Authentication credentials/);
    // A worker that is killed between a message and its record would post it once more.
    await until('it is on record that both were told', async () => {
      const { alerts } = await app.get<AlertsRecord>('/alerts');
      return alerts.length === 2 && alerts.every((a) => a.announced !== undefined && a.reported === 'opened');
    });
    await app.renewWorkers();
    await alarms.looks();
    expect((await alarms.told()).map((t) => t.key.split(' ')[2]).sort()).toEqual([
      'asana_unauthorized',
      'sentry_unauthorized',
    ]);
    expect((await alarms.events('errand-alert')).map((e) => [e.level, e.tags['code']])).toEqual([
      ['error', 'asana_unauthorized'],
      ['error', 'sentry_unauthorized'],
    ]);
    expect((await alarms.events('Not Authorized')).map((e) => e.tags['code'])).toEqual(['asana_unauthorized']);

    await app.sandbox.noFaults();
    const said = await app.errand(...Alarms.commandIn(told, 'retry'));
    expect(said).toMatchObject({ code: 0 });
    const over = await alarms.says('asana_unauthorized', /Asana: over/);
    expect([over.ts, over.edited]).toEqual([told.ts, true]);
    expectLasted(over);
    expect(over.text).toMatch(/ It concerned at most 6 issues\./);
    expect(await app.errand('sweep')).toMatchObject({ code: 0 });
    await alarms.says('sentry_unauthorized', /Sentry: over/);
    for (const id of ids) await app.settled(id);
    const events = await until('four events', async () => {
      const all = await alarms.events('errand-alert');
      return all.length >= 4 && all;
    });
    expect(events.map((e) => e.level).sort()).toEqual(['error', 'error', 'info', 'info']);
    expect(await needy()).toEqual([]);
    await until('no alerts', async () => (await app.errand('alerts')).stdout === 'No alerts.\n');
  },
  TIMEOUT_MS,
);

it(
  'Slack is down when it begins: told once when it is back; a message that somebody deleted is posted anew',
  async () => {
    await app.sandbox.fault({ vendor: 'slack', kind: 'down' });
    await refuse('asana', 403, { method: 'POST', path: '/tasks$' });
    await raise('no access');
    await until('our own Sentry hears of it', async () => (await alarms.events('asana_forbidden')).length === 1);
    expect(await alarms.told('asana_forbidden')).toEqual([]);
    await app.sandbox.noFaults();
    await refuse('asana', 403, { method: 'POST', path: '/tasks$' });
    const first = await alarms.says('asana_forbidden', /1 issue needs a person/);
    await app.sandbox.control(`/slack/messages/${first.ts}`, {}, 'DELETE');
    await raise('no access either');
    const second = await alarms.says('asana_forbidden', /2 issues need a person/);
    expect(second.ts).not.toBe(first.ts);
    await app.sandbox.noFaults();
    expect(await app.errand('retry', '--all')).toMatchObject({ code: 0 });
    expect((await alarms.says('asana_forbidden', /Asana: over/)).ts).toBe(second.ts);
  },
  TIMEOUT_MS,
);

it(
  'a workflow is terminated: listed, counted, alerted; retry begins a new run, which finds the task',
  async () => {
    const id = await raise('terminated');
    const { task } = await app.settled(id);
    await terminate(`sentry:acme:${id}`);
    const row = (
      await until('it is listed', async () => {
        const rows = await needy();
        return rows.length === 1 && rows;
      })
    )[0];
    expect(row).toMatchObject({ id: `sentry:acme:${id}`, state: 'open', task });
    expect(row?.attention).toEqual([
      { step: 'workflow', code: 'workflow_failed', since: expect.any(String) as string, tries: 1 },
    ]);
    expect((await app.issues()).filter((i) => i.id === row?.id)).toHaveLength(1);
    expect(await app.issue(id)).toMatchObject({
      attention: row?.attention,
      next: expect.stringContaining('retry') as string,
    });
    const shown = await app.errand('issue', id);
    expect(shown.stdout).toMatch(/failed {4}could not go on: The workflow ended too early.*\n {2}to do/);
    await alarms.says('workflow_failed', /Temporal: 1 workflow needs a person/);
    expect(await app.errand('retry', '--all', '--code', 'workflow_failed')).toMatchObject({ code: 0 });
    expect((await app.settled(id)).task).toEqual(task);
    await alarms.says('workflow_failed', /Temporal: over/);
    expect(await needy()).toEqual([]);
    expect(await app.sandbox.tasksOf(id)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

it(
  'no webhook comes: the silence is told, and over with the first that comes',
  async () => {
    const { url } = app.running;
    await app.sandbox.control('/sentry/webhook', { url: null });
    changeRules(rulesOf('3s'));
    // The worker reads them within seconds; the sweep tells the feed.
    await until('frequent sweeps', async () => {
      await app.errand('sweep');
      return (await app.get<FeedRecord>('/sweep')).last?.every === 3_000;
    });
    // Found at the next sweep, when its webhook would have come long ago, however long a sweep takes here.
    const { floor } = await app.get<FeedRecord>('/sweep');
    const firstSeen = new Date(Date.parse(floor) + 1).toISOString();
    for (let i = 0; (await alarms.told('webhooks_silent')).length === 0; i += 1) {
      const id = await raise(`in silence ${i}`, { firstSeen });
      await until('it is swept', async () => (await app.issues()).some((issue) => issue.id.endsWith(`:${id}`)));
      if (i > 5) await alarms.says('webhooks_silent', /Sentry/);
    }
    await alarms.says('webhooks_silent', /Sentry: no webhooks, \d+ sweeps found/);
    await app.sandbox.control('/sentry/webhook', { url: `${url}/webhooks/sentry` });
    for (let i = 0; !/: over/.test((await alarms.told('webhooks_silent'))[0]?.text ?? ''); i += 1) {
      await app.settled(await raise(`heard ${i}`));
      await alarms.looks();
      // A sweep may overtake a webhook, which then tells it nothing.
      if (i > 20) await alarms.says('webhooks_silent', /Sentry: over/);
    }
    expect(await alarms.told('webhooks_silent')).toHaveLength(1);
  },
  TIMEOUT_MS,
);

it(
  'the task is deleted before it is verified: made again, one message with both links; deleted once more: muted',
  async () => {
    // Nothing can be verified until the task is deleted, however slow this machine is.
    await refuse('asana', 503, { method: 'GET', path: '/tasks/\\d+$' });
    const id = await raise('deleted');
    const linked = await app.issueWhen(id, 'has its task', (i) => i.timeline.some((t) => t.what.startsWith('linked')));
    const first = linked.task;
    await app.sandbox.control(`/asana/tasks/${first?.id ?? ''}/delete`);
    await app.sandbox.noFaults();
    const again = await app.issueWhen(id, 'has another task', (i) => i.task !== null && i.task.id !== first?.id);
    await app.settled(id);
    const told = async () => (await alarms.messages()).filter((m) => m.key.startsWith(`sentry:acme:${id} opened-2`));
    const [message] = await until('it is told', async () => (await told()).length === 1 && told());
    expect(message?.text).toContain('The task was missing and has been made again.');
    for (const url of [again.url, again.task?.url, first?.url]) expect(message?.text).toContain(`<${url}|`);
    // Verified before somebody deletes it: a look that is still under way would find it gone, and recheck would make it again.
    await isVerified(id);
    await app.sandbox.control(`/asana/tasks/${again.task?.id ?? ''}/delete`);
    expect(await app.errand('recheck', id)).toMatchObject({ code: 0 });
    const muted = await app.issueWhen(id, 'is muted', (i) => i.state === 'muted');
    expect(muted.next).toContain('its Asana task was deleted by a person');
    await alarms.looks();
    expect((await alarms.messages()).filter((m) => m.key.startsWith(`sentry:acme:${id} opened`))).toHaveLength(2);
    expect(await app.sandbox.tasksOf(id)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'our own Sentry hears of what fails in our processes, without secrets',
  async () => {
    changeRules(rulesOf().replace('people:', 'peopel_of_password=hunter2-hunter2:'));
    const heard = await until('it hears of the rules', async () => {
      const all = await alarms.events('the rules cannot be used, ');
      return all.length > 0 && all;
    });
    expect(heard).toMatchObject([{ level: 'error', tags: { process: 'worker' } }]);
    expect(heard[0]?.whole).not.toContain('hunter2');
  },
  TIMEOUT_MS,
);

async function terminate(workflowId: string): Promise<void> {
  const { address, namespace } = app.running.temporal;
  const connection = await Connection.connect({ address });
  await connection.workflowService.terminateWorkflowExecution({ namespace, workflowExecution: { workflowId } });
  await connection.close();
}
