/** A rebuild where Sentry shows many issues neither in its list nor by their ids, over HTTP: each is read alone. */
import { rebuild } from '../../src/activities/rebuild';
import { createSentry } from '../../src/vendors/sentry/client';
import type { RebuildReport } from '../../src/core/feed/activities';
import type { IssueRef } from '../../src/core/refs';
import type { OurTask } from '../../src/vendors/tracker';
import { asActivity, depsWith } from '../support/activity';
import { serve, type Reply, type Serving } from '../vendors/support';

const LIST = '/api/0/organizations/acme/issues/';
/** As in src/activities/rebuild.ts. */
const READ_MAX = 500;
const FAILED_MAX = 3;

let server: Serving;
/** What is answered to the read of an issue. */
let answer: (id: number) => Reply;
let hinted: string[];
let beats: unknown[];
let rebuilt: (tasks: number) => Promise<RebuildReport>;

const resolved = (id: number): Reply => ({
  status: 200,
  json: { id: String(id), title: 'Error', status: 'resolved', project: { slug: 'shop' } },
});

beforeEach(async () => {
  answer = resolved;
  hinted = [];
  beats = [];
  server = await serve(({ path }) => {
    const id = new RegExp(`^${LIST}(\\d+)/$`).exec(path)?.[1];
    return id === undefined ? { status: 200, json: [] } : answer(Number(id));
  });
  // A clock that runs ahead, so that nobody waits for the rate limit.
  let clock = 0;
  const now = (): number => (clock += 1_000);
  const sentry = createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person: () => undefined, now });
  const changedAt = new Date().toISOString();
  const completed = (n: number): OurTask => ({
    marker: `sentry:acme:${n}`,
    task: { tracker: 'asana', id: String(n), url: '' },
    createdAt: changedAt,
    changedAt,
    completed: true,
    assignee: null,
  });
  rebuilt = (tasks) => {
    const run = rebuild(
      depsWith({
        listed: sentry,
        rules: () => ({
          settings: { linger: 3_600_000 },
          projects: [{ destination: { tracker: 'asana', workspace: 'A', project: 'B' } }],
        }),
        trackers: {
          asana: { listTasks: () => Promise.resolve(Array.from({ length: tasks }, (_, i) => completed(i + 1))) },
        },
        ledger: { latestRuns: () => Promise.resolve(new Map()) },
        sendHints: (ref: IssueRef) => Promise.resolve(void hinted.push(ref.id)),
      }),
    );
    return asActivity(() => run({ org: 'acme', dryRun: false }), beats);
  };
});
afterEach(() => server.close());

const reads = (): number => server.seen.filter(({ path }) => path !== LIST).length;

test('one issue that cannot be read is not known, and all others are given back', async () => {
  answer = (id) => (id === 2 ? { status: 400, json: { detail: 'odd' } } : resolved(id));
  expect(await rebuilt(4)).toMatchObject({
    adopted: 3,
    leftAlone: {
      'completed in Asana, and not known: Sentry could not be asked (sentry_refused); rebuild once more later': 1,
    },
  });
  expect(hinted).toEqual(['1', '3', '4']);
});

test('each read is told, so that the activity is not taken for dead, and no more than five hundred are made', async () => {
  answer = () => ({ status: 404, json: { detail: 'The requested resource does not exist' } });
  expect(await rebuilt(READ_MAX + 20)).toMatchObject({
    adopted: 0,
    leftAlone: {
      'completed in Asana, and not shown by Sentry': READ_MAX,
      'completed in Asana, and not known: Sentry was not asked for so many one by one; rebuild once more later': 20,
    },
  });
  expect(reads()).toBe(READ_MAX);
  expect(beats.length).toBeGreaterThan(READ_MAX);
}, 60_000);

test('a Sentry that is away is not waited for once for every issue', async () => {
  answer = () => ({ status: 503, text: 'down' });
  const { leftAlone } = await rebuilt(20);
  expect(Object.values(leftAlone)).toEqual([20]);
  expect(reads()).toBe(FAILED_MAX);
}, 60_000);
