/** Sentry's lists and what stands in the way of them: what is asked for, what is believed of an answer, and what is not. */
import { createSentry, type Sentry, type SentryOptions } from '../../../src/vendors/sentry/client';
import { serve, type Reply, type Seen, type Serving } from '../support';

const ORG = '/api/0/organizations/acme';
const ISSUES = `GET ${ORG}/issues/`;
const row = (more: object = {}): object => ({
  id: '1',
  shortId: 'SHOP-1',
  title: 'Error: it broke',
  status: 'unresolved',
  level: 'error',
  project: { slug: 'shop' },
  ...more,
});
const ref = { source: 'sentry', scope: 'acme', id: '1' };

let server: Serving;
let sentry: Sentry;
let routes: Record<string, (request: Seen) => Reply>;
let warned: string[];
const ok = (json: unknown, headers?: Record<string, string>): Reply => ({ status: 200, json, headers });
const page: Reply = { status: 404, text: '<html><body><h1>404 Not Found</h1></body></html>' };
const own404: Reply = { status: 404, json: { detail: 'The requested resource does not exist' } };

beforeEach(async () => {
  routes = { [ISSUES]: () => ok([row()]) };
  warned = [];
  server = await serve((request) => routes[`${request.method} ${request.path}`]?.(request) ?? own404);
  sentry = createSentry(options());
});
const options = (): SentryOptions => ({
  baseUrl: server.url,
  token: 'secret',
  org: 'acme',
  person: () => undefined,
  warn: (what, fields) => warned.push(`${what} ${JSON.stringify(fields)}`),
});
afterEach(() => server.close());
const asked = (): URLSearchParams[] => server.seen.map((one) => one.query);

describe('a list', () => {
  it('is of all projects, and asks for counts and dates: collapse=stats would take them away', async () => {
    await sentry.listIssues('is:unresolved');
    const [query] = asked();
    expect(query?.getAll('collapse')).toEqual(['lifetime', 'filtered']);
    expect(query?.get('groupStatsPeriod')).toBe('');
    expect(query?.get('project')).toBe('-1');
    expect(query?.get('sort')).toBe('date');
  });

  it('leaves unknown what a row does not tell, and never takes it for now or for none', async () => {
    const { issues } = await sentry.listIssues('');
    expect(issues).toMatchObject([{ firstSeen: null, lastSeen: null, events: null, users: null }]);
    routes[ISSUES] = () =>
      ok([row({ firstSeen: '2026-01-02T03:04:05Z', lastSeen: null, count: '7', userCount: 0, issueCategory: 'cron' })]);
    expect((await sentry.listIssues('')).issues).toMatchObject([
      { firstSeen: '2026-01-02T03:04:05.000Z', lastSeen: null, events: 7, users: 0, category: 'cron' },
    ]);
  });

  it.each(['2026', '1', 'Fri, 02 Jan 2026 03:04:05 GMT', '1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 0])(
    'the date %j is none: it is unknown when the issue was first seen',
    async (firstSeen) => {
      routes[ISSUES] = () => ok([row({ firstSeen })]);
      expect((await sentry.listIssues('')).issues).toMatchObject([{ firstSeen: null }]);
    },
  );

  it.each([
    ['pending_merge', 'unknown'],
    ['pending_deletion', 'unknown'],
    ['a_word_of_next_year', 'unknown'],
    [undefined, 'unknown'],
    ['reprocessing', 'unresolved'],
    ['muted', 'archived'],
  ])('the status %s is %s', async (status, is) => {
    routes[ISSUES] = () => ok([row({ status })]);
    expect((await sentry.listIssues('')).issues).toMatchObject([{ status: is }]);
  });

  it.each<[string, Reply]>([
    ['an empty body', { status: 200, text: '' }],
    ['HTML with 200', { status: 200, text: '<html>Sign in</html>' }],
    ['an object', ok({ detail: 'fine' })],
    ['null', ok(null)],
    ['a proxy’s 404', page],
    ['a proxy’s 403', { status: 403, text: '<html>Forbidden</html>' }],
  ])('that is %s is an outage, not an empty list', async (_, reply) => {
    routes[ISSUES] = () => reply;
    await expect(sentry.listIssues('')).rejects.toMatchObject({ code: 'sentry_unavailable' });
    await expect(sentry.issuesById(['1'])).rejects.toMatchObject({ code: 'sentry_unavailable' });
  });

  it('may take longer than other calls: a page of it is several searches', async () => {
    const slow = createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person: () => undefined });
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    const timeouts = jest.spyOn(AbortSignal, 'timeout');
    try {
      await slow.listIssues('');
      await slow.lookAt(ref).catch(() => undefined);
      expect(timeouts.mock.calls.map(([ms]) => ms)).toEqual([45_000, 10_000]);
    } finally {
      timeouts.mockRestore();
      jest.useRealTimers();
    }
  });

  it('whose next page is named on another host is read on where it was, and that is said once', async () => {
    const link = '<https://elsewhere.example/x?cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0"';
    routes[ISSUES] = (request) => ok([row()], request.query.has('cursor') ? {} : { link });
    const { next } = await sentry.listIssues('');
    expect(next).toBe('0:100:0');
    await sentry.listIssues('', next);
    await sentry.listIssues('');
    expect(server.seen).toHaveLength(3);
    expect(warned).toEqual([expect.stringContaining('"elsewhere.example"')]);
  });

  it('that names the page itself as the next one is not read for ever', async () => {
    const link = `<${server.url}${ORG}/issues/?cursor=x>; rel="next"; results="true"; cursor="x"`;
    routes[ISSUES] = () => ok([row()], { link });
    await expect(sentry.listIssues('', 'x')).rejects.toMatchObject({ code: 'sentry_unavailable' });
  });
});

