import { ErrandError } from '../../../src/errors';
import { createHttp, retryAfterOf } from '../../../src/vendors/http/client';
import { createGate } from '../../../src/process/gate';
import { BucketBusy, createBucket } from '../../../src/vendors/http/bucket';
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

describe('createBucket', () => {
  it('lets a burst through, then refuses to wait longer than allowed', async () => {
    const now = 1_000;
    const bucket = createBucket({ perMinute: 60, burst: 2, now: () => now });
    await bucket.take({ maxWaitMs: 0 });
    await bucket.take({ maxWaitMs: 0 });
    const waits = [1000, 2000, 3000];
    for (const waitMs of waits) {
      const sent: unknown = await bucket.take({ maxWaitMs: 999 }).catch((error: unknown) => error);
      expect(sent).toBeInstanceOf(BucketBusy);
      expect(sent).toMatchObject({ waitMs });
    }
  });

  it('takes only its share of the rate and of the burst, as it is at the time', async () => {
    let share = 0.5;
    const now = (): number => 0;
    const bucket = createBucket({ perMinute: 60, burst: 4, share: () => share, now });
    expect(bucket.rate()).toBe(30);
    for (let i = 0; i < 2; i += 1) await bucket.take({ maxWaitMs: 0 });
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toMatchObject({ waitMs: 2_000 });
    share = 1;
    expect(bucket.rate()).toBe(60);
  });

  it('lets one through where the share of the burst is less than one', async () => {
    const bucket = createBucket({ perMinute: 60, burst: 2, share: () => 0.1, now: () => 0 });
    await bucket.take({ maxWaitMs: 0 });
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toBeInstanceOf(BucketBusy);
  });

  describe('that may be of a slower plan', () => {
    const MINUTE = 60_000;
    const learn = { perMinute: 150, firstMs: MINUTE, maxMs: 60 * MINUTE, inFlight: 5 };
    let now = 0;
    beforeEach(() => (now = 1));
    const slowPlan = () => createBucket({ perMinute: 1500, burst: 1500, learn, now: () => now });
    const isSlow = (bucket: ReturnType<typeof slowPlan>): boolean => bucket.rate() === 150;

    it('falls to it when it is refused, for twice as long each time, up to an hour', () => {
      const bucket = slowPlan();
      expect(isSlow(bucket)).toBe(false);
      const minutes: number[] = [];
      for (let i = 0; i < 8; i += 1) {
        // Several in flight count once.
        for (let n = 0; n < 3; n += 1) bucket.refused(0);
        const from = now;
        while (isSlow(bucket)) now += MINUTE / 2;
        minutes.push((now - from) / MINUTE);
      }
      expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    });

    it('only pauses once it was let have more within a minute than the slower plan gives', async () => {
      const bucket = slowPlan();
      for (let i = 0; i <= 155; i += 1) await bucket.take({ maxWaitMs: 0 });
      bucket.refused(1000);
      expect(isSlow(bucket)).toBe(false);
    });

    it.each([
      ['not more than that and those in flight', 155, 0],
      ['more, but in a minute and a half', 156, 600],
    ])('falls to it after %s', async (_, turns, perTurn) => {
      const bucket = slowPlan();
      for (let i = 0; i < turns; i += 1) {
        await bucket.take({ maxWaitMs: 0 });
        now += perTurn;
      }
      bucket.refused(1000);
      expect(isSlow(bucket)).toBe(true);
    });

    describe('and is shared by seven processes, none of which may send as much as would prove the faster one', () => {
      const shared = () => createBucket({ perMinute: 1500, burst: 1500, learn, share: () => 1 / 7, now: () => now });
      const isShareSlow = (bucket: ReturnType<typeof slowPlan>): boolean => Math.round(bucket.rate()) === 21;
      const take = async (bucket: ReturnType<typeof slowPlan>, turns: number): Promise<void> => {
        for (let i = 0; i < turns; i += 1) await bucket.take({ maxWaitMs: 0 });
      };

      it('our share of that many excuses a refusal, with all that were in flight', async () => {
        const bucket = shared();
        await take(bucket, 23);
        for (let n = 0; n < 3; n += 1) bucket.refused(1000);
        expect(isShareSlow(bucket)).toBe(false);
      });

      it('the others may have been idle: the next refusal is not excused, unless as much was let through again', async () => {
        const bucket = shared();
        await take(bucket, 23);
        bucket.refused(0);
        now += MINUTE;
        await take(bucket, 23);
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(false);
        now += MINUTE;
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(true);
      });

      it('less than our share excuses nothing', async () => {
        const bucket = shared();
        await take(bucket, 22);
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(true);
      });
    });

    it('after an hour at the full rate without a refusal the next one costs a minute again, and not before', () => {
      const bucket = slowPlan();
      const slowAfter = (quiet: number): number => {
        now += quiet;
        bucket.refused(0);
        const from = now;
        while (isSlow(bucket)) now += MINUTE / 2;
        return (now - from) / MINUTE;
      };
      expect([0, 0, 0, 59 * MINUTE, 60 * MINUTE, 0].map(slowAfter)).toEqual([1, 2, 4, 8, 1, 2]);
    });

    it('counts nothing of before a refusal as let through', async () => {
      const bucket = slowPlan();
      for (let i = 0; i < 150; i += 1) await bucket.take({ maxWaitMs: 0 });
      bucket.refused(0);
      now += MINUTE;
      for (let i = 0; i < 150; i += 1) await bucket.take({ maxWaitMs: 10_000_000 });
      bucket.refused(0);
      expect(isSlow(bucket)).toBe(true);
    });
  });

  it('spends nothing saved up after a refusal', async () => {
    const bucket = createBucket({ perMinute: 60, burst: 10, now: () => 0 });
    bucket.refused(0);
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toMatchObject({ waitMs: 1000 });
  });

  it('serves in order, and a waiter who gives up holds nobody up', async () => {
    const bucket = createBucket({ perMinute: 6_000, burst: 1 });
    const order: number[] = [];
    const abort = new AbortController();
    const turns = [1, 2, 3, 4].map((n) =>
      bucket.take(n === 2 ? { signal: abort.signal } : {}).then(
        () => order.push(n),
        () => order.push(-n),
      ),
    );
    abort.abort();
    await Promise.all(turns);
    expect(order.filter((n) => n > 0)).toEqual([1, 3, 4]);
    expect(order).toContain(-2);
  });
});

it('createGate lets no more than its size in, also after failures', async () => {
  const gate = createGate(() => 2);
  let inside = 0;
  let most = 0;
  const runs = Array.from({ length: 9 }, (_, n) =>
    gate(async () => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      if (n % 3 === 0) throw new Error('failed');
    }).catch(() => undefined),
  );
  await Promise.all(runs);
  expect(most).toBe(2);
  expect(inside).toBe(0);
});

it('createGate follows a size that changes, and lets one in whatever it is', async () => {
  let size = 0;
  const gate = createGate(() => size);
  const leave: (() => void)[] = [];
  const enter = (): Promise<void> => gate(() => new Promise<void>((resolve) => leave.push(resolve)));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const all = Array.from({ length: 6 }, enter);
  expect(leave).toHaveLength(1);
  size = 3;
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(3);
  size = 1;
  leave.shift()?.();
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(1);
  size = 6;
  leave.shift()?.();
  await settle();
  expect(leave).toHaveLength(2);
  for (const one of leave) one();
  await Promise.all(all);
});
