/** What Asana answers, and what is made of it: nothing is believed, nothing is made twice. */
import fc from 'fast-check';
import type { ErrandError } from '../../../src/errors';
import { createBucket } from '../../../src/vendors/http/bucket';
import { until } from '../../support/waiting';
import { serve, type Reply } from '../support';
import { AsanaHarness, codeOf, onPost, ref } from './harness';

const t = new AsanaHarness();

/** Asana's own words. */
const no = (status: number): Reply => ({ status, json: { errors: [{ message: 'No', help: 'https://…' }] } });
/** Those of somebody in between. */
const page = (status: number): Reply => ({ status, text: `<html><h1>${status}</h1><hr>nginx</html>` });

describe('outcomes of the POST', () => {
  const html = { status: 502, text: '<html>Bad gateway</html>' };
  it.each<[Reply, string]>([
    [{ truncated: 201 }, 'asana_outcome_unknown'],
    ['reset', 'asana_outcome_unknown'],
    [html, 'asana_outcome_unknown'],
    [{ status: 500, json: { errors: [{ message: 'Server Error', phrase: '6 sad squid' }] } }, 'asana_outcome_unknown'],
    [{ status: 408, json: {} }, 'asana_outcome_unknown'],
    [{ status: 201, text: '<html>ok</html>' }, 'asana_outcome_unknown'],
    [{ status: 201, json: {} }, 'asana_outcome_unknown'],
    [
      { status: 429, json: { errors: [{ message: 'Too many' }] }, headers: { 'retry-after': '12' } },
      'asana_unavailable',
    ],
    [{ status: 401, json: { errors: [{ message: 'Not Authorized' }] } }, 'asana_unauthorized'],
    [no(402), 'asana_payment_required'],
    [no(403), 'asana_forbidden'],
    [no(404), 'asana_not_found'],
    [no(451), 'asana_refused'],
    // Somebody in between says so: the task may have been made.
    ...[400, 401, 402, 403, 404, 409, 451].map((status): [Reply, string] => [page(status), 'asana_outcome_unknown']),
    [{ status: 400, text: '' }, 'asana_outcome_unknown'],
    [{ status: 403, json: {} }, 'asana_outcome_unknown'],
    [{ status: 403, json: { message: 'Forbidden' } }, 'asana_outcome_unknown'],
    [{ status: 404, json: { errors: [] } }, 'asana_outcome_unknown'],
    [{ status: 404, json: { errors: [{ help: 'https://…' }] } }, 'asana_outcome_unknown'],
  ])('%j is %s', async (reply, code) => {
    t.asana.fault = onPost(reply);
    expect(await codeOf(t.ensure())).toBe(code);
  });

  it('says once what Asana says twice', async () => {
    const error = { message: 'Not Authorized', phrase: 'Not Authorized' };
    t.asana.fault = onPost({ status: 401, json: { errors: [error, error] } });
    await expect(t.ensure()).rejects.toMatchObject({ detail: 'POST tasks: 401 Not Authorized' });
  });

  it('a silent server is an unknown outcome', async () => {
    t.make({ timeoutMs: 200 });
    t.asana.fault = onPost('silent');
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it('a redirect is not followed into a success', async () => {
    t.asana.fault = onPost({ status: 302, headers: { location: `${t.asana.url}/api/1.0/users/me` } });
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
  });

  it.each<[Reply]>([['reset'], [{ truncated: 201 }], [html]])(
    'a task that was made before %j is found, not made again',
    async (reply) => {
      t.asana.commit = true;
      t.asana.fault = onPost(reply, 1);
      expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
      const again = await t.ensure();
      expect(again).toMatchObject({ made: false, assignee: 'anna' });
      expect(t.asana.tasks).toHaveLength(1);
      expect(again.task.id).toBe(t.asana.tasks[0]?.gid);
    },
  );

  it('whatever goes wrong and however often it is repeated, there is one task', async () => {
    const faults: Reply[] = ['reset', { truncated: 201 }, html, { status: 429, json: {} }, { status: 500, json: {} }];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fault: fc.constantFrom(...faults), commit: fc.boolean() }), { maxLength: 5 }),
        async (plan) => {
          t.asana.tasks.length = 0;
          for (const { fault, commit } of plan) {
            t.asana.commit = commit;
            t.asana.fault = onPost(fault);
            // A fresh tracker each time: a restart, or another worker; and its own rate limit.
            t.make();
            await codeOf(t.ensure());
          }
          t.asana.fault = undefined;
          t.make();
          const { task } = await t.ensure();
          expect(t.asana.tasks.map((one) => one.gid)).toEqual([task.id]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('bodies that never end, or are none', () => {
  /** Of a call that is to end by itself; all others have longer. */
  const PATIENCE_MS = 1_000;
  /** Twice the largest answer, since pipes hold some as well. */
  const TAKEN_MAX = 2 * 16 * 1024 * 1024;
  const TYPES = ['application/json', 'application/octet-stream', 'multipart/form-data; boundary=x'];
  /** @param trackers each keeps one for its next call */
  const noneLeft = (trackers: number): Promise<number> =>
    until(
      'connections to be closed',
      () => t.asana.open(),
      (open) => open <= trackers,
    );

  it.each(TYPES)('a body of %s that trickles for ever ends with our patience', async (type) => {
    t.make({ timeoutMs: PATIENCE_MS });
    t.asana.commit = true;
    t.asana.fault = onPost({ trickles: 201, type }, 1);
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
    t.asana.fault = (request) => (request.path.endsWith('/tasks') ? { trickles: 200, type } : undefined);
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    t.asana.fault = undefined;
    t.make();
    expect(await t.ensure()).toMatchObject({ made: false });
    expect(t.asana.tasks).toHaveLength(1);
    await noneLeft(3);
  });

  it.each(TYPES)('a body of %s without an end is read no further than the largest answer', async (type) => {
    t.asana.commit = true;
    t.asana.fault = onPost({ endless: 201, type }, 1);
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
    t.asana.fault = undefined;
    expect(await t.ensure()).toMatchObject({ made: false });
    expect(t.asana.tasks).toHaveLength(1);
    await noneLeft(1);
    expect(t.asana.poured()).toBeLessThan(TAKEN_MAX);
  });

  it.each<[string, Reply]>([
    ['HTML with 201', { status: 201, text: '<html>ok</html>' }],
    ['HTML with 200', { status: 200, text: '<html>ok</html>' }],
    ['an empty body', { status: 201, text: '' }],
    ['no content', { status: 204, text: '' }],
    ['a list', { status: 201, json: { data: [] } }],
    ['JSON that is no object', { status: 201, json: 'ok' }],
    ['a redirect', { status: 307, headers: { location: '/api/1.0/tasks' } }],
  ])('%s after the task was made: it is found, and not made again', async (_, reply) => {
    t.asana.commit = true;
    t.asana.fault = onPost(reply, 1);
    expect(await codeOf(t.ensure())).toBe('asana_outcome_unknown');
    expect(t.posts()).toHaveLength(1);
    expect(await t.ensure()).toMatchObject({ made: false, assignee: 'anna' });
    expect(t.asana.tasks).toHaveLength(1);
  });

  it('nobody else is asked, wherever an answer points', async () => {
    const elsewhere = await serve(() => ({ status: 200, json: { data: {} } }));
    try {
      t.asana.fault = () => ({ status: 302, headers: { location: `${elsewhere.url}/api/1.0/users/me` } });
      expect(await codeOf(t.tracker.completeTask(ref('1'), true))).toBe('asana_refused');
      expect(elsewhere.seen).toHaveLength(0);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('reads that fail', () => {
  it.each<[Reply, string]>([
    [{ status: 500, json: {} }, 'asana_unavailable'],
    ['reset', 'asana_unavailable'],
    [{ truncated: 200 }, 'asana_unavailable'],
    [{ status: 200, text: '<html/>' }, 'asana_unavailable'],
    [no(401), 'asana_unauthorized'],
    ...[400, 401, 402, 403, 404, 410].map((status): [Reply, string] => [page(status), 'asana_unavailable']),
    [{ status: 404, text: '' }, 'asana_unavailable'],
    [{ status: 302, headers: { location: '/api/1.0/users/me' } }, 'asana_refused'],
  ])('%j is %s, and nothing is made blindly', async (reply, code) => {
    t.asana.fault = (request) => (request.path.endsWith('/tasks') && request.method === 'GET' ? reply : undefined);
    expect(await codeOf(t.ensure())).toBe(code);
    expect(t.posts()).toHaveLength(0);
  });
});

describe('a list that is none, or does not end', () => {
  const next = { offset: 'again', path: '/x', uri: 'http://x' };
  it.each<[string, object]>([
    ['an object', { data: {}, next_page: null }],
    ['rows that are none', { data: [null, 'x', {}], next_page: null }],
    ['the same next page twice', { data: [], next_page: next }],
    ['a next page without its offset', { data: [], next_page: { uri: next.uri } }],
  ])('%s: it does not say that nothing is there, and nothing is made a second time', async (_, json) => {
    const { task } = await t.ensure();
    t.asana.fault = ({ method }) => (method === 'GET' ? { status: 200, json } : undefined);
    const what = [
      t.tracker.ensureSubtasks(task, ['Look']),
      // The user is known by now: only the list of stories is read.
      t.tracker.comment(task, 'key', ['x']),
    ];
    for (const one of what) expect(await codeOf(one)).toBe('asana_unavailable');
    t.asana.fault = (one) => (one.method === 'GET' && one.path.endsWith('/tasks') ? { status: 200, json } : undefined);
    expect(await codeOf(t.ensure())).toBe('asana_unavailable');
    expect([t.asana.tasks.length, t.asana.subtasks.size, t.asana.stories.size]).toEqual([1, 0, 0]);
  });
});

describe('limits', () => {
  it('makes all callers wait as long as Asana asks, and falls to the free rate', async () => {
    const bucket = createBucket({
      perMinute: 1500,
      burst: 10,
      learn: { perMinute: 150, firstMs: 3_600_000, maxMs: 3_600_000, inFlight: 0 },
    });
    t.make({ bucket, now: Date.now });
    t.asana.fault = () => ({ status: 429, json: {}, headers: { 'retry-after': '60' } });
    const began = performance.now();
    const first: unknown = await t.tracker.completeTask(ref('1'), true).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'asana_unavailable', retryAfter: 60_000 });
    const second: unknown = await t.tracker.completeTask(ref('2'), true).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'asana_unavailable' });
    const left = (second as ErrandError).retryAfter ?? 0;
    expect(left).toBeGreaterThan(59_000 - (performance.now() - began));
    expect(left).toBeLessThanOrEqual(60_000);
    expect(t.asana.seen).toHaveLength(1);
    expect(bucket.rate()).toBe(150);
  });

  it('keeps connections for reads, and takes a fresh one for what must not be sent twice', async () => {
    await t.ensure();
    const before = t.asana.sockets();
    for (let i = 0; i < 5; i += 1) await t.tracker.verifyTask(ref(t.asana.tasks[0]?.gid ?? ''));
    expect(t.asana.sockets()).toBe(before);
    await t.tracker.comment(ref(t.asana.tasks[0]?.gid ?? ''), 'k', ['x']);
    expect(t.asana.sockets()).toBe(before + 1);
  });

  it('keeps the token out of what it says', async () => {
    t.make({ token: 'pat-secret' });
    for (const before of ['', 'x'.repeat(455)]) {
      t.asana.fault = () => ({ status: 403, json: { errors: [{ message: `${before}pat-secret may not` }] } });
      const error: unknown = await t.tracker.completeTask(ref('1'), true).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'asana_forbidden' });
      expect((error as ErrandError).message).not.toContain('pat-');
    }
  });
});
