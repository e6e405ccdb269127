/** The operators' hands over HTTP, through the whole application on a real Temporal server. */
import { Connection, WorkflowNotFoundError } from '@temporalio/client';
import { OPERATOR_ACTS, refOf } from '../../src/contract';
import { createTemporalClient, type TemporalClient } from '../../src/temporal/client/client';
import { DEFAULT_SETTINGS } from '../../src/workflows/defaults';
import { cleanUpApps, errand, idle, temporaryDir, type App } from '../support/app';
import { INPUT, refused, startWithOperators, type Operators, type Refused } from '../support/operators';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';
import { NAMES, ZONE } from '../support/names';

const UNKNOWN = '424242';

let ops: Operators;
let app: App;
let temporal: TemporalClient;

beforeAll(async () => {
  await temporalExecutable();
  ops = await startWithOperators();
  app = ops.app;
  const { address, namespace } = app.running.temporal;
  temporal = createTemporalClient(await Connection.connect({ address }), namespace);
}, MAKE_TIMEOUT_MS);
afterAll(async () => {
  await cleanUpApps();
  await temporal.connection.close();
});

describe('who may', () => {
  it('operators and admins only, on the operators’ listener only; whoever may not leaves no trace', async () => {
    const { id, issue } = await ops.opened('Error: for operators');
    for (const prefix of ['/issues', '/errors'])
      for (const act of OPERATOR_ACTS) {
        const path = `${prefix}/${id}/${act}`;
        refused(await ops.post(path, INPUT[act], { token: '' }), 401, 'unauthorized');
        refused(await ops.post(path, INPUT[act], { token: 'no-such-token' }), 401, 'unauthorized');
        refused(await ops.post(path, INPUT[act], { who: 'viewer' }), 403, 'forbidden');
        refused(await ops.post(path, INPUT[act], { base: app.running.url }), 404, 'not_found');
      }
    expect(await ops.asked(id)).toEqual([]);
    expect(await ops.logged(issue.id)).toEqual([]);

    // Under either name, by each who may, each act is recorded in that person's name.
    const acts = OPERATOR_ACTS.filter((a) => a !== 'resolve');
    for (const act of acts) {
      await ops.done(`/errors/${id}/${act}`, INPUT[act]);
      await ops.done(`/issues/${id}/${act}`, INPUT[act], { who: 'admin' });
    }
    const told = (by: string, act: string): unknown => {
      if (act === 'mute') return expect.stringMatching(new RegExp(`^${by} asked: mute until [\\d-]+ [\\d:]+ ${ZONE}$`));
      if (act !== 'reassign') return `${by} asked: ${act}`;
      // The second has nobody to take it from.
      return `${by} asked: reassign${by === 'otto' ? ` from ${issue.assigneeName}` : ''} to ${NAMES['piotr']}`;
    };
    expect(await ops.asked(id)).toEqual(acts.flatMap((act) => [told('otto', act), told('ada', act)]));
    expect((await ops.logged(issue.id)).reverse().map((a) => [a.by, a.act, a.outcome])).toEqual(
      acts.flatMap((act) => [
        ['otto', act, '200'],
        ['ada', act, '200'],
      ]),
    );
  });

  it('a release is an operator’s act, too: 404 where nothing is held, 422 for a body', async () => {
    const path = '/storms/shop/release';
    refused(await ops.post(path, undefined, { who: 'viewer' }), 403, 'forbidden');
    refused(await ops.post(path, undefined, { base: app.running.url }), 404, 'not_found');
    refused(await ops.post(path, { project: 'shop' }), 422, 'invalid');
    refused(await ops.post(path), 404, 'storm_unknown');
    refused(await ops.post('/storms/a%3Ab%20c/release'), 404, 'storm_unknown');
    expect((await ops.logged('storm:acme:shop')).map((a) => [a.by, a.act, a.code])).toEqual([
      ['otto', 'release', 'storm_unknown'],
      ['otto', 'release', 'invalid'],
    ]);
    expect((await ops.get('/storms', 'viewer')).status).toBe(200);
  });

  it('the log of acts is for admins, newest first, a page at a time', async () => {
    for (const who of ['viewer', 'operator'] as const) expect((await ops.get('/logs', who)).status).toBe(403);
    const all = (await ops.logs()).acts;
    const first = await ops.logs('limit=3');
    const second = await ops.logs(`limit=3&cursor=${first.next}`);
    expect([...first.acts, ...second.acts]).toEqual(all.slice(0, 6));
    expect(all.map((a) => a.id)).toEqual([...all.map((a) => a.id)].sort().reverse());
  });
});

