/**
 * Pretend Calamari beside what is known of the real one. No recorded answer of it is public, so each test names how sure its
 * source is (test/fixtures/calamari/MANIFEST.md); what has none is listed in docs/developing/sandbox.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calamari, call, closeAll, control, sandbox, type Json, type Reply } from '../sandbox/support';

const FIXTURES = join(__dirname, '..', 'fixtures', 'calamari');
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
const first = (name: string): unknown => (fixture(name) as unknown[])[0];
const keys = (value: unknown): string[] => Object.keys(value as Json).sort();
const FIND = '/leave/request/v1/find';
const ADVANCED = '/leave/request/v1/find-advanced';
const DAYS = { from: '2026-11-23', to: '2026-11-27' };

type Box = Awaited<ReturnType<typeof sandbox>>;
let box: Box;
beforeEach(async () => (box = await sandbox()));
afterEach(closeAll);

const away = (more: Json = {}): Promise<Reply> =>
  control(box, '/calamari/absences', { email: 'anna@example.com', from: DAYS.from, to: DAYS.from, ...more });
const told = ({ status, body, headers }: Reply): unknown[] => [status, body.code, headers.get('retry-after')];

// The limits and codes of https://developers.calamari.io.
describe('limits', () => {
  const QUOTA = [429, 'QUOTA_EXCEEDED', null];

  test('are 10 calls a second, 720 an hour and 2,880 a day', async () => {
    const { body } = await call(`${box.url}/_control/world`);
    const { calamariLimits } = body.meta as Json;
    expect(calamariLimits).toEqual({ perSecond: 10, perHour: 720, perDay: 2_880 });
  });

  test.each(['perSecond', 'perHour', 'perDay'])(
    '%s: then QUOTA_EXCEEDED, and no header says for how long',
    async (limit) => {
      await control(box, '/calamari/limits', { perSecond: 1_000, [limit]: 2 });
      const calls = [];
      for (let i = 0; i < 3; i += 1) calls.push(told(await calamari(box, ADVANCED, DAYS)));
      expect(calls).toEqual([[200, undefined, null], [200, undefined, null], QUOTA]);
    },
  );

  test('are the company’s: every path counts', async () => {
    await control(box, '/calamari/limits', { perDay: 1 });
    await calamari(box, '/working-week/v1/all', {});
    expect(told(await calamari(box, FIND, { employee: 'anna@example.com', ...DAYS }))).toEqual(QUOTA);
  });

  test('are as they were after a reset, and a limit that is none is refused', async () => {
    expect((await control(box, '/calamari/limits', { perDay: 1 })).body).toMatchObject({ perDay: 1, perHour: 720 });
    expect((await control(box, '/calamari/limits', { perWeek: 1 })).status).toBe(400);
    await control(box, '/reset');
    expect((await control(box, '/calamari/limits')).body).toMatchObject({ perDay: 2_880 });
  });
});

// docs_error_400.json of https://developers.calamari.io; `field` is null when it is not about one.
test('errors have a message, a code and a field', async () => {
  const errors = [
    await calamari(box, FIND, 'no json'),
    await calamari(box, '/nothing', {}),
    await call(`${box.calamariUrl}${FIND}`, 'POST', {}),
  ];
  for (const { body } of errors) expect(keys(body)).toEqual(keys(fixture('docs_error_400.json')));
  expect(errors.map(({ status, body }) => [status, body.code])).toEqual([
    [400, 'INVALID_JSON_PAYLOAD'],
    [404, 'INVALID_METHOD_URL'],
    [401, 'AUTH'],
  ]);
});

describe('absences', () => {
  // https://developers.calamari.io/remote/calamari-public-openapi/absence-requests, and the keys that public clients read.
  test('carry the keys of the documented answer and of the one that clients read', async () => {
    await away();
    const { list } = await calamari(box, FIND, { employee: 'anna@example.com', ...DAYS });
    expect(keys(list[0])).toEqual(
      expect.arrayContaining(keys(first('docs_leave_request_find.response.truncated.json'))),
    );
    expect(keys(list[0])).toEqual(keys(first('community_leave_request_find.response.json')));
  });

  // The documented request; the first and the last day are included, as every public client takes them.
  test('are those that overlap the days asked for, ends included, in any status', async () => {
    await away({ from: '2026-11-20', to: DAYS.from, status: 'PENDING' });
    await away({ from: DAYS.to, to: '2026-11-30', category: 'WORK' });
    await away({ from: '2026-11-28', to: '2026-11-30' });
    const asked = {
      ...(fixture('docs_leave_request_find.request.json') as Json),
      employee: 'anna@example.com',
      ...DAYS,
    };
    const { list } = await calamari(box, FIND, asked);
    expect(list.map(({ status, absenceCategory }) => [status, absenceCategory])).toEqual([
      ['PENDING', 'TIMEOFF'],
      ['ACCEPTED', 'WORK'],
    ]);
  });

  // Documented: "local start date and start time"; the form as clients read it (community_leave_request_find.response.json).
  test('tell local times without an offset, beside their zone', async () => {
    await away({ fullDay: false, startTime: '08:00', endTime: '12:00', timeZone: 'Europe/Kyiv' });
    const { list } = await calamari(box, FIND, { employee: 'anna@example.com', ...DAYS });
    expect(list[0]).toMatchObject({
      fullDayRequest: false,
      startTime: '2026-11-23T08:00:00',
      endTime: '2026-11-23T12:00:00',
      timeZone: 'Europe/Kyiv',
    });
    expect(list[0]?.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  });

  // calamari-io/calamari-jira-cloud-integration sends this request; two public clients read `employeeEmail`.
  test('of many come in one call, each with its person; the filter says APPROVED where the answer says ACCEPTED', async () => {
    await away();
    await away({ email: 'ewa@example.com', status: 'PENDING' });
    const asked = { ...(fixture('observed_leave_request_find_advanced.request.json') as Json), ...DAYS };
    expect((await calamari(box, ADVANCED, asked)).list).toMatchObject([
      { employeeEmail: 'anna@example.com', status: 'ACCEPTED' },
    ]);
    const all = await calamari(box, ADVANCED, { ...DAYS, employees: ['anna@example.com', 'ewa@example.com'] });
    expect(all.list.map(({ employeeEmail }) => employeeEmail)).toEqual(['anna@example.com', 'ewa@example.com']);
    // A public client asks for the days alone.
    expect((await calamari(box, ADVANCED, DAYS)).list).toHaveLength(2);
    expect((await calamari(box, ADVANCED, { ...DAYS, employees: ['olena@example.com'] })).list).toEqual([]);
  });

  // A public Ruby client expects the code of both calls. That it refuses the whole list is not known: docs/developing/sandbox.md.
  test.each([
    [FIND, { employee: 'ghost@example.com' }],
    [ADVANCED, { employees: ['anna@example.com', 'ghost@example.com'] }],
  ])('%s refuses an address that it does not know', async (path, who) => {
    await away();
    const { status, body } = await calamari(box, path, { ...who, ...DAYS });
    expect([status, body.code]).toEqual([400, 'INVALID_EMPLOYEE']);
  });
});

// https://developers.calamari.io/remote/calamari-public-openapi/holidays and …/working-week.
test('holidays and working weeks have their documented keys', async () => {
  await control(box, '/calamari/holidays', { name: 'Holiday', date: '2026-11-25' });
  const asked = { ...(fixture('docs_holiday_find.request.json') as Json), employee: 'anna@example.com', ...DAYS };
  const { list } = await calamari(box, '/holiday/v1/find', asked);
  expect(keys(list[0])).toEqual(keys(first('docs_holiday_find.response.json')));
  const weeks = await calamari(box, '/working-week/v1/all', {});
  expect(keys(weeks.list[0])).toEqual(keys(first('docs_working_week_all.response.json')));
});
