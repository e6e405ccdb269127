/** SENTRY_CLIENT_SECRET is not the one that Sentry signs with: said within minutes, everywhere, until a webhook is verified. */
import type { Ready } from '../../src/api/public';
import { Alarms } from '../support/alarms';
import { cleanUpApps, errand } from '../support/app';
import { rulesWith, SHORT, startAgain, startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const WRONG = 'the-secret-of-another-integration';
/** Pretend Sentry tells of one new issue by one webhook or more. */
const WHY = /does not match the secret; at \/webhooks\/sentry \d+/;

type Apart = Awaited<ReturnType<typeof startApart>>;
let app: Apart;

beforeAll(async () => {
  await temporalExecutable();
  app = await startApart((env) => ({
    ...env,
    SENTRY_CLIENT_SECRET: WRONG,
    RULES_DIR: rulesWith(`${SHORT}, alertEvery: 1s`),
  }));
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const INSTANT = /^\d{4}-\d\d-\d\dT/;

it('told once to Slack, in /ready, by doctor, counted by path; no word of it in public', async () => {
  await app.run.says(/ No verified webhook has come yet\.$/m);
  for (let i = 0; i < 5; i += 1) await app.sandbox.raise({ title: `Error: refused ${i}`, platform: 'python' });
  const { webhooks, degraded } = (await app.readyWhen('/ready tells it', (r) =>
    r.degraded.some((d) => d.startsWith('webhooks')),
  )) as unknown as Ready;
  expect(webhooks).toMatchObject({
    firstVerified: null,
    refused: { why: 'does not match the secret', paths: { '/webhooks/sentry': expect.any(Number) as number } },
  });
  expect(degraded.find((d) => d.startsWith('webhooks'))).toMatch(WHY);
  expect(await (await fetch(`${app.running.url}/ready`)).json()).toEqual({ ready: true });

  const told = await new Alarms(app).says('webhooks_refused', /Sentry: \d+ webhooks refused, none accepted meanwhile/);
  expect(told.text).toMatch(WHY);
  expect(told.text).toContain('To do: Compare SENTRY_CLIENT_SECRET');
  const doctor = await errand(['doctor'], app.env);
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(WHY) as string });
  expect(doctor.stdout).toContain('No verified webhook has come yet.');
  const metrics = await fetch(`${app.running.operatorUrl}/metrics`, {
    headers: { authorization: `Bearer ${app.token}` },
  });
  expect(await metrics.text()).toMatch(/^errand_webhooks_refused_total\{path="\/webhooks\/sentry"\} \d+$/m);
  expect([told.text, doctor.stdout, app.run.output].join()).not.toContain(WRONG);
});

it('set right and started again: still told, until the first webhook is verified', async () => {
  app = await startAgain(app, { SENTRY_CLIENT_SECRET: `${WRONG},${app.secret}` });
  await app.readyWhen('/ready tells it still', (r) => r.degraded.some((d) => d.startsWith('webhooks')));
  const { id } = await app.sandbox.raise({ title: 'Error: verified', platform: 'python' });
  await app.settled(id);
  const { webhooks } = (await app.readyWhen('/ready tells the first', (r) =>
    r.degraded.every((d) => !d.startsWith('webhooks')),
  )) as unknown as Ready;
  expect(webhooks).toEqual({ firstVerified: expect.stringMatching(INSTANT) as string, refused: null });
  await app.run.says(/ The first verified webhook came on .* Europe\/Warsaw\.$/m);
  await new Alarms(app).says('webhooks_refused', /Sentry: over/);
  const doctor = await errand(['doctor'], app.env);
  expect(doctor).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The first verified webhook came on') as string,
  });
});
