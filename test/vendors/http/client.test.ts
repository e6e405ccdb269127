import { ErrandError } from '../../../src/errors';
import { createHttp, retryAfterOf } from '../../../src/vendors/http/client';
import { createBucket } from '../../../src/vendors/http/bucket';
import { serve, type Reply, type Serving } from '../support';

let server: Serving;
let reply: Reply;
beforeEach(async () => {
  reply = { status: 200, json: { ok: true } };
  server = await serve(() => reply);
});
afterEach(() => server.close());

const TOKEN = 'sntrys_verysecret';
const client = (more: Partial<Parameters<typeof createHttp>[0]> = {}) =>
  createHttp({ name: 'sentry', baseUrl: `${server.url}/`, headers: { authorization: `Bearer ${TOKEN}` }, ...more });
async function failed(run: Promise<unknown>): Promise<ErrandError> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ErrandError);
  return error as ErrandError;
}

describe('createHttp', () => {
  it('joins the base URL, the path and the query, and sends JSON', async () => {
    const answer = await client()({
      method: 'POST',
      path: '/a/b/',
      query: { q: 'x y', many: ['1', '2'] },
      body: { n: 1 },
    });
    expect(answer.body).toEqual({ ok: true });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/a/b/', body: { n: 1 } });
    expect(server.seen[0]?.query.getAll('many')).toEqual(['1', '2']);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it.each<[Reply, string]>([
    [{ status: 401, json: { detail: 'Invalid token' } }, 'sentry_unauthorized'],
    [{ status: 403, json: { detail: 'No permission' } }, 'sentry_forbidden'],
    [{ status: 404, json: { detail: 'no' } }, 'sentry_issue_not_found'],
    [{ status: 400, json: { assignedTo: ['Cannot assign'] } }, 'sentry_refused'],
    [{ status: 409, json: {} }, 'sentry_refused'],
    [{ status: 408, json: {} }, 'sentry_unavailable'],
    [{ status: 429, text: 'You are attempting to use this endpoint too frequently.' }, 'sentry_unavailable'],
    [{ status: 500, json: {} }, 'sentry_unavailable'],
    [{ status: 502, text: '<html>Bad gateway</html>' }, 'sentry_unavailable'],
    [{ status: 200, text: '<html>hello</html>' }, 'sentry_unavailable'],
    [{ truncated: 200 }, 'sentry_unavailable'],
    ['reset', 'sentry_unavailable'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'sentry_refused'],
  ])('%j is %s, in one request', async (given, code) => {
    reply = given;
    expect((await failed(client()({ path: '/x/' }))).code).toBe(code);
    expect(server.seen).toHaveLength(1);
  });

  it('says what the vendor said, without the query, secrets and addresses, at most 500 characters', async () => {
    reply = { status: 400, json: { detail: `token ${TOKEN} of anna@example.com ${'x'.repeat(5000)}` } };
    const error = await failed(client()({ path: '/x/', query: { secret: 'hush' } }));
    expect(error.detail).toContain('GET /x/');
    expect(error.message).not.toContain(TOKEN);
    expect(error.message).not.toContain('hush');
    expect(error.message).not.toContain('anna@example.com');
    expect(error.detail?.length).toBeLessThanOrEqual(500);
  });

  it('says a password in no form, also where the vendor says it in clear', async () => {
    const password = 'not-so-secret-any-more';
    reply = { status: 401, json: { code: 'AUTH', message: `bad credentials calamari / ${password}` } };
    const headers = { authorization: `Basic ${Buffer.from(`calamari:${password}`).toString('base64')}` };
    expect((await failed(client({ name: 'calamari', headers })({ path: '/x/' }))).message).not.toContain(password);
  });

  it.each<[object, string]>([
    [{ code: 'FORBIDDEN', message: 'FORBIDDEN' }, '403 FORBIDDEN'],
    [{ message: 'No permission', detail: 'No permission' }, '403 No permission'],
  ])('says once what %j says twice', async (json, words) => {
    reply = { status: 403, json };
    expect((await failed(client()({ path: '/x/' }))).detail).toBe(`GET /x/: ${words}`);
  });

  it('gives up at the timeout', async () => {
    reply = 'silent';
    const error = await failed(client({ timeoutMs: 50 })({ path: '/x/' }));
    expect(error.code).toBe('sentry_unavailable');
    expect(error.detail).toContain('within 50 ms');
  });

  it('gives up at the timeout also when the body comes without end, byte by byte', async () => {
    reply = 'endless';
    const error = await failed(client({ timeoutMs: 200 })({ path: '/x/' }));
    expect(error.code).toBe('sentry_unavailable');
    expect(error.detail).toContain('within 200 ms');
  });

  it("throws the caller's own reason when the caller aborts", async () => {
    reply = 'silent';
    const abort = new AbortController();
    const call = client()({ path: '/x/', signal: abort.signal });
    abort.abort(new Error('cancelled'));
    await expect(call).rejects.toThrow('cancelled');
  });

  it('refuses answers over the size limit', async () => {
    reply = { status: 200, json: 'x'.repeat(2000) };
    expect((await failed(client({ maxBytes: 1000 })({ path: '/x/' }))).code).toBe('sentry_unavailable');
  });

  it('takes an empty 2xx and an expected 404', async () => {
    reply = { status: 204 };
    expect((await client()({ method: 'PUT', path: '/x/' })).body).toBeNull();
    reply = { status: 404, json: { detail: 'gone' } };
    expect((await client()({ path: '/x/', expect: [404] })).status).toBe(404);
  });

  it('passes on how long to wait, and makes the others wait', async () => {
    const bucket = createBucket({ perMinute: 60_000, burst: 100 });
    reply = { status: 429, text: '', headers: { 'retry-after': '7' } };
    expect((await failed(client()({ path: '/x/', bucket }))).retryAfter).toBe(7000);
    const next = await failed(client({ maxWaitMs: 10 })({ path: '/x/', bucket }));
    expect(next.code).toBe('sentry_unavailable');
    expect(next.retryAfter).toBeGreaterThan(5000);
    expect(server.seen).toHaveLength(1);
  });

  it('does not take the counters of a 503 for a wait', async () => {
    reply = {
      status: 503,
      json: {},
      headers: { 'x-sentry-rate-limit-remaining': '39', 'x-sentry-rate-limit-reset': '9' },
    };
    expect((await failed(client()({ path: '/x/' }))).retryAfter).toBeUndefined();
  });
});

describe('a refusal that is not in the words of the vendor', () => {
  const isOwn = (_: number, body: unknown): boolean => typeof body === 'object' && body !== null && 'detail' in body;
  it.each<[Reply, string]>([
    [{ status: 404, text: '<html>Not Found</html>' }, 'sentry_unavailable'],
    [{ status: 403, text: '' }, 'sentry_unavailable'],
    [{ status: 404, json: { error: 'no route' } }, 'sentry_unavailable'],
    [{ status: 404, json: { detail: 'The requested resource does not exist' } }, 'sentry_issue_not_found'],
  ])('%j is %s', async (given, code) => {
    reply = given;
    expect((await failed(client({ isOwn })({ path: '/x/' }))).code).toBe(code);
  });

  it('is none of the answers that are expected', async () => {
    reply = { status: 404, text: '<html>Not Found</html>' };
    expect((await failed(client({ isOwn })({ path: '/x/', expect: [404] }))).code).toBe('sentry_unavailable');
  });
});

describe('retryAfterOf', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'nonsense' }, undefined],
    [{ 'retry-after': '99999999' }, 3_600_000],
    [{ 'x-sentry-rate-limit-remaining': '0', 'x-sentry-rate-limit-reset': String(now / 1000 + 5) }, 5_000],
    [{ 'x-sentry-rate-limit-remaining': '3', 'x-sentry-rate-limit-reset': String(now / 1000 + 5) }, 1_000],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][])('%j → %s', (headers, wait) => {
    expect(retryAfterOf((name) => headers[name], now)).toBe(wait);
  });
});
