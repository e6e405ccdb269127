import { WebClient } from '@slack/web-api';
import { at, calamari, call, closeAll, control, sandbox, slack } from './support';

afterEach(closeAll);

describe('calamari', () => {
  const week = { from: '2026-11-23', to: '2026-11-27' };

  test('finds the absences that overlap, of one and of many', async () => {
    const box = await sandbox();
    await control(box, '/calamari/absences', { email: 'anna@example.com', from: '2026-11-20', to: '2026-11-23' });
    const half = { fullDay: false, startTime: '09:00', endTime: '13:00', timeZone: 'Europe/Kyiv', status: 'PENDING' };
    await control(box, '/calamari/absences', {
      email: 'olena@example.com',
      from: '2026-11-24',
      to: '2026-11-24',
      ...half,
    });
    const anna = await calamari(box, '/leave/request/v1/find', { employee: 'anna@example.com', ...week });
    expect(anna.list).toEqual([
      expect.objectContaining({
        absenceCategory: 'TIMEOFF',
        status: 'ACCEPTED',
        fullDayRequest: true,
        startTime: '2026-11-20T00:00:00',
        timeZone: 'Europe/Warsaw',
      }),
    ]);
    const all = await calamari(box, '/leave/request/v1/find-advanced', week);
    expect(all.list.map(({ employeeEmail, startTime }) => [employeeEmail, startTime])).toEqual([
      ['anna@example.com', '2026-11-20T00:00:00'],
      ['olena@example.com', '2026-11-24T09:00:00'],
    ]);
    const pending = await calamari(box, '/leave/request/v1/find-advanced', { ...week, absenceStatuses: ['PENDING'] });
    expect(pending.list).toHaveLength(1);
    await call(`${box.url}/_control/calamari/absences?email=anna@example.com`, 'DELETE');
    expect((await calamari(box, '/leave/request/v1/find', { employee: 'anna@example.com', ...week })).list).toEqual([]);
  });

  test('refuses as documented', async () => {
    const box = await sandbox();
    const unknown = await calamari(box, '/leave/request/v1/find', { employee: 'ghost@example.com', ...week });
    expect([unknown.status, unknown.body]).toEqual([
      400,
      { message: 'Api error', code: 'INVALID_EMPLOYEE', field: 'employee' },
    ]);
    const codes = [
      await calamari(box, '/leave/request/v1/find', { employee: 'anna@example.com', from: 'x', to: week.to }),
      await calamari(box, '/leave/request/v1/find', { employee: 'anna@example.com', from: week.from }),
      await calamari(box, '/leave/request/v1/find', 'no json'),
      await calamari(box, '/nothing', {}),
      await call(`${box.calamariUrl}/working-week/v1/all`, 'POST', {}),
    ].map(({ status, body }) => [status, body.code]);
    expect(codes).toEqual([
      [400, 'INVALID_DATE_FROM'],
      [400, 'INVALID_DATE_TO'],
      [400, 'INVALID_JSON_PAYLOAD'],
      [404, 'INVALID_METHOD_URL'],
      [401, 'AUTH'],
    ]);
  });

  test('tells people, weeks and holidays, and has a quota', async () => {
    const box = await sandbox();
    await control(box, '/calamari/holidays', { name: 'Holiday', date: '2026-11-25' });
    const holidays = await calamari(box, '/holiday/v1/find', { employee: 'anna@example.com', ...week });
    expect(holidays.list).toEqual([
      { name: 'Holiday', start: '2026-11-25', end: '2026-11-25', halfDay: false, halfdayPeriod: null },
    ]);
    expect((await calamari(box, '/employees/v1/list', { page: 0 })).body).toMatchObject({
      currentPage: 0,
      totalPages: 1,
    });
    expect(at((await calamari(box, '/working-week/v1/all', {})).list, 0, 'workingDays', 5, 'isWorkingDay')).toBe(false);
    const replies = await Promise.all(Array.from({ length: 60 }, () => calamari(box, '/working-week/v1/all', {})));
    expect(replies.find(({ status }) => status === 429)?.body.code).toBe('QUOTA_EXCEEDED');
  });
});

describe('slack', () => {
  test('the official client posts, updates, looks people up and reads the history', async () => {
    const box = await sandbox();
    const client = new WebClient(box.tokens.slack, {
      slackApiUrl: box.slackUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    });
    expect(await client.auth.test()).toMatchObject({ ok: true, user: 'errand' });
    const posted = await client.chat.postMessage({
      channel: '#errors',
      text: 'first',
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*first*' } }],
      metadata: { event_type: 'errand', event_payload: { key: 'k1' } },
    });
    const ts = String(posted.ts);
    await client.chat.postMessage({ channel: 'C0ERRORS', text: 'reply', thread_ts: ts });
    await client.chat.update({ channel: 'C0ERRORS', ts, text: 'edited' });
    const history = await client.conversations.history({ channel: 'C0ERRORS', include_all_metadata: true });
    expect(history.messages).toMatchObject([{ ts, text: 'edited', metadata: { event_payload: { key: 'k1' } } }]);
    expect((await client.users.lookupByEmail({ email: 'anna@example.com' })).user?.id).toBe('U0ANNA');
  });

  test('refusals are ok:false with HTTP 200; the rate limit is a 429', async () => {
    const box = await sandbox();
    const errors = [
      await call(`${box.slackUrl}/auth.test`, 'POST'),
      await call(`${box.slackUrl}/auth.test`, 'POST', undefined, { authorization: 'Bearer x' }),
      await slack(box, 'chat.postMessage', { channel: 'nowhere', text: 'x' }),
      await slack(box, 'chat.postMessage', { channel: 'errors' }),
      await slack(box, 'chat.update', { channel: 'C0ERRORS', ts: '1.1', text: 'x' }),
      // A post takes the channel's name, an edit its id only.
      await slack(box, 'chat.update', { channel: 'errors', ts: '1.1', text: 'x' }),
      await slack(box, 'users.lookupByEmail', { email: 'ghost@example.com' }),
      await slack(box, 'no.method', {}),
    ].map(({ status, body }) => [status, body.error]);
    expect(errors).toEqual(
      [
        'not_authed',
        'invalid_auth',
        'channel_not_found',
        'no_text',
        'message_not_found',
        'channel_not_found',
        'users_not_found',
        'unknown_method',
      ].map((error) => [200, error]),
    );
    const posts = await Promise.all(
      Array.from({ length: 30 }, () => slack(box, 'chat.postMessage', { channel: 'errors', text: 'x' })),
    );
    const refused = posts.find(({ status }) => status === 429);
    expect([refused?.body.error, refused?.headers.get('retry-after')]).toEqual(['ratelimited', '1']);
  });
});
