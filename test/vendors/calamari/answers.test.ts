/** What Calamari answers: what is believed of it, and what is no answer. */
import fc from 'fast-check';
import { ErrandError } from '../../../src/errors';
import {
  anna,
  employeesOf,
  HOUR,
  kim,
  MINUTE,
  off,
  openDesk,
  people,
  piotr,
  SECOND,
  UNKNOWN_EMPLOYEE,
  type Desk,
} from './support';
import type { Reply } from '../support';

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

describe('a refusal whose code is not known to be about people', () => {
  const ODD: Reply = { status: 400, json: { code: 'INVALID_TEAM', message: 'x', field: null } };
  const refusing = (reply: Reply, ...wrong: string[]): void => {
    desk.reply = (request) =>
      employeesOf(request).some((email) => wrong.includes(email)) ? reply : { status: 200, json: [] };
  };
  const all = people(50);

  it('that meets everybody is an outage, after the list and its ends', async () => {
    desk.reply = () => ODD;
    await expect(desk.ask(all)).rejects.toMatchObject({ code: 'calamari_unavailable' });
    expect(desk.asked().slice(1)).toEqual([['p0@example.com'], ['p49@example.com']]);
    desk.reply = () => ({ status: 200, json: [] });
    desk.clock += SECOND;
    expect(Object.values(await desk.ask(all))).toEqual(all.map(() => 'available'));
  });

  it('that meets one who is asked about alone is an outage, too', async () => {
    desk.reply = () => ODD;
    await expect(desk.ask([anna])).rejects.toMatchObject({ code: 'calamari_unavailable' });
    desk.reply = () => UNKNOWN_EMPLOYEE;
    desk.clock += SECOND;
    expect(await desk.ask([anna])).toEqual({ anna: 'unknown' });
  });

  it('costs, while it lasts, one call after each pause, and three for people who were not asked about before', async () => {
    desk.reply = () => ODD;
    const began = desk.clock;
    for (; desk.clock < began + HOUR; desk.clock += SECOND)
      await expect(desk.ask([anna, piotr, kim])).rejects.toMatchObject({ code: 'calamari_unavailable' });
    // Pauses of 1, 2, 4 … 36 s, which the day's budget bears.
    expect(desk.server.seen.length).toBeLessThan(110);
    expect(
      desk
        .asked()
        .slice(3)
        .every((asked) => asked.length === 3),
    ).toBe(true);
    desk.clock += HOUR;
    const before = desk.server.seen.length;
    await expect(desk.ask(all)).rejects.toMatchObject({ code: 'calamari_unavailable' });
    expect(desk.server.seen).toHaveLength(before + 3);
  });

  it.each([['p17@example.com'], ['p0@example.com'], ['p49@example.com']])(
    'is about %s alone when the others are answered, costs a dozen calls, and is remembered to be so',
    async (wrong) => {
      refusing(ODD, wrong);
      const unknown = Object.entries(await desk.ask(all)).filter(([, word]) => word === 'unknown');
      expect(unknown).toEqual([[wrong.replace('@example.com', ''), 'unknown']]);
      expect(desk.server.seen.length).toBeLessThanOrEqual(15);
      const before = desk.server.seen.length;
      desk.clock += HOUR;
      expect(Object.values(await desk.ask(all)).filter((word) => word === 'unknown')).toHaveLength(1);
      expect(desk.server.seen).toHaveLength(before + 2);
    },
  );

  it('and then meets everybody: whoever was known before is not taken for unknown', async () => {
    refusing(ODD, piotr.email);
    expect(await desk.ask([anna, piotr])).toEqual({ anna: 'available', piotr: 'unknown' });
    desk.reply = () => ODD;
    desk.clock += HOUR;
    await expect(desk.ask([anna])).rejects.toMatchObject({ code: 'calamari_unavailable' });
  });

  it('beside refusals of people never costs more than two calls a person', async () => {
    const words = fc.array(fc.constantFrom<'ok' | 'odd' | 'unknown'>('ok', 'odd', 'unknown'), {
      minLength: 1,
      maxLength: 50,
    });
    await fc.assert(
      fc.asyncProperty(words, async (given) => {
        const one = await openDesk();
        const of = (email: string): string => given[Number(/\d+/.exec(email)?.[0])] ?? 'ok';
        one.reply = (request) => {
          const said = employeesOf(request).map(of);
          if (said.includes('odd')) return ODD;
          return said.includes('unknown') ? UNKNOWN_EMPLOYEE : { status: 200, json: [] };
        };
        try {
          const said = await one.ask(people(given.length)).catch((error: unknown) => error);
          const isOutage = said instanceof ErrandError;
          if (!given.includes('odd')) expect(isOutage).toBe(false);
          else if (!given.includes('ok')) expect(isOutage).toBe(true);
          if (isOutage) expect(said.code).toBe('calamari_unavailable');
          else
            expect(Object.values(said as object)).toEqual(
              given.map((word) => (word === 'ok' ? 'available' : 'unknown')),
            );
          expect(one.server.seen.length).toBeLessThanOrEqual(2 * given.length);
        } finally {
          await one.server.close();
        }
      }),
      { numRuns: 30 },
    );
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
