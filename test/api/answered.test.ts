/** When a webhook is answered; that what is answered outlasts a kill is seen in test/api/inbox/durable.test.ts. */
import { pino } from 'pino';
import type { Inbox } from '../../src/api/inbox/types';
import { createPublicApp } from '../../src/api/public';
import type { Parsed, WebhookSource } from '../../src/vendors/source';

const PARSED: Parsed = { what: 'comment.created', understood: true, hints: [] };
const SOURCE: WebhookSource = { unsigned: () => undefined, verify: () => ({ ok: true }), parse: () => PARSED };

test('a webhook is answered only when the inbox has it on the disk', async () => {
  let kept = (): void => undefined;
  let appended = (): void => undefined;
  const isAppended = new Promise<void>((resolve) => (appended = resolve));
  const inbox: Pick<Inbox, 'newId' | 'lastWith' | 'append'> = {
    newId: () => 'delivery-1',
    lastWith: () => undefined,
    append: () =>
      new Promise<void>((resolve) => {
        kept = resolve;
        appended();
      }),
  };
  const nothing = (): void => undefined;
  const app = createPublicApp({
    inbox: inbox as Inbox,
    sentry: SOURCE,
    legacy: SOURCE,
    legacyToken: undefined,
    kept: nothing,
    installation: nothing,
    signatures: { refused: nothing, verified: nothing },
    ready: () => Promise.resolve({ ready: true }),
    metrics: { delivery: nothing, refused: nothing },
    log: pino({ level: 'silent' }),
  });
  let order = '';
  const asked = app.inject({ method: 'POST', url: '/webhooks/sentry', payload: '{}' }).then((answer) => {
    order += ' answered';
    return answer;
  });
  await isAppended;
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((done) => setImmediate(done));
  order += 'kept';
  kept();
  expect((await asked).statusCode).toBe(202);
  expect(order).toBe('kept answered');
  await app.close();
});
/** Turns of the event loop; far more than an answer takes that waits for nothing. */
const TURNS = 1_000;
