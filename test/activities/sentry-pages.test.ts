/** Sentry's lists page after page, where a page is not what it should be. */
import { eachPage } from '../../src/activities/sentry-pages';
import { createSentry, type Sentry } from '../../src/vendors/sentry/client';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import { asActivity } from '../support/activity';
import { serve, type Reply, type Serving } from '../vendors/support';

/** More pages than are ever read here: who reads so many goes round. */
const TOO_MANY = 200;

let server: Serving;
let sentry: Sentry;
/** By the cursor that is asked for, '' for the first page. */
let answer: (cursor: string) => Reply;

beforeEach(async () => {
  server = await serve(({ query }) => {
    if (query.get('query')?.includes('issue.category')) return { status: 200, json: [] };
    return answer(query.get('cursor') ?? '');
  });
  let clock = 0;
  const now = (): number => (clock += 1_000);
  sentry = createSentry({ baseUrl: server.url, token: 'secret', org: 'acme', person: () => undefined, now });
});
afterEach(() => server.close());

const row = (id: string): object => ({ id, title: `Error: ${id}`, status: 'unresolved', project: { slug: 'shop' } });
const page = (rows: unknown[], next?: string): Reply => ({
  status: 200,
  json: rows,
  headers: next === undefined ? {} : { link: `<http://x/>; rel="next"; results="true"; cursor="${next}"` },
});
const ids = (goOn?: (issues: IssueSnapshot[]) => boolean): Promise<string[]> =>
  asActivity(async () => {
    const read: string[] = [];
    for await (const { issues } of eachPage(sentry, 'listIssues', '', goOn)) {
      read.push(...issues.map(({ ref }) => ref.id));
      if (server.seen.length > TOO_MANY) throw new Error('It goes round.');
    }
    return read;
  });

test('a list whose second page leads back to the first is an outage, and is not read for ever', async () => {
  let rows = 0;
  answer = (cursor) => page([row(String((rows += 1)))], cursor === 'a' ? 'b' : 'a');
  await expect(ids()).rejects.toMatchObject({ code: 'sentry_unavailable' });
});

test('a server that answers every cursor with the first page is an outage, and is not read for ever', async () => {
  let pages = 0;
  answer = () => page([row('1'), row('2')], String((pages += 1)));
  await expect(ids()).rejects.toMatchObject({ code: 'sentry_unavailable' });
  expect(server.seen).toHaveLength(2);
});

test('a row that moved on to the next page while the list was read is no going round', async () => {
  answer = (cursor) => (cursor === '' ? page([row('1'), row('2')], 'a') : page([row('2'), row('3')]));
  expect(await ids()).toEqual(['1', '2', '2', '3']);
});

test('an empty page is no end while there is a next one: Sentry leaves rows out after it has cut the page', async () => {
  answer = (cursor) => ({ '': page([], 'a'), a: page([row('1')], 'b'), b: page([row('2')], 'c') })[cursor] ?? page([]);
  expect(await ids((issues) => issues.some(({ ref }) => ref.id === '1'))).toEqual(['1', '2']);
});

test('a page of rows that all name no issue is an outage, and no end of the list', async () => {
  answer = () => page([{ title: 'Error' }, null]);
  await expect(ids()).rejects.toMatchObject({ code: 'sentry_unavailable' });
});

test('a list of empty pages that never ends is an outage', async () => {
  let pages = 0;
  answer = () => page([], String((pages += 1)));
  await expect(ids()).rejects.toMatchObject({ code: 'sentry_unavailable' });
});
