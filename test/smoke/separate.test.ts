/** `api` and `worker` as processes of their own, as in production: somebody else's Temporal, vendors at addresses, own rules. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/temporal/server/ports';
import type { IssueDetail } from '../../src/core/issue/view';
import type { SandboxInfo } from '../../src/process/sandbox-env';
import { cleanUpApps, errand, idle, Run, temporaryDir, until, type Delivery, type Env } from '../support/app';
import { SandboxClient } from '../support/sandbox-client';
import { TemporalServer } from '../support/temporal-server';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const NAMESPACE = 'our-errands';
const TOKEN = 'separate-admin-token';
let env: Env;
let vendors: SandboxClient;
let temporal: TemporalServer;
let worker: Run;
let api: Run;
let operators: string;
let id: string;

/** The rules of a company of its own: other keys, other rules, the people of pretend Asana. */
function ownRules(): string {
  const dir = join(temporaryDir(), 'rules');
  cpSync(join(__dirname, '..', '..', 'rules'), dir, { recursive: true });
  const yaml = join(dir, 'rules.yaml');
  const text =
    readFileSync(yaml, 'utf8')
      .replaceAll('id: python', 'id: snakes')
      .split(/^tests:$/m)[0] ?? '';
  writeFileSync(yaml, text);
  return dir;
}

beforeAll(async () => {
  await temporalExecutable();
  const port = await freePort('127.0.0.1');
  const sandbox = new Run(['--json', 'sandbox', '--port', '0'], { DATA_DIR: temporaryDir() });
  await sandbox.says(/^}$/m);
  const info = JSON.parse(sandbox.output) as SandboxInfo;
  vendors = new SandboxClient(info.url);
  env = {
    SENTRY_CLIENT_SECRET: `${info.sentrySecret},the-one-before`,
    SENTRY_ORG: info.org,
    SENTRY_AUTH_TOKEN: info.tokens.sentry,
    SENTRY_BASE_URL: `${info.sentryUrl}/`,
    SENTRY_INSTALLATION: info.installation,
    ASANA_ACCESS_TOKEN: info.tokens.asana,
    ASANA_BASE_URL: info.asanaUrl,
    CALAMARI_BASE_URL: info.calamariUrl,
    CALAMARI_API_KEY: info.tokens.calamari,
    SLACK_BOT_TOKEN: info.tokens.slack,
    SLACK_API_URL: info.slackUrl,
    SLACK_CHANNEL: '#errors',
    OPERATOR_TOKENS: `me:admin:${TOKEN}`,
    DATA_DIR: temporaryDir(),
    RULES_DIR: ownRules(),
    PORT: '0',
    OPERATOR_PORT: '0',
    HOST: '127.0.0.1',
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  temporal = new TemporalServer(port, NAMESPACE);
}, MAKE_TIMEOUT_MS);

afterAll(async () => {
  await temporal.stop();
  await cleanUpApps();
});

const get = async <T>(path: string): Promise<T> => {
  const answer = await fetch(`${operators}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
};

it('an api that is there before Temporal answers webhooks from its disk', async () => {
  // No vendor is asked by it, so it needs none of their tokens.
  const none = { SENTRY_AUTH_TOKEN: undefined, ASANA_ACCESS_TOKEN: undefined, SLACK_BOT_TOKEN: undefined };
  api = new Run(['api'], { ...env, ...none, CALAMARI_API_KEY: undefined });
  const listening = await api.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
  operators = listening[2] ?? '';
  await vendors.control('/sentry/webhook', { url: `${listening[1]}/webhooks/sentry` });
  ({ id } = await vendors.raise({ title: 'ValueError: apart', platform: 'python' }));
  const deliveries = async (): Promise<Delivery[]> =>
    (await get<{ deliveries: Delivery[] }>('/deliveries')).deliveries.filter((d) => d.issue?.endsWith(`:${id}`));
  const kept = await until('the delivery is listed', async () => (await deliveries())[0]);
  expect(kept.outcome).toBe('kept');
});

it('a worker that is there before Temporal waits, says so, and starts when Temporal comes', async () => {
  worker = new Run(['worker'], env);
  await worker.says(/Temporal cannot be reached; trying again/);
  expect(worker.output).toContain(String(env['TEMPORAL_ADDRESS']));
  expect(worker.output).not.toContain('worker is running');
  await temporal.start();
  await worker.says(/worker is running/);
});

it('that payload becomes one task', async () => {
  const issue = await until(`issue ${id} is open with its task`, async () => {
    const seen = await get<IssueDetail>(`/issues/${id}`);
    return seen.task !== null && idle(seen) && seen;
  });
  expect(issue).toMatchObject({ state: 'open', rule: 'snakes', assignee: 'anna' });
  expect(await vendors.onlyTaskOf(id)).toMatchObject({ assignee: 'anna@example.com', gid: issue.task?.id });

  // The command line is told where by variables.
  const shown = await errand(['--json', 'issue', id], { ERRAND_URL: operators, ERRAND_TOKEN: TOKEN });
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: issue.id, rule: 'snakes' });
  // The worker with the token has begun to sweep: nothing is degraded.
  await until('/ready says that all is well', async () => {
    const answer = await fetch(`${operators}/ready`);
    return ((await answer.json()) as { degraded: string[] }).degraded.length === 0;
  });
  const findings = await errand(['--json', 'doctor'], env);
  expect(findings.code).toBe(0);
});

it('both end in order with 0, and no secret was printed', async () => {
  expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
  for (const name of [
    'SENTRY_AUTH_TOKEN',
    'ASANA_ACCESS_TOKEN',
    'CALAMARI_API_KEY',
    'SLACK_BOT_TOKEN',
    'OPERATOR_TOKENS',
  ])
    for (const run of [api, worker]) expect(run.output).not.toContain(String(env[name]).split(':').at(-1));
});
