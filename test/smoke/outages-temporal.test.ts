/**
 * Temporal is down, or hangs; receivers are killed, one of them for good; a disk is full; a newer build takes over. Two
 * receivers and two workers against a Temporal server of this test.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedRecord } from '../../src/core/feed/record';
import { freePort } from '../../src/temporal/server/ports';
import { BIN, cleanUpApps, fixture, idle, Run, startOnCluster, temporaryDir, until, type App } from '../support/app';
import type { Cluster } from '../support/cluster';
import { rulesWith, SHORT, SOON } from '../support/outage';
import { TemporalServer } from '../support/temporal-server';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: App & { run: Cluster };
let temporal: TemporalServer;
const ROOT = join(__dirname, '..', '..');

beforeAll(async () => {
  await temporalExecutable();
  const port = await freePort('127.0.0.1');
  temporal = new TemporalServer(port, 'unused', join(temporaryDir(), 'temporal.db'));
  await temporal.start();
  // What the inboxes hold is not to be found by a sweep before.
  const env = { RULES_DIR: rulesWith(`${SHORT}, sweepEvery: 1d`), ...SOON };
  app = await startOnCluster(`127.0.0.1:${port}`, temporaryDir(), env);
  // The first sweep would find what is raised while it lasts.
  await until('the first sweep', async () => (await app.get<FeedRecord>('/sweep')).sweeps > 0);
}, MAKE_TIMEOUT_MS);
afterEach(() => app.sandbox.noFaults());
afterAll(async () => {
  await temporal.stop();
  await cleanUpApps();
});

type Silent = { id: string; body: string };
/** An issue in pretend Sentry without its webhook, and the body of that webhook. */
async function silently(title: string, filler = ''): Promise<Silent> {
  const { id } = await app.sandbox.raise({ title, platform: 'python', webhook: false });
  const payload = JSON.parse(fixture('issue.created.python-exception')) as {
    data: { issue: { id: string; culprit: string; metadata: object } };
  };
  payload.data.issue.id = id;
  payload.data.issue.culprit = filler;
  return { id, body: JSON.stringify(payload) };
}

const urlOf = (n: number): string => app.receivers[n]?.url ?? '';
const send = async ({ body }: Silent, to: string): Promise<void> =>
  expect(await app.webhook(body, 'issue', to)).toMatchObject({ status: 202 });
async function oneTask({ id }: Silent): Promise<void> {
  const issue = await app.settled(id);
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
}

it('down, with one receiver killed and started again and one killed for good: one task each, once they can', async () => {
  const [both, first, second, later] = await Promise.all(
    ['both', 'the first', 'the second', 'the first, after its end'].map((to) => silently(`Error: told to ${to}`)),
  );
  if (!both || !first || !second || !later) throw new Error('not raised');
  await temporal.stop();
  await Promise.all([send(both, urlOf(0)), send(both, urlOf(1)), send(first, urlOf(0)), send(second, urlOf(1))]);
  const [one, two] = app.run.receivers;
  if (!one || !two) throw new Error('no receivers');
  await two.kept.stop('SIGKILL');
  one.kept.kill();
  // Its port is its own, so what answers is the new one.
  await until('the first receiver answers again', async () => {
    const answer = await fetch(`${app.receivers[0]?.operatorUrl}/ready`);
    const { ready, degraded } = (await answer.json()) as { ready: boolean; degraded: string[] };
    return answer.status === 200 && ready && degraded.some((d) => d.startsWith('temporal:'));
  });
  await send(later, urlOf(0));
  await temporal.start();
  for (const issue of [both, first, later]) await oneTask(issue);
  expect(await app.sandbox.tasksOf(second.id)).toEqual([]);

  const { url, operatorUrl } = two;
  const again = new Run(['api'], {
    ...app.run.env,
    DATA_DIR: join(app.dataDir, 'second'),
    PORT: new URL(url).port,
    OPERATOR_PORT: new URL(operatorUrl).port,
  });
  await again.says(/api is listening/);
  await oneTask(second);
  await oneTask(both);
});

/** Temporal gives a workflow task 10 s; what a worker then brings is too late. */
const WORKFLOW_TASK_MS = 10_000;

