/** `/ready` tells operators which vendor answers nobody; strangers cost Temporal nothing. */
import { readiness, type ReadyParts } from '../../src/api/readiness';
import type { Rules } from '../../src/rules/load';
import type { Alert, AlertsRecord } from '../../src/core/alerts/record';

const SINCE = '2026-11-30T10:00:00.000Z';
const alert = (more: Partial<Alert>): Alert => ({
  vendor: 'Asana',
  code: 'asana_unavailable',
  count: 0,
  since: SINCE,
  some: [],
  more: false,
  most: { count: 0, more: false },
  absent: 0,
  ...more,
});

let asked = 0;
function parts(alerts: () => Promise<AlertsRecord | undefined>): ReadyParts {
  return {
    config: {
      mode: 'live',
      sandbox: false,
      env: { SENTRY_AUTH_TOKEN: 'x' },
      workerHas: undefined,
      sentry: { org: 'acme', clientSecrets: ['s'], authToken: 'x', baseUrl: 'https://sentry.io' },
    },
    temporal: {
      up: () => Promise.resolve(true),
      feedRuns: () => Promise.resolve(true),
      alerts: () => {
        asked += 1;
        return alerts();
      },
    },
    inbox: { trouble: () => Promise.resolve(undefined) },
    dispatcher: { stats: () => ({ failing: false }) as ReturnType<ReadyParts['dispatcher']['stats']> },
    signatures: { state: () => ({ firstVerified: null, refused: null }) },
    rules: { trouble: () => undefined, current: () => ({ timezone: 'Europe/Warsaw' }) as Rules },
  };
}
const record = (...alerts: Alert[]): AlertsRecord => ({ version: 1, looks: 1, alerts });

it('names a vendor that has answered no call for two minutes, with its words', async () => {
  const failing = alert({ times: 12, said: 'POST tasks: 503' });
  const { ready } = readiness(parts(() => Promise.resolve(record(failing))));
  const { degraded, ready: accepts } = await ready();
  expect(accepts).toBe(true);
  expect(degraded).toEqual([
    expect.stringMatching(
      /^asana: answers no call since 2026-11-30 11:00 Europe\/Warsaw; 12 failed\. POST tasks: 503\. Look at/,
    ),
  ]);
});

it('does not name what is over, nor what issues alone suffer from', async () => {
  const over = alert({ times: 12, over: SINCE });
  const issues = alert({ vendor: 'Slack', code: 'slack_unavailable', count: 3 });
  const { ready } = readiness(parts(() => Promise.resolve(record(over, issues))));
  expect((await ready()).degraded).toEqual([]);
});

it('is answered without a worker, and asks Temporal nothing for strangers', async () => {
  asked = 0;
  const { ready, accepts } = readiness(parts(() => Promise.reject(new Error('deadline exceeded'))));
  expect(await accepts()).toEqual({ ready: true });
  expect(asked).toBe(0);
  expect((await ready()).degraded).toEqual([]);
  expect(asked).toBe(1);
});
