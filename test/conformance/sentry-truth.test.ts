/**
 * What the real Sentry does where one would expect something else, as pretend Sentry plays it. Each test names the place in
 * getsentry/sentry (file@commit) that it follows.
 */
import { at, call, closeAll, control, type Json, receiver, type Reply, sandbox, sentry } from '../sandbox/support';
import type { Sandbox } from '../../src/sandbox';

const ORG = '/organizations/acme';
const DAY = 24 * 3_600_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

afterEach(closeAll);

async function unlimited(): Promise<Sandbox> {
  const box = await sandbox();
  await control(box, '/sentry/limits', { on: false });
  return box;
}
const create = async (box: Sandbox, more: Json = {}): Promise<string> =>
  String((await control(box, '/sentry/issues', { title: 'Boom', project: 'web', ...more })).body.id);
const list = (box: Sandbox, query = ''): Promise<Reply> => sentry(box, 'GET', `${ORG}/issues/${query}`);
const ids = async (box: Sandbox, query = ''): Promise<unknown[]> => (await list(box, query)).list.map(({ id }) => id);

describe('the list of issues', () => {
  test('collapse=stats takes away counts and dates, not only the series (serializers/models/group_stream.py@024b89eb)', async () => {
    const box = await unlimited();
    await create(box);
    const told = ['count', 'userCount', 'firstSeen', 'lastSeen', 'stats'];
    const keys = async (query: string): Promise<string[]> => {
      const [row = {}] = (await list(box, query)).list;
      return told.filter((key) => key in row);
    };
    expect(await keys('')).toEqual(told);
    expect(await keys('?collapse=stats')).toEqual([]);
    expect(await keys('?groupStatsPeriod=&collapse=lifetime&collapse=filtered')).toEqual(told.slice(0, 4));
  });

  test('a row’s last occurrence comes from ClickHouse, which may be behind: null (serializers/models/group.py, _parse_seen_stats_results)', async () => {
    const box = await unlimited();
    await create(box);
    await control(box, '/sentry/lists', { lagMs: 60_000 });
    expect((await list(box)).list[0]).toMatchObject({ lastSeen: null, userCount: 0, count: '1' });
  });

  test('it ends at 90 days, whatever the state (search/snuba/executors.py@00491a94, retention_date)', async () => {
    const box = await unlimited();
    const [young, old] = [
      await create(box, { firstSeen: ago(200), lastSeen: ago(89) }),
      await create(box, { firstSeen: ago(200), lastSeen: ago(91) }),
    ];
    expect(await ids(box)).toEqual([young]);
    expect(await ids(box, '?query=')).toEqual([young]);
    expect((await sentry(box, 'GET', `${ORG}/issues/${old}/`)).body.status).toBe('unresolved');
  });

  test('feedback and configuration are hidden unless a category is named (search/snuba/executors.py@00491a94, group_categories_from_search_filters)', async () => {
    const box = await unlimited();
    const error = await create(box);
    const feedback = await create(box, { category: 'feedback' });
    const configuration = await create(box, { category: 'configuration' });
    expect(await ids(box)).toEqual([error]);
    const named = encodeURIComponent('is:unresolved issue.category:[feedback,configuration]');
    expect((await ids(box, `?query=${named}`)).sort()).toEqual([feedback, configuration].sort());
  });

  test('a category that the server does not know refuses the whole search (api/issue_search.py@02575bd0, convert_category_value)', async () => {
    const box = await unlimited();
    await control(box, '/sentry/lists', { categories: ['error', 'feedback'] });
    const refused = await list(box, `?query=${encodeURIComponent('issue.category:[feedback,configuration]')}`);
    expect([refused.status, refused.body]).toEqual([400, { detail: "Invalid category value of 'configuration'" }]);
  });

  test('it covers the projects of the token’s own user, and with project=-1 all of them (api/bases/organization.py, get_projects)', async () => {
    const box = await unlimited();
    const mine = await create(box, { project: 'mine' });
    const other = await create(box, { project: 'other' });
    await control(box, '/sentry/token', { kind: 'personal', memberOf: ['mine'] });
    expect(await ids(box)).toEqual([mine]);
    expect((await ids(box, '?project=-1')).sort()).toEqual([mine, other].sort());
  });

  test('group asks for issues by their ids and ignores the search (issues/endpoints/organization_group_index.py@0091ead9)', async () => {
    const box = await unlimited();
    const old = await create(box, { firstSeen: ago(200), lastSeen: ago(100) });
    const resolved = await create(box, { category: 'feedback' });
    await control(box, `/sentry/issues/${resolved}/resolve`, { webhook: false });
    const deleted = await create(box);
    await control(box, `/sentry/issues/${deleted}/delete`, { webhook: false });
    await create(box);
    expect(await ids(box, `?group=${old}&group=${resolved}&group=${deleted}&project=-1`)).toEqual([old, resolved]);
    expect((await list(box, '?group=x')).body).toEqual({ detail: 'Group ids must be integers' });
  });
});

