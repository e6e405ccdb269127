import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTaskAt } from '../../../src/vendors/asana/hosts';
import { createSentry, type Sentry } from '../../../src/vendors/sentry/client';
import { nextPage } from '../../../src/vendors/sentry/call';
import { serve, type Reply, type Seen, type Serving } from '../support';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(__dirname, '../../fixtures/sentry', `${name}.json`), 'utf8')) as Record<string, unknown>;
const ISSUE = fixture('api.issue.get');
const EVENT = fixture('api.issue_event.get');
const LINKS = fixture('api.issue_external_issues.list');
const POSTED = fixture('api.sentry_app_external_issue.post.response');

const ref = { source: 'sentry', scope: 'acme', id: '1' };
const task = {
  tracker: 'asana',
  id: '1200000000000007',
  url: 'https://app.asana.com/0/20/1200000000000007/f',
} as const;
const link = { ref, task, project: 'Checkout bugs', installation: 'uuid-1' };

const LINK = 'POST /api/0/sentry-app-installations/uuid-1/external-issues/';
/** What Sentry answers when it has made the link. */
const LINKED = { ...POSTED, issueId: '1', webUrl: task.url };

let server: Serving;
let sentry: Sentry;
let routes: Record<string, (request: Seen) => Reply>;
const ok = (json: unknown, headers?: Record<string, string>): Reply => ({ status: 200, json, headers });

beforeEach(async () => {
  routes = {
    'GET /api/0/organizations/acme/issues/1/': () => ok(ISSUE),
    'GET /api/0/organizations/acme/issues/1/events/latest/': () => ok(EVENT),
    'GET /api/0/organizations/acme/issues/1/external-issues/': () => ok(LINKS),
    [LINK]: () => ok(LINKED),
    'PUT /api/0/organizations/acme/issues/1/': (request) => ok(request.body),
    'GET /api/0/organizations/acme/members/': () =>
      ok([{ id: '8', email: 'anna@example.com', user: { id: '42', username: 'anna', email: 'anna@example.com' } }]),
  };
  server = await serve(
    (request) =>
      routes[`${request.method} ${request.path}`]?.(request) ?? { status: 404, json: { detail: 'not found' } },
  );
  sentry = createSentry({
    baseUrl: server.url,
    token: 'secret',
    org: 'acme',
    taskAt: createTaskAt(),
    person: (who) => ({ 'john.doe@example.com': 'john', 'anna@example.com': 'anna' })[who],
  });
});
afterEach(() => server.close());
const puts = (): unknown[] => server.seen.filter((one) => one.method === 'PUT').map((one) => one.body);