describe('each act', () => {
  it('reassign: both sides follow, and one key is one command, whatever else it is used for', async () => {
    const { id, issue, task } = await ops.opened('Error: given away');
    expect(issue.assignee).toBe('anna');
    const before = await ops.comments(task);
    const path = `/issues/${issue.shortId}/reassign`;
    for (const to of ['piotr', 'piotr', 'Piotr'])
      expect(await ops.done(path, { to }, { key: 'one' })).toMatchObject({
        id: issue.id,
        assignee: 'piotr',
        override: { by: 'otto' },
      });
    await app.issueWhen(id, 'belongs to piotr', (i) => i.assignee === 'piotr' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, assignee: 'piotr@example.com' });
    expect(await ops.comments(task)).toBe(before + 1);

    // The same key with another input, another act, or from somebody else is not the same command.
    expect(await ops.done(path, { to: 'ewa' }, { key: 'one' })).toMatchObject({ assignee: 'ewa' });
    await ops.done(`/issues/${id}/recheck`, {}, { key: 'one' });
    await ops.done(`/issues/${id}/recheck`, {}, { key: 'one', who: 'admin' });
    await app.issueWhen(id, 'belongs to ewa', (i) => i.assignee === 'ewa' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, assignee: 'ewa@example.com' });
    expect(await ops.comments(task)).toBe(before + 2);
    expect(await ops.asked(id)).toEqual([
      `otto asked: reassign from ${NAMES['anna']} to ${NAMES['piotr']}`,
      `otto asked: reassign from ${NAMES['piotr']} to ${NAMES['ewa']}`,
      'otto asked: recheck',
      'ada asked: recheck',
    ]);
    // Each time it was sent is in the log, with what was sent.
    const sent = (await ops.logged(issue.id)).filter((a) => a.act === 'reassign').reverse();
    expect(sent.map((a) => [a.by, a.input, a.command, a.outcome])).toEqual(
      ['piotr', 'piotr', 'Piotr', 'ewa'].map((to) => ['otto', { to }, 'one', '200']),
    );
  });

  it('mute: nothing is said until then; resolve: both sides are closed all the same', async () => {
    const { id, issue, task } = await ops.opened('Error: too loud');
    const before = await ops.comments(task);
    const muted = await ops.done(`/issues/${issue.id}/mute`, { for: '2h' }, { key: 'quiet' });
    const until = /Silent until [\d-]+ [\d:]+ Europe\/Warsaw/.exec(muted.next)?.[0];
    expect(until).toBeDefined();
    await ops.done(`/issues/${issue.id}/mute`, { for: '2h' }, { key: 'quiet' });
    expect((await app.issue(id)).next).toContain(until);
    expect(await ops.done(`/issues/${issue.id}/resolve`, undefined, { key: 'done' })).toMatchObject({
      state: 'resolved',
    });
    await ops.done(`/issues/${issue.id}/resolve`, {}, { key: 'done' });
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, completed: true });
    const world = await app.sandbox.world();
    expect(world['sentry-issues'].find((i) => i.id === id)?.status).toBe('resolved');
    expect(await ops.comments(task)).toBe(before);
  });

  it('recheck finds what no webhook told; resolve sent twice at once is one', async () => {
    const { id, task } = await ops.opened('Error: behind our back');
    await app.sandbox.act(id, 'resolve', { webhook: false });
    await ops.done(`/issues/${id}/recheck`);
    await app.issueWhen(id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, completed: true });
    await app.sandbox.act(id, 'regress', { webhook: false });
    await ops.done(`/issues/${id}/recheck`, undefined, { type: 'text/plain' });
    await app.issueWhen(id, 'is open again', (i) => i.state === 'open' && idle(i));
    const before = await ops.comments(task);
    const twice = await Promise.all([1, 2].map(() => ops.done(`/issues/${id}/resolve`, undefined, { key: 'now' })));
    expect(twice.map((i) => i.state)).toEqual(['resolved', 'resolved']);
    await app.issueWhen(id, 'is resolved again', (i) => i.state === 'resolved' && idle(i));
    expect(await ops.comments(task)).toBe(before + 1);
  });

  it('retry tries at once what needs attention', async () => {
    await app.sandbox.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
    const { id } = await app.sandbox.raise({ title: 'Error: no access', platform: 'python' });
    const stuck = await app.issueWhen(id, 'needs a person', (i) => i.attention.length > 0);
    expect(stuck.attention).toMatchObject([{ step: 'ensureTask', code: 'asana_forbidden' }]);
    await app.sandbox.noFaults();
    await ops.done(`/issues/${id}/retry`);
    // By itself it would be tried again in ten minutes: far beyond what is waited for here.
    await app.settled(id);
    expect(await app.sandbox.tasksOf(id)).toHaveLength(1);
  });

  it('a run that has ended: a new one finds its task again', async () => {
    const { id, issue, task } = await ops.opened('Error: its workflow is over');
    const workflow = temporal.client.workflow.getHandle(issue.id);
    const { runId } = await workflow.describe();
    await workflow.terminate('by the test');
    await ops.done(`/issues/${id}/reassign`, { to: 'ewa' });
    await app.issueWhen(id, 'belongs to ewa', (i) => i.state === 'open' && i.assignee === 'ewa' && idle(i));
    expect((await workflow.describe()).runId).not.toBe(runId);
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task, assignee: 'ewa@example.com' });
  });
});

