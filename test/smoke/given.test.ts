/** Each process that `up` starts has of the secrets what it needs, and /ready and /config say what is set all the same. Linux only. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpApps, type App, type Env } from '../support/app';
import { startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const TOKEN = 'operators-canary-0001';
const FOREIGN = { AWS_SECRET_ACCESS_KEY: 'aws-canary', OPERATOR_TOKENS: `ada:admin:${TOKEN}` };
let app: App & { env: Env };

beforeAll(async () => {
  await temporalExecutable();
  app = await startApart((env) => ({ ...env, ...FOREIGN }));
  // Where the test's own requests look for one.
  writeFileSync(join(app.dataDir, 'operator-token'), TOKEN);
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

/** What stands in the environment of the one process with such a command line. */
function environmentOf(command: RegExp): string {
  return readFileSync(`/proc/${app.run.childLike(command)}/environ`, 'utf8');
}
const valueOf = (name: string): string => String(app.env[name]);

it('Temporal and its supervisor have none of the secrets, api no vendor’s token, and all of it works', async () => {
  const { id } = await app.sandbox.raise({ title: 'Error: by the list', platform: 'python' });
  await app.settled(id);
  await app.sandbox.onlyTaskOf(id);
  if (process.platform !== 'linux') return;
  const secrets = [
    'SENTRY_CLIENT_SECRET',
    'SENTRY_AUTH_TOKEN',
    'ASANA_ACCESS_TOKEN',
    'CALAMARI_API_KEY',
    'SLACK_BOT_TOKEN',
  ];
  secrets.push('OPERATOR_TOKENS', 'SENTRY_LEGACY_TOKEN', 'AWS_SECRET_ACCESS_KEY');
  const has = (command: RegExp): string[] => secrets.filter((name) => environmentOf(command).includes(valueOf(name)));
  expect(has(/temporal\S* server start-dev/)).toEqual([]);
  expect(has(/supervisor\.js$/)).toEqual([]);
  expect(has(/errand\.js api$/)).toEqual(['SENTRY_CLIENT_SECRET', 'OPERATOR_TOKENS', 'SENTRY_LEGACY_TOKEN']);
  expect(has(/errand\.js worker$/)).toEqual(secrets.slice(0, 5));
});

it('/ready and /config say what is set, though api does not know it', async () => {
  expect(await app.readyWhen('Temporal is seen', (r) => r.degraded.length === 0)).toMatchObject({ status: 200 });
  expect(await app.get('/config')).toMatchObject({
    sentry: { authToken: 'set', legacyToken: 'set' },
    asana: { accessToken: 'set', baseUrl: valueOf('ASANA_BASE_URL') },
    calamari: { apiKey: 'set', baseUrl: valueOf('CALAMARI_BASE_URL') },
    slack: { botToken: 'set', channel: '#errors' },
  });
});
