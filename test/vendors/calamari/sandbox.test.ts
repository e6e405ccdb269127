/** The client of Calamari against the pretend one, with a quota of its own in each test. */
import { createCalamari, type Calamari, type CalamariPerson } from '../../../src/vendors/calamari/client';
import { closeAll, control, call, sandbox } from '../../sandbox/support';

type Box = Awaited<ReturnType<typeof sandbox>>;
let box: Box;
let calamari: Calamari;
const NOW = new Date().toISOString();
const people = (...keys: string[]): CalamariPerson[] =>
  keys.map((key) => ({ key, email: `${key}@example.com`, timezone: 'Europe/Warsaw' }));

beforeEach(async () => {
  box = await sandbox();
  calamari = createCalamari({ baseUrl: box.calamariUrl, apiKey: box.tokens.calamari });
});
afterEach(closeAll);

it('when the quota of the day is used up, who was asked about is still known, and nobody else is asked about', async () => {
  await control(box, '/calamari/limits', { perDay: 1 });
  expect(await calamari.absentAt(people('anna'), NOW, 0)).toEqual({ anna: 'available' });
  const refusal = { code: 'calamari_unavailable', message: expect.stringContaining('QUOTA_EXCEEDED') as string };
  await expect(calamari.absentAt(people('piotr'), NOW, 0)).rejects.toMatchObject(refusal);
  expect(await calamari.absentAt(people('anna'), NOW, 0)).toEqual({ anna: 'available' });
  await expect(calamari.absentAt(people('piotr'), NOW, 0)).rejects.toMatchObject({ code: 'calamari_unavailable' });
  expect((await call(`${box.url}/_control/log?vendor=calamari`)).list.map(({ status }) => status)).toEqual([200, 429]);
});

it('an address that Calamari does not know costs only itself', async () => {
  const days = { from: '2026-11-23', to: '2026-11-24' };
  await control(box, '/calamari/absences', { email: 'anna@example.com', ...days });
  expect(await calamari.absentAt(people('anna', 'stranger', 'piotr'), '2026-11-23T09:00:00.000Z', 0)).toEqual({
    anna: 'not available',
    stranger: 'unknown',
    piotr: 'available',
  });
  // The next ones are asked about without it.
  await calamari.absentAt(people('ewa', 'olena', 'stranger'), '2026-11-23T09:00:00.000Z', 0);
  const log = (await call(`${box.url}/_control/log?vendor=calamari`)).list.map(({ status }) => status);
  expect(log.at(-1)).toBe(200);
  expect(log.filter((status) => status === 400)).toHaveLength(3);
});
