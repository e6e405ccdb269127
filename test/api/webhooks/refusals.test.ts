/** Whoever signs nothing must not fill the log, nor turn it over. */
import { sayRefusals } from '../../../src/api/webhooks/refusals';

type Line = { fields: Record<string, unknown>; words: string };
let lines: Line[];
let now = 0;
const log = {
  warn: (fields: unknown, words?: string) => void lines.push({ fields: fields as Line['fields'], words: words ?? '' }),
};
beforeEach(() => {
  lines = [];
  now = 1_000;
});

test('a long path is cut', () => {
  sayRefusals(log, () => now)({ url: `/webhooks/sentry?${'x'.repeat(16_000)}`, ip: '192.0.2.1' }, 'no header');
  expect(lines).toHaveLength(1);
  expect(String(lines[0]?.fields['path'])).toHaveLength(200);
  expect(lines[0]).toMatchObject({ fields: { from: '192.0.2.1' }, words: 'webhook refused, its signature: no header' });
});

test('of thousands in a minute twenty are said, and later how many were not', () => {
  const say = sayRefusals(log, () => now);
  for (let i = 0; i < 10_000; i++) say({ url: '/webhooks/sentry', ip: '192.0.2.1' }, 'no header');
  expect(lines).toHaveLength(20);
  now += 60_000;
  say({ url: '/webhooks/sentry', ip: '192.0.2.2' }, 'no header');
  expect(lines.slice(20)).toMatchObject([{ fields: { unsaid: 9_980 } }, { fields: { from: '192.0.2.2' } }]);
  now += 60_000;
  say({ url: '/webhooks/sentry', ip: '192.0.2.2' }, 'no header');
  expect(lines.slice(22)).toMatchObject([{ fields: { from: '192.0.2.2' } }]);
});
