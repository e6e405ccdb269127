/** What a new issue takes until it has its task, counted as Temporal Cloud bills it, and how it is listed meanwhile. */
import { Meter, total, type Action } from '../../bench/actions';
import { FRESH_MS } from '../../src/activities/source';
import { listIssues } from '../../src/api/operator/issues';
import { ATTRIBUTE, workflowIdOf } from '../../src/contract';
import { isKnown } from '../../src/core/issue/echo';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { IssueView } from '../../src/core/issue/row';
import type { IssueRef } from '../../src/core/refs';
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';
import { until } from '../support/waiting';
import { RULES } from '../support/world-rules';

const TEST_MS = 300_000;
/** As docs/developing/performance.md lists them. */
const CREATED = { fixed: 9, turns: 10, verification: 2 };
const RESOLVED = 5;
const REQUESTS = { sentry: 4, asana: 3 };

let world: TestWorld;
// A call that fails goes on failing: nothing of it comes into attention.
beginWorld((begun) => (world = begun), { rules: RULES.replace('attempts: 3,', 'attempts: 1000,') });
afterEach(() => world.heal());

type Logged = { at: string; vendor: string; method: string; path: string };
const log = async (): Promise<Logged[]> => (await world.control('log', {}, 'GET')) as Logged[];
const kinds = (actions: Action[]): Record<string, number> =>
  Object.fromEntries(actions.map(({ what }) => [what, actions.filter((a) => a.what === what).length]));

/** The task is there, verified, and everything is at rest. */
async function opened(project: string): Promise<IssueRef> {
  const ref = await world.raise({ project });
  await world.hint(ref);
  await world.until(ref, 'a verified task', (s) => s.task !== null && s.next.startsWith('Waits until'));
  await world.quiet(ref);
  return ref;
}

/** A slow machine looks once more before it assigns: that one is not counted. */
function withoutLateLook(requests: Logged[], id: string): Logged[] {
  const looks = requests.filter(({ method, path }) => method === 'GET' && path.endsWith(`/issues/${id}/`));
  const [first, last] = [looks[0], looks.at(-1)].map((one) => Date.parse(one?.at ?? ''));
  const late = looks.length > 1 && (last ?? 0) - (first ?? 0) >= FRESH_MS / 2;
  return late ? requests.filter((one) => one !== looks.at(-1)) : requests;
}

test(
  'a created issue takes nine actions, ten where people take turns, and four and three requests; a resolved one five actions',
  async () => {
    const meter = new Meter(world.client);
    // The first of a worker and of a team begins what the others share.
    for (const project of ['shop', 'turns']) await opened(project);
    await meter.since();
    const activities = [
      'readIssue',
      'checkAvailability',
      'selectAssignee',
      'ensureTask',
      'linkIssue',
      'tell',
      'verifyTask',
    ];
    const usual = { start: 1, timer: 1, 'search attributes': 1, 'update admit': 1 };
    const each = { ...usual, ...Object.fromEntries(activities.map((name) => [`activity ${name}`, 1])) };
    const before = (await log()).length;
    const ref = await opened('shop');
    const requests = withoutLateLook((await log()).slice(before), ref.id);
    const fixed = await meter.since();
    expect(kinds(fixed)).toEqual(each);
    expect(total(fixed)).toBe(CREATED.fixed + CREATED.verification);
    // By this the webhook of our own assignment is known to say nothing new, so it is no action.
    const known = await world.temporal.standing(workflowIdOf(ref));
    expect(known).toMatchObject({ busy: false, firstRunAt: expect.any(String) as string });
    expect(isKnown({ assignee: 'anna', status: 'unresolved' }, known)).toBe(true);
    const verified = 1;
    const of = (vendor: string): Logged[] => requests.filter((r) => r.vendor === vendor);
    expect([of('sentry').length, of('asana').length]).toEqual([REQUESTS.sentry, expect.any(Number)]);
    expect(of('asana').length).toBeLessThanOrEqual(REQUESTS.asana + verified);

    await opened('turns');
    const turns = await meter.since();
    expect(kinds(turns)).toEqual({ ...each, 'update takeTurn': 1 });
    expect(total(turns)).toBe(CREATED.turns + CREATED.verification);

    await world.happens(ref, 'resolve');
    await until(
      'the reason on its task',
      async () => (await world.ends(ref)).tasks[0]?.comments.length,
      (n) => n === 1,
    );
    await world.quiet(ref);
    const resolved = await meter.since();
    const closing = { 'signal hints': 1, 'activity readIssue': 1, 'activity completeTask': 1 };
    expect(kinds(resolved)).toEqual({ ...closing, 'search attributes': 1, timer: 1 });
    expect(total(resolved)).toBe(RESOLVED);
    expect((await world.ends(ref)).tasks[0]).toMatchObject({ completed: true });
  },
  TEST_MS,
);