describe('readIssue', () => {
  it('reads issue, event and links in three requests', async () => {
    const snapshot = await sentry.readIssue(ref, ['staging']);
    expect(snapshot).toMatchObject({
      ref,
      shortId: 'PUMP-STATION-1',
      project: 'pump-station',
      status: 'unresolved',
      events: 150,
      users: 12,
      assignee: 'john',
      environments: ['staging', 'prod'],
      via: 'api',
    });
    expect(server.seen).toHaveLength(3);
    expect(server.seen.every((one) => one.path.endsWith('/'))).toBe(true);
    expect(server.seen.every((one) => one.headers.authorization === 'Bearer secret')).toBe(true);
  });

  it('asks for no links that the issue itself shows', async () => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, sentryAppIssues: LINKS });
    const listed = server.seen.length;
    const { links } = (await sentry.readIssue(ref, [])) as { links: unknown[] };
    expect(server.seen.slice(listed).map(({ path }) => path.replace(/.*\/issues\/1\//, ''))).toEqual([
      '',
      'events/latest/',
    ]);
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok(ISSUE);
    expect(await sentry.readIssue(ref, [])).toMatchObject({ links });
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, sentryAppIssues: [] });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ links: [] });
  });

  it.each([{}, { message: 'no Route matched with those values' }, { detail: '' }])(
    'a 404 of somebody in between is an outage, and no word of Sentry that the issue is gone: %j',
    async (json) => {
      routes['GET /api/0/organizations/acme/issues/1/'] = () => ({ status: 404, json });
      await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({ code: 'sentry_unavailable' });
    },
  );

  it('is missing on 404, and lives without an event and without links', async () => {
    delete routes['GET /api/0/organizations/acme/issues/1/events/latest/'];
    routes['GET /api/0/organizations/acme/issues/1/external-issues/'] = () => ({ status: 403, json: { detail: 'no' } });
    expect(await sentry.readIssue(ref, [])).toMatchObject({
      links: [],
      frames: [],
      environments: [],
      lacks: [
        expect.stringMatching(/^its links \(.*403 no; it needs the permission "Issue & Event: Read"\)$/) as string,
      ],
    });
    delete routes['GET /api/0/organizations/acme/issues/1/'];
    expect(await sentry.readIssue(ref, [])).toBe('missing');
  });

  it.each<[string, object]>([
    ['no title', { title: undefined }],
    ['a title that is no text', { title: null }],
    ['no project', { project: undefined }],
    ['a project without a slug', { project: { id: '2' } }],
    ['another organisation', { project: { slug: 'pump-station', organization: { slug: 'other' } } }],
  ])('takes an answer that tells %s for an outage, and not for an issue', async (_, more) => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, ...more });
    await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({ code: 'sentry_unavailable' });
    await expect(sentry.lookAt(ref)).rejects.toMatchObject({ code: 'sentry_unavailable' });
  });

  it('follows a merge once the survivor answers as itself', async () => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, id: '77' });
    routes['GET /api/0/organizations/acme/issues/77/'] = () => ok({ ...ISSUE, id: '77' });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ status: 'gone', mergedInto: { id: '77' } });
  });

  it('a survivor in another project is no merge, as Sentry merges within one: unless that project was renamed', async () => {
    const survivor = { ...ISSUE, id: '77', project: { slug: 'water' } };
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok(survivor);
    routes['GET /api/0/organizations/acme/issues/77/'] = () => ok(survivor);
    routes['GET /api/0/projects/acme/pump-station/'] = () => ok({ id: '2', slug: 'pump-station' });
    const known = { project: 'pump-station' };
    await expect(sentry.readIssue(ref, [], known)).rejects.toMatchObject({ code: 'sentry_unavailable' });
    routes['GET /api/0/projects/acme/pump-station/'] = () => ({
      status: 302,
      json: { slug: 'water', detail: { extra: { slug: 'water', url: '/x' } } },
      headers: { location: '/api/0/projects/acme/water/' },
    });
    expect(await sentry.readIssue(ref, [], known)).toMatchObject({ mergedInto: { id: '77' } });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ mergedInto: { id: '77' } });
  });

  it.each([
    ['does not exist in this organisation', undefined],
    ['is yet another one', { ...ISSUE, id: '78' }],
  ])('takes an answer about another issue for an outage, not for a merge: that issue %s', async (_, survivor) => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, id: '77' });
    if (survivor) routes['GET /api/0/organizations/acme/issues/77/'] = () => ok(survivor);
    await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({
      code: 'sentry_unavailable',
      detail: expect.stringContaining('77') as string,
    });
  });

  it.each([
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 401, 'sentry_unauthorized'],
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 403, 'sentry_forbidden'],
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 500, 'sentry_unavailable'],
    // An outage of a part must not look like an issue without links or tags: it is waited for.
    ['links', 'GET /api/0/organizations/acme/issues/1/external-issues/', 503, 'sentry_unavailable'],
    ['event', 'GET /api/0/organizations/acme/issues/1/events/latest/', 502, 'sentry_unavailable'],
  ])('fails when the %s fails (%s %i)', async (_, route, status, code) => {
    routes[route] = () => ({ status, json: { detail: 'oops' } });
    await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({ code });
  });

  it('asks for the issue first, and for the rest only when that is there', async () => {
    delete routes['GET /api/0/organizations/acme/issues/1/'];
    await sentry.readIssue(ref, []);
    expect(server.seen.map((one) => one.path)).toEqual(['/api/0/organizations/acme/issues/1/']);
  });

  it.each([
    [
      'its latest event',
      'GET /api/0/organizations/acme/issues/1/events/latest/',
      { links: [{ id: '42' }], frames: [] },
    ],
    ['its links', 'GET /api/0/organizations/acme/issues/1/external-issues/', { links: [] }],
  ])('goes on without %s when it is told to spare it, and says so', async (what, route, left) => {
    routes['GET /api/0/organizations/acme/issues/1/external-issues/'] = () =>
      ok([{ webUrl: 'https://app.asana.com/0/1/000042' }]);
    routes[route] = () => ({ status: 500, json: { detail: 'Internal Error' } });
    const snapshot = await sentry.readIssue(ref, [], { spare: true });
    const { links = [], ...more } = left as { links?: object[] };
    expect(snapshot).toMatchObject({ title: ISSUE.title, ...more });
    expect((snapshot as { links: unknown[] }).links).toHaveLength(links.length);
    expect((snapshot as { lacks: string[] }).lacks).toEqual([
      expect.stringMatching(`^${what} \\(.*500 Internal Error\\)$`),
    ]);
  });

  it('tells of each failure of an extra, and of none where it has only to wait for its turn', async () => {
    let told = 0;
    const options = { extraFailed: () => (told += 1) };
    const route = 'GET /api/0/organizations/acme/issues/1/events/latest/';
    routes[route] = () => ({ status: 503, json: { detail: 'oops' } });
    await expect(sentry.readIssue(ref, [], options)).rejects.toMatchObject({ code: 'sentry_unavailable' });
    expect(told).toBe(1);
    // A refusal for too many requests stops all of ours for so long.
    routes[route] = () => ({ status: 429, text: '', headers: { 'retry-after': '60' } });
    await sentry.readIssue(ref, [], { spare: true });
    await expect(sentry.readIssue(ref, [], { ...options, spare: true })).rejects.toMatchObject({
      detail: expect.stringContaining('our own rate limit') as string,
    });
    expect(told).toBe(1);
  });

  it.each([503, 429])(
    'does not wait for ever for an event whose %i asks each time to come again: that is a failure like others',
    async (status) => {
      let told = 0;
      routes['GET /api/0/organizations/acme/issues/1/events/latest/'] = () => ({
        status,
        json: { detail: 'later' },
        headers: { 'retry-after': '1' },
      });
      await expect(sentry.readIssue(ref, [], { extraFailed: () => (told += 1) })).rejects.toMatchObject({
        code: 'sentry_unavailable',
      });
      expect(told).toBe(1);
      expect(await sentry.readIssue(ref, [], { spare: true })).toMatchObject({
        lacks: [expect.stringContaining('its latest event') as string],
      });
    },
  );

  it.each<[string, Reply]>([
    ['400', { status: 400, json: { detail: 'Invalid event' } }],
    ['a redirect', { status: 302, headers: { location: '/x' } }],
  ])('goes on at once without an event that is refused with %s, which is no outage', async (_, reply) => {
    routes['GET /api/0/organizations/acme/issues/1/events/latest/'] = () => reply;
    expect(await sentry.readIssue(ref, [])).toMatchObject({
      title: ISSUE.title,
      lacks: [expect.stringContaining('its latest event') as string],
    });
  });

  it('members that fail hold the issue up no longer than another part: then nobody is found, and that is said', async () => {
    let told = 0;
    routes['GET /api/0/organizations/acme/issues/1/'] = () =>
      ok({ ...ISSUE, owners: [{ type: 'x', owner: 'user:42' }] });
    routes['GET /api/0/organizations/acme/members/'] = () => ({ status: 500, json: { detail: 'oops' } });
    await expect(sentry.readIssue(ref, [], { extraFailed: () => (told += 1) })).rejects.toMatchObject({
      code: 'sentry_unavailable',
    });
    expect(told).toBe(1);
    expect(await sentry.readIssue(ref, [], { spare: true })).toMatchObject({
      owners: [],
      lacks: [expect.stringContaining('the members who own it') as string],
    });
  });

  it('knows owners by number through the members, read once and page by page', async () => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () =>
      ok({
        ...ISSUE,
        owners: [
          { type: 'suspectCommit', owner: 'user:42' },
          { type: 'codeowners', owner: 'team:1' },
        ],
      });
    routes['GET /api/0/organizations/acme/members/'] = (request) =>
      request.query.get('cursor') === '0:100:0'
        ? ok([{ id: '9', email: 'anna@example.com', user: { id: '42', username: 'anna' } }])
        : ok([{ id: '8', email: 'x@example.com', user: null }], {
            link: '<http://x>; rel="previous"; results="false"; cursor="0:0:1", <http://x>; rel="next"; results="true"; cursor="0:100:0"',
          });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ owners: ['anna'] });
    await sentry.readIssue(ref, []);
    expect(server.seen.filter((one) => one.path.endsWith('/members/'))).toHaveLength(2);
  });

  it('has no owners where the token may not list members', async () => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () =>
      ok({ ...ISSUE, owners: [{ type: 'x', owner: 'user:42' }] });
    routes['GET /api/0/organizations/acme/members/'] = () => ({ status: 403, json: { detail: 'no' } });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ owners: [] });
  });
});