describe('refused', () => {
  it('an unknown issue is 404, and no workflow is started', async () => {
    const own = `sentry:acme:${UNKNOWN}`;
    const foreign = `sentry:elsewhere:${UNKNOWN}`;
    for (const act of OPERATOR_ACTS)
      for (const id of [UNKNOWN, own, foreign, 'NO-SUCH-1', 'rotation:backend'])
        refused(await ops.post(`/issues/${id}/${act}`, INPUT[act]), 404, 'issue_unknown');
    for (const id of [own, foreign])
      await expect(temporal.client.workflow.getHandle(id).describe()).rejects.toThrow(WorkflowNotFoundError);
    const { acts } = await ops.logs();
    for (const id of [UNKNOWN, own, foreign, 'NO-SUCH-1'])
      expect(acts.filter((a) => a.issue === id).map((a) => [a.outcome, a.code])).toEqual(
        OPERATOR_ACTS.map(() => ['404', 'issue_unknown']),
      );
  });

  it('what is not valid is 422 in words, and nothing is recorded', async () => {
    const { id, issue } = await ops.opened('Error: not so');
    for (const [act, words, body, more] of [
      ['resolve', 'not JSON', undefined, { text: 'hello' }],
      ['resolve', '"to" is not known here', { to: 'anna' }, {}],
      ['resolve', 'Idempotency-Key', undefined, { key: 'x'.repeat(101) }],
      ['reassign', 'to: is missing', undefined, {}],
      ['mute', 'for: is missing', undefined, {}],
      ['mute', 'for: must be a number with m, h, d or w', { for: 'ever' }, {}],
    ] as const)
      expect(refused(await ops.post(`/issues/${id}/${act}`, body, more), 422, 'invalid')).toContain(words);
    const nobody = await ops.post(`/issues/${id}/reassign`, { to: 'pitor' });
    expect(refused(nobody, 422, 'unknown_person')).toContain('did you mean "piotr"?');
    expect((await ops.logged(id)).map((a) => a.outcome)).toEqual(Array.from({ length: 7 }, () => '422'));

    // Rules that changed between the API's look and the workflow's: the workflow refuses by itself.
    const ref = refOf(issue.id) ?? { source: '', scope: '', id: '' };
    const sent = temporal.command(ref, 'reassign', { id: 'x', by: 'otto', to: 'pitor' }, DEFAULT_SETTINGS);
    await expect(sent).rejects.toMatchObject({ code: 'unknown_person' });
    await expect(sent).rejects.toThrow('did you mean "piotr"?');
    expect(await ops.asked(id)).toEqual([]);
    expect((await app.issue(id)).assignee).toBe('anna');
  });

  it('a list that is asked for wrongly says so in words', async () => {
    for (const [query, words] of [
      ['state=dreaming', 'state: must be one of new, open, resolved, muted, skipped, done'],
      ['attention=perhaps', 'attention: must be one of true, false'],
      ['limit=0', 'limit: must be at least 1'],
      ['limit=many', 'limit: must be a number'],
      ['project=a&project=b', 'project: must be one value, not several'],
    ]) {
      const answer = await ops.get(`/issues?${query}`, 'viewer');
      const body = (await answer.json()) as Refused;
      expect(refused({ status: answer.status, key: null, body }, 422, 'invalid')).toContain(words);
    }
  });

  it.each(['up', 'api'])('%s: a listener for everybody without tokens', async (command) => {
    const said = await errand([command], { DATA_DIR: temporaryDir(), OPERATOR_HOST: '0.0.0.0' });
    expect({ code: said.code, stdout: said.stdout }).toEqual({ code: 3, stdout: '' });
    expect(said.stderr).toMatch(/^ {2}- OPERATOR_TOKENS is missing: OPERATOR_HOST is not a loopback address\.$/m);
  });
});
