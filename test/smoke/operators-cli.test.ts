/** The operators' commands, and their hands while somebody is missing: no worker, no Temporal. */
import { Connection } from '@temporalio/client';
import type { ActLogEntry } from '../../src/api/inbox/types';
import type { Recorded } from '../../src/api/operator/acts';
import { OPERATOR_ACTS } from '../../src/contract';
import { freePort } from '../../src/temporal/server/ports';
import { cleanUpApps, fixture, idle, Run, temporaryDir, until, type App } from '../support/app';
import { OPERATOR_TOKENS, refused, startWithOperators, TOKENS, type Operators } from '../support/operators';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';
import { NAMES } from '../support/names';

const UNKNOWN = '424242';

let ops: Operators;
let app: App;

beforeAll(async () => {
  await temporalExecutable();
  ops = await startWithOperators();
  app = ops.app;
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

describe('the command line', () => {
  it('does what the routes do, and tells what was recorded and what comes next', async () => {
    const { id, issue, task } = await ops.opened('Error: at the terminal');
    const before = await ops.comments(task);
    const shortId = issue.shortId ?? '';
    for (const [args, words] of [
      [['reassign', id, '--to', 'piotr', '--key', 'once'], 'reassign to piotr: recorded for'],
      [['reassign', id, '--to', 'piotr', '--key', 'once'], 'reassign to piotr: recorded for'],
      [['retry', id], 'retry: recorded for'],
      [['recheck', issue.id], 'recheck: recorded for'],
    ] as const) {
      const said = await app.errand(...args);
      expect(said).toMatchObject({ code: 0, stderr: '' });
      expect(said.stdout).toContain(`${words} ${shortId}, Error: at the terminal`);
      expect(said.stdout).toMatch(/^ {2}now {7}\S.*\.$/m);
    }
    await app.issueWhen(id, 'belongs to piotr', (i) => i.assignee === 'piotr' && idle(i));
    expect(await ops.comments(task)).toBe(before + 1);
    for (const [more, words] of [
      [[], 'mute for 1d: recorded for'],
      [['--for', '3h'], 'mute for 3h: recorded for'],
    ] as const) {
      const said = await app.errand('mute', shortId, ...more);
      expect(said).toMatchObject({ code: 0, stderr: '' });
      expect(said.stdout).toContain(words);
      expect(said.stdout).toMatch(/^ {2}now .*Silent until/m);
    }
    const resolved = await app.errand('--json', 'resolve', id);
    expect(resolved).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(resolved.stdout)).toMatchObject({ id: issue.id, state: 'resolved' });
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, completed: true });
    const mute = expect.stringMatching(/^ada asked: mute until [\d-]+ [\d:]+ Europe\/Warsaw$/) as string;
    const acts = [`reassign from ${issue.assigneeName} to ${NAMES['piotr']}`, 'retry', 'recheck'].map(
      (act) => `ada asked: ${act}`,
    );
    expect(await ops.asked(id)).toEqual([...acts, mute, mute, 'ada asked: resolve']);

    const logs = await app.errand('logs', '--limit', '2');
    expect(logs).toMatchObject({ code: 0, stderr: '' });
    expect(logs.stdout).toContain(`ada: resolve, ${issue.id}: 200`);
    expect(logs.stdout).toContain(`ada: mute 3h, ${issue.id}: 200`);
    expect(logs.stdout).toContain('More: --cursor ');
    const page = JSON.parse((await app.errand('--json', 'logs')).stdout) as { acts: ActLogEntry[] };
    expect(page.acts[0]).toMatchObject({ by: 'ada', act: 'resolve', issue: issue.id, outcome: '200' });
  });

  it('says what needs attention, once for each cause, with commands for all that have it', async () => {
    for (const [more, words] of [
      [[], 'Nothing is in attention.'],
      [['--project', 'nowhere'], 'No issues with --project nowhere --attention.'],
    ] as const)
      expect((await app.errand('issues', '--attention', ...more)).stdout).toBe(`${words}\n`);
    expect((await app.errand('retry', '--all')).stdout).toBe('Nothing is in attention.\n');
    await app.sandbox.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
    const raise = (title: string) => app.sandbox.raise({ title: `Error: no access, ${title}`, platform: 'python' });
    const [{ id }, other] = await Promise.all([raise('one'), raise('two')]);
    await app.issueWhen(other.id, 'needs a person', (i) => i.attention.length > 0);
    await app.issueWhen(id, 'needs a person', (i) => i.attention.length > 0);
    const said = await app.errand('mute', id);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toMatch(
      /^ {2}failed {4}could not make the Asana task, or find it: The Asana user may not do this.*\n {2}to do {5}Add the bot/m,
    );
    const listed = await until('both are listed', async () => {
      const { stdout } = await app.errand('issues', '--attention');
      return stdout.includes('Asana: 2 issues need a person') && stdout;
    });
    expect(listed).toMatch(/\nTo do: Add the bot user .*then `errand retry --all --code asana_forbidden`\.\n/);
    expect(listed.match(/To do/g)).toHaveLength(1);
    // Told once, with one form of time, and with the step's name only for programs.
    const story = (await app.errand('issue', id)).stdout;
    expect(story.match(/The Asana user may not do this/g)).toHaveLength(1);
    expect(story).toMatch(
      /^ {2}state {5}open\. Needs a person\. Tried again at [\d-]+ [\d:]+ Europe\/Warsaw, or at once after `retry`\.$/m,
    );
    expect(story).toMatch(
      /^ {2}[\d-]+ [\d:]+ Europe\/Warsaw {2}could not make the Asana task, or find it: asana_forbidden$/m,
    );
    expect(story).not.toMatch(/\dT\d|ensureTask/);
    expect((await app.issue(id)).attention).toMatchObject([{ step: 'ensureTask', code: 'asana_forbidden' }]);
    await app.sandbox.noFaults();
    expect((await app.errand('retry', '--all')).stdout).toBe('retry: recorded for 2 of 2 issues in attention\n');
  });

  it('ends with the code that fits', async () => {
    const { issue } = await ops.opened('Error: mistyped');
    for (const [code, words, args] of [
      [1, 'No such issue', ['resolve', UNKNOWN]],
      [1, 'role is too low', ['--token', TOKENS.viewer, 'resolve', issue.id]],
      [1, 'It is from --token. Set ERRAND_TOKEN or --token', ['--token', 'wrong-token', 'resolve', issue.id]],
      [2, 'did you mean "piotr"?', ['reassign', issue.id, '--to', 'pitor']],
      [2, 'for: must be a number with', ['mute', issue.id, '--for', 'ever']],
      [2, '--to <person>', ['reassign', issue.id]],
      [2, 'printable', ['resolve', issue.id, '--key', 'ключ']],
      [2, 'missing required argument', ['recheck']],
      [4, '--key kept', ['--url', 'http://127.0.0.1:1', 'resolve', issue.id, '--key', 'kept']],
    ] as const) {
      const said = await app.errand(...args);
      expect({ args, code: said.code, stdout: said.stdout }).toEqual({ args, code, stdout: '' });
      expect(said.stderr).toContain(words);
    }
    expect(await ops.asked(issue.id)).toEqual([]);
    expect((await app.errand('logs')).stdout).toContain(`ada: mute ever, ${issue.id}: 422 invalid\n`);
  });

  it('tells a program, too, that nobody answers, and how to send the same once more', async () => {
    const nowhere = ['--json', '--url', 'http://127.0.0.1:1'];
    for (const [args, todo] of [
      [['issues'], 'Start it with `npx errand up`'],
      [['resolve', '1', '--key', 'kept'], '--key kept'],
    ] as const) {
      const said = await app.errand(...nowhere, ...args);
      expect({ code: said.code, ...(JSON.parse(said.stdout) as object) }).toEqual({
        code: 4,
        error: {
          code: 'errand_unreachable',
          message: expect.stringMatching(/^Errand cannot be reached at http:\/\/127\.0\.0\.1:1 \(.+\)\.$/) as string,
          todo: expect.stringContaining(todo) as string,
        },
      });
    }
    const misused = await app.errand('--json', 'retry');
    expect([misused.code, JSON.parse(misused.stdout)]).toMatchObject([2, { error: { code: 'invalid' } }]);
  });

  it('a name that nobody has is said to have no issues; one in another case is understood; `latest` is explained', async () => {
    const { issue } = await ops.opened('Error: whose');
    const none = await app.errand('issues', '--state', 'open', '--assignee', 'nobodyhere');
    expect(none).toEqual({ code: 0, stdout: 'No issues with --state open --assignee nobodyhere.\n', stderr: '' });
    const loud = await app.errand('issues', '--assignee', (issue.assignee ?? '').toUpperCase());
    expect(loud.stdout).toContain(issue.shortId ?? '?');
    const explained = await app.errand('explain', 'latest');
    expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining('Decided ') as string]);
  });

  it('`latest` stands for the issue that changed last, with every act', async () => {
    const { id, issue } = await ops.opened('Error: the latest of all');
    await app.listed(id);
    const commands = [
      ['recheck'],
      ['mute', '--for', '2h'],
      ['unmute'],
      ['reassign', '--to', 'piotr'],
      ['retry'],
      ['resolve'],
    ];
    expect(commands.map(([act]) => act).sort()).toEqual([...OPERATOR_ACTS].sort());
    for (const [act = '', ...more] of commands) {
      const said = await app.errand('--json', act, 'latest', ...more);
      expect({ act, code: said.code, stderr: said.stderr }).toEqual({ act, code: 0, stderr: '' });
      expect({ act, id: (JSON.parse(said.stdout) as { id: string }).id }).toEqual({ act, id: issue.id });
      await app.listed(id);
    }
    expect((await ops.asked(id)).map((words) => words.split(' ')[2])).toEqual(commands.map(([act]) => act));
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
  });

  it('a wrong command line is told where the help of its command is', async () => {
    for (const args of [['import'], ['demo', 'outage', '--for', 'ever'], ['rules', 'nothing']]) {
      const said = await app.errand(...args);
      const command = args[0] === 'demo' ? 'demo outage' : args[0];
      expect([said.code, said.stderr]).toEqual([2, expect.stringContaining(`See \`errand ${command} --help\`.`)]);
    }
    expect((await app.errand('demo', 'outage', '--help')).stdout).toContain('(default: 10s)');
  });

  it('every command has its help', async () => {
    for (const act of [...OPERATOR_ACTS, 'logs', 'alerts']) {
      const { code, stdout } = await app.errand(act, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: errand ${act}`);
    }
  });
});

describe('somebody is missing', () => {
  it('no worker: 202, and done once one is there again; the same command again is still one', async () => {
    const { id, issue, task } = await ops.opened('Error: nobody home');
    const ended = await ops.opened('Error: nobody home, and over');
    await terminate(ended.issue.id);
    const before = await ops.comments(task);
    await app.without('worker', async () => {
      const [first, over, cli, unknown] = await Promise.all([
        ops.post<Recorded>(`/issues/${id}/reassign`, { to: 'ewa' }, { key: 'later' }),
        ops.post<Recorded>(`/issues/${ended.id}/reassign`, { to: 'piotr' }),
        app.errand('recheck', id),
        ops.post(`/issues/${UNKNOWN}/resolve`),
      ]);
      const body = { recorded: true, issue: issue.id, command: 'later' };
      expect(first).toEqual({ status: 202, key: 'later', body });
      expect(over).toMatchObject({ status: 202, body: { recorded: true, issue: ended.issue.id, command: over.key } });
      expect(cli).toMatchObject({ code: 0, stderr: '' });
      expect(cli.stdout).toContain(`recheck: recorded for ${issue.id}, but no worker answered.`);
      refused(unknown, 404, 'issue_unknown');
      expect(await ops.post(`/issues/${id}/reassign`, { to: 'ewa' }, { key: 'later' })).toEqual(first);
    });
    await app.issueWhen(id, 'belongs to ewa', (i) => i.assignee === 'ewa' && idle(i));
    // Four times on its way, twice as an update and twice as a signal; now that somebody answers, a fifth time.
    expect(await ops.done(`/issues/${id}/reassign`, { to: 'ewa' }, { key: 'later' })).toMatchObject({
      assignee: 'ewa',
    });
    await app.issueWhen(id, 'has nothing to do', idle);
    expect((await ops.asked(id)).sort()).toEqual([
      'ada asked: recheck',
      `otto asked: reassign from ${NAMES['anna']} to ${NAMES['ewa']}`,
    ]);
    expect(await ops.comments(task)).toBe(before + 1);
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, assignee: 'ewa@example.com' });
    expect((await ops.logged(issue.id)).map((a) => a.outcome).sort()).toEqual(['200', '202', '202', '202']);
    // The new run of the other was begun without a worker, too.
    await app.issueWhen(ended.id, 'is piotr’s', (i) => i.assignee === 'piotr' && i.task !== null && idle(i));
    expect(await app.sandbox.onlyTaskOf(ended.id)).toMatchObject({ gid: ended.task, assignee: 'piotr@example.com' });
  });

  it('no Temporal: 503, nothing is recorded, and webhooks are taken all the same', async () => {
    const { id } = await ops.opened('Error: no ground');
    const { delivery } = await app.without('temporal', async () => {
      const message = refused(await ops.post(`/issues/${id}/resolve`), 503, 'temporal_unavailable');
      expect(message).toContain('Nothing was recorded');
      const cli = await app.errand('resolve', id);
      expect({ code: cli.code, stdout: cli.stdout }).toEqual({ code: 4, stdout: '' });
      expect(cli.stderr).toContain('Temporal cannot be reached');
      const kept = await app.webhook(fixture('issue.created.message'), 'issue');
      expect(kept.status).toBe(202);
      return kept;
    });
    await app.dispatched(delivery ?? '');
    expect(await until('the issue answers', () => ops.asked(id))).toEqual([]);
    expect((await ops.logged(id)).map((a) => [a.by, a.outcome, a.code])).toEqual(
      ['ada', 'otto'].map((by) => [by, '503', 'temporal_unavailable']),
    );
  });

  it('an api that has never seen its Temporal: 503 as well', async () => {
    const api = new Run(['api'], {
      SENTRY_CLIENT_SECRET: 'a-secret-of-the-test',
      SENTRY_ORG: 'acme',
      ASANA_ACCESS_TOKEN: '2/a-token-of-the-test',
      ERRAND_SANDBOX: '1',
      OPERATOR_TOKENS,
      PORT: '0',
      OPERATOR_PORT: '0',
      DATA_DIR: temporaryDir(),
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1')}`,
    });
    const base = (await api.says(/"operatorUrl":"(\S+?)"/))[1] ?? '';
    refused(await ops.post('/issues/1/resolve', undefined, { base }), 503, 'temporal_unavailable');
  });
});

async function terminate(workflow: string): Promise<void> {
  const { address, namespace } = app.running.temporal;
  const connection = await Connection.connect({ address });
  const workflowExecution = { workflowId: workflow };
  await connection.workflowService.terminateWorkflowExecution({ namespace, workflowExecution });
  await connection.close();
}
