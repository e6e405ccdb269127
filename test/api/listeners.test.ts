/** Both listeners without anything behind them: what the router itself answers, and what is asked for before a body is read. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createPublicApp } from '../../src/api/public';
import { openInbox } from '../../src/api/inbox/inbox';
import { hintsOf } from '../../src/api/inbox/pending';
import type { Inbox } from '../../src/api/inbox/types';
import { inboxState } from '../../src/api/metrics';
import { createOperatorApp } from '../../src/api/operator/listener';
import { createSignatures, type Signatures } from '../../src/api/webhooks/signatures';
import { sentryLegacySource } from '../../src/vendors/sentry/webhook-legacy';
import { sentrySource } from '../../src/vendors/sentry/webhook';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics';
import { createTemporalClient } from '../../src/temporal/client/client';
import { connectLazily, targetOf } from '../../src/temporal/client/connect';
import { freePort } from '../../src/temporal/server/ports';
import { CAN } from '../support/records';
import { RULES } from '../support/world-rules';
import { rulesOf } from '../rules/support';

/** `openssl rand -hex 64` */
const LONG_TOKEN = 'a1'.repeat(64);
const TOKEN = 'an-operator-token';
const ADMIN = 'the-token-of-an-admin';

let dir: string;
let inbox: Inbox;
let temporal: ReturnType<typeof createTemporalClient>;
let open: FastifyInstance;
let operators: FastifyInstance;
let signatures: Signatures;
let metrics: Metrics;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'errand-listeners-'));
  inbox = openInbox(dir);
  const log = pino({ level: 'silent' });
  // Nothing listens there.
  const address = `127.0.0.1:${await freePort('127.0.0.1', 20_000)}`;
  temporal = createTemporalClient(connectLazily(targetOf({ TEMPORAL_ADDRESS: address })), 'none');
  metrics = createMetrics({
    version: 'test',
    inbox: () => inboxState(inbox),
    signals: () => ({ sent: 0, paused: 0, invalid: 0 }),
    temporal: () => Promise.resolve({ up: false }),
    mistakes: () => 0,
  });
  signatures = createSignatures(inbox, () => undefined);
  const ready = () => Promise.resolve({ ready: true, mode: 'live', degraded: [], webhooks: signatures.state() });
  const kept = (): void => undefined;
  const from = { org: 'acme', person: () => undefined };
  open = createPublicApp({
    inbox,
    sentry: sentrySource({ secrets: ['secret'], ...from }),
    legacy: sentryLegacySource(from),
    legacyToken: LONG_TOKEN,
    kept,
    installation: () => undefined,
    signatures,
    ready,
    metrics,
    log,
  });
  const rules = await rulesOf({ 'rules.yaml': RULES });
  operators = createOperatorApp({
    temporal,
    inbox,
    tokens: [
      { name: 'otto', role: 'operator', token: TOKEN },
      { name: 'ada', role: 'admin', token: ADMIN },
    ],
    org: 'acme',
    rules: () => rules,
    can: CAN,
    about: { name: 'errand', version: 'test', mode: 'live' },
    config: () => ({}),
    ready,
    kept,
    metrics,
    log,
  });
});

afterAll(async () => {
  await Promise.all([open.close(), operators.close()]);
  await temporal.connection.close();
  await inbox.close();
  rmSync(dir, { recursive: true, force: true });
});

const asked = (url: string, method: 'GET' | 'POST' = 'GET') =>
  operators.inject({ method, url, headers: { authorization: `Bearer ${TOKEN}` } });
const codeOf = (answer: { json: () => unknown }) => (answer.json() as { error: { code: string } }).error.code;

// First: what comes to these listeners later is counted, too.
test('who signs nothing, or wrongly, is counted by the route, not by what was asked for', async () => {
  const payload = '{}';
  const wrong = { 'sentry-hook-signature': 'a'.repeat(64) };
  for (const url of ['/webhooks/sentry?x=1', '/webhooks/sentry/', '/sentry-webhook'])
    expect((await open.inject({ method: 'POST', url, payload, headers: wrong })).statusCode).toBe(401);
  for (let i = 0; i < 2; i += 1) await open.inject({ method: 'POST', url: '/sentry-webhook', payload });
  const { firstVerified, refused } = signatures.state();
  expect(firstVerified).toBeNull();
  expect(refused).toMatchObject({
    times: 5,
    why: 'does not match the secret',
    paths: { '/webhooks/sentry': 2, '/sentry-webhook': 3 },
  });
  const { text } = await metrics.scrape();
  expect(text).toContain('errand_webhooks_refused_total{path="/webhooks/sentry"} 2\n');
  expect(text).toContain('errand_webhooks_refused_total{path="/sentry-webhook"} 3\n');

  const signed = { 'sentry-hook-signature': createHmac('sha256', 'secret').update(payload).digest('hex') };
  // `errand send` signs with our own secret, which says nothing of Sentry's.
  const byHand = { ...signed, 'errand-send': '1' };
  expect((await open.inject({ method: 'POST', url: '/webhooks/sentry', payload, headers: byHand })).statusCode).toBe(
    202,
  );
  expect(signatures.state()).toMatchObject({ firstVerified: null, refused: { times: 5 } });
  expect((await open.inject({ method: 'POST', url: '/webhooks/sentry', payload, headers: signed })).statusCode).toBe(
    202,
  );
  expect(signatures.state()).toEqual({ firstVerified: expect.any(String) as string, refused: null });
});

