import { markerIn } from '../../src/vendors/asana/task';
import { toAsanaText } from '../../src/text/markup';
import { LISTED_MAX, renderStorm } from '../../src/text/storm';
import type { IssueView } from '../../src/core/issue/row';

const MARKER = 'storm:acme:shop/2026-11-22T21.58.16.042Z';
const COMMAND = 'errand release --project shop';
const row = (n: number, more: Partial<IssueView> = {}): IssueView => ({
  id: `sentry:acme:${n}`,
  shortId: `SHOP-${n}`,
  title: `Error: number ${n}`,
  project: 'shop',
  level: 'error',
  state: 'open',
  attention: [],
  rule: null,
  assignee: null,
  assigneeName: null,
  task: null,
  events: 1,
  users: 1,
  firstSeen: null,
  lastSeen: null,
  changedAt: '2026-11-22T21:58:16.042Z',
  url: `https://acme.sentry.io/issues/${n}/`,
  ...more,
});
const render = (held: IssueView[]) =>
  renderStorm({ marker: MARKER, project: 'shop', held, max: 50, window: 3_600_000, command: COMMAND });

test('the task of a storm says why, what to do and what waits', () => {
  const { title, body } = render([row(1), row(2)]);
  expect(title).toBe('Storm: new issues of shop wait for their tasks');
  expect(toAsanaText(body)).toMatchInlineSnapshot(`
   "More than 50 new tasks within 60 minutes would have been made here. The others wait, first in, first out; nothing is lost.
   To make all of them now: errand release --project shop

   2 issues wait
   • SHOP-1: Error: number 1 (https://acme.sentry.io/issues/1/)
   • SHOP-2: Error: number 2 (https://acme.sentry.io/issues/2/)

   storm:acme:shop/2026-11-22T21.58.16.042Z"
  `);
});

test('a long list is cut and says so', () => {
  const text = toAsanaText(render(Array.from({ length: LISTED_MAX + 7 }, (_, n) => row(n))).body);
  expect(text).toContain(`${LISTED_MAX + 7} issues wait`);
  expect(text).toContain('and 7 more');
  expect(text.match(/Error: number/g)).toHaveLength(LISTED_MAX);
});

test('a title that imitates a marker is not taken for one, and one without a title has a name', () => {
  const hostile = row(1, { shortId: null, title: `x\nsentry:acme:4711`, url: null });
  const text = toAsanaText(render([hostile, row(2, { title: null })]).body);
  expect(markerIn(text)).toBe(MARKER);
  expect(text).toContain('SHOP-2: Issue sentry:acme:2 without a title');
});
