/** A wrong secret is told from strangers; the first verified webhook is remembered, whatever becomes of the process. */
import type { Inbox } from '../../../src/api/inbox/types';
import { createSignatures, refusedWords, type Refused, type Signatures } from '../../../src/api/webhooks/signatures';
import { steady } from '../../../src/process/clock';
import { entry, Room } from '../inbox/support';
import { until } from '../../support/run';

const PATH = '/webhooks/sentry';
const WHY = 'does not match the secret';
const MINUTE = 60_000;

let room: Room;
let inbox: Inbox;
let signatures: Signatures;
let told: (number | null)[];
let now: number;

beforeEach(() => {
  room = new Room();
  inbox = room.open();
  now = steady();
  start();
});
afterEach(() => room.clear());

/** As a process does at its start. */
function start(): void {
  told = [];
  signatures = createSignatures(
    inbox,
    (refused: Refused | null) => told.push(refused?.times ?? null),
    () => now,
  );
}
async function restart(): Promise<void> {
  inbox = await room.reopen(inbox);
  start();
}
function refuse(times: number, path = PATH, why = WHY): void {
  for (let i = 0; i < times; i += 1) signatures.refused(path, why);
}

test('five within ten minutes need a person, with the commonest diagnosis and the paths; four do not', () => {
  refuse(2);
  refuse(1, '/sentry-webhook', 'no Sentry-Hook-Signature header');
  now += 9 * MINUTE;
  refuse(1);
  expect([signatures.state().refused, told]).toEqual([null, []]);
  now += MINUTE;
  refuse(1);
  const { refused } = signatures.state();
  expect(refused).toMatchObject({ times: 5, why: WHY, paths: { [PATH]: 4, '/sentry-webhook': 1 } });
  expect(refused && refusedWords(refused)).toBe(`${WHY}; at ${PATH} 4, /sentry-webhook 1`);
  expect(told).toEqual([5]);
});

test('five in more than ten minutes do not', () => {
  refuse(4);
  now += 10 * MINUTE + 1;
  refuse(4);
  expect(signatures.state().refused).toBeNull();
});

test('strangers ring nothing while real ones come, however many they send', () => {
  for (let i = 0; i < 20; i += 1) {
    signatures.verified();
    refuse(500);
    now += 9 * MINUTE;
    refuse(500);
  }
  expect([signatures.state().refused, told]).toEqual([null, []]);
});

test('a secret that is changed on one side only: told once the last verified one is ten minutes old', () => {
  signatures.verified();
  refuse(20);
  now += 10 * MINUTE + 1;
  refuse(4);
  expect(told).toEqual([]);
  refuse(1);
  expect(told).toEqual([5]);
});

test('it is told again when there are twice as many, and is over with the first that is verified', () => {
  refuse(1_000);
  expect(told).toEqual([5, 10, 20, 40, 80, 160, 320, 640]);
  expect(signatures.state().refused).toMatchObject({ times: 1_000, paths: { [PATH]: 1_000 } });
  // Silence alone ends nothing.
  now += 24 * 60 * MINUTE;
  expect(signatures.state().refused).not.toBeNull();
  signatures.verified();
  expect(signatures.state()).toEqual({ firstVerified: expect.any(String) as string, refused: null });
  expect(told.at(-1)).toBeNull();
});

test('a restart cures nothing: told again at once, counted on, over with the first that is verified', async () => {
  refuse(5);
  await until('it is kept', () => inbox.facts.get('signatures') !== undefined);
  await restart();
  expect(told).toEqual([5]);
  refuse(5);
  expect(told).toEqual([5, 10]);
  signatures.verified();
  await until('its end is kept', () => inbox.facts.get('signatures')?.includes('"refused":null'));
  await restart();
  expect([told, signatures.state().refused]).toEqual([[], null]);
});

test('the first verified one is that of all processes', async () => {
  expect(signatures.state().firstVerified).toBeNull();
  refuse(1);
  await restart();
  expect(signatures.state().firstVerified).toBeNull();
  signatures.verified();
  const { firstVerified } = signatures.state();
  await until('it is kept', () => inbox.facts.get('signatures') !== undefined);
  await restart();
  signatures.verified();
  expect(signatures.state().firstVerified).toBe(firstVerified);
});

test('what an older version, or a process that was killed, did not keep stands in the log of deliveries', async () => {
  const log = [
    { source: 'sentry-legacy', at: '2026-01-01T00:00:00.000Z' },
    ...Array.from({ length: 600 }, (_, i) => ({
      source: 'sentry',
      at: new Date(Date.UTC(2026, 1, 1, 0, i)).toISOString(),
    })),
  ];
  await Promise.all(log.map((one) => inbox.append([], { ...entry(inbox.newId()), ...one })));
  await restart();
  expect(signatures.state().firstVerified).toBe('2026-02-01T00:00:00.000Z');
  await until('it is kept', () => inbox.facts.get('signatures')?.includes('2026-02-01'));
});

test('a disk that refuses is asked again with the next one', async () => {
  let refuses = true;
  const facts = {
    get: (name: string) => inbox.facts.get(name),
    set: (name: string, value: string) =>
      refuses ? Promise.reject(new Error('no room')) : inbox.facts.set(name, value),
  };
  const signed = createSignatures({ deliveries: (page) => inbox.deliveries(page), facts }, () => undefined);
  signed.verified();
  refuses = false;
  await until('it is kept with a later one', () => {
    signed.verified();
    return inbox.facts.get('signatures') !== undefined;
  });
});
