/** One look around: causes, the projects of storms, and what one issue of each new cause is asked. */
import { lookAround } from '../../../src/activities/alerts';
import { heldProjects } from '../../../src/core/alerts/alerts';
import type { Deps } from '../../../src/activities/deps';
import type { Look } from '../../../src/core/alerts/record';
import type { FeedRecord } from '../../../src/core/feed/record';
import type { Attention } from '../../../src/core/issue/record';
import type { IssueView } from '../../../src/core/issue/row';

const AT = '2026-11-22T10:00:00.000Z';
const ROW = { shortId: null, title: null, level: null, state: 'open', rule: null, assignee: null, task: null } as const;
const COUNTS = {
  assigneeName: null,
  events: null,
  users: null,
  firstSeen: null,
  lastSeen: null,
  changedAt: AT,
  url: null,
} as const;
const row = (n: number, code: string, project: string | null = 'shop'): IssueView => ({
  ...ROW,
  ...COUNTS,
  id: `sentry:acme:${n}`,
  project,
  attention: [{ step: 'ensureTask', code, since: AT, tries: 1 }],
});
const failed = (code: string, message: string): Attention => ({
  step: 'ensureTask',
  code,
  message,
  since: AT,
  tries: 1,
  again: AT,
});

type World = { rows: IssueView[]; says?: (id: string) => Attention[]; feed?: Partial<FeedRecord> };
/** @returns what a look finds, and the issues that it asked */
async function look(
  { rows, says = () => [], feed }: World,
  known?: string[],
): Promise<{ found: Look; asked: string[] }> {
  const asked: string[] = [];
  const deps: Partial<Deps> = {
    unhealthy: { wrong: () => Promise.resolve({ attention: rows, stuck: [], fallen: [], more: false }) },
    attention: (id) => {
      asked.push(id);
      return Promise.resolve().then(() => says(id));
    },
    feed: () => Promise.resolve(feed as FeedRecord | undefined),
    rules: () => ({ settings: { alertEvery: 60_000 } }) as ReturnType<Deps['rules']>,
    can: () => ({ write: true, source: true, installation: true, chat: false }),
    operatorUrl: () => null,
  };
  const found = await lookAround(deps as Deps)({ org: 'acme', ...(known ? { known } : {}) });
  return { found, asked };
}

test('of a new cause one issue is asked, of a known one none: what it says stands without the words of the code', async () => {
  const rows = [1, 2, 3].map((n) => row(n, 'asana_refused'));
  const says = (): Attention[] => [
    failed('asana_forbidden', 'another'),
    failed('asana_refused', 'Asana refused the request (4xx). POST tasks: password=hunter2hunter2\n<!here>'),
  ];
  const first = await look({ rows, says }, []);
  expect(first.asked).toEqual(['sentry:acme:1']);
  expect(first.found.troubles).toMatchObject([{ count: 3, said: 'POST tasks: password=[secret] <!here>' }]);
  const second = await look({ rows: [...rows, row(4, 'asana_forbidden')], says }, ['Asana asana_refused']);
  expect(second.asked).toEqual(['sentry:acme:4']);
  expect(second.found.troubles.map((t) => t.said)).toEqual([undefined, 'another']);
  expect((await look({ rows, says })).asked).toEqual([]);
});

test('an issue that does not answer, or is well again, holds up no look', async () => {
  const dead = (): Attention[] => {
    throw new Error('no worker answered');
  };
  for (const says of [dead, () => []]) {
    const { found } = await look({ rows: [row(1, 'asana_refused')], says }, []);
    expect(found.troubles).toMatchObject([{ code: 'asana_refused', count: 1 }]);
    expect(found.troubles[0]?.said).toBeUndefined();
  }
});

test('what is long is cut, what says no more than its code says nothing, and a sweep tells its own message', async () => {
  const said = async (message: string): Promise<string | undefined> =>
    (await look({ rows: [row(1, 'asana_refused')], says: () => [failed('asana_refused', message)] }, [])).found
      .troubles[0]?.said;
  expect((await said('long '.repeat(100)))?.length).toBe(200);
  expect(await said('Asana refused the request (4xx).')).toBe('');
  const message = 'Sentry refused the token (401). GET issues: Invalid token';
  const feed = { silent: 0, failed: { at: AT, code: 'sentry_unauthorized', message, tries: 1 } };
  const swept = await look({ rows: [], feed }, []);
  expect([swept.asked, swept.found.troubles[0]?.said]).toEqual([[], 'GET issues: Invalid token']);
});

test('a storm names the projects that hold most first, and counts the others', async () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((project, n) => row(n, 'storm_held', project));
  const rows = [...many, row(8, 'storm_held', 'g'), row(9, 'storm_held', null), row(10, 'asana_refused', 'z')];
  expect(heldProjects(rows)).toEqual({ some: ['g', '*', 'a', 'b', 'c'], others: 3 });
  const { found } = await look({ rows }, []);
  expect(found.troubles.map((t) => [t.code, t.projects?.others])).toEqual([
    ['storm_held', 3],
    ['asana_refused', undefined],
  ]);
});
