/** Every recorded history replays with the workflows of today. */
import { replay } from '../support/replay';
import { quietRuntime, sourceBundle, START_TIMEOUT_MS } from '../support/world';
import { LIVES } from '../workflows/lives';
import { fileName, HISTORIES, read, recorded, textOf } from './store';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Each history has a worker of its own. */
const REPLAY_MS = 10 * 60_000;
const TOTAL_MAX = 3 * 1024 * 1024;

beforeAll(async () => {
  quietRuntime();
  await sourceBundle();
}, START_TIMEOUT_MS);

test(
  'all recorded histories replay; if not, and on purpose: npx tsx test/replay/record.ts',
  async () => {
    const histories = new Map(recorded().map((name) => [name, read(name)]));
    expect(histories.size).toBeGreaterThan(0);
    expect(await replay(histories)).toEqual({});
  },
  REPLAY_MS,
);

test('a history that does not fit fails, so that the test above can', async () => {
  const history = read(recorded()[0] ?? '');
  const scheduled = history.events?.find(
    (e) => e.activityTaskScheduledEventAttributes?.activityType?.name === 'readIssue',
  );
  const type = scheduled?.activityTaskScheduledEventAttributes?.activityType;
  expect(type).toBeDefined();
  if (type) type.name = 'readSomethingElse';
  const wrong = await replay(new Map([['mutilated', history]]));
  expect(wrong.mutilated).toMatch(/Determinism|Nondeterminism|TMPRL1100/);
});

test('every life has its history', () => {
  expect(recorded()).toEqual(expect.arrayContaining(LIVES.map(({ name }) => fileName(name, 1))));
});

test('histories are small and tell nothing of the machine they were recorded on', () => {
  const texts = recorded().map(textOf);
  expect(recorded().reduce((sum, name) => sum + statSync(join(HISTORIES, name)).size, 0)).toBeLessThan(TOTAL_MAX);
  for (const text of texts) {
    // Payloads are base64; what they hold is read, too.
    const decoded = [...text.matchAll(/"data":"([^"]+)"/g)].map((m) =>
      Buffer.from(m[1] ?? '', 'base64').toString('utf8'),
    );
    const all = [text, ...decoded].join('\n');
    expect(all).not.toMatch(/node_modules|\/(home|root|work|Users|tmp)\/|xoxb-|Bearer |Basic /);
    expect(text).not.toMatch(/\d+@[\w-]+/);
  }
});
