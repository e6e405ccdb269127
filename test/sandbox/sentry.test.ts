import { createHmac } from 'node:crypto';
import type { Sandbox } from '../../src/sandbox';
import { at, call, closeAll, control, type Json, receiver, type Received, sandbox, sentry } from './support';

const ORG = '/organizations/acme';

afterEach(closeAll);

const create = async (box: Sandbox, more: Json = {}): Promise<string> =>
  String((await control(box, '/sentry/issues', { title: 'Boom', project: 'web', ...more })).body.id);

const unlimited = async (): Promise<Sandbox> => {
  const box = await sandbox();
  await control(box, '/sentry/limits', { on: false });
  return box;
};

const sent = (received: Received[]): string[] =>
  received.map(
    ({ headers, raw }) => `${String(headers['sentry-hook-resource'])}.${String((JSON.parse(raw) as Json).action)}`,
  );

describe('reading', () => {
  test('tokens, organisations, missing things and missing slashes', async () => {
    const box = await sandbox();
    const path = `${box.sentryUrl}/api/0${ORG}/issues/`;
    expect((await call(path)).body).toEqual({ detail: 'Authentication credentials were not provided.' });
    expect((await call(path, 'GET', undefined, { authorization: 'Bearer x' })).status).toBe(401);
    expect((await sentry(box, 'GET', '/organizations/other/issues/')).status).toBe(404);
    expect((await sentry(box, 'GET', `${ORG}/issues/42/`)).body).toEqual({
      detail: 'The requested resource does not exist',
    });
    const moved = await sentry(box, 'GET', `${ORG}/issues?limit=1`);
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `/api/0${ORG}/issues/?limit=1`]);
    expect((await sentry(box, 'GET', `${ORG}/`)).body.slug).toBe('acme');
    expect((await sentry(box, 'GET', `${ORG}/members/`)).list).toHaveLength(4);
    expect((await sentry(box, 'GET', `${ORG}/projects/`)).list).toEqual([]);
  });

  test('a list is unresolved by default, searchable, ordered and in pages', async () => {
    const box = await unlimited();
    const first = await create(box, { title: 'Alpha', project: 'web', environment: 'staging' });
    const second = await create(box, { title: 'Beta', project: 'api', level: 'fatal' });
    const third = await create(box, { title: 'Gamma', project: 'api' });
    await control(box, `/sentry/issues/${third}/resolve`, { webhook: false });
    await control(box, `/sentry/issues/${first}/event`, { webhook: false, count: 5 });
    const ids = async (query: string): Promise<unknown[]> =>
      (await sentry(box, 'GET', `${ORG}/issues/?${query}`)).list.map(({ id }) => id);
    expect(await ids('')).toEqual([first, second]);
    expect(await ids('query=')).toHaveLength(3);
    expect(await ids('query=is:resolved')).toEqual([third]);
    expect(await ids(`query=${encodeURIComponent('is:unresolved !project:web')}`)).toEqual([second]);
    expect(await ids('query=level:fatal')).toEqual([second]);
    expect(await ids('query=gamma')).toEqual([third]);
    expect(await ids('environment=staging')).toEqual([first]);
    expect(await ids('query=environment:staging')).toEqual([first]);
    expect(await ids('query=&sort=freq')).toEqual([first, second, third]);
    expect((await sentry(box, 'GET', `${ORG}/issues/?sort=size`)).status).toBe(400);
    const page = await sentry(box, 'GET', `${ORG}/issues/?query=&limit=2`);
    expect(page.list).toHaveLength(2);
    const link = page.headers.get('link') ?? '';
    expect(link).toMatch(
      /^<[^>]+>; rel="previous"; results="false"; cursor="0:0:1", <[^>]+>; rel="next"; results="true"; cursor="0:2:0"$/,
    );
    const next = /, <([^>]+)>; rel="next"/.exec(link)?.[1] ?? '';
    const last = await call(next, 'GET', undefined, { authorization: `Bearer ${box.tokens.sentry}` });
    expect(last.list).toHaveLength(1);
    expect(last.headers.get('link')).toContain('rel="next"; results="false"');
  });

  test('limits: five reads of an issue a second, announced in headers, refused in plain text', async () => {
    const box = await sandbox();
    const id = await create(box);
    const read = () => sentry(box, 'GET', `${ORG}/issues/${id}/`);
    let refused: Awaited<ReturnType<typeof read>> | undefined;
    while (refused === undefined)
      refused = (await Promise.all(Array.from({ length: 20 }, read))).find(({ status }) => status === 429);
    expect(refused.text).toBe(
      '{"detail":"You are attempting to use this endpoint too frequently. Limit is 5 requests in 1 seconds"}',
    );
    expect(refused.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(refused.headers.get('retry-after')).toBeNull();
    const names = ['limit', 'remaining', 'reset', 'concurrentlimit', 'concurrentremaining'];
    for (const name of names) expect(refused.headers.get(`x-sentry-rate-limit-${name}`)).toMatch(/^\d+$/);
  });
});

