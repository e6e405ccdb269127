import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '../../src/issue/place';
import { nextCursor } from '../../src/integrations/http';
import { controlOrigin, createSentry, type Sentry } from '../../src/integrations/sentry';
import { serve, type Reply, type Seen, type Serving } from './support';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(__dirname, '../fixtures/sentry', `${name}.json`), 'utf8')) as Record<string, unknown>;
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
const link = { ref, task, place: placeOf({ workspace: 'Acme', project: 'Checkout bugs' }), installation: 'uuid-1' };

let server: Serving;
let sentry: Sentry;
let routes: Record<string, (request: Seen) => Reply>;
const ok = (json: unknown, headers?: Record<string, string>): Reply => ({ status: 200, json, headers });

beforeEach(async () => {
  routes = {
    'GET /api/0/organizations/acme/issues/1/': () => ok(ISSUE),
    'GET /api/0/organizations/acme/issues/1/events/latest/': () => ok(EVENT),
    'GET /api/0/organizations/acme/issues/1/external-issues/': () => ok(LINKS),
    'POST /api/0/sentry-app-installations/uuid-1/external-issues/': () => ok(POSTED),
    'PUT /api/0/organizations/acme/issues/1/': (request) => ok(request.body),
  };
  server = await serve(
    (request) =>
      routes[`${request.method} ${request.path}`]?.(request) ?? { status: 404, json: { detail: 'not found' } },
  );
  sentry = createSentry({
    baseUrl: server.url,
    token: 'secret',
    org: 'acme',
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

  it('is missing on 404, and lives without an event and without links', async () => {
    delete routes['GET /api/0/organizations/acme/issues/1/events/latest/'];
    routes['GET /api/0/organizations/acme/issues/1/external-issues/'] = () => ({ status: 403, json: { detail: 'no' } });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ links: [], frames: [], environments: [] });
    delete routes['GET /api/0/organizations/acme/issues/1/'];
    expect(await sentry.readIssue(ref, [])).toBe('missing');
  });

  it('follows a merge', async () => {
    routes['GET /api/0/organizations/acme/issues/1/'] = () => ok({ ...ISSUE, id: '77' });
    expect(await sentry.readIssue(ref, [])).toMatchObject({ status: 'gone', mergedInto: { id: '77' } });
  });

  it.each([
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 401, 'sentry_unauthorized'],
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 403, 'sentry_forbidden'],
    ['issue', 'GET /api/0/organizations/acme/issues/1/', 500, 'sentry_unavailable'],
    // An outage of a part must not look like an issue without links: a second task would be made.
    ['links', 'GET /api/0/organizations/acme/issues/1/external-issues/', 503, 'sentry_unavailable'],
    ['event', 'GET /api/0/organizations/acme/issues/1/events/latest/', 502, 'sentry_unavailable'],
  ])('fails when the %s fails (%s %i)', async (_, route, status, code) => {
    routes[route] = () => ({ status, text: 'oops' });
    await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({ code });
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
    routes['GET /api/0/organizations/acme/members/'] = () => ({ status: 403, json: {} });
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

  it('names a wrong installation', async () => {
    await expect(sentry.linkIssue({ ...link, installation: 'wrong' })).rejects.toMatchObject({
      code: 'sentry_refused',
      detail: expect.stringContaining('SENTRY_INSTALLATION') as string,
    });
  });

  it.each([
    ['https://us.sentry.io', 'https://sentry.io'],
    ['https://sentry.io/', 'https://sentry.io'],
    ['https://sentry.example.com', 'https://sentry.example.com'],
    ['https://evilsentry.io', 'https://evilsentry.io'],
  ])('uses the control silo of %s: %s', (base, origin) => expect(controlOrigin(base)).toBe(origin));
});

describe('writes', () => {
  it('assigns, unassigns, and takes a refusal for an answer', async () => {
    expect(await sentry.assign(ref, 'anna@example.com')).toBe(true);
    expect(await sentry.assign(ref, null)).toBe(true);
    expect(puts()).toEqual([{ assignedTo: 'anna@example.com' }, { assignedTo: '' }]);
    routes['PUT /api/0/organizations/acme/issues/1/'] = () => ({
      status: 400,
      json: { assignedTo: ['Cannot assign'] },
    });
    expect(await sentry.assign(ref, 'x@example.com')).toBe(false);
  });

  it('resolves and reopens, sending the status alone', async () => {
    await sentry.resolve(ref);
    await sentry.reopen(ref);
    expect(puts()).toEqual([{ status: 'resolved' }, { status: 'unresolved' }]);
    await expect(sentry.resolve({ ...ref, id: '2' })).rejects.toMatchObject({ code: 'sentry_issue_not_found' });
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

describe('check', () => {
  it('lists the projects', async () => {
    routes['GET /api/0/organizations/acme/issues/'] = () => ok([]);
    routes['GET /api/0/organizations/acme/projects/'] = () => ok([{ slug: 'checkout' }, { slug: 'web' }, null]);
    expect(await sentry.check()).toEqual({ findings: [], projects: ['checkout', 'web'] });
  });

  it('is content with what the token may see', async () => {
    routes['GET /api/0/organizations/acme/issues/'] = () => ok([]);
    routes['GET /api/0/organizations/acme/projects/'] = () => ({ status: 403, json: {} });
    expect(await sentry.check()).toMatchObject({ findings: [{ level: 'warning' }] });
  });

  it.each([
    [401, 'error', 'token'],
    [403, 'error', 'may not'],
    [404, 'error', 'no such organisation'],
    [503, 'warning', 'cannot be reached'],
  ])('explains %i', async (status, level, what) => {
    routes['GET /api/0/organizations/acme/issues/'] = () => ({ status, json: {} });
    const { findings } = await sentry.check();
    expect(findings).toMatchObject([{ level, what: expect.stringContaining(what) as string }]);
  });
});

it('nextCursor reads the Link header', () => {
  const headers = (value: string) => ({ headers: new Headers({ link: value }) });
  expect(nextCursor(headers('<a>; rel="next"; results="false"; cursor="0:100:0"'))).toBeUndefined();
  expect(
    nextCursor(headers('<a>; rel="previous"; results="true"; cursor="p", <b>; rel="next"; results="true"; cursor="n"')),
  ).toBe('n');
  expect(nextCursor({ headers: new Headers() })).toBeUndefined();
});
