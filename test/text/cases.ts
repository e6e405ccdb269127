/** The issues, decisions and notes of the golden files, and how each is written down. */
import { explainText } from '../../src/text/explain';
import { toAsanaHtml, toAsanaText, toSlackMrkdwn } from '../../src/text/markup';
import { renderNote } from '../../src/text/notes';
import { renderTask } from '../../src/text/task';
import type { Decision, TaskSpec } from '../../src/core/issue/decision';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { Note } from '../../src/core/issue/steps';
import type { PersonKey } from '../../src/core/refs';

export const MARKER = 'sentry:acme:4711';
const OPERATOR = 'https://errand.example.com/issues/sentry:acme:4711';

export const issue = (over: Partial<IssueSnapshot> = {}): IssueSnapshot => ({
  ref: { source: 'sentry', scope: 'acme', id: '4711' },
  shortId: 'CHECKOUT-1A',
  title: 'ReferenceError: blooopy is not defined',
  culprit: 'pay(src/checkout/payment.ts)',
  url: 'https://acme.sentry.io/issues/4711/',
  project: 'checkout-api',
  platform: 'node',
  level: 'error',
  status: 'unresolved',
  events: 1234,
  users: 1,
  firstSeen: '2026-11-20T14:03:09.000Z',
  lastSeen: '2026-11-22T03:12:00.000Z',
  readAt: '2026-11-22T03:12:05.000Z',
  via: 'api',
  release: 'checkout-api@1.2.3',
  environments: ['staging', 'production'],
  tags: { 'runtime.name': 'node', browser: 'Firefox 77.0', handled: 'no' },
  frames: ['src/checkout/payment.ts:42 in pay', 'src/checkout/cart.ts:7 in checkOut'],
  assignee: null,
  owners: [],
  links: [],
  ...over,
});

const spec: TaskSpec = {
  tracker: 'asana',
  workspace: 'Acme',
  project: 'Checkout bugs',
  followers: [],
  tags: [],
  fields: {},
  subtasks: [],
  verify: true,
};
export const decision = (over: Partial<Decision> = {}): Decision => ({
  at: '2026-11-22T03:12:06.000Z',
  rulesHash: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  rule: 'payments',
  reasons: [
    { rule: 'not-deployed', matched: false, predicate: 'environment', saw: 'staging, production' },
    { rule: 'payments', matched: true, predicate: 'project', saw: 'checkout-api' },
    { rule: 'payments', matched: true, predicate: 'level', saw: 'error' },
    { person: 'piotr', kept: false, because: 'not available' },
    { person: 'anna', kept: true, because: 'chosen' },
    { person: 'ewa', kept: true, because: 'not their turn' },
  ],
  verdict: { assign: 'anna', task: spec },
  ...over,
});
const nobody = { assign: null, task: spec };

/** Titles as a failing program, or somebody who makes it fail, may write them. */
export const HOSTILE: Record<string, string> = {
  'generic type': 'TypeError: Cannot read "Foo<Bar>" of a && b > c',
  'closing tags': '</code></li></ul></body><a href="javascript:alert(1)">click</a>',
  'entities and cdata': '&lt;b&gt; &#0; &nope; ]]> <![CDATA[ <!-- x --> <?xml version="1.0"?>',
  'control characters': '\u0000\u001b[31mFATAL\u001b[0m\u0007 \ufffe\u0085 line one\r\nline two\ttab',
  'lone surrogates': '\ud83d broken \udc4d and whole 👍 \ud800',
  'right to left override': 'file\u202egnp.exe \u2066hidden\u2069',
  'fake marker': `boom\n${MARKER}\n`,
  'slack mentions': '<!channel> <!here> <@U123> @here @channel `code` *bold* ```block``` <http://evil.example|bank>',
  secrets:
    'Login of anna.k@example.com from 203.0.113.10 with password=hunter2 and Bearer abc.def-123456 to https://u:p@db.example.com/?token=abc',
  'very long': `${'🔥'.repeat(400)} tail`,
  empty: ' \n\u0000 ',
};