describe('changing over the API', () => {
  test('each form of status and assignee', async () => {
    const box = await unlimited();
    const id = await create(box);
    const put = (body: Json) => sentry(box, 'PUT', `${ORG}/issues/${id}/`, body);
    const state = async (body: Json): Promise<unknown[]> => {
      const { body: issue } = await put(body);
      return [issue.status, issue.substatus, issue.statusDetails];
    };
    expect(await state({ status: 'resolved' })).toEqual(['resolved', null, {}]);
    expect(await state({ status: 'unresolved' })).toEqual(['unresolved', 'ongoing', {}]);
    expect(await state({ status: 'ignored' })).toEqual(['ignored', 'archived_until_escalating', {}]);
    expect(await state({ status: 'ignored', statusDetails: { ignoreCount: 10 } })).toEqual([
      'ignored',
      'archived_until_condition_met',
      { ignoreCount: 10 },
    ]);
    const next = { status: 'resolved', statusDetails: { inNextRelease: true } };
    expect((await put(next)).status).toBe(400);
    await control(box, `/sentry/issues/${id}/event`, { release: 'web@1.0.0', webhook: false });
    expect(await state(next)).toEqual(['resolved', null, { inNextRelease: true }]);
    expect((await put({ status: 'gone' })).body).toEqual({ status: ['"gone" is not a valid choice.'] });
    for (const assignedTo of ['1001', 'user:1001', 'anna@example.com']) {
      await put({ assignedTo: '' });
      expect(at((await put({ assignedTo })).body, 'assignedTo', 'name')).toBe('Anna Nowak');
    }
    expect(at((await put({ assignedTo: 'team:2001' })).body, 'assignedTo')).toEqual({
      type: 'team',
      id: '2001',
      name: 'payments',
    });
    expect((await put({ assignedTo: 'ghost@example.com' })).body).toEqual({
      assignedTo: ['Could not parse actor. Format should be `type:id` where type is `team` or `user`.'],
    });
    expect((await put({ assignedTo: null })).body.assignedTo).toBeNull();
  });

  test('in bulk: what changed, or nothing', async () => {
    const box = await unlimited();
    const ids = [await create(box), await create(box)];
    const query = ids.map((id) => `id=${id}`).join('&');
    const done = await sentry(box, 'PUT', `${ORG}/issues/?${query}`, { status: 'resolved' });
    expect([done.status, done.body]).toEqual([200, { status: 'resolved', statusDetails: {}, substatus: null }]);
    expect((await sentry(box, 'PUT', `${ORG}/issues/?id=42`, { status: 'resolved' })).status).toBe(204);
  });

  test('a link is one per issue: posting again replaces it', async () => {
    const box = await unlimited();
    const id = await create(box);
    const path = `/sentry-app-installations/${box.installation}/external-issues/`;
    const link = (identifier: string) =>
      sentry(box, 'POST', path, { issueId: Number(id), webUrl: 'https://a.example/1', project: 'P<1>', identifier });
    const first = await link('1');
    const second = await link('2');
    expect([first.body.id, second.body.displayName]).toEqual([second.body.id, 'P&lt;1&gt;#2']);
    expect((await sentry(box, 'GET', `${ORG}/issues/${id}/external-issues/`)).list).toHaveLength(1);
    expect((await sentry(box, 'POST', path, { issueId: 1 })).body).toEqual({ webUrl: ['This field is required.'] });
    expect((await sentry(box, 'DELETE', `${path}${String(first.body.id)}/`)).status).toBe(204);
    expect((await sentry(box, 'GET', `${ORG}/issues/${id}/external-issues/`)).list).toEqual([]);
  });

  test('a merged issue answers as its survivor, a deleted one not at all', async () => {
    const box = await unlimited();
    const [old, survivor] = [await create(box), await create(box)];
    await control(box, `/sentry/issues/${old}/merge`, { into: survivor });
    expect((await sentry(box, 'GET', `${ORG}/issues/${old}/`)).body.id).toBe(survivor);
    await control(box, `/sentry/issues/${survivor}/delete`);
    expect((await sentry(box, 'GET', `${ORG}/issues/${old}/`)).status).toBe(404);
  });
});

