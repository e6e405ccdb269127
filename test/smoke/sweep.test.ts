/** With no webhook at all: everything that Sentry's webhooks would have told is found by sweeping it. */
import type { SweepReport } from '../../src/core/feed/activities';
import type { FeedRecord } from '../../src/core/feed/record';
import { cleanUpApps, idle, startUp, until, type App } from '../support/app';
import { rulesWith } from '../support/rules-dir';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  app = await startUp({ env: { RULES_DIR: rulesWith('{ verifyAfter: 2s, sweepEvery: 1s, goneAfter: [1s, 1s] }') } });
  await app.sandbox.control('/sentry/webhook', { url: null });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

const json = async <T>(...args: string[]): Promise<T> => {
  const said = await app.errand('--json', ...args);
  expect(said).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(said.stdout) as T;
};

it('raised, resolved, back and deleted without a word: one task, always in the right state', async () => {
  const raised = await Promise.all(
    ['one', 'two', 'three'].map((name) => app.sandbox.raise({ title: `Error: ${name}`, platform: 'python' })),
  );
  for (const { id } of raised) {
    await until(`${id} is found`, async () => (await app.issues()).some((i) => i.id.endsWith(`:${id}`)));
    await app.settled(id);
  }
  const [one, two, three] = raised.map((r) => r.id) as [string, string, string];
  await app.sandbox.act(one, 'resolve');
  await app.sandbox.act(two, 'archive');
  await app.sandbox.act(three, 'delete');
  await app.issueWhen(one, 'is resolved', (i) => i.state === 'resolved' && idle(i));
  await app.issueWhen(two, 'is archived', (i) => i.state === 'muted' && idle(i));
  await app.issueWhen(three, 'is taken for deleted', (i) => i.state === 'resolved' && idle(i));
  for (const id of [one, two, three]) expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ completed: true });
  await app.sandbox.act(one, 'regress');
  await app.sandbox.act(two, 'escalate');
  for (const id of [one, two]) {
    await app.settled(id);
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ completed: false });
  }
});

it('on demand it says what it found, and a dry run changes nothing', async () => {
  const report = await json<SweepReport>('sweep');
  expect(report).toMatchObject({ kind: 'full', dryRun: false, created: 0 });
  expect(report.expected).toBe(report.present + report.created + report.closed + report.changed);
  expect(report.named).toHaveLength(Math.min(20, report.created + report.closed + report.changed));
  const feed = await json<FeedRecord>('sweep', '--last');
  expect(feed.failed).toBeUndefined();
  expect(feed.sweeps).toBeGreaterThan(1);
  const words = await app.errand('sweep');
  expect(words.stdout).toMatch(/^Swept, back to .*\n {2}expected +\d+ {2}issues in Sentry/);
  for (const time of ['yesterday', '5', '2026-11', '2999-01-01']) {
    expect((await app.errand('sweep', '--since', time)).code).toBe(2);
    const answer = await fetch(`${app.running.operatorUrl}/sweep`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}` },
      body: JSON.stringify({ since: time }),
    });
    expect([time, answer.status]).toEqual([time, 422]);
  }
});

it('an import says that it is one, and which issues it would take in', async () => {
  const old = new Date(Date.now() - 2 * 24 * 60 * 60_000).toISOString();
  const { id } = await app.sandbox.raise({ title: 'Error: of old', platform: 'python', firstSeen: old });
  const dry = await json<SweepReport>('import', '--since', '14d', '--dry-run');
  const named = [{ id: `sentry:acme:${id}`, shortId: expect.stringMatching(/-/) as string, verdict: 'created' }];
  expect(dry).toMatchObject({ dryRun: true, import: true, created: 1, named, more: 0 });
  const shortId = dry.named?.[0]?.shortId;
  const would = await app.errand('import', '--since', '14d', '--dry-run');
  expect(would.stdout).toMatch(/^What an import would do, back to /);
  expect(would.stdout).toContain(`\n  created    ${shortId}\n`);
  expect((await app.issues()).some((i) => i.id.endsWith(`:${id}`))).toBe(false);
  const did = await app.errand('import', '--since', '14d');
  expect(did.stdout).toMatch(/^Imported, back to /);
  await app.settled(id);
  const logs = (await app.errand('logs')).stdout;
  expect(logs).toMatch(/ local: import since \S+: 202\n.* local: import since \S+ dryRun: 202\n/);
  expect(logs).toMatch(/ local: sweep since 2999-01-01: 422 invalid\n/);
});

it('Sentry is down: the sweep on demand says so, and those on their own go on afterwards', async () => {
  await app.sandbox.fault({ vendor: 'sentry', kind: 'down' });
  try {
    const said = await app.errand('sweep');
    expect([said.code, said.stderr]).toEqual([4, expect.stringContaining('Sentry cannot be reached') as string]);
    // The vendor's words and what to do are two sentences, and the code's own stands once.
    expect(said.stderr).toMatch(
      /^Sentry cannot be reached[^.]*\. GET [^.]*\. Look at status\.sentry\.io when it lasts;/,
    );
  } finally {
    await app.sandbox.noFaults();
  }
  const { id } = await app.sandbox.raise({ title: 'Error: after the outage', platform: 'python' });
  await until('it is found', async () => (await app.issues()).some((i) => i.id.endsWith(`:${id}`)));
  await app.settled(id);
});