describe('one issue', () => {
  test('while it is being merged it answers 404 and is in no list; then it answers as its survivor (issues/endpoints/bases/group.py@062a1524)', async () => {
    const box = await unlimited();
    const [survivor, merged] = [await create(box), await create(box)];
    await control(box, `/sentry/issues/${merged}/merge`, { into: survivor, ms: 400 });
    const read = () => sentry(box, 'GET', `${ORG}/issues/${merged}/`);
    expect(await read()).toMatchObject({ status: 404, body: { detail: 'The requested resource does not exist' } });
    expect(await ids(box)).toEqual([survivor]);
    let after = await read();
    while (after.status === 404) after = await read();
    expect(after.body.id).toBe(survivor);
  });

  test('an unknown organisation and a transferred project give the very same 404 (api/exceptions.py, ResourceDoesNotExist)', async () => {
    const box = await unlimited();
    const issue = await create(box, { project: 'moved' });
    const gone = { status: 404, body: { detail: 'The requested resource does not exist' } };
    await control(box, '/sentry/projects/moved/transfer');
    expect(await sentry(box, 'GET', `${ORG}/issues/${issue}/`)).toMatchObject(gone);
    expect(await sentry(box, 'GET', '/projects/acme/moved/')).toMatchObject(gone);
    expect(await sentry(box, 'GET', '/organizations/another/issues/')).toMatchObject(gone);
    await control(box, '/sentry/org', { slug: 'renamed' });
    expect(await list(box)).toMatchObject(gone);
  });

  test('a renamed project answers 302 with where it is now (api/bases/project.py@020bfbdf, ProjectMoved)', async () => {
    const box = await unlimited();
    await create(box, { project: 'before' });
    await control(box, '/sentry/projects/before/rename', { slug: 'after' });
    const moved = await sentry(box, 'GET', '/projects/acme/before/');
    expect([moved.status, moved.body.slug, moved.headers.get('location')]).toEqual([
      302,
      'after',
      '/api/0/projects/acme/after/',
    ]);
    expect((await sentry(box, 'GET', '/projects/acme/after/')).body.slug).toBe('after');
  });

  test('a change of status of a metric issue is taken with 200 and not made (issues/grouptype.py; getsentry/sentry#102729)', async () => {
    const box = await unlimited();
    const issue = await create(box, { category: 'metric', type: 'metric_issue' });
    const answer = await sentry(box, 'PUT', `${ORG}/issues/${issue}/`, { status: 'resolved' });
    expect([answer.status, answer.body.status]).toEqual([200, 'unresolved']);
    expect(
      at((await sentry(box, 'PUT', `${ORG}/issues/${issue}/`, { assignedTo: 'user:1001' })).body, 'assignedTo', 'id'),
    ).toBe('1001');
  });

  test('somebody in no team of the project is refused as assignee (api/helpers/group_index/validators/group.py@03be4ace)', async () => {
    const box = await unlimited();
    const issue = await create(box);
    await control(box, '/sentry/members', { name: 'Olaf', email: 'olaf@example.com', teamless: true });
    const answer = await sentry(box, 'PUT', `${ORG}/issues/${issue}/`, { assignedTo: 'olaf@example.com' });
    expect([answer.status, answer.body]).toEqual([400, { assignedTo: ['Cannot assign to non-team member'] }]);
  });
});