test('a legacy token of 128 characters lets deliveries in', async () => {
  const url = `/webhooks/sentry/legacy/${LONG_TOKEN}`;
  const payload = { id: '4711', project: 'shop', event: { title: 'Error' } };
  expect((await open.inject({ method: 'POST', url, payload })).statusCode).toBe(202);
  const wrong = await open.inject({ method: 'POST', url: `${url}0`, payload });
  expect([wrong.statusCode, codeOf(wrong)]).toEqual([404, 'not_found']);
});

test('a body that came before is kept and counted without what it shows, whatever its unsigned headers say', async () => {
  const body = JSON.stringify({
    action: 'resolved',
    data: { issue: { id: '77', shortId: 'S-1', title: 'E', status: 'resolved' } },
  });
  const send = async (headers: Record<string, string>, payload = body): Promise<string> => {
    const signature = createHmac('sha256', 'secret').update(payload).digest('hex');
    const type = { 'content-type': 'application/json', 'sentry-hook-signature': signature };
    const answer = await open.inject({
      method: 'POST',
      url: '/webhooks/sentry',
      payload,
      headers: { ...type, ...headers },
    });
    expect(answer.statusCode).toBe(202);
    return answer.json<{ delivery: string }>().delivery;
  };
  const hinted = (id: string) =>
    inbox
      .oldest(100)
      .flatMap(hintsOf)
      .find(({ delivery }) => delivery === id);
  const first = await send({ 'sentry-hook-resource': 'issue', 'sentry-hook-timestamp': '1700000000' });
  expect(hinted(first)?.seed?.status).toBe('resolved');
  expect(hinted(first)?.repeated).toBeUndefined();
  const second = await send({ 'sentry-hook-resource': 'activity_alert', 'sentry-hook-timestamp': '1800000000' });
  expect(hinted(second)?.seed).toBeUndefined();
  expect(hinted(second)?.repeated).toEqual({ status: 'resolved', assignee: null });
  expect(inbox.delivery(second)).toMatchObject({ outcome: 'kept', repeats: first });
  const other = await send({ 'sentry-hook-resource': 'issue' }, `${body} `);
  expect(hinted(other)?.seed).toBeDefined();
  expect((await metrics.scrape()).text).toContain('errand_deliveries_total{source="sentry",outcome="repeated"} 1');
});

test('what is refused is said in lines that are cut, and only in some', async () => {
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
  const talking = createPublicApp({
    inbox,
    sentry: sentrySource({ secrets: ['secret'], org: 'acme', person: () => undefined }),
    legacy: sentryLegacySource({ org: 'acme', person: () => undefined }),
    legacyToken: undefined,
    kept: () => undefined,
    installation: () => undefined,
    ready: () => Promise.resolve({ ready: true, mode: 'live', degraded: [], webhooks: signatures.state() }),
    signatures,
    metrics,
    log,
  });
  for (let i = 0; i < 100; i++)
    await talking.inject({ method: 'POST', url: `/webhooks/sentry?${'x'.repeat(10_000)}`, payload: 'x' });
  await talking.close();
  expect(said.length).toBeGreaterThan(0);
  expect(said.join('').length).toBeLessThan(20_000);
});

test.each(['/%zz', `/${'x'.repeat(5_000)}`, `/issues/${'x'.repeat(2_000)}`, '/issues/%zz'])(
  'what the router refuses is said as all errors are: %.20s',
  async (url) => {
    for (const answer of [await open.inject({ url }), await asked(url)])
      expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'not_found']);
  },
);

test.each([
  ['/issues/a%00b', 404, 'issue_unknown'],
  ['/issues?project=%00', 422, 'invalid'],
  ['/issues?assignee=a%0ab', 422, 'invalid'],
  // `{"after":"abc"}`, and one whose token is no JSON
  ['/issues?cursor=eyJhZnRlciI6ImFiYyJ9', 422, 'invalid'],
] as const)('%s is refused before Temporal is asked', async (url, status, code) => {
  const answer = await asked(url);
  expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
});

test('an act on an id that cannot be one is 404', async () => {
  const answer = await asked('/issues/a%00b/recheck', 'POST');
  expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'issue_unknown']);
});

test('the log of acts holds what was typed without orders to a terminal and on one line, and so does its JSON', async () => {
  const typed = '\u009b2J1\u202e\n2026-11-20 otto: resolve';
  await asked(`/issues/${encodeURIComponent(typed)}/recheck`, 'POST');
  expect(inbox.acts({ limit: 1 }).items).toMatchObject([{ act: 'recheck', issue: '2J1 2026-11-20 otto: resolve' }]);
  const entry = { at: new Date().toISOString(), by: 'kept by an older version\u202e', act: 'mute', issue: null };
  await inbox.appendAct({ ...entry, id: inbox.newId(), outcome: '200' });
  const headers = { authorization: `Bearer ${ADMIN}` };
  const { body } = await operators.inject({ url: '/logs?limit=1', headers });
  expect(body).toContain('older version\\u202e');
});

test('a body is read only of somebody with a token', async () => {
  const payload = 'x'.repeat(6 * 1024 * 1024);
  const nobody = await operators.inject({ method: 'POST', url: '/issues/1/resolve', payload });
  expect([nobody.statusCode, codeOf(nobody)]).toEqual([401, 'unauthorized']);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const otto = await operators.inject({ method: 'POST', url: '/issues/1/resolve', payload, headers });
  expect([otto.statusCode, codeOf(otto)]).toEqual([413, 'too_large']);
});

test('the public listener tells nothing of it', async () => {
  expect((await open.inject({ url: '/ready' })).json()).toEqual({ ready: true });
});
