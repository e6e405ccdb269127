/** Who is available: what Calamari is asked, and for how long its answers are believed. */
import {
  anna,
  employeesOf,
  HOUR,
  kim,
  MINUTE,
  NOON,
  off,
  openDesk,
  people,
  piotr,
  SECOND,
  UNKNOWN_EMPLOYEE,
  type Desk,
} from './support';
import type { Reply, Seen } from '../support';

let desk: Desk;
beforeEach(async () => (desk = await openDesk()));
afterEach(() => desk.server.close());

describe('what is asked', () => {
  it('once about everybody, without a filter of states, and again after a minute', async () => {
    desk.reply = () => ({ status: 200, json: [off()] });
    const who = [anna, piotr, kim];
    const available = { anna: 'not available', piotr: 'available', kim: 'available' };
    expect(await desk.ask(who)).toEqual(available);
    desk.clock += MINUTE - SECOND;
    expect(await desk.ask(who)).toEqual(available);
    expect(desk.asked()).toEqual([['anna@example.com', 'piotr@example.com', 'kim@example.com']]);
    expect(desk.server.seen[0]).toMatchObject({ method: 'POST', path: '/api/leave/request/v1/find-advanced' });
    expect(desk.server.seen[0]?.body).not.toHaveProperty('absenceStatuses');
    expect(desk.server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('calamari:key').toString('base64')}`);
    desk.clock += SECOND;
    await desk.ask(who);
    expect(desk.server.seen).toHaveLength(2);
  });

  it('the days of every zone, until the answer is no longer believed', async () => {
    await desk.ask([anna]);
    expect(desk.server.seen[0]?.body).toMatchObject({ from: '2026-11-22', to: '2026-11-24' });
    await desk.calamari.absentAt([kim], '2026-11-23T12:00:00.000Z', 23 * HOUR);
    expect(desk.server.seen[1]?.body).toMatchObject({ from: '2026-11-23', to: '2026-11-25' });
  });

  it('again about days that it has not asked about', async () => {
    const later = off({ from: '2026-11-25', to: '2026-11-25' });
    desk.reply = ({ body }) => ({ status: 200, json: (body as { to: string }).to >= '2026-11-25' ? [later] : [] });
    expect(await desk.ask([anna])).toEqual({ anna: 'available' });
    expect(await desk.ask([anna], 48 * HOUR)).toEqual({ anna: 'not available' });
    expect(desk.server.seen).toHaveLength(2);
  });

  it('one request for all callers at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => desk.ask([anna, piotr])));
    expect(desk.server.seen).toHaveLength(1);
  });

  it('at most fifty people in a call, and those whose answers run out soonest along with whoever is asked about', async () => {
    const all = people(120);
    await desk.ask(all.slice(0, 30));
    desk.clock += SECOND;
    await desk.ask(all.slice(30));
    expect(desk.asked().map((emails) => emails.length)).toEqual([30, 50, 50]);
    // Ten of the thirty had come along already.
    expect(desk.asked()[2]).toEqual(expect.arrayContaining(all.slice(0, 10).map(({ email }) => email)));
    desk.clock += 10 * MINUTE;
    await desk.ask(all.slice(119));
    expect(desk.asked()[3]).toHaveLength(50);
    expect(desk.asked()[3]).toEqual(expect.arrayContaining(all.slice(10, 30).map(({ email }) => email)));
    await desk.ask(all.slice(10, 30));
    expect(desk.server.seen).toHaveLength(4);
  });

  it('nothing about whom nobody has asked about for a day', async () => {
    await desk.ask([anna]);
    desk.clock += 25 * HOUR;
    await desk.ask([piotr]);
    expect(desk.asked()[1]).toEqual(['piotr@example.com']);
  });
});

describe('how long it is believed', () => {
  it('who is back from an absence that is known is available at that moment, without another call', async () => {
    const soon = new Date(desk.clock + 30 * SECOND).toISOString().slice(0, 19);
    desk.reply = () => ({
      status: 200,
      json: [off({ fullDayRequest: false, startTime: NOON.slice(0, 19), endTime: soon, timeZone: 'UTC' })],
    });
    expect(await desk.ask([anna], 0)).toEqual({ anna: 'not available' });
    desk.clock += 30 * SECOND;
    expect(await desk.ask([anna], 0)).toEqual({ anna: 'available' });
    expect(desk.server.seen).toHaveLength(1);
  });

  it('never past the moment at which an absence that is known begins', async () => {
    const [begins, ends] = [30 * SECOND, HOUR].map((ms) => new Date(desk.clock + ms).toISOString().slice(0, 19));
    desk.reply = () => ({
      status: 200,
      json: [off({ fullDayRequest: false, startTime: begins, endTime: ends, timeZone: 'UTC' })],
    });
    expect(await desk.ask([anna, piotr], 0)).toEqual({ anna: 'available', piotr: 'available' });
    desk.clock += 29 * SECOND;
    await desk.ask([anna], 0);
    expect(desk.server.seen).toHaveLength(1);
    desk.clock += SECOND;
    // It was cancelled meanwhile.
    desk.reply = () => ({ status: 200, json: [] });
    expect(await desk.ask([anna], 0)).toEqual({ anna: 'available' });
    expect(desk.server.seen).toHaveLength(2);
  });

  it('an hour once Calamari says that the quota is used up, and nobody asks it before the pause is over', async () => {
    await desk.ask([anna]);
    desk.clock += 2 * MINUTE;
    desk.reply = () => ({ status: 429, json: { code: 'QUOTA_EXCEEDED' }, headers: { 'retry-after': '600' } });
    const refusal = { code: 'calamari_unavailable', retryAfter: 600 * SECOND };
    await expect(desk.ask([piotr])).rejects.toMatchObject(refusal);
    desk.reply = () => ({ status: 200, json: [] });
    desk.clock += 599 * SECOND;
    await expect(desk.ask([piotr])).rejects.toMatchObject({ code: 'calamari_unavailable' });
    expect(await desk.ask([anna])).toEqual({ anna: 'available' });
    expect(desk.server.seen).toHaveLength(2);
    desk.clock += SECOND;
    expect(await desk.ask([piotr])).toEqual({ piotr: 'available' });
    expect(desk.server.seen).toHaveLength(3);
    desk.clock += HOUR;
    await desk.ask([anna]);
    expect(desk.server.seen).toHaveLength(4);
  });

  it('a failure is not remembered, but Calamari is left alone for a moment', async () => {
    desk.reply = () => ({ status: 500, json: {} });
    await expect(desk.ask([anna])).rejects.toMatchObject({ code: 'calamari_unavailable' });
    await expect(desk.ask([piotr])).rejects.toMatchObject({ code: 'calamari_unavailable' });
    expect(desk.server.seen).toHaveLength(1);
    desk.reply = () => ({ status: 200, json: [] });
    desk.clock += SECOND;
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'available', piotr: 'available' });
  });
});

describe('an address that Calamari does not know', () => {
  const all = people(50);
  const refusing = (...wrong: string[]): ((request: Seen) => Reply) => {
    return (request) =>
      employeesOf(request).some((email) => wrong.includes(email)) ? UNKNOWN_EMPLOYEE : { status: 200, json: [] };
  };

  it('costs a dozen calls once, and from then on only itself, once an hour', async () => {
    desk.reply = refusing('p17@example.com');
    const answer = await desk.ask(all);
    expect(answer).toMatchObject({ p16: 'available', p17: 'unknown', p18: 'available' });
    expect(Object.values(answer).filter((word) => word === 'unknown')).toHaveLength(1);
    expect(desk.server.seen.length).toBeLessThanOrEqual(13);
    const before = desk.server.seen.length;
    desk.clock += MINUTE;
    await desk.ask(all);
    expect(desk.asked().slice(before)).toEqual([
      all.map(({ email }) => email).filter((email) => email !== 'p17@example.com'),
    ]);
    desk.clock += HOUR;
    expect(await desk.ask(all)).toEqual(answer);
    expect(
      desk
        .asked()
        .slice(before + 1)
        .map((emails) => emails.length)
        .sort(),
    ).toEqual([1, 49]);
    // Somebody entered it.
    desk.reply = () => ({ status: 200, json: [] });
    desk.clock += HOUR;
    expect(await desk.ask(all)).toMatchObject({ p17: 'available' });
  });

  it('counts as available where the answer simply has nothing for it', async () => {
    desk.reply = () => ({ status: 200, json: [off()] });
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'not available', piotr: 'available' });
    expect(desk.server.seen).toHaveLength(1);
  });

  it('does not take back what is known of others when a later call fails', async () => {
    const refuse = refusing('p49@example.com');
    desk.reply = (request) => (desk.server.seen.length > 3 ? { status: 503, json: {} } : refuse(request));
    const [firstHalf, everybody] = await Promise.allSettled([desk.ask(all.slice(0, 25)), desk.ask(all)]);
    expect([firstHalf?.status, everybody?.status]).toEqual(['fulfilled', 'rejected']);
    const before = desk.server.seen.length;
    await desk.ask(all.slice(0, 25));
    expect(desk.server.seen).toHaveLength(before);
  });
});
