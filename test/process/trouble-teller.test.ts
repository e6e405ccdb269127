/** A process tells the alerts of itself: at once, until it is taken, and again while it lasts. */
import type { ProcessTroubles } from '../../src/contract';
import { createTroubleTeller, processName, type TroubleTeller } from '../../src/process/trouble-teller';
import { until } from '../support/run';

const SINCE = '2026-11-22T10:00:00.000Z';
const AGAIN = { failed: 20, lasting: 30 };
const HOURS = { failed: 3_600_000, lasting: 3_600_000 };
let teller: TroubleTeller;
let heard: ProcessTroubles[];
let takes: boolean | 'throws';

beforeEach(() => {
  heard = [];
  takes = true;
});
afterEach(() => teller.end());

function start(again: typeof HOURS & { ends?: boolean } = HOURS): void {
  teller = createTroubleTeller(
    'api one',
    (told) => {
      heard.push(told);
      return takes === 'throws' ? Promise.reject(new Error('Temporal is away')) : Promise.resolve(takes);
    },
    again,
  );
}
const codes = (): string[] => heard.map((t) => t.troubles.map((one) => one.code).join());
const broken = { since: SINCE, times: 1, said: 'a mistake' };

test('it begins with what is wrong now, tells each change, and then that all is well', async () => {
  start();
  await until('that nothing is wrong is told', () => heard.length === 1);
  teller.set('rules_broken', broken);
  await until('it is told', () => heard.length === 2);
  expect(heard[1]).toEqual({ from: 'api one', troubles: [{ code: 'rules_broken', ...broken }] });
  teller.set('rules_broken', undefined);
  await until('its end is told', () => heard.length === 3);
  // Nothing has changed.
  teller.set('rules_broken', undefined);
  await Promise.resolve();
  expect(codes()).toEqual(['', 'rules_broken', '']);
});

test.each([[false], ['throws']] as const)('what is not taken (%s) is told again until it is', async (not) => {
  takes = not;
  start(AGAIN);
  teller.set('webhooks_refused', broken);
  await until('it was tried thrice', () => heard.length >= 3);
  takes = true;
  const tries = heard.length;
  await until('it is taken', () => heard.length > tries);
  expect(codes().at(-1)).toBe('webhooks_refused');
});

test('what lasts is repeated; what is over is not', async () => {
  start(AGAIN);
  teller.set('rules_broken', broken);
  await until('it is repeated', () => heard.length >= 5);
  teller.set('rules_broken', undefined);
  await until('its end is told', () => codes().at(-1) === '');
  const { length } = heard;
  await new Promise((done) => setTimeout(done, 4 * AGAIN.lasting));
  expect(heard).toHaveLength(length);
});

test.each([
  [true, ['', 'slack_unavailable', '']],
  [false, ['', 'slack_unavailable']],
])('a process that ends in order takes back what it alone suffers from: %s', async (ends, said) => {
  start({ ...HOURS, ends });
  await until('that nothing is wrong is told', () => heard.length === 1);
  teller.set('slack_unavailable', broken);
  await until('it is told', () => heard.length === 2);
  await teller.end();
  expect(codes()).toEqual(said);
});

test('the message is one short line without secrets', async () => {
  start();
  teller.set('rules_broken', { ...broken, said: `password=hunter2-hunter2\n${'x'.repeat(500)}` });
  // What is known at once is the first that is told.
  await until('it is told', () => heard.length === 1);
  const said = heard[0]?.troubles[0]?.said ?? '';
  expect(said).not.toMatch(/hunter2|\n/);
  expect(said.length).toBeLessThanOrEqual(200);
});

test('the name is the same after a restart, and another for another directory or role', () => {
  const name = processName('api', '/data');
  expect(processName('api', '/data')).toBe(name);
  expect(new Set([name, processName('api', '/data-2'), processName('worker', '/data')]).size).toBe(3);
});
