/** The rules break while Errand runs, and are still broken when it starts again: told, and worked by the last good copy. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ready } from '../../src/api/public';
import { Alarms } from '../support/alarms';
import { cleanUpApps, Run, signature, temporaryDir } from '../support/app';
import { rulesWith, SHORT, startAgain, startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const NOWHERE = '127.0.0.1:1';
let app: Awaited<ReturnType<typeof startApart>>;
let rules: string;
let good: string;

beforeAll(async () => {
  await temporalExecutable();
  const dir = rulesWith(`${SHORT}, alertEvery: 1s`);
  rules = join(dir, 'rules.yaml');
  good = readFileSync(rules, 'utf8');
  app = await startApart((env) => ({ ...env, RULES_DIR: dir }));
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

/** At once, so that nobody reads half of it. */
function write(text: string): void {
  writeFileSync(`${rules}.new`, text);
  renameSync(`${rules}.new`, rules);
}
const broken = (): string =>
  good.replace('platform: python', 'platfrom: python').replace('members: [anna', 'members: [ana');
const degraded = (r: { degraded: string[] }): string | undefined => r.degraded.find((d) => d.startsWith('rules:'));
async function mistakes(): Promise<number> {
  const headers = { authorization: `Bearer ${app.token}` };
  const text = await (await fetch(`${app.running.operatorUrl}/metrics`, { headers })).text();
  return Number(/^errand_rules_mistakes (\d+)$/m.exec(text)?.[1]);
}

it('broken: an alert, /ready, a metric, every mistake in the logs; started again, the last good copy works', async () => {
  write(broken());
  const ready = await app.readyWhen('/ready tells it', (r) => degraded(r) !== undefined);
  expect(degraded(ready)).toMatch(
    /^rules: \d mistakes since .*, the earlier rules stay in force: rules\.yaml:\d+:\d+ /,
  );
  expect(await mistakes()).toBeGreaterThan(1);
  const told = await new Alarms(app).says('rules_broken', /Errand: \d mistakes in the rules/);
  expect(told.text).toMatch(/The message: `rules\.yaml:\d+:\d+ /);
  for (const name of ['api', 'worker']) {
    const log = readFileSync(join(app.dataDir, `${name}.log`), 'utf8');
    for (const mistake of ['platfrom', '\\"ana\\"']) expect(log).toContain(mistake);
  }

  app = await startAgain(app, {});
  expect(app.run.output).toMatch(
    / warning: the rules cannot be used, the last good copy, of .*, is in force:\n\S+ +rules\.yaml:/,
  );
  const { id } = await app.sandbox.raise({ title: 'Error: by the copy', platform: 'python' });
  expect((await app.settled(id)).rule).toBe('python');
  await app.readyWhen('/ready tells it still', (r) => /the last good copy/.test(degraded(r) ?? ''));

  write(good);
  await app.readyWhen('/ready tells the repair', (r) => degraded(r) === undefined);
  expect(await mistakes()).toBe(0);
  expect((await new Alarms(app).says('rules_broken', /Errand: over/)).ts).toBe(told.ts);
});

it('an api alone starts with broken rules and no copy, and keeps what Sentry sends', async () => {
  const dir = join(temporaryDir(), 'rules');
  mkdirSync(dir);
  writeFileSync(join(dir, 'rules.yaml'), broken());
  const alone = { ...app.env, RULES_DIR: dir, DATA_DIR: temporaryDir(), TEMPORAL_ADDRESS: NOWHERE };
  const api = new Run(['api'], alone);
  const [, url = '', operatorUrl = ''] = await api.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
  const body = '{"action":"created","data":{"issue":{"id":"4711"}}}';
  const headers = { 'sentry-hook-resource': 'issue', 'sentry-hook-signature': signature(body, app.secret) };
  expect((await fetch(`${url}/webhooks/sentry`, { method: 'POST', body, headers })).status).toBe(202);
  const answer = await fetch(`${operatorUrl}/ready`);
  const ready = (await answer.json()) as Ready;
  expect([answer.status, degraded(ready)]).toEqual([200, expect.stringContaining('there is no copy') as string]);
  await api.says(/"mistakes":\[.*platfrom/);
  expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null });
});