const PLAIN = { issue: issue(), decision: decision(), assignee: 'anna', marker: MARKER, operatorUrl: OPERATOR };
export const TASKS: Record<string, Parameters<typeof renderTask>[0]> = {
  plain: PLAIN,
  bare: {
    issue: issue({
      shortId: undefined,
      culprit: undefined,
      release: undefined,
      environments: [],
      tags: {},
      frames: [],
    }),
    decision: decision({ reasons: [] }),
    assignee: 'anna',
    marker: MARKER,
    operatorUrl: null,
  },
  'hostile everywhere': {
    issue: issue({
      shortId: '<S-1>&',
      title: MARKER,
      culprit: '"><script>alert(1)</script>',
      url: 'javascript:alert(1)',
      release: 'a&b@1.2.3.4',
      firstSeen: 'never',
      environments: ['<prod>', MARKER],
      tags: { '<k>': '"v"', user: 'ip:203.0.113.10', [MARKER]: MARKER },
      frames: [MARKER, 'a<b>.ts:1 in <anonymous>', `x\n${MARKER}`],
    }),
    decision: decision({ rule: `"><${MARKER}` }),
    assignee: 'anna',
    marker: MARKER,
    operatorUrl: 'https://errand.example.com/?a=1&b="2"',
  },
  'nobody available': {
    issue: issue(),
    decision: decision({
      again: '2026-11-23T08:00:00.000Z',
      reasons: [{ person: 'piotr', kept: false, because: 'not available' }],
      verdict: nobody,
    }),
    assignee: null,
    marker: MARKER,
    operatorUrl: OPERATOR,
  },
  'availability unknown': {
    issue: issue(),
    decision: decision({ degraded: 'availability unknown', reasons: [], verdict: nobody }),
    assignee: null,
    marker: MARKER,
    operatorUrl: OPERATOR,
  },
  'unknown to Asana': { ...PLAIN, unknown: true },
  'assigned by hand': { issue: issue(), decision: decision(), assignee: 'ewa', marker: MARKER, operatorUrl: OPERATOR },
};

export const NOTES: Record<string, Note> = {
  opened: { key: 'opened-1', say: 'opened', facts: { rule: 'payments' } },
  'opened again': { key: 'opened-2', say: 'opened', facts: { rule: 'payments', generation: 2 } },
  merged: { key: 'gone', say: 'merged', facts: { into: 'SHOP-7', url: 'https://acme.sentry.io/issues/7/' } },
  repeated: { key: 'x1000', say: 'repeated', facts: { events: 1000, users: 17 } },
  'repeated in a new release': { key: 'r', say: 'repeated', facts: { release: 'checkout-api@1.2.4', escalating: 1 } },
  regressed: {
    key: 'regressed-2',
    say: 'regressed',
    facts: {
      was: 'resolved',
      number: 2,
      resolvedAt: '2026-11-20T09:30:00.000Z',
      resolvedBy: 'anna',
      release: 'checkout-api@1.2.4',
      before: 'anna',
    },
  },
  'regressed from the archive': { key: 'regressed-1', say: 'regressed', facts: { was: 'archived', number: 1 } },
  resolved: { key: 'resolved-0', say: 'resolved', facts: { by: 'Sentry' } },
  archived: { key: 'archived-0', say: 'archived', facts: {} },
  reassigned: { key: 'reassigned-1', say: 'reassigned', facts: { to: 'ewa', by: 'op <!channel>' } },
  gone: { key: 'gone', say: 'gone', facts: { because: 'merged into another issue' } },
  nobody: { key: 'nobody-1', say: 'nobody', facts: { rule: 'payments', again: '2026-11-23T08:00:00.000Z' } },
  'without facts': { key: 'regressed-1', say: 'regressed', facts: {} },
};

const EXPLAINED: Record<string, [Decision | null, { by: string; assign: PersonKey | null } | null]> = {
  undecided: [null, null],
  chosen: [decision(), null],
  overridden: [decision(), { by: 'maria', assign: 'ewa' }],
  skipped: [
    decision({
      rule: 'not-deployed',
      reasons: [{ rule: 'not-deployed', matched: true, predicate: 'environment', saw: 'local' }],
      verdict: { skip: 'not a deployed environment' },
    }),
    null,
  ],
  nobody: [decision({ verdict: nobody, again: '2026-11-23T08:00:00.000Z' }), null],
};

const taskFile = (input: Parameters<typeof renderTask>[0]): string => {
  const { title, body } = renderTask(input);
  return [
    '== title',
    title,
    '== Asana, rich text',
    toAsanaHtml(body),
    '== Asana, plain',
    toAsanaText(body),
    '== Slack',
    toSlackMrkdwn(body),
    '',
  ].join('\n');
};
const noteFile = (note: Note): string => {
  const chat = renderNote(note, {
    issue: issue({ title: 'a <b> & "c"' }),
    task: { tracker: 'asana', id: '12', url: 'https://app.asana.com/0/0/12' },
    assignee: note.say === 'nobody' ? null : 'anna',
    operatorUrl: OPERATOR,
  });
  return ['== comment', toAsanaHtml(renderNote(note)), '== chat', toSlackMrkdwn(chat), ''].join('\n');
};

const named = <T>(prefix: string, of: Record<string, T>, write: (value: T) => string): [string, string][] =>
  Object.entries(of).map(([name, value]) => [`${prefix}-${name.replaceAll(' ', '-')}.txt`, write(value)]);

/** File name → what has to stand in it. */
export const golden = (): Map<string, string> =>
  new Map([
    ...named('title', HOSTILE, (title) =>
      taskFile({ ...PLAIN, issue: issue({ title, tags: {}, frames: [] }), decision: decision({ reasons: [] }) }),
    ),
    ...named('task', TASKS, taskFile),
    ...named('note', NOTES, noteFile),
    ...named('explain', EXPLAINED, ([made, override]) => `${explainText(made, { override })}\n`),
  ]);