const rowOf = (ref: IssueRef, wanted: (row: IssueView | undefined) => boolean): Promise<IssueView | undefined> =>
  until(
    'its row in the list',
    async () => (await listIssues(world.temporal, {})).issues.find((row) => row.id === workflowIdOf(ref)),
    wanted,
  );

/** As `issue.created` carries it. */
const seedOf = (ref: IssueRef): IssueSnapshot => ({
  ref,
  shortId: 'SHOP-77',
  title: 'Error: nobody can read it',
  url: 'https://acme.sentry.io/issues/77/',
  project: 'shop',
  level: 'fatal',
  status: 'unresolved',
  events: 1,
  users: null,
  firstSeen: null,
  lastSeen: null,
  readAt: new Date().toISOString(),
  via: 'webhook',
  release: 'shop@7',
  environments: [],
  tags: {},
  frames: [],
  assignee: null,
  owners: [],
  links: [],
});

test(
  'an issue that cannot be read is listed from its start, with what its webhook told, and by it',
  async () => {
    await world.fault({ vendor: 'sentry', kind: 'down' });
    const ref = await world.raise();
    await world.hint(ref, 'issue.created', { seed: seedOf(ref) });
    const row = await rowOf(ref, (r) => r !== undefined);
    expect(row).toMatchObject({ shortId: 'SHOP-77', title: 'Error: nobody can read it', level: 'fatal', state: 'new' });
    const { typedSearchAttributes: has } = await world.client.workflow.getHandle(workflowIdOf(ref)).describe();
    const { project, shortId, level, release, state } = ATTRIBUTE;
    expect([project, shortId, level, release, state].map((key) => has.get(key))).toEqual([
      'shop',
      'SHOP-77',
      'fatal',
      'shop@7',
      'new',
    ]);
    const found = (await listIssues(world.temporal, { project: 'shop', state: 'new' })).issues.map(({ id }) => id);
    expect(found).toContain(workflowIdOf(ref));
  },
  TEST_MS,
);

test(
  'while Asana is away the list tells who gets the issue, and a sweep knows what Sentry said of it',
  async () => {
    await world.fault({ vendor: 'asana', kind: 'down' });
    const ref = await world.raise({ title: 'Error: no task yet' });
    await world.hint(ref);
    const row = await rowOf(ref, (r) => r?.state === 'open');
    expect(row).toMatchObject({ assignee: 'anna', task: null, title: 'Error: no task yet' });
    const known = await world.temporal.ledger.latestRuns([workflowIdOf(ref)]);
    expect(known.get(workflowIdOf(ref))?.mark).toMatchObject({ status: 'unresolved', assignee: null });
  },
  TEST_MS,
);

test(
  'a decision that follows no read asks the rules in force then',
  async () => {
    await world.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
    const ref = await world.raise();
    await world.hint(ref);
    await world.until(ref, 'its task in attention', (s) => s.attention.some((a) => a.step === 'ensureTask'));
    const asked = async (): Promise<number> =>
      (await world.history(ref)).filter(
        (e) => e.activityTaskScheduledEventAttributes?.activityType?.name === 'applyRules',
      ).length;
    const first = await world.history(ref);
    const order = first.flatMap((e) => e.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
    expect(order.slice(0, 4)).toEqual(['readIssue', 'checkAvailability', 'selectAssignee', 'ensureTask']);
    await world.heal();
    await world.signal(ref, 'retry');
    await world.until(ref, 'a task', (s) => s.task !== null);
    expect(await asked()).toBeGreaterThanOrEqual(1);
  },
  TEST_MS,
);
