/**
 * Sweeps of a Sentry as it really is: with a backlog, a list that hides issues, rows without dates, projects of others, an
 * installation that is heard of late, and many deletions at once.
 */
import { AUDIT, feedIdOf, SWEEP, workflowIdOf } from '../../src/contract';
import type { AuditReport, SweepReport } from '../../src/core/feed/activities';
import type { FeedRecord } from '../../src/core/feed/record';
import type { IssueRef } from '../../src/core/refs';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { answered, until } from '../support/waiting';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { RULES } from '../support/world-rules';
import { open } from './life';

const FEED = feedIdOf('sentry', 'acme');
const TEST_MS = 600_000;
const DAY = 24 * 3_600_000;
const ago = (days: number): string => new Date(Date.now() - days * DAY).toISOString();
const OLDER = 'older than the first start; import it if it is wanted';

let world: TestWorld;
const sweep = (request = {}): Promise<SweepReport> =>
  answered('a sweep', () =>
    world.client.workflow.getHandle(FEED).executeUpdate<SweepReport, [object]>(SWEEP, { args: [request] }),
  );
const audit = (): Promise<AuditReport> =>
  answered('an audit', () => world.client.workflow.getHandle(FEED).executeUpdate<AuditReport, []>(AUDIT));
const feed = (): Promise<FeedRecord> => world.client.workflow.getHandle(FEED).query<FeedRecord>('state');
/** How often this issue itself was read. */
const reads = async (ref: IssueRef): Promise<number> =>
  (await world.requests(new RegExp(`^GET .*/issues/${ref.id}/$`))).length;

const BACKLOG = 30;