describe('linkIssue', () => {
  it('posts once, with the task in the identifier', async () => {
    await sentry.linkIssue(link);
    const post = server.seen.find((one) => one.method === 'POST');
    expect(post?.body).toEqual({ issueId: 1, webUrl: task.url, project: 'Checkout bugs', identifier: task.id });
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['another task', { ...LINKED, webUrl: 'https://app.asana.com/0/20/7/f' }],
    ['another issue', { ...LINKED, issueId: '2' }],
    ['nothing', null],
    ['something else', { detail: 'ok' }],
  ])('does not believe a 2xx that shows the link of %s', async (_, answer) => {
    routes[LINK] = () => ok(answer);
    await expect(sentry.linkIssue(link)).rejects.toMatchObject({ code: 'sentry_ignored' });
  });

  it('takes the link of an issue as an old Sentry names it', async () => {
    const { issueId: groupId, ...rest } = LINKED;
    routes[LINK] = () => ok({ ...rest, groupId });
    await sentry.linkIssue(link);
  });

  it('a wrong installation: says which uuid, and both places that it may be from', async () => {
    await expect(sentry.linkIssue({ ...link, installation: 'uuid-2' })).rejects.toMatchObject({
      code: 'sentry_refused',
      detail: expect.stringMatching(/installation uuid-2 .*SENTRY_INSTALLATION.*delivery/) as string,
    });
  });

  it('a 404 of an issue that is gone says so, and not that the installation is wrong', async () => {
    delete routes[LINK];
    delete routes['GET /api/0/organizations/acme/issues/1/'];
    await expect(sentry.linkIssue(link)).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
  });

  it('a 404 of an issue that was merged, so that it answers as its survivor, says that it is not found', async () => {
    delete routes[LINK];
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, id: '77' });
    await expect(sentry.linkIssue(link)).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
  });

  it.each(['https://us.sentry.io', 'https://acme.my.sentry.io', 'https://sentry.example.com'])(
    'goes to the configured host, whatever it is called: %s',
    async (baseUrl) => {
      const asked: string[] = [];
      const fetched = jest.spyOn(globalThis, 'fetch').mockImplementation((url) => {
        asked.push(String(url instanceof Request ? url.url : url));
        return Promise.resolve(Response.json(LINKED));
      });
      try {
        await createSentry({ baseUrl, token: 'secret', org: 'acme', person: () => undefined }).linkIssue(link);
      } finally {
        fetched.mockRestore();
      }
      expect(asked).toEqual([`${baseUrl}/api/0/sentry-app-installations/uuid-1/external-issues/`]);
    },
  );
});

