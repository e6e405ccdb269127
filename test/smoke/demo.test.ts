/** The scenes that show what Errand bears: a storm of webhooks, and a vendor that is away. */
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, Run, startUp, until, type App } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp();
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const faults = (): Promise<{ id: string; vendor: string; kind: string; hits: number }[]> =>
  app.sandbox.control('/faults', {}, 'GET');

describe('storm', () => {
  type Storm = {
    webhooks: { sent: number; accepted: number; medianMs: number; slowestMs: number };
    deliveries: number;
    signals: number;
    issues: number;
    tasks: number;
    comments: number;
    settled: boolean;
  };

  it('six tasks and one comment, however often one of the six errors happens', async () => {
    const before = new Set((await app.issues()).map((i) => i.id));
    const { code, stdout, stderr } = await app.errand('--json', 'demo', 'storm', '--count', '60');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const storm = JSON.parse(stdout) as Storm;
    expect(storm).toMatchObject({ issues: 6, tasks: 6, comments: 1, settled: true });
    expect(storm.webhooks).toMatchObject({ sent: 60, accepted: 60 });
    expect(storm.webhooks.slowestMs).toBeGreaterThanOrEqual(storm.webhooks.medianMs);
    expect(storm.deliveries).toBeGreaterThanOrEqual(66);
    // Far fewer than were sent, and each issue had its own.
    expect(storm.signals).toBeGreaterThanOrEqual(6);
    expect(storm.signals).toBeLessThan(storm.deliveries);
    const made = (await app.issues()).filter((i) => !before.has(i.id));
    expect(made).toHaveLength(6);
    for (const { id } of made) await app.sandbox.onlyTaskOf(id.split(':').at(-1) ?? '');
    expect(Math.max(...made.map((i) => i.events ?? 0))).toBe(61);
  });

  it('people get a table', async () => {
    const { code, stdout } = await app.errand('demo', 'storm', '--count', '5');
    expect(code).toBe(0);
    for (const row of [
      /webhooks of one error +5$/m,
      /answered 202 +5;/,
      /signals to Temporal +\d+;/,
      /tasks in Asana +6$/m,
      /comments on them +0$/m,
    ])
      expect(stdout).toMatch(row);
  });

  it('ends with 1 at once, and says why, where webhooks are refused', async () => {
    const url = `${app.running.url}/webhooks/sentry`;
    await app.sandbox.control('/sentry/webhook', { url, secret: 'the-secret-of-somebody-else' });
    try {
      const { code, stderr } = await app.errand('demo', 'storm', '--count', '3');
      expect(code).toBe(1);
      expect(stderr).toContain('refused the webhook of pretend Sentry (401)');
    } finally {
      await app.sandbox.control('/sentry/webhook', { url, secret: app.secret });
    }
  });
});

describe('the story of one issue', () => {
  it('ends with 1, and says why, when its task failed; with 0 when a person has mended it', async () => {
    await app.sandbox.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
    try {
      const { code, stderr } = await app.errand('demo', 'new');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^It needs a person: .*asana_forbidden/) as string]);
    } finally {
      await app.sandbox.noFaults();
    }
    expect((await app.errand('retry', 'latest')).code).toBe(0);
    const [issue] = await app.issues();
    await app.settled(issue?.id ?? '');
    expect(await app.errand('demo', 'resolve')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('outage', () => {
  type Outage = { vendor: string; downForMs: number; requestsInVain: number; tasks: number; issue: IssueDetail };

  it('Asana is away: the issue is followed, tried again, and has one task in the end', async () => {
    const { code, stdout, stderr } = await app.errand('demo', 'outage', '--for', '10s');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /asana +down from now on[\s\S]*asana +asked in vain[\s\S]*asana +is back after \d+ s[\s\S]*Asana task \d+ made[\s\S]*Tasks in Asana: 1\./,
    );
    expect(await faults()).toEqual([]);
  });

  it('Slack is away for longer than it is tried: an operator’s retry sends the message', async () => {
    const { code, stdout } = await app.errand('--json', 'demo', 'outage', '--vendor', 'slack', '--for', '10s');
    const outage = JSON.parse(stdout) as Outage;
    expect(code).toBe(0);
    expect(outage).toMatchObject({
      vendor: 'slack',
      downForMs: 10_000,
      tasks: 1,
      issue: { state: 'open', attention: [] },
    });
    expect(outage.requestsInVain).toBeGreaterThan(0);
    expect(await faults()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s lifts the fault and no other; the work was late, not lost',
    async (signal) => {
      const before = new Set((await app.issues()).map((i) => i.id));
      await app.sandbox.fault({ vendor: 'calamari', kind: 'latency', ms: 1 });
      try {
        const demo = new Run(['demo', 'outage', '--for', '60s'], { DATA_DIR: app.dataDir });
        await demo.says(/asked in vain/);
        expect(await faults()).toMatchObject([{ vendor: 'calamari' }, { vendor: 'asana', kind: 'down' }]);
        expect(await demo.end(signal)).toEqual({ code: signal === 'SIGINT' ? 130 : 143, signal: null });
        expect(demo.output).toContain('Interrupted.');
        expect(await faults()).toMatchObject([{ vendor: 'calamari' }]);
      } finally {
        await app.sandbox.noFaults();
      }
      const late = await until('the issue is listed', async () => (await app.issues()).find((i) => !before.has(i.id)));
      await app.settled(late.id);
      await app.sandbox.onlyTaskOf(late.id.split(':').at(-1) ?? '');
    },
  );

  it.each([
    ['storm', '--count', '0'],
    ['storm', '--count', '5001'],
    ['storm', '--count', 'many'],
    ['outage', '--for', '61s'],
    ['outage', '--for', '10'],
    ['outage', '--vendor', 'jira'],
    ['new', '--count', '3'],
  ])('%s %s %s: exit 2', async (...args) => {
    const { code, stderr } = await app.errand('demo', ...args);
    expect(code).toBe(2);
    expect(stderr.trim()).not.toBe('');
  });
});
