/** A sweep of a Sentry whose rows tell no dates, or no category, over HTTP. */
import { sweepSource } from '../../src/activities/sweep';
import { createSentry } from '../../src/vendors/sentry/client';
import { NOTHING } from '../../src/core/issue/able';
import type { LatestRun } from '../../src/temporal/client/ledger';
import type { SweepReport } from '../../src/core/feed/activities';
import type { IssueRef } from '../../src/core/refs';
import { asActivity, depsWith } from '../support/activity';
import { serve, type Reply, type Seen, type Serving } from '../vendors/support';

const LIST = '/api/0/organizations/acme/issues/';
const FLOOR = '2026-11-20T00:00:00.000Z';
const BEFORE = '2026-10-01T00:00:00.000Z';
const AFTER = '2026-11-21T00:00:00.000Z';
const OLDER = 'older than the first start; import it if it is wanted';
const UNDATED = 'Sentry tells no date of it; import it if it is wanted';
/** As in src/activities/sweep.ts. */
const ALONE_MAX = 20;

let server: Serving;
/** Issue id → its date, by where Sentry shows it, and its category. */
let issues: Map<string, { list?: string; byId?: string; alone?: string; category?: string }>;
/** Rows that name no issue. */
let strange: unknown[];
/** Ids of issues whose own answer is 500. */
let broken: Set<string>;
/** What the search for hidden categories answers. */
let hidden: Reply;
/** Workflow id → what is known here. */
let known: Map<string, LatestRun>;
let hinted: IssueRef[];
let sweep: () => Promise<SweepReport>;

beforeEach(async () => {
  issues = new Map();
  broken = new Set();
  strange = [];
  hidden = { status: 200, json: [] };
  known = new Map();
  hinted = [];
  const row = (id: string, firstSeen?: string): object => ({
    id,
    title: `Error: ${id}`,
    status: 'unresolved',
    project: { slug: 'shop' },
    firstSeen: firstSeen ?? null,
    lastSeen: null,
    issueCategory: issues.get(id)?.category,
  });
  server = await serve(({ path, query }: Seen) => {
    const id = new RegExp(`^${LIST}(\\d+)/$`).exec(path)?.[1];
    if (id !== undefined && broken.has(id)) return { status: 500, json: { detail: 'Internal Error' } };
    if (id !== undefined) return { status: 200, json: row(id, issues.get(id)?.alone) };
    if (query.get('query')?.includes('issue.category')) return hidden;
    const group = query.getAll('group');
    const shown = [...issues].filter(([one]) => group.length === 0 || group.includes(one));
    return {
      status: 200,
      json: [...shown.map(([one, at]) => row(one, group.length > 0 ? at.byId : at.list)), ...strange],
    };
  });
  // A clock that runs ahead, so that nobody waits for the rate limit.
  let clock = 0;
  const now = (): number => (clock += 1_000);
  const sentry = createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person: () => undefined, now });
  const run = sweepSource(
    depsWith({
      listed: sentry,
      rules: () => ({ settings: { sweepEvery: 300_000 } }),
      installation: () => Promise.resolve(undefined),
      can: () => NOTHING,
      ledger: {
        latestRuns: () => Promise.resolve(known),
        unresolved: () => [],
        terminated: () => [],
      },
      sendHints: (ref: IssueRef) => Promise.resolve(void hinted.push(ref)),
    }),
  );
  sweep = () => asActivity(() => run({ org: 'acme', kind: 'full', since: FLOOR, floor: FLOOR, dryRun: false }));
});
afterEach(() => server.close());

const readAlone = (): number => server.seen.filter(({ path }) => path !== LIST).length;
const askedById = (): number => server.seen.filter(({ query }) => query.has('group')).length;

