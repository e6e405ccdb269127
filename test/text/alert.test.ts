/** An alert in words: what, since when, what to do; hostile names stay text; at its end that it is over. */
import { CATALOGUE } from '../../src/errors';
import { alertInTerminal, renderAlert, renderCause, SAID_MAX } from '../../src/text/alert';
import { toSlackBlocks, toSlackMrkdwn, toTerminal } from '../../src/text/markup';
import type { Alert } from '../../src/core/alerts/record';

const ALERT: Alert = {
  vendor: 'Asana',
  code: 'asana_unauthorized',
  count: 7,
  since: '2026-11-22T10:00:30.000Z',
  some: [
    { id: 'sentry:acme:1', name: 'SHOP-1', url: 'https://sentry.io/1' },
    { id: 'sentry:acme:2', name: '<!channel> & co', url: null },
  ],
  more: false,
  most: { count: 7, more: false },
  absent: 0,
};
const words = (more: Partial<Alert> = {}): string => {
  const { count = ALERT.count, more: further = false } = more;
  const alert = { ...ALERT, most: { count, more: further }, ...more };
  return toSlackMrkdwn(renderAlert(alert, CATALOGUE[alert.code as keyof typeof CATALOGUE]));
};

test('what, since when, what to do, and a few of them', () => {
  expect(words()).toBe(
    [
      '*Asana: 7 issues need a person*',
      'Asana refused the token (401). (`asana_unauthorized`)',
      'Since 2026-11-22 10:00 UTC.',
      'To do: Make a new personal access token for the bot user, set ASANA_ACCESS_TOKEN, restart the worker, then `errand retry --all --code asana_unauthorized`.',
      '<https://sentry.io/1|SHOP-1>, &lt;!channel&gt; &amp; co and 5 others',
      '`errand issues --attention` lists them',
    ].join('\n'),
  );
  expect(toSlackBlocks(renderAlert(ALERT, CATALOGUE.asana_unauthorized))).toHaveLength(1);
});

test('what is no issue is not called one', () => {
  const none = { count: 0, some: [] };
  expect(words({ vendor: 'Sentry', code: 'sentry_unauthorized', sweeps: 3, ...none })).toMatch(
    /^\*Sentry: 3 sweeps failed in a row\*\n[^]*restart the worker, then `errand sweep`\.$/,
  );
  expect(words({ vendor: 'Sentry', code: 'webhooks_silent', sweeps: 2, ...none })).toMatch(
    /^\*Sentry: no webhooks, 2 sweeps found what they missed\*\n/,
  );
  expect(words({ vendor: 'Sentry', code: 'webhooks_refused', times: 5, ...none })).toMatch(
    /^\*Sentry: 5 webhooks refused, none accepted meanwhile\*\n/,
  );
  expect(words({ vendor: 'Errand', code: 'rules_broken', times: 1, ...none })).toMatch(
    /^\*Errand: 1 mistake in the rules\*\n/,
  );
  expect(words({ vendor: 'Temporal', code: 'workflow_stuck', count: 1, more: true })).toMatch(
    /^\*Temporal: 1 workflow needs a person, or more\*\n/,
  );
  expect(words({ code: 'code_of_another_version' })).toMatch(/^\*Asana: 7 issues need a person\*\n \(`code_of/);
});

test('the vendor’s own words: masked, on one line, short, and nothing to Slack but text', () => {
  const said = `GET users/me:\n<!channel> \`x\` token=hunter2hunter2 ${'very long '.repeat(50)}`;
  const line = words({ said }).split('\n')[2] ?? '';
  expect(line).toMatch(/^The message: `GET users\/me: &lt;!channel&gt; ˋxˋ token=\[secret\] very long .*…`$/);
  expect(line.length).toBeLessThan(SAID_MAX + 40);
  expect(words({ said: '' })).not.toContain('The message');
});

test('in a terminal: how many it concerned at most, links as their text; beside the list, that there is one is not said', () => {
  const most = { count: 9, more: false };
  const shown = toTerminal(alertInTerminal({ ...ALERT, most, said: 'a\u001b[31mb' }, CATALOGUE.asana_unauthorized));
  expect(shown).toMatch(
    /^Asana: 7 issues need a person\n[^]*\nThe message: `ab`\n[^]*\nSHOP-1, <!channel> & co and 5 others\n/,
  );
  expect(shown).toMatch(/\n`errand issues --attention` lists them\nIt concerned at most 9 issues\.$/);
  const beside = toTerminal(renderCause({ ...ALERT, code: 'asana_unavailable' }, CATALOGUE.asana_unavailable));
  expect(beside).toMatch(/ and 5 others\n`errand retry --all --code asana_unavailable` tries them all again at once$/);
});

const HELD: Partial<Alert> = { vendor: 'Errand', code: 'storm_held', count: 900 };
test('a storm names the projects that hold most, and the command that releases the first', () => {
  const text = words({ ...HELD, projects: { some: ['shop', 'api-2', '*'], others: 4 } });
  expect(text).toMatch(/\nSentry projects: shop, api-2, an unknown project and 4 more\.\n/);
  expect(text).toMatch(/; `errand release --project shop` makes those of one project now\.\n/);
  expect(text).not.toContain('errand retry');
  const alone = (some: string[]): string => words({ ...HELD, projects: { some, others: 0 } });
  expect(alone(['shop'])).toMatch(/\nSentry projects: shop\.\n/);
  expect(alone(['*'])).toContain("`errand release --project '*'`");
  expect(alone(["x'; rm `y` &"])).toContain("`errand release --project 'x'\\''; rm ˋyˋ &amp;'`");
});

test('no advice leaves it to the reader to fill in the issue or the project', () => {
  const projects = { some: ['shop'], others: 0 };
  for (const code of Object.keys(CATALOGUE)) {
    const text = words({ code, ...(code === 'storm_held' ? { projects } : {}) });
    expect([code, text]).toEqual([code, expect.not.stringMatching(/&lt;(id|slug)&gt;/)]);
  }
  expect(words({ code: 'nobody_available' })).toContain('To do: `errand reassign SHOP-1 --to');
  expect(words({ code: 'asana_unavailable' })).toMatch(
    /lists them · `errand retry --all --code asana_unavailable` tries them all again at once$/,
  );
});

test('over: how many it concerned at most, not how many were left', () => {
  const over = '2026-11-22T10:30:00.000Z';
  expect(words({ over, count: 1, most: { count: 40, more: false } })).toMatch(/ It concerned at most 40 issues\.$/);
  expect(words({ over, most: { count: 1000, more: true } })).toMatch(/ It concerned at least 1,000 issues\.$/);
  expect(words({ over, code: 'workflow_failed', most: { count: 1, more: false } })).toMatch(/ at most 1 workflow\.$/);
  expect(words({ over, count: 0, sweeps: 3 })).toMatch(/ lasted 29 minutes\.$/);
});

test.each([
  ['2026-11-22T10:00:45.000Z', '1 minute'],
  ['2026-11-22T10:59:00.000Z', '58 minutes'],
  ['2026-11-22T13:10:00.000Z', '3 hours'],
  ['2026-11-25T13:10:00.000Z', '3 days'],
])('over at %s: lasted %s', (over, time) => {
  expect(words({ over })).toBe(
    [
      '*Asana: over*',
      'Asana refused the token (401). (`asana_unauthorized`)',
      `From 2026-11-22 10:00 UTC to ${over.slice(0, 16).replace('T', ' ')} UTC: lasted ${time}. It concerned at most 7 issues.`,
    ].join('\n'),
  );
});