describe('writes', () => {
  it('assigns by the number that the members show, and by the name where they show none', async () => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = (request) => {
      const { assignedTo } = request.body as { assignedTo: string };
      const known = assignedTo === 'user:42';
      return ok({
        assignedTo: { type: 'user', id: known ? '42' : '43', email: known ? 'anna@example.com' : assignedTo },
      });
    };
    await sentry.assign(ref, 'Anna@example.com');
    await sentry.assign(ref, 'piotr@example.com');
    await sentry.assign(ref, '42');
    expect(puts()).toEqual([{ assignedTo: 'user:42' }, { assignedTo: 'piotr@example.com' }, { assignedTo: 'user:42' }]);
  });

  it('keeps Sentry’s words of a refusal', async () => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ({
      status: 400,
      json: { assignedTo: ['Cannot assign to non-team member'] },
    });
    await expect(sentry.assign(ref, 'x@example.com')).rejects.toMatchObject({
      code: 'sentry_refused',
      detail: expect.stringContaining('Cannot assign to non-team member') as string,
    });
  });

  it.each([
    ['nobody', null],
    ['somebody else', { type: 'user', id: '7', email: 'eve@example.com' }],
    ['a team', { type: 'team', id: '42', name: 'payments' }],
  ])('does not believe a 200 that leaves the issue with %s', async (_, assignedTo) => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, assignedTo });
    await expect(sentry.assign(ref, 'anna@example.com')).rejects.toMatchObject({ code: 'sentry_ignored' });
  });

  it('an assignee that Sentry ignored: no address stands in what is said of it', async () => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = () =>
      ok({ ...ISSUE, assignedTo: { type: 'user', id: '7', email: 'eve@example.com', name: 'eve@example.com' } });
    await expect(sentry.assign(ref, 'anna@example.com')).rejects.toMatchObject({
      message: expect.not.stringContaining('@') as string,
    });
  });

  it('resolves, sending the status alone', async () => {
    await sentry.resolve(ref);
    expect(puts()).toEqual([{ status: 'resolved' }]);
    await expect(sentry.resolve({ ...ref, id: '2' })).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
  });

  it('does not believe a 200 after which the issue is still unresolved, as one of a metric alert is', async () => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, status: 'unresolved' });
    await expect(sentry.resolve(ref)).rejects.toMatchObject({
      code: 'sentry_ignored',
      detail: expect.stringContaining('its status is unresolved') as string,
    });
  });

  it('reads the issue once more where the answer does not show what was changed', async () => {
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ok({});
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, status: 'resolved' });
    await sentry.resolve(ref);
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, status: 'ignored' });
    await expect(sentry.resolve(ref)).rejects.toMatchObject({ code: 'sentry_ignored' });
  });

  it('does not believe an answer to a change that is about another issue: it may be merged', async () => {
    const other = { ...ISSUE, id: '77', status: 'resolved', assignedTo: { type: 'user', id: '42' } };
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ok(other);
    await expect(sentry.resolve(ref)).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
    await expect(sentry.assign(ref, 'anna@example.com')).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ok({});
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok(other);
    await expect(sentry.resolve(ref)).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
  });

  it('says how long a rate limit lasts', async () => {
    const reset = Math.floor(Date.now() / 1000) + 30;
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ({
      status: 429,
      text: 'You are attempting to use this endpoint too frequently.',
      headers: { 'x-sentry-rate-limit-remaining': '0', 'x-sentry-rate-limit-reset': String(reset) },
    });
    const error: unknown = await sentry.resolve(ref).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'sentry_unavailable' });
    expect((error as { retryAfter: number }).retryAfter).toBeGreaterThan(20_000);
  });
});

it('nextPage reads the Link header, also where an address holds a comma', () => {
  const headers = (value: string) => ({ headers: new Headers({ link: value }) });
  expect(nextPage(headers('<http://a/>; rel="next"; results="false"; cursor="0:100:0"'))).toBeUndefined();
  expect(
    nextPage(
      headers(
        '<http://a/?query=a,b>; rel="previous"; results="true"; cursor="p", <http://b/?query=a,b>; rel="next"; results="true"; cursor="n"',
      ),
    ),
  ).toEqual({ url: 'http://b/?query=a,b', cursor: 'n' });
  expect(nextPage({ headers: new Headers() })).toBeUndefined();
});
