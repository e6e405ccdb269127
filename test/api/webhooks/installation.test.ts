/** The uuid of the installation is told to the feed until the feed has it. */
import pino from 'pino';
import { createInstallationTeller } from '../../../src/api/webhooks/installation';

const log = pino({ level: 'silent' });
const A = '7a485448-a9e2-4c85-8a3c-4f44175783c9';
const B = '9bd0b3f4-5cf1-4a26-8a54-0a8a9a3b3f33';
/** Lets what was awaited go on. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

test('is told once, however many deliveries name it, and again when another one is named', async () => {
  const told: string[] = [];
  const teller = createInstallationTeller((uuid) => Promise.resolve(told.push(uuid) > 0), log);
  for (let i = 0; i < 3; i += 1) teller.heard(A);
  await settle();
  teller.heard(A);
  teller.heard(B);
  await settle();
  expect(told).toEqual([A, B]);
  teller.stop();
});

describe('a feed that begins anew, as after Temporal’s database was lost, knows nothing of it', () => {
  test('it is told again with the first delivery after ten minutes, and by itself never', async () => {
    const told: string[] = [];
    let now = 0;
    const tell = (uuid: string): Promise<boolean> => Promise.resolve(told.push(uuid) > 0);
    const teller = createInstallationTeller(tell, log, () => now);
    teller.heard(A);
    await settle();
    now = 9 * 60_000;
    teller.heard(A);
    await settle();
    expect(told).toEqual([A]);
    now = 11 * 60_000;
    await settle();
    expect(told).toEqual([A]);
    for (let i = 0; i < 3; i += 1) teller.heard(A);
    await settle();
    teller.heard(A);
    await settle();
    expect(told).toEqual([A, A]);
    teller.stop();
  });
});

describe('while nobody takes it', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => jest.useRealTimers());

  test.each<[string, () => Promise<boolean>]>([
    ['no feed runs', () => Promise.resolve(false)],
    ['Temporal is away', () => Promise.reject(new Error('unavailable'))],
  ])('because %s, it is told again by itself, and the newest only', async (_, refuse) => {
    const told: string[] = [];
    let taken = false;
    const teller = createInstallationTeller((uuid) => {
      told.push(uuid);
      return taken ? Promise.resolve(true) : refuse();
    }, log);
    teller.heard(A);
    await settle();
    teller.heard(B);
    await settle();
    taken = true;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told.at(-1)).toBe(B);
    const sofar = told.length;
    await jest.advanceTimersByTimeAsync(600_000);
    expect(told).toHaveLength(sofar);
    teller.stop();
  });

  test('nothing more is told once it was stopped', async () => {
    let told = 0;
    const teller = createInstallationTeller(() => Promise.resolve((told += 1) < 0), log);
    teller.heard(A);
    await settle();
    teller.stop();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(told).toBe(1);
  });
});