describe('webhooks', () => {
  test('are signed over their exact bytes and carry the state at send time', async () => {
    const box = await sandbox();
    const { url, received } = await receiver();
    await control(box, '/sentry/webhook', { url });
    await create(box, { title: 'Größe – 例外' });
    const [{ raw, headers }] = received as [Received];
    expect(raw).toContain('"title":"Gr\\u00f6\\u00dfe \\u2013 \\u4f8b\\u5916"');
    expect(headers['sentry-hook-signature']).toBe(createHmac('sha256', box.sentrySecret).update(raw).digest('hex'));
    expect(headers['sentry-hook-timestamp']).toMatch(/^\d{10}$/);
    expect(headers['request-id']).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(raw)).toMatchObject({
      installation: { uuid: box.installation },
      actor: { type: 'application', id: 'sentry' },
    });
  });

  test('each act of people or Sentry sends what real Sentry sends', async () => {
    const box = await unlimited();
    const { url, received } = await receiver();
    await control(box, '/sentry/webhook', { url });
    const id = await create(box);
    const act = (name: string, body: Json = {}) => control(box, `/sentry/issues/${id}/${name}`, body);
    await act('assign', { email: 'anna@example.com' });
    await act('unassign');
    await act('resolve');
    await act('resolve');
    await act('regress');
    await act('archive');
    await act('escalate');
    await act('resolve');
    await act('event', { environment: 'production', release: 'web@2' });
    await act('resolve', { webhook: false });
    await act('merge', { into: await create(box, { webhook: false }) });
    expect(sent(received)).toEqual([
      'issue.created',
      'issue.assigned',
      'issue.resolved',
      'issue.unresolved',
      'issue.ignored',
      'issue.unresolved',
      'issue.resolved',
      'issue.unresolved',
      'event_alert.triggered',
    ]);
    const bodies = received.map(({ raw }) => JSON.parse(raw) as Json);
    expect(bodies.map((body) => at(body, 'actor', 'type')).slice(1, 4)).toEqual(['user', 'user', 'application']);
    expect(bodies.map((body) => at(body, 'data', 'issue', 'substatus')).slice(3, 6)).toEqual([
      'regressed',
      'archived_until_escalating',
      'escalating',
    ]);
    expect(at(bodies[1], 'data', 'assignee')).toEqual({
      type: 'user',
      id: 1001,
      name: 'Anna Nowak',
      email: 'anna@example.com',
    });
  });

  test('a change over the API comes back with the application as its actor, once, also when it is refused', async () => {
    const box = await unlimited();
    const { url, received } = await receiver(500);
    await control(box, '/sentry/webhook', { url });
    const id = await create(box, { webhook: false });
    await sentry(box, 'PUT', `${ORG}/issues/${id}/`, { status: 'resolved' });
    await box.close();
    expect(sent(received)).toEqual(['issue.resolved']);
    expect(at(JSON.parse(received[0]?.raw ?? '{}'), 'actor')).toMatchObject({ type: 'application', name: 'Errand' });
  });

  test('nobody listening costs the webhook, not the change', async () => {
    const box = await sandbox();
    const id = await create(box);
    await control(box, '/sentry/webhook', { url: 'http://127.0.0.1:9/' });
    const resolved = await control(box, `/sentry/issues/${id}/resolve`);
    expect(resolved.body).toMatchObject({ status: 'resolved', webhooks: [{ status: null }] });
  });
});