describe('what a list hides', () => {
  const queries = (): (string | null)[] => asked().map((query) => query.get('query'));

  it('is asked for by name', async () => {
    await sentry.listHidden('is:unresolved');
    expect(queries()).toEqual(['is:unresolved issue.category:[feedback,configuration]']);
  });

  it('is asked for without the category that an older server does not know, which is said once', async () => {
    routes[ISSUES] = (request) =>
      /configuration/.test(request.query.get('query') ?? '')
        ? { status: 400, json: { detail: "Invalid category value of 'configuration'" } }
        : ok([row()]);
    expect((await sentry.listHidden('')).issues).toHaveLength(1);
    await sentry.listHidden('');
    expect(queries().at(-1)).toBe('issue.category:[feedback]');
    expect(queries()).toHaveLength(5);
    expect(warned).toEqual([expect.stringContaining('{"categories":"configuration"}')]);
  });

  it('is not asked for where no category is known', async () => {
    routes[ISSUES] = (request) =>
      /issue\.category/.test(request.query.get('query') ?? '')
        ? { status: 400, json: { detail: 'Invalid query' } }
        : ok([row()]);
    expect(await sentry.listHidden('')).toEqual({ issues: [] });
    expect(queries()).toContain('');
    const before = server.seen.length;
    expect(await sentry.listHidden('')).toEqual({ issues: [] });
    expect(server.seen).toHaveLength(before);
  });

  it.each<[string, Reply]>([
    ['a proxy redirects the search to its login page', { status: 302, headers: { location: '/login' } }],
    ['Sentry does not know the organisation for a moment', own404],
    ['Sentry refuses every search, also the plain one', { status: 400, json: { detail: 'Please try again' } }],
    ['Sentry refuses with another 4xx', { status: 409, json: { detail: 'Conflict' } }],
  ])('is asked for again after %s', async (_, reply) => {
    routes[ISSUES] = () => reply;
    await expect(sentry.listHidden('is:unresolved')).rejects.toMatchObject({ code: 'sentry_refused' });
    routes[ISSUES] = () => ok([row()]);
    expect((await sentry.listHidden('is:unresolved')).issues).toHaveLength(1);
    expect(queries().at(-1)).toBe('is:unresolved issue.category:[feedback,configuration]');
    expect(warned).toEqual([]);
  });

  it('whose second page is refused is a refusal, and does not begin with its first page again', async () => {
    routes[ISSUES] = ({ query }) =>
      query.has('cursor') ? { status: 400, json: { detail: 'Invalid cursor parameter.' } } : ok([row()]);
    await sentry.listHidden('');
    await expect(sentry.listHidden('', '0:100:0')).rejects.toMatchObject({ code: 'sentry_refused' });
    expect(server.seen).toHaveLength(2);
  });

  it('is asked for again an hour after a server did not know it: it may have been upgraded', async () => {
    let at = Date.parse('2026-12-01T08:00:00Z');
    const aged = createSentry({ ...options(), now: () => at });
    const refuse = (request: Seen): Reply =>
      /configuration/.test(request.query.get('query') ?? '')
        ? { status: 400, json: { detail: "Invalid category value of 'configuration'" } }
        : ok([row()]);
    routes[ISSUES] = refuse;
    await aged.listHidden('');
    at += 59 * 60_000;
    await aged.listHidden('');
    expect(queries().at(-1)).toBe('issue.category:[feedback]');
    at += 60_000;
    await aged.listHidden('');
    // The same finding is not told twice.
    expect(warned).toHaveLength(1);
    at += 60 * 60_000;
    routes[ISSUES] = () => ok([row()]);
    await aged.listHidden('');
    expect(queries().at(-1)).toBe('issue.category:[feedback,configuration]');
  });
});

describe('issues by their ids', () => {
  it('are asked for at once, and only what was asked for is taken from the answer', async () => {
    routes[ISSUES] = () => ok([row({ id: '2' }), row({ id: '3', status: 'resolved' })]);
    expect(await sentry.issuesById(['1', '3'])).toMatchObject([{ ref: { id: '3' }, status: 'resolved' }]);
    expect(asked()[0]?.getAll('group')).toEqual(['1', '3']);
    expect(asked()[0]?.get('project')).toBe('-1');
  });
});

