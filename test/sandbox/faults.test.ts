import { asana, at, calamari, call, closeAll, control, type Json, sandbox, sentry, slack } from './support';
import type { Sandbox } from '../../src/sandbox';

const ERRORS = '1200000000000001';
const task = { name: 'T', projects: [ERRORS] };

afterEach(closeAll);

const fault = async (box: Sandbox, body: Json): Promise<void> => {
  expect((await control(box, '/faults', { vendor: 'asana', ...body })).status).toBe(201);
};
const tasks = async (box: Sandbox): Promise<number> =>
  ((await asana(box, 'GET', `/tasks?project=${ERRORS}`)).body.data as Json[]).length;

test('a status is answered in the vendor’s own words, and nothing happens', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'status', status: 503, retryAfter: 7, times: 1 });
  const refused = await asana(box, 'POST', '/tasks', task);
  expect([refused.status, refused.headers.get('retry-after'), at(refused.body, 'errors', 0, 'message')]).toEqual([
    503,
    '7',
    'Service Unavailable',
  ]);
  expect(await tasks(box)).toBe(0);
  for (const vendor of ['sentry', 'calamari', 'slack'])
    await control(box, '/faults', { vendor, kind: 'status', status: 500 });
  expect((await sentry(box, 'GET', '/organizations/acme/')).body).toEqual({ detail: 'Internal Error' });
  expect((await calamari(box, '/working-week/v1/all', {})).body.code).toBe('UNKNOWN_ERROR');
  expect((await slack(box, 'auth.test', {})).status).toBe(500);
});

test('a reset leaves no task, a reset after the commit leaves one', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'reset', method: 'post', path: '/tasks$', times: 1 });
  await expect(asana(box, 'POST', '/tasks', task)).rejects.toThrow();
  expect(await tasks(box)).toBe(0);
  await fault(box, { kind: 'commitThenReset', method: 'POST', times: 1 });
  await expect(asana(box, 'POST', '/tasks', task)).rejects.toThrow();
  expect(await tasks(box)).toBe(1);
});

test('a late commit answers first and writes afterwards', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'commitLate', status: 504, method: 'POST', ms: 300, times: 1 });
  expect((await asana(box, 'POST', '/tasks', task)).status).toBe(504);
  while ((await tasks(box)) === 0) await new Promise((ready) => setTimeout(ready, 30));
  expect(await tasks(box)).toBe(1);
  await fault(box, { kind: 'commitLate', method: 'POST', ms: 0, times: 1 });
  await expect(asana(box, 'POST', '/tasks', task)).rejects.toThrow();
});

test('an answer cut short was nevertheless done', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'truncate', method: 'POST', times: 1 });
  await expect(asana(box, 'POST', '/tasks', task)).rejects.toThrow();
  expect(await tasks(box)).toBe(1);
});

test('down is down for one vendor, until it is lifted', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'down' });
  await expect(asana(box, 'GET', '/users/me')).rejects.toThrow();
  expect((await sentry(box, 'GET', '/organizations/acme/')).status).toBe(200);
  await call(`${box.url}/_control/faults`, 'DELETE');
  expect((await asana(box, 'GET', '/users/me')).status).toBe(200);
});

test('one of several faults is lifted by its id', async () => {
  const box = await sandbox();
  await fault(box, { kind: 'down' });
  await fault(box, { vendor: 'slack', kind: 'down' });
  const set = (await call(`${box.url}/_control/faults`)).list;
  const [down, other] = set.map(({ id }) => String(id));
  expect(down).not.toBe(other);
  const left = await call(`${box.url}/_control/faults/${down}`, 'DELETE');
  expect(left.list).toMatchObject([{ id: other, vendor: 'slack' }]);
  expect((await asana(box, 'GET', '/users/me')).status).toBe(200);
  await expect(slack(box, 'auth.test', {})).rejects.toThrow();
  expect((await call(`${box.url}/_control/faults/${down}`, 'DELETE')).status).toBe(404);
});

test('percentages are seeded: the same seed fails the same requests', async () => {
  const box = await sandbox();
  const run = async (seed: number): Promise<number[]> => {
    await call(`${box.url}/_control/faults`, 'DELETE');
    await fault(box, { kind: 'status', status: 500, percent: 40, seed });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) statuses.push((await asana(box, 'GET', '/users/me')).status);
    return statuses;
  };
  const first = await run(5);
  expect(await run(5)).toEqual(first);
  expect(await run(6)).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([200, 500]));
});

test('the log tells every request and what became of it; bad knobs are refused', async () => {
  const box = await sandbox();
  await asana(box, 'GET', '/users/me?opt_fields=name');
  await fault(box, { kind: 'reset' });
  await expect(asana(box, 'GET', '/users/me')).rejects.toThrow();
  const log = await call(`${box.url}/_control/log?vendor=asana`);
  expect(log.list).toMatchObject([
    { method: 'GET', path: '/api/1.0/users/me', query: 'opt_fields=name', status: 200 },
    { method: 'GET', path: '/api/1.0/users/me', status: 0, befell: 'reset' },
  ]);
  expect((await call(`${box.url}/_control/log?befallen=1`)).list).toHaveLength(1);
  expect((await call(`${box.url}/_control/log?vendor=slack`)).list).toEqual([]);
  expect((await call(`${box.url}/_control/faults`)).list).toMatchObject([{ kind: 'reset', hits: 1 }]);
  for (const body of [
    { vendor: 'jira', kind: 'down' },
    { vendor: 'asana', kind: 'down', path: '(' },
    { vendor: 'asana' },
    'no json',
  ]) {
    const refused = await call(`${box.url}/_control/faults`, 'POST', body);
    expect([refused.status, typeof refused.body.error]).toEqual([400, 'string']);
  }
});
