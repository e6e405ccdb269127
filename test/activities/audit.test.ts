/** An audit of open tasks whose issues Sentry shows neither in its list nor by their ids, over HTTP: each is read alone. */
import { audit } from '../../src/activities/audit';
import { createSentry } from '../../src/vendors/sentry/client';
import { EVER } from '../../src/activities/tracker-list';
import type { AuditReport } from '../../src/core/feed/activities';
import type { OurTask } from '../../src/vendors/tracker';
import { asActivity, depsWith } from '../support/activity';
import { serve, type Serving } from '../vendors/support';

const FAILED = 'not known: Sentry could not show it; audit once more later';

let server: Serving;
/** Ids of issues whose own answer is 500. */
let broken: string[];
let audited: () => Promise<AuditReport>;

beforeEach(async () => {
  server = await serve(({ path }) => {
    const id = /\/issues\/(\d+)\/$/.exec(path)?.[1];
    if (id === undefined) return { status: 200, json: [] };
    return broken.includes(id)
      ? { status: 500, json: { detail: 'Internal Error' } }
      : { status: 200, json: { id, title: 'Error', status: 'resolved', project: { slug: 'shop' } } };
  });
  // A clock that runs ahead, so that nobody waits for the rate limit.
  let clock = 0;
  const now = (): number => (clock += 1_000);
  const sentry = createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person: () => undefined, now });
  const open = (id: string): OurTask => ({
    marker: `sentry:acme:${id}`,
    task: { tracker: 'asana', id, url: '' },
    createdAt: EVER,
    changedAt: EVER,
    completed: false,
    assignee: null,
  });
  const settings = { onArchive: 'complete', sync: { toTracker: true } };
  const run = audit(
    depsWith({
      listed: sentry,
      rules: () => ({ settings, projects: [{ destination: { tracker: 'asana', workspace: 'A', project: 'B' } }] }),
      trackers: { asana: { listTasks: () => Promise.resolve(['1', '2', '3', '4', '5'].map(open)) } },
      ledger: { latestRuns: () => Promise.resolve(new Map()) },
    }),
  );
  audited = () => asActivity(() => run({ org: 'acme', floor: EVER }));
});
afterEach(() => server.close());

test('an issue that Sentry cannot show is not known, and the others are compared', async () => {
  broken = ['1', '2', '4'];
  expect(await audited()).toMatchObject({ counts: { task_open: 2 }, leftAlone: { [FAILED]: 3 } });
});

test('three in a row that Sentry cannot show are an outage', async () => {
  broken = ['2', '3', '4'];
  await expect(audited()).rejects.toMatchObject({ type: 'sentry_unavailable' });
});
