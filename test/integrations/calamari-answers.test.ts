/** What Calamari answers: what is believed of it, and what is no answer. */
import {
  anna,
  employeesOf,
  HOUR,
  kim,
  MINUTE,
  off,
  openDesk,
  piotr,
  UNKNOWN_EMPLOYEE,
  type Desk,
} from './calamari-support';
import type { Reply } from './support';

let desk: Desk;
beforeEach(async () => (desk = await openDesk()));
afterEach(() => desk.server.close());

describe('an answer that does not say whose absences it holds', () => {
  it('without a name is asked for again, about each alone', async () => {
    desk.reply = (request) => ({
      status: 200,
      json: employeesOf(request).includes('piotr@example.com') ? [off({ employeeEmail: undefined })] : [],
    });
    expect(await desk.ask([anna, piotr, kim])).toEqual({ anna: 'available', piotr: 'not available', kim: 'available' });
  });

  it('with the name of somebody else is that person under another address', async () => {
    desk.reply = (request) => ({
      status: 200,
      json: employeesOf(request).includes('anna@example.com') ? [off({ employeeEmail: 'anna.nowak@example.com' })] : [],
    });
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'not available', piotr: 'available' });
  });

  it('with the names of many, though one was asked about, is no answer', async () => {
    desk.reply = () => ({
      status: 200,
      json: [off({ employeeEmail: 'x@example.com' }), off({ employeeEmail: 'y@example.com' })],
    });
    await expect(desk.ask([anna])).rejects.toMatchObject({ code: 'calamari_unavailable' });
  });

  it('with an absence that has no status leaves that person unknown, and nobody else', async () => {
    desk.reply = () => ({ status: 200, json: [off({ status: undefined })] });
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'unknown', piotr: 'available' });
  });

  it('with an absence that is understood counts, whatever else is not', async () => {
    desk.reply = () => ({ status: 200, json: [off({ status: 'ON_HOLD' }), off()] });
    expect(await desk.ask([anna])).toEqual({ anna: 'not available' });
  });

  it('says an unknown state once, and nothing else of it', async () => {
    desk.reply = () => ({ status: 200, json: [off({ status: 'ON_HOLD', reason: 'surgery' })] });
    expect(await desk.ask([anna])).toEqual({ anna: 'unknown' });
    desk.clock += HOUR;
    await desk.ask([anna]);
    expect(desk.warnings).toHaveLength(1);
    expect(desk.warnings[0]?.[1]).toEqual({ field: 'status', word: 'ON_HOLD' });
    expect(JSON.stringify(desk.warnings)).not.toMatch(/surgery|anna|2026/i);
  });
});

describe('what is no answer', () => {
  it.each<[Reply, string]>([
    [{ status: 401, json: { code: 'AUTH' } }, 'calamari_unauthorized'],
    [{ status: 403, json: { code: 'FORBIDDEN' } }, 'calamari_unauthorized'],
    // Of somebody in between: the key may be right.
    [{ status: 401, text: '<html>a proxy’s</html>' }, 'calamari_unavailable'],
    [{ status: 403, text: '<html>a proxy’s</html>' }, 'calamari_unavailable'],
    [{ status: 403, text: '' }, 'calamari_unavailable'],
    [{ status: 403, json: { message: 'Forbidden' } }, 'calamari_unavailable'],
    [{ status: 429, json: { code: 'QUOTA_EXCEEDED' }, headers: { 'retry-after': '60' } }, 'calamari_unavailable'],
    [{ status: 500, json: { code: 'UNKNOWN_ERROR' } }, 'calamari_unavailable'],
    [{ status: 502, text: '<html>' }, 'calamari_unavailable'],
    [{ status: 400, json: { code: 'INVALID_JSON_PAYLOAD' } }, 'calamari_unavailable'],
    [{ status: 400, json: { code: 'UNKNOWN_ERROR' } }, 'calamari_unavailable'],
    [{ status: 400, text: '<html>a proxy’s</html>' }, 'calamari_unavailable'],
    [{ status: 404, text: '<html>a proxy’s</html>' }, 'calamari_unavailable'],
    [{ status: 404, json: { code: 'INVALID_METHOD_URL' } }, 'calamari_unavailable'],
    [{ status: 200, text: '<html>sign in</html>' }, 'calamari_unavailable'],
    [{ status: 200, text: '' }, 'calamari_unavailable'],
    [{ status: 200, json: {} }, 'calamari_unavailable'],
    [{ status: 200, json: { absences: [] } }, 'calamari_unavailable'],
    [{ status: 200, json: null }, 'calamari_unavailable'],
    ['reset', 'calamari_unavailable'],
    [{ truncated: 200 }, 'calamari_unavailable'],
  ])('%j costs one call, fails, and is not remembered', async (given, code) => {
    desk.reply = () => given;
    await expect(desk.ask([anna, piotr])).rejects.toMatchObject({ code });
    expect(desk.server.seen).toHaveLength(1);
    desk.reply = () => ({ status: 200, json: [] });
    // Longer than the wait that was asked for.
    desk.clock += 2 * MINUTE;
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'available', piotr: 'available' });
  });
});

describe('check', () => {
  it.each([
    [{ status: 200, json: [] }, []],
    [UNKNOWN_EMPLOYEE, []],
    [
      { status: 401, json: { code: 'AUTH' } },
      [{ level: 'error', what: expect.stringContaining('CALAMARI_API_KEY') as string }],
    ],
    [{ status: 503, json: {} }, [{ level: 'warning', unreachable: true }]],
    [{ status: 200, json: {} }, [{ level: 'warning', what: expect.stringContaining('CALAMARI_BASE_URL') as string }]],
    [
      { status: 404, text: '<html>' },
      [{ level: 'warning', todo: expect.stringContaining('CALAMARI_BASE_URL') as string }],
    ],
  ])('%j', async (given, findings) => {
    desk.reply = () => given;
    expect(await desk.calamari.check()).toMatchObject(findings);
    expect(desk.server.seen).toHaveLength(1);
  });
});
