/** kill -9 on a cluster: one receiver and one worker in the middle of a stream. What was acknowledged has its task, once. */
import { cleanUpApps, fixture, startOnCluster, until, type App } from '../support/app';
import type { Cluster } from '../support/cluster';
import { NO_STORM, rulesWith } from '../support/rules-dir';

/** Of each part of the stream but one. */
const SOME = 10;
/** While nothing leaves the inbox: a third of them at the second receiver alone, more than the 16 signals it has under way at once. */
const MANY = 60;
/** Every third delivery goes to both receivers, as when Sentry's two kinds of webhook tell of one issue. */
const DOUBLED = 3;
/** A call that died with its worker is repeated after its time-out of a minute, and the look before it makes anything takes its time. */
const PATIENCE_MS = 4 * 60_000;
const TEST_MS = 10 * 60_000;

type Issue = { id: string; body: string };

/** Slack takes one message a second: so many at once would wait for ten minutes by the rules of attention. */
const NO_CHAT = { SLACK_BOT_TOKEN: undefined, SLACK_CHANNEL: undefined };

let app: App & { run: Cluster };

beforeAll(async () => {
  app = await startOnCluster(process.env['ERRAND_TEST_CLUSTER'] ?? '', undefined, {
    ...NO_CHAT,
    RULES_DIR: rulesWith(NO_STORM),
  });
}, TEST_MS);
afterAll(cleanUpApps);

/** An issue in pretend Sentry without its webhook, and the body of that webhook. */
async function silently(title: string): Promise<Issue> {
  const { id } = await app.sandbox.raise({ title, platform: 'python', webhook: false });
  const payload = JSON.parse(fixture('issue.created.python-exception')) as { data: { issue: { id: string } } };
  payload.data.issue.id = id;
  return { id, body: JSON.stringify(payload) };
}

it('two receivers and two workers start at the same moment on a new namespace, and none of them stumbles', () => {
  expect(app.run.processes().filter((p) => /errand\.js (api|worker)$/.test(p.command))).toHaveLength(4);
  expect(app.run.output).not.toContain('started again');
});

it(
  'a receiver and a worker are killed in the middle of a stream: every acknowledged issue has one task and is settled',
  async () => {
    const [one, two] = app.run.receivers;
    const [worker] = app.run.workers;
    if (!one || !two || !worker) throw new Error('there are not two of each');
    const issues: Issue[] = [];
    for (let i = 0; i < MANY + 3 * SOME; i += 1) issues.push(await silently(`Error: number ${i} of the stream`));

    const acknowledged = new Map<string, number>();
    /** As Sentry does: once, and without an answer nothing is promised. */
    const send = async ({ id, body }: Issue, to: string): Promise<void> => {
      const answer = await app.webhook(body, 'issue', to).catch(() => undefined);
      if (answer?.status === 202) acknowledged.set(id, (acknowledged.get(id) ?? 0) + 1);
    };
    let sent = 0;
    const stream = async (count: number): Promise<void> => {
      const next = issues.slice(sent, (sent += count));
      const sends = next.flatMap((issue, i) => {
        const [usual, other] = i % 2 === 0 ? [one.url, two.url] : [two.url, one.url];
        return i % DOUBLED === 0 ? [send(issue, usual), send(issue, other)] : [send(issue, usual)];
      });
      await Promise.all(sends);
    };

    await stream(SOME);
    // Both workers are in the middle of the first tasks.
    const dead = worker.stop('SIGKILL');
    // Nothing leaves an inbox meanwhile.
    await app.without('temporal', async () => {
      await stream(MANY);
      // The answer waits for the disk alone; so what the second receiver answered to lies there, and most of it nowhere else.
      expect(acknowledged.size).toBe(SOME + MANY);
      two.kept.kill();
    });
    // Some of these come while it is away, and are refused.
    await stream(SOME);
    expect(await dead).toEqual({ code: null, signal: 'SIGKILL' });
    await until('the second receiver is back', async () => (await fetch(`${two.url}/health`)).ok);
    const before = acknowledged.size;
    await stream(SOME);
    expect(acknowledged.size).toBe(before + SOME);

    for (const id of acknowledged.keys()) {
      const issue = await app.settled(id, PATIENCE_MS);
      expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: issue.task?.id, completed: false });
    }
    // What was not acknowledged may have been kept all the same, its answer lost; but no issue has two tasks.
    for (const { id } of issues) expect((await app.sandbox.tasksOf(id)).length).toBeLessThanOrEqual(1);
    // A repeat may still wait for its quiet time to end; the webhook of our own assignment is never dispatched.
    const deliveries = await until('no delivery waits any more', async () => {
      const all = await app.deliveries();
      return all.every((d) => d.outcome === 'dispatched' || d.what === 'issue.assigned') && all;
    });
    expect(deliveries.length).toBeGreaterThanOrEqual([...acknowledged.values()].reduce((sum, n) => sum + n, 0));
    expect(app.run.output).toContain('api ended (SIGKILL); started again');
    // The other worker did it all.
    expect(app.run.processes().filter((p) => /errand\.js worker$/.test(p.command))).toHaveLength(1);
  },
  TEST_MS,
);
