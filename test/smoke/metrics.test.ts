/** What Prometheus finds at a running Errand: with all of it, without a worker, without Temporal. */
import { freePort } from '../../src/temporal/server/ports';
import { cleanUpApps, Run, startUp, temporaryDir, until, type App } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const NOWHERE = '127.0.0.1:1';
const VIEWER = 'the-token-of-a-viewer';
let app: App;
let workerMetrics: string;

beforeAll(async () => {
  await temporalExecutable();
  workerMetrics = `127.0.0.1:${await freePort('127.0.0.1')}`;
  app = await startUp({ env: { WORKER_METRICS: workerMetrics } });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

async function scrape(url: string, token?: string): Promise<{ status: number; type: string; text: string }> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${url}/metrics`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

/** A sample's value; undefined when there is no such sample. */
function value(text: string, sample: string): number | undefined {
  const line = text.split('\n').find((l) => l.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

it('tells of deliveries, signals and issues to whoever has a token', async () => {
  const { operatorUrl, url } = app.running;
  const { id } = await app.sandbox.raise({ title: 'Error: measured', platform: 'python' });
  await app.settled(id);
  expect((await app.webhook('{"action":"created","data":{}}', 'no-such-resource')).status).toBe(202);
  expect((await fetch(`${url}/webhooks/sentry`, { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await fetch(`${url}/webhooks/sentry/legacy/guessed`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect((await fetch(`${url}/webhooks/sentry`, { method: 'POST', body: 'no JSON' })).status).toBe(401);
  const large = 'x'.repeat(5 * 1024 * 1024 + 1);
  expect((await fetch(`${url}/webhooks/sentry`, { method: 'POST', body: large })).status).toBe(413);
  const retried = await fetch(`${operatorUrl}/issues/${id}/retry`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.token}` },
  });
  expect(retried.status).toBe(200);

  expect((await scrape(operatorUrl)).status).toBe(401);
  expect((await scrape(url, app.token)).status).toBe(404);
  // It asks Temporal for a second at most, and believes the answer for fifteen.
  const { status, type, text } = await until('a scrape that reaches Temporal', async () => {
    const answer = await scrape(operatorUrl, app.token);
    return value(answer.text, 'errand_issues_attention') !== undefined && answer;
  });
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  const kept = value(text, 'errand_deliveries_total{source="sentry",outcome="kept"}') ?? 0;
  expect(kept).toBeGreaterThan(1);
  expect(value(text, 'errand_deliveries_total{source="sentry",outcome="not_understood"}')).toBe(1);
  expect(value(text, 'errand_deliveries_total{source="sentry",outcome="bad_signature"}')).toBe(2);
  expect(value(text, 'errand_deliveries_total{source="sentry",outcome="too_large"}')).toBe(1);
  expect(value(text, 'errand_deliveries_total{source="sentry-legacy",outcome="not_found"}')).toBe(1);
  expect(value(text, 'errand_delivery_seconds_count')).toBe(kept + 1);
  expect(value(text, 'errand_operator_acts_total{act="retry",outcome="done"}')).toBe(1);
  expect(value(text, 'errand_dispatch_total{result="sent"}')).toBeGreaterThan(1);
  expect(value(text, 'errand_temporal_up')).toBe(1);
  expect(value(text, 'errand_issues{state="open"}')).toBeGreaterThan(0);
  expect(value(text, 'errand_issues_attention')).toBe(0);
  expect(value(text, 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
});

it('the worker shows the metrics of Temporal’s SDK where WORKER_METRICS says', async () => {
  const { status, text } = await scrape(`http://${workerMetrics}`);
  expect(status).toBe(200);
  expect(text).toMatch(/^temporal_num_pollers\{.*poller_type="workflow_task".*task_queue="errand".*\} [1-9]/m);
  // In Prometheus' units, as the example alerts expect.
  expect(text).toContain('temporal_request_total');
  expect(text).toContain('temporal_request_latency_seconds_bucket');
});

it('an issue that no worker has taken up is counted as new', async () => {
  const worker = app.run.childLike(/errand\.js worker$/);
  process.kill(worker, 'SIGSTOP');
  try {
    await app.sandbox.raise({ title: 'Error: waits for a worker', platform: 'python' });
    await until('an issue is new', async () => {
      const { text } = await scrape(app.running.operatorUrl, app.token);
      return value(text, 'errand_issues{state="new"}') === 1;
    });
  } finally {
    process.kill(worker, 'SIGCONT');
  }
});

it('without Temporal it answers all the same: a viewer reads that it is down, and how long what is kept has waited', async () => {
  const info = app.running.sandbox;
  const alone = new Run(['api'], {
    SENTRY_CLIENT_SECRET: info?.sentrySecret,
    SENTRY_ORG: info?.org,
    ASANA_ACCESS_TOKEN: info?.tokens.asana,
    ERRAND_SANDBOX: '1',
    TEMPORAL_ADDRESS: NOWHERE,
    OPERATOR_TOKENS: `reader:viewer:${VIEWER}`,
    DATA_DIR: temporaryDir(),
    PORT: '0',
    OPERATOR_PORT: '0',
  });
  const [, url = '', operators = ''] = await alone.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
  const alert = JSON.stringify({ action: 'created', data: { issue: { id: '4711', title: 'Error: kept' } } });
  expect((await app.webhook(alert, 'issue', url)).status).toBe(202);
  const { status, text } = await scrape(operators, VIEWER);
  expect(status).toBe(200);
  expect(value(text, 'errand_temporal_up')).toBe(0);
  expect(text).not.toMatch(/^errand_issues/m);
  expect(value(text, 'errand_inbox_waiting')).toBe(1);
  expect(value(text, 'errand_deliveries_total{source="sentry",outcome="kept"}')).toBe(1);
  await until('it grows older', async () => {
    const age = value((await scrape(operators, VIEWER)).text, 'errand_inbox_oldest_seconds');
    return age !== undefined && age > 0;
  });
  expect(await alone.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

it.each(['9464', 'localhost:9464', '127.0.0.1:0', '::1:9464'])(
  'WORKER_METRICS=%s is refused by name',
  async (given) => {
    const run = new Run(['worker'], {
      SENTRY_CLIENT_SECRET: 'x',
      SENTRY_ORG: 'acme',
      ASANA_ACCESS_TOKEN: 'x',
      DATA_DIR: temporaryDir(),
      WORKER_METRICS: given,
    });
    await run.says(/WORKER_METRICS must be an IP address and a port/);
    expect((await run.ended).code).toBe(3);
  },
);

it('a worker whose WORKER_METRICS is taken says so and ends with 3', async () => {
  const info = app.running.sandbox;
  const run = new Run(['worker'], {
    SENTRY_CLIENT_SECRET: info?.sentrySecret,
    SENTRY_ORG: info?.org,
    ASANA_ACCESS_TOKEN: info?.tokens.asana,
    ERRAND_SANDBOX: '1',
    TEMPORAL_ADDRESS: NOWHERE,
    DATA_DIR: temporaryDir(),
    WORKER_METRICS: workerMetrics,
  });
  await run.says(/WORKER_METRICS 127\.0\.0\.1:\d+ cannot be listened on/);
  expect((await run.ended).code).toBe(3);
});
