/** The assignee in Sentry, when a person is quicker than we are. */
import { linkIssue, resolveIssue } from '../../src/activities/source';
import { createSentry } from '../../src/vendors/sentry/client';
import type { Effects } from '../../src/core/issue/steps';
import { asActivity, depsWith } from '../support/activity';
import { serve, type Reply, type Serving } from '../vendors/support';

const person = (who: string): string | undefined => /^(anna|piotr|ewa)@example\.com$/.exec(who)?.[1];
const user = (key: string | null): object | null =>
  key === null ? null : { type: 'user', id: key, email: `${key}@example.com`, name: key };

let server: Serving;
/** Who has it in Sentry. */
let has: object | null;
let puts: unknown[];
/** Into which it was merged. */
let into: string | undefined;

beforeEach(async () => {
  puts = [];
  into = undefined;
  server = await serve(({ method, path, body }): Reply => {
    if (path.endsWith('/members/')) return { status: 200, json: [] };
    if (method === 'PUT') {
      puts.push(body);
      has = user(/^\w+/.exec((body as { assignedTo: string }).assignedTo)?.[0] ?? '');
    }
    return {
      status: 200,
      json: { id: into ?? '7', title: 'E', status: 'unresolved', project: { slug: 'shop' }, assignedTo: has },
    };
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  return server.close();
});

const MINUTE_MS = 60_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

const ref = { source: 'sentry', scope: 'acme', id: '7' };
const sentryHere = () => createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person });

function assign(was: string | null, assignee = 'anna', readAt = ago(MINUTE_MS)): Promise<Effects['linkIssue'][1]> {
  const people = Object.fromEntries(['anna', 'piotr', 'ewa'].map((key) => [key, { sentry: `${key}@example.com` }]));
  const deps = depsWith({
    sources: { sentry: sentryHere() },
    installation: () => Promise.resolve('u'),
    rules: () => ({ people }),
  });
  const task = { tracker: 'asana' as const, id: '1', url: 'https://a/1' };
  const input = { ref, task, destination: '', link: false, assignee, was, readAt, installation: 'u' };
  return asActivity(() => linkIssue(deps)(input));
}

test.each([
  ['read a second ago: no look', 1_000, 0],
  ['read a while ago: one look', MINUTE_MS, 1],
  ['read ahead of the clock: one look', -MINUTE_MS, 1],
])('%s before it is assigned', async (_, age, looks) => {
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now);
  has = user(null);
  expect(await assign(null, 'anna', new Date(now - age).toISOString())).toEqual({ assign: 'done' });
  expect(server.seen.filter(({ method, path }) => method === 'GET' && path.endsWith('/issues/7/'))).toHaveLength(looks);
});

test.each([
  ['nobody has it, as when it was read', null, null],
  ['who had it when it was read still has it', 'piotr', 'piotr'],
  ['somebody took it back, and nobody has it', 'piotr', null],
])('%s: it is assigned', async (_, was, now) => {
  has = user(now);
  expect([await assign(was), puts.length]).toEqual([{ assign: 'done' }, 1]);
});

test.each([
  ['a person took it since it was read', null, 'ewa'],
  ['a person gave it to somebody else since', 'piotr', 'ewa'],
])('%s: nothing is written over that', async (_, was, now) => {
  has = user(now);
  expect([await assign(was), puts]).toEqual([{ assign: 'taken' }, []]);
});

test('somebody whom the rules do not know took it since: that stands, too', async () => {
  has = { type: 'user', id: '99', email: 'guest@example.com', name: 'guest' };
  expect([await assign(null), puts]).toEqual([{ assign: 'taken' }, []]);
});

/** Sentry would make the change to the survivor (models/group.py, get_group_with_redirect). */
test('an issue that was merged meanwhile is neither assigned nor resolved: nobody asked for that of its survivor', async () => {
  has = user(null);
  into = '8';
  const notFound = expect.objectContaining({ code: 'sentry_issue_not_found' }) as unknown;
  expect(await assign(null)).toEqual({ assign: notFound });
  const resolve = asActivity(() => resolveIssue(depsWith({ sources: { sentry: sentryHere() } }))({ ref, how: 'now' }));
  await expect(resolve).rejects.toMatchObject({ type: 'sentry_issue_not_found' });
  expect(puts).toEqual([]);
  into = undefined;
  await asActivity(() => resolveIssue(depsWith({ sources: { sentry: sentryHere() } }))({ ref, how: 'now' })).catch(
    () => undefined,
  );
  expect(puts).toEqual([{ status: 'resolved' }]);
});
