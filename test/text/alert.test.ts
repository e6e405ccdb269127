/** An alert in words: what, since when, what to do; hostile names stay text; at its end that it is over. */
import { CATALOGUE } from '../../src/errors';
import { renderAlert } from '../../src/text/alert';
import { toSlackBlocks, toSlackMrkdwn } from '../../src/text/markup';
import type { Alert } from '../../src/types';

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
  absent: 0,
};
const words = (more: Partial<Alert> = {}): string => {
  const alert = { ...ALERT, ...more };
  return toSlackMrkdwn(renderAlert(alert, CATALOGUE[alert.code as keyof typeof CATALOGUE]));
};

test('what, since when, what to do, and a few of them', () => {
  expect(words()).toBe(
    [
      '*Asana: 7 issues need a person*',
      'Asana refused the token (401). (`asana_unauthorized`)',
      'Since 2026-11-22 10:00 UTC.',
      'To do: Make a new personal access token for the bot user, set ASANA_ACCESS_TOKEN, restart the worker, then `errand retry &lt;id&gt;`.',
      '<https://sentry.io/1|SHOP-1>, &lt;!channel&gt; &amp; co and 5 others',
      '`errand issues --attention` lists them · `errand retry --all --code asana_unauthorized` tries them all again at once',
    ].join('\n'),
  );
  expect(toSlackBlocks(renderAlert(ALERT, CATALOGUE.asana_unauthorized))).toHaveLength(1);
});

test('what is no issue is not called one', () => {
  const none = { count: 0, some: [] };
  expect(words({ vendor: 'Sentry', code: 'sentry_unauthorized', sweeps: 3, ...none })).toMatch(
    /^\*Sentry: 3 sweeps failed in a row\*\n[^]*restart the worker, then `errand retry &lt;id&gt;`\.$/,
  );
  expect(words({ vendor: 'Sentry', code: 'webhooks_silent', sweeps: 2, ...none })).toMatch(
    /^\*Sentry: no webhooks, 2 sweeps found what they should have told\*\n/,
  );
  expect(words({ vendor: 'Temporal', code: 'workflow_stuck', count: 1, more: true })).toMatch(
    /^\*Temporal: 1 workflow needs a person, or more\*\n/,
  );
  expect(words({ code: 'code_of_another_version' })).toMatch(/^\*Asana: 7 issues need a person\*\n \(`code_of/);
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
      `From 2026-11-22 10:00 UTC to ${over.slice(0, 16).replace('T', ' ')} UTC: lasted ${time}.`,
    ].join('\n'),
  );
});