describe('an issue that is missing', () => {
  const PROJECT = 'GET /api/0/projects/acme/shop/';

  it('is missing by Sentry’s own word only', async () => {
    expect(await sentry.readIssue(ref, [])).toBe('missing');
    expect(await sentry.lookAt(ref)).toBe('missing');
    for (const reply of [
      page,
      { status: 404, text: '' },
      { status: 404, json: { error: 'no route' } },
      { status: 404, json: { detail: 404 } },
      { status: 404, json: { detail: { message: 'no route' } } },
    ] as Reply[]) {
      routes[`GET ${ORG}/issues/1/`] = () => reply;
      await expect(sentry.readIssue(ref, [])).rejects.toMatchObject({
        code: 'sentry_unavailable',
        detail: expect.stringContaining("404, and not in Sentry's own words") as string,
      });
    }
  });

  it('counts while its project can be read, also under a new slug', async () => {
    routes[PROJECT] = () => ok({ slug: 'shop' });
    await sentry.checkProject('shop');
    routes[PROJECT] = () => ({
      status: 302,
      json: { slug: 'store', detail: { extra: { slug: 'store', url: '/x' } } },
      headers: { location: '/api/0/projects/acme/store/' },
    });
    await sentry.checkProject('shop');
    routes[`GET ${ORG}/`] = () => ok({ slug: 'acme' });
    await sentry.checkProject('');
  });

  it.each<[string, Reply, string]>([
    ['is not there either', own404, 'sentry_project_not_found'],
    ['is hidden by a proxy', page, 'sentry_unavailable'],
    ['is behind somebody’s login page', { status: 302, headers: { location: '/login' } }, 'sentry_unavailable'],
    ['is an empty answer', { status: 200, text: '' }, 'sentry_unavailable'],
    ['is an empty object', ok({}), 'sentry_unavailable'],
    ['is an empty list', ok([]), 'sentry_unavailable'],
    ['may not be read', { status: 403, json: { detail: 'no' } }, 'sentry_forbidden'],
  ])('does not count when its project %s', async (_, reply, code) => {
    routes[PROJECT] = () => reply;
    await expect(sentry.checkProject('shop')).rejects.toMatchObject({ code });
  });

  it('says which permission is missing', async () => {
    routes[PROJECT] = () => ({ status: 403, json: { detail: 'You do not have permission to perform this action.' } });
    await expect(sentry.checkProject('shop')).rejects.toMatchObject({
      detail: expect.stringMatching(
        /permission to perform this action\.; it needs the permission "Project: Read"$/,
      ) as string,
    });
  });
});

describe('check', () => {
  const PROJECTS = `GET ${ORG}/projects/`;

  it('lists the projects', async () => {
    routes[PROJECTS] = () => ok([{ slug: 'checkout' }, { slug: 'web' }, null]);
    expect(await sentry.check()).toEqual({ findings: [], projects: ['checkout', 'web'] });
  });

  it('names the permission that listing projects really needs', async () => {
    routes[PROJECTS] = () => ({ status: 403, json: { detail: 'no' } });
    expect(await sentry.check()).toMatchObject({
      findings: [{ level: 'warning', todo: 'Give the internal integration "Organization: Read".' }],
    });
  });

  it.each([
    ['sntryu_0123', undefined, true],
    ['sntryi_0123', { email: 'anna@example.com' }, false],
    ['0123456789', { id: '1', email: 'anna@example.com' }, true],
    ['0123456789', { id: '9', email: '' }, false],
    ['0123456789', undefined, false],
  ])('says of the token %s of the user %j whether it is a person’s: %s', async (token, user, personal) => {
    routes[PROJECTS] = () => ok([]);
    routes['GET /api/0/'] = () => ok({ version: '0', user: user ?? null });
    const { findings } = await createSentry({
      baseUrl: server.url,
      token,
      org: 'acme',
      person: () => undefined,
    }).check();
    const told = findings.filter(({ what }) => what.startsWith('SENTRY_AUTH_TOKEN is a personal token'));
    expect(told).toHaveLength(personal ? 1 : 0);
  });

  it.each([
    [401, 'error', 'token'],
    [403, 'error', 'may not'],
    [404, 'error', 'no such organisation'],
    [503, 'warning', 'cannot be reached'],
  ])('explains %i', async (status, level, what) => {
    routes[ISSUES] = () => ({ status, json: { detail: 'no' } });
    const { findings } = await sentry.check();
    expect(findings).toMatchObject([{ level, what: expect.stringContaining(what) as string }]);
  });
});

it('members that do not come are waited for ten seconds, as for any call, since a step that needs them has 45 in all', async () => {
  routes[`GET ${ORG}/issues/1/`] = () => ok(row({ owners: [{ type: 'suspectCommit', owner: 'user:7' }] }));
  routes[`GET ${ORG}/members/`] = () => 'silent';
  await expect(sentry.lookAt(ref)).rejects.toMatchObject({
    detail: expect.stringContaining('within 10000 ms') as string,
  });
}, 60_000);