beforeAll(async () => {
  // Only what is asked for is swept.
  const rules = RULES.replace('verifyAfter: 1s', 'verifyAfter: 1s\n  sweepEvery: 1d');
  world = await startWorld({ rules, installation: false });
  for (let i = 0; i < BACKLOG; i += 1)
    await world.raise({ title: `Error: backlog ${i}`, firstSeen: ago(20 + i), lastSeen: ago(i / 10) });
  await answered('the feed to be started', () => world.temporal.startFeed('acme'));
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(() => world.stop(), START_TIMEOUT_MS);
afterEach(async () => {
  await world.heal();
  await world.control('sentry/lists');
  await world.control('sentry/token');
});

test(
  'the backlog of before the first start stays where it is, though each of it happened only lately',
  async () => {
    expect(await sweep()).toMatchObject({ created: 0, leftAlone: { [OLDER]: BACKLOG } });
    expect(await world.temporal.count(`WorkflowType = 'issue'`, Date.now() + 5_000)).toBe(0);
  },
  TEST_MS,
);

test(
  'an import honours its date: what is older stays where it is',
  async () => {
    const report = await sweep({ since: ago(24.5), import: true, dryRun: true });
    expect(report).toMatchObject({ created: 5, leftAlone: { [OLDER]: BACKLOG - 5 } });
  },
  TEST_MS,
);

test(
  'a row without a date moves no floor, and a new issue of such a row is found all the same',
  async () => {
    const ref = await world.raise({ environment: 'ci-1' });
    await world.control('sentry/lists', { lagMs: 10 * 60_000 });
    const { floor } = await feed();
    expect(await sweep()).toMatchObject({ created: 1, leftAlone: { [OLDER]: BACKLOG } });
    expect((await feed()).floor).toBe(floor);
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
    expect((await world.state(ref)).events).toBe(1);
  },
  TEST_MS,
);

describe('an issue that has been quiet for a hundred days', () => {
  let quiet: IssueRef;

  test(
    'is not in Sentry’s list: it is asked for by its id, once, and is neither closed nor read',
    async () => {
      quiet = await open(world);
      await world.sentry(quiet, 'age', { lastSeen: ago(100) });
      await world.listed(quiet);
      const before = await reads(quiet);
      expect(await sweep()).toMatchObject({ closed: 0, rechecked: 0, changed: 0 });
      await until(
        'the mark that it was asked for',
        () => world.temporal.ledger.latestRuns([workflowIdOf(quiet)]),
        (known) => known.get(workflowIdOf(quiet))?.mark?.unlisted !== undefined,
      );
      for (let i = 0; i < 3; i += 1) {
        const again = await sweep();
        expect(again).toMatchObject({ closed: 0, rechecked: 0, changed: 0 });
        expect(again.leftAlone['open here and not in Sentry’s list; asked for within the last day']).toBe(1);
      }
      expect(await reads(quiet)).toBe(before);
      expect((await world.requests(/^GET .*\/issues\/$/)).length).toBeGreaterThan(0);
      expect(await world.quiet(quiet)).toMatchObject({ state: 'open', attention: [] });
    },
    TEST_MS,
  );

  test(
    'is no difference for the audit either, and resolved in silence it is one',
    async () => {
      expect((await audit()).counts).toEqual({});
      await world.sentry(quiet, 'resolve');
      // What changed in the last half minute is on its way.
      const found = await until('the difference', audit, (report) => report.differences.length > 0);
      expect(found).toMatchObject({ counts: { task_open: 1 }, differences: [{ issue: workflowIdOf(quiet) }] });
    },
    TEST_MS,
  );
});

test(
  'feedback is not in Sentry’s list by itself, and is found because it is asked for by name',
  async () => {
    const ref = await world.raise({ environment: 'ci-1', category: 'feedback' });
    expect(await sweep()).toMatchObject({ created: 1 });
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
    expect((await world.state(ref)).category).toBe('feedback');
  },
  TEST_MS,
);

test(
  'an older Sentry that does not know a category refuses the search, and is swept all the same',
  async () => {
    await world.control('sentry/lists', { categories: ['error', 'performance', 'feedback'] });
    const ref = await world.raise({ environment: 'ci-1', category: 'feedback' });
    expect(await sweep()).toMatchObject({ created: 1 });
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
  },
  TEST_MS,
);

test(
  'Sentry tells of new errors only, so the silence of a slow endpoint says nothing of webhooks',
  async () => {
    const old = { environment: 'ci-1', firstSeen: new Date(Date.now() - 5 * 60_000).toISOString() };
    const refs = [
      await world.raise({ ...old, category: 'performance', lastSeen: new Date().toISOString() }),
      await world.raise({ ...old, category: 'cron', lastSeen: new Date().toISOString() }),
    ];
    // Both are older than the floor by their date, so they are imported; the error beside them is the control.
    const error = await world.raise({ ...old, lastSeen: new Date().toISOString() });
    const report = await sweep({ since: ago(0.01), import: true });
    expect(report).toMatchObject({ created: 3, unheard: 1 });
    for (const ref of [...refs, error]) await world.until(ref, 'skipped', (s) => s.state === 'skipped');
  },
  TEST_MS,
);

test(
  'a list covers every project, also those that the token’s own user is no member of',
  async () => {
    await world.control('sentry/token', { kind: 'personal', memberOf: ['another'] });
    const ref = await world.raise({ environment: 'ci-1' });
    expect(await sweep()).toMatchObject({ created: 1, closed: 0, rechecked: 0 });
    await world.until(ref, 'skipped', (s) => s.state === 'skipped');
  },
  TEST_MS,
);

test(
  'an issue that no delivery told of is linked as soon as any delivery has brought the installation',
  async () => {
    const ref = await world.raise();
    expect(await sweep()).toMatchObject({ created: 1 });
    await world.until(ref, 'a task', (s) => s.task !== null);
    await world.quiet(ref);
    await world.listed(ref);
    expect((await world.ends(ref)).sentry).toMatchObject({ linked: 0 });
    expect(await sweep()).toMatchObject({ changed: 0 });

    await world.learnInstallation();
    expect(await sweep()).toMatchObject({ changed: expect.any(Number) as number });
    await world.until(ref, 'the link', (s) => s.timeline.some((t) => t.what === 'linked in Sentry'));
    await world.quiet(ref);
    expect((await world.ends(ref)).sentry).toMatchObject({ linked: 1 });
    await world.listed(ref);
    expect(await sweep()).toMatchObject({ changed: 0 });
  },
  TEST_MS,
);

test(
  'twelve issues of one project are gone at once: ten are believed, two wait for a person',
  async () => {
    const refs: IssueRef[] = [];
    for (let i = 0; i < 12; i += 1) refs.push(await world.raise({ project: 'emptied' }));
    await Promise.all(refs.map((ref) => world.hint(ref)));
    for (const ref of refs) {
      await world.until(ref, 'a task', (s) => s.task !== null);
      await world.quiet(ref);
    }
    for (const ref of refs) await world.sentry(ref, 'delete');
    await world.listed(...refs);
    expect(await sweep()).toMatchObject({ rechecked: 12, closed: 0 });
    const ended = (): Promise<string[]> =>
      Promise.all(
        refs.map(async (ref) => {
          const { state, attention } = await world.state(ref);
          return state === 'resolved' ? 'resolved' : attention.map((a) => a.code).join();
        }),
      );
    const all = await until('all to be decided', ended, (codes) => codes.every((c) => /resolved|many_gone/.test(c)));
    expect(all.filter((c) => c === 'resolved')).toHaveLength(10);
    const held = refs.filter((_, i) => all[i] === 'sentry_many_gone');
    expect(held).toHaveLength(2);
    for (const ref of held) expect((await world.view(ref)).task).toMatchObject({ completed: false });
    for (const ref of held) await world.update(ref, 'retry', { code: 'sentry_many_gone' });
    for (const ref of held) {
      await world.until(ref, 'closed', (s) => s.state === 'resolved');
      await world.quiet(ref);
      expect((await world.view(ref)).task).toMatchObject({ completed: true });
    }
  },
  TEST_MS,
);
