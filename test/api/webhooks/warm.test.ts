import { warm } from '../../../src/api/webhooks/warm';
import { sentrySource } from '../../../src/vendors/sentry/webhook';
import type { Parsed } from '../../../src/vendors/source';

test('what is read before the first webhook is like one: understood, with a snapshot', () => {
  const source = sentrySource({ secrets: [], org: 'acme', person: () => undefined });
  const parsed: Parsed[] = [];
  warm({
    parse(body, headers) {
      const one = source.parse(body, headers);
      parsed.push(one);
      return one;
    },
  });
  expect(parsed[0]).toMatchObject({
    what: 'issue.created',
    understood: true,
    hints: [{ seed: { shortId: 'WARM-1' } }],
  });
});