test('twenty old issues without a date stand in front of a new one: it is found by the second sweep, as they are not asked again', async () => {
  for (let n = 1; n <= ALONE_MAX; n += 1) issues.set(String(n), { alone: BEFORE });
  issues.set('99', { alone: AFTER });
  expect(await sweep()).toMatchObject({ created: 0, leftAlone: { [OLDER]: ALONE_MAX, [UNDATED]: 1 } });
  expect(await sweep()).toMatchObject({ created: 1, leftAlone: { [OLDER]: ALONE_MAX } });
  expect(hinted.map(({ id }) => id)).toEqual(['99']);
  expect(readAlone()).toBe(ALONE_MAX + 1);
});

test('one question tells the dates of a whole page, so nothing is read alone', async () => {
  for (let n = 1; n <= 90; n += 1) issues.set(String(n), { byId: n === 90 ? AFTER : BEFORE, alone: AFTER });
  expect(await sweep()).toMatchObject({ created: 1, leftAlone: { [OLDER]: 89 } });
  expect([readAlone(), askedById()]).toEqual([0, 1]);
});

test('twenty that show no date anywhere do not stand in front for ever', async () => {
  for (let n = 1; n <= ALONE_MAX; n += 1) issues.set(String(n), {});
  issues.set('99', { alone: AFTER });
  expect(await sweep()).toMatchObject({ created: 0, leftAlone: { [UNDATED]: ALONE_MAX + 1 } });
  expect(await sweep()).toMatchObject({ created: 1, leftAlone: { [UNDATED]: ALONE_MAX } });
});

test('a Sentry that tells no category: silence of the webhooks is noticed, and what they told ends it', async () => {
  issues.set('1', { list: AFTER });
  issues.set('2', { list: AFTER, category: 'error' });
  issues.set('3', { list: AFTER, category: 'cron' });
  expect(await sweep()).toMatchObject({ created: 3, unheard: 2, heard: 0 });
  for (const id of issues.keys())
    known.set(`sentry:acme:${id}`, { mark: undefined, row: undefined, over: false, terminated: false });
  expect(await sweep()).toMatchObject({ created: 0, unheard: 0, heard: 2 });
});

test('an issue that Sentry cannot show does not keep the sweep from the others', async () => {
  issues.set('1', {});
  issues.set('2', { alone: AFTER });
  issues.set('3', {});
  issues.set('4', { alone: AFTER });
  broken = new Set(['1', '3']);
  expect(await sweep()).toMatchObject({ created: 2, leftAlone: { [UNDATED]: 2 } });
});

test('three in a row that Sentry cannot show are an outage, and the next sweep does not begin with the same three', async () => {
  for (const id of ['1', '2', '3', '4']) issues.set(id, id === '4' ? { alone: AFTER } : {});
  broken = new Set(['1', '2', '3']);
  await expect(sweep()).rejects.toMatchObject({ type: 'sentry_unavailable' });
  expect(await sweep()).toMatchObject({ created: 1, leftAlone: { [UNDATED]: 3 } });
});

test('hidden categories that fail: everything else is told first, and then the sweep fails, so that it is made again', async () => {
  issues.set('1', { list: AFTER });
  hidden = { status: 500, json: { detail: 'Internal Error' } };
  await expect(sweep()).rejects.toMatchObject({ type: 'sentry_unavailable' });
  expect(hinted.map(({ id }) => id)).toEqual(['1']);
  const asked = server.seen.map(({ query }) => query.get('query'));
  expect(asked.indexOf('is:unresolved')).toBeGreaterThan(-1);
  expect(asked.indexOf('is:unresolved')).toBeLessThan(asked.findIndex((one) => one?.includes('issue.category')));
});

test('a row that names no issue is counted, and the others are told', async () => {
  issues.set('1', { list: AFTER });
  strange = [{ title: 'Error: nobody knows which' }];
  // In both lists: of what happened lately, and of the unresolved.
  expect(await sweep()).toMatchObject({ created: 1, leftAlone: { 'a row of Sentry’s list names no issue': 2 } });
});