describe('the token', () => {
  test.each([
    [['event:read'], [200, 200, 403, 403, 403, 403]],
    [
      ['org:read', 'project:read', 'member:read'],
      [403, 403, 403, 200, 200, 200],
    ],
    [['event:write'], [200, 200, 200, 403, 403, 403]],
  ])('with %j may do this (api/bases/*.py, scope_map)', async (scopes, expected) => {
    const box = await unlimited();
    const issue = await create(box);
    await control(box, '/sentry/token', { scopes });
    const statuses = [
      (await list(box)).status,
      (await sentry(box, 'GET', `${ORG}/issues/${issue}/external-issues/`)).status,
      (await sentry(box, 'PUT', `${ORG}/issues/${issue}/`, { status: 'resolved' })).status,
      (await sentry(box, 'GET', `${ORG}/projects/`)).status,
      (await sentry(box, 'GET', '/projects/acme/web/')).status,
      (await sentry(box, 'GET', `${ORG}/members/`)).status,
    ];
    expect(statuses).toEqual(expected);
  });

  test('GET /api/0/ tells its scopes and whose it is; an integration’s user has no address (api/endpoints/index.py@2d78a13b)', async () => {
    const box = await unlimited();
    expect((await sentry(box, 'GET', '/')).body).toMatchObject({ user: { email: '' } });
    await control(box, '/sentry/token', { kind: 'personal', scopes: ['event:read'] });
    expect((await sentry(box, 'GET', '/')).body).toMatchObject({
      auth: { scopes: ['event:read'] },
      user: { email: 'anna@example.com' },
    });
  });

  test('an integration may not list its own installations (sentry_apps/api/bases/sentryapps.py@00c215d5; getsentry/sentry#60072)', async () => {
    const box = await unlimited();
    expect((await sentry(box, 'GET', `${ORG}/sentry-app-installations/`)).status).toBe(404);
  });
});

test('issue.created comes for errors only (sentry_apps/tasks/sentry_apps.py, should_process_resource_change_bounds)', async () => {
  const box = await unlimited();
  const { url, received } = await receiver();
  await control(box, '/sentry/webhook', { url });
  await create(box, { category: 'performance' });
  await create(box, { category: 'cron' });
  const made = await control(box, '/sentry/issues', { title: 'Boom', project: 'web' });
  expect(made.body.webhooks).toHaveLength(1);
  expect(received.length).toBeLessThanOrEqual(1);
});

test('what stands between says nothing of Sentry’s: a page, with any status', async () => {
  const box = await unlimited();
  for (const status of [200, 401, 403, 404, 502]) {
    await control(box, '/faults', { vendor: 'sentry', kind: 'page', status, times: 1 });
    const answer = await list(box);
    expect([answer.status, answer.headers.get('content-type'), answer.text.startsWith('<html>')]).toEqual([
      status,
      'text/html',
      true,
    ]);
  }
});

test('an answer that never ends goes on until the caller hangs up, and then ends', async () => {
  const box = await unlimited();
  await control(box, '/faults', { vendor: 'sentry', kind: 'endless', times: 1 });
  const answer = await fetch(`${box.sentryUrl}/api/0${ORG}/issues/`, {
    headers: { authorization: `Bearer ${box.tokens.sentry}` },
    signal: AbortSignal.timeout(300),
  });
  await expect(answer.text()).rejects.toThrow(/abort|timeout/i);
  expect(
    (await call(`${box.sentryUrl}/api/0/`, 'GET', undefined, { authorization: `Bearer ${box.tokens.sentry}` })).status,
  ).toBe(200);
});