it('hangs, in the middle of issues, for longer than calls and tasks wait: each has one task, none is in attention', async () => {
  const begun = await Promise.all([1, 2, 3].map((n) => silently(`Error: begun ${n}`)));
  const issues = await Promise.all([1, 2, 3].map((n) => silently(`Error: hanging ${n}`)));
  for (const issue of begun) await send(issue, urlOf(0));
  await until('one is begun', async () => (await app.issues()).some((i) => i.id.endsWith(begun[0]?.id ?? '')));
  process.kill(temporal.pid, 'SIGSTOP');
  const stood = performance.now();
  try {
    for (const issue of issues) for (const n of [0, 1]) await send(issue, urlOf(n));
    await until('its signals wait', async () => {
      const answer = await fetch(`${app.running.operatorUrl}/metrics`, {
        headers: { authorization: `Bearer ${app.token}` },
      });
      return /^errand_dispatch_total\{result="paused"\} [1-9]/m.test(await answer.text());
    });
    await until('tasks have timed out', () => performance.now() - stood > WORKFLOW_TASK_MS);
  } finally {
    process.kill(temporal.pid, 'SIGCONT');
  }
  for (const issue of [...begun, ...issues]) await oneTask(issue);
});

it('a receiver whose disk is full answers 500, keeps what it answered 202, and goes on when there is room', async () => {
  // Culprits are cut at 250 characters, so a delivery is some two kilobytes with its log.
  const issues = await Promise.all([1, 2, 3].map((n) => silently(`Error: much ${n}`, 'x'.repeat(250))));
  const full = new Run(['api'], { ...app.run.env, DATA_DIR: temporaryDir(), PORT: '0', OPERATOR_PORT: '0' });
  const [, url = ''] = await full.says(/"url":"(\S+?)"/);
  await temporal.stop();
  const room = (bytes: string): void => {
    execFileSync('prlimit', ['--pid', String(full.pid), `--fsize=${bytes}:`]);
  };
  room(String(256 * 1024));
  const kept = new Map<string, number>();
  let refused: number | undefined;
  for (let n = 0; refused === undefined; n += 1) {
    const issue = issues[n % issues.length];
    const { status } = await app.webhook(issue?.body ?? '', 'issue', url);
    if (status === 202) kept.set(issue?.id ?? '', (kept.get(issue?.id ?? '') ?? 0) + 1);
    else refused = status;
  }
  expect(refused).toBe(500);
  expect(kept.size).toBe(issues.length);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  room('unlimited');
  const after = await silently('Error: with room again');
  await send(after, url);
  await temporal.start();
  for (const issue of [...issues, after]) await oneTask(issue);
});

describe('a newer build', () => {
  const OLD_END = 'or an operator says that something changed.';
  const NEW_END = 'or the moon says that something changed.';
  const OLD = `Waits until Sentry ${OLD_END}`;
  const NEW = `Waits until Sentry ${NEW_END}`;

  /** Another build of the same: a workflow's words and an activity's differ. */
  function newer(): string {
    const dir = join(temporaryDir(), 'newer');
    mkdirSync(dir);
    for (const part of ['bin', 'dist', 'rules', 'package.json'])
      cpSync(join(ROOT, part), join(dir, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    const bundle = join(dir, 'dist', 'workflow-bundle.js');
    const code = readFileSync(bundle, 'utf8');
    expect(code.includes(OLD_END)).toBe(true);
    writeFileSync(bundle, code.replaceAll(OLD_END, NEW_END));
    return BIN.replace(ROOT, dir);
  }

  const waiting = (id: string, words: string) =>
    app.issueWhen(id, `says ${words}`, (i) => i.state === 'open' && idle(i) && i.next === words);

  it('takes over what the older one, killed in the middle, had begun; then the older one what the newer had', async () => {
    const bin = newer();
    const before = await silently('Error: open before');
    await send(before, urlOf(0));
    await oneTask(before);
    // While it asks Calamari it is killed. That call is tried again ten seconds later.
    await app.renewWorkers();
    await app.sandbox.fault({ vendor: 'calamari', kind: 'latency', ms: 4_000 });
    const during = await Promise.all([1, 2].map((n) => silently(`Error: in flight ${n}`)));
    for (const issue of during) await send(issue, urlOf(0));
    await until('Calamari is asked', async () =>
      (await app.sandbox.control<{ hits: number }[]>('/faults', {}, 'GET')).some(({ hits }) => hits > 0),
    );
    for (const worker of app.run.workers) await worker.stop('SIGKILL');
    const young = new Run(['worker'], app.run.env, [], bin);
    await young.says(/worker is running/);
    await app.sandbox.noFaults();
    for (const issue of during) await oneTask(issue);
    await waiting(before.id, NEW);

    // Side by side, and then the older one alone.
    const old = new Run(['worker'], app.run.env);
    await old.says(/worker is running/);
    for (const issue of [before, ...during]) await app.sandbox.act(issue.id, 'resolve');
    const beside = await silently('Error: raised beside');
    await send(beside, urlOf(0));
    await oneTask(beside);
    await young.end('SIGKILL');
    for (const issue of [before, ...during]) {
      await app.issueWhen(issue.id, 'is resolved', (i) => i.state === 'resolved' && idle(i));
      await app.sandbox.act(issue.id, 'regress');
      await oneTask(issue);
      await waiting(issue.id, OLD);
    }
  });
});
