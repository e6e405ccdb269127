/** What is told to our own Sentry: as it wants it, without secrets, never too much, and never in anybody's way. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseDsn, type Dsn } from '../../src/config/dsn';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import { createLog } from '../../src/telemetry/log';
import { createSelfSentry, envelopeOf, selfSentryOf, type SelfEvent } from '../../src/telemetry/self-sentry';

type Hit = { path: string; headers: IncomingHttpHeaders; lines: Record<string, unknown>[] };
const KEY = '0123456789abcdef0123456789abcdef';
/** Only a test that fails waits this long. */
const LONG_MS = 60_000;
/** As in self-sentry.ts. */
const TIMEOUT_MS = 5_000;
const FAILURE: SelfEvent = { level: 'error', message: 'it broke' };
let server: Server;
let hits: Hit[];
let answer: (res: ServerResponse) => void;
let dsn: Dsn;

beforeAll(async () => {
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      const lines = body.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
      hits.push({ path: req.url ?? '', headers: req.headers, lines });
      answer(res);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  dsn = parseDsn(`http://${KEY}@127.0.0.1:${port}/sentry/42`) ?? fail('no DSN');
});
beforeEach(() => {
  hits = [];
  answer = (res) => void res.end('{}');
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});
function fail(words: string): never {
  throw new Error(words);
}
const self = (now?: () => number) => createSelfSentry({ dsn, process: 'worker', version: '1.2.3', now });
const event = (hit: Hit | undefined) => hit?.lines[2] as { message: { formatted: string }; [more: string]: unknown };

it('a DSN names where to send and with which key; what is none is none', () => {
  expect(parseDsn(`https://${KEY}@o1.ingest.sentry.io/42`)).toEqual({
    endpoint: 'https://o1.ingest.sentry.io/api/42/envelope/',
    publicKey: KEY,
  });
  expect(parseDsn(`http://${KEY}:secret@sentry.example.com:9000/under/42/`)?.endpoint).toBe(
    'http://sentry.example.com:9000/under/api/42/envelope/',
  );
  const none = ['', 'sentry', 'https://sentry.io/42', `https://${KEY}@sentry.io/`, `https://${KEY}@sentry.io/project`];
  for (const text of [...none, `ftp://${KEY}@sentry.io/42`, `https://${KEY}@sentry.io/42?a=b`])
    expect(parseDsn(text)).toBeUndefined();
  expect(selfSentryOf(undefined, 'api', '1')).toBeUndefined();
});

it('of its answer nothing is read', async () => {
  let closed = false;
  answer = (res) => {
    res.writeHead(200).write('{');
    res.on('close', () => (closed = true));
  };
  const began = performance.now();
  expect(await self().send(FAILURE)).toBe(true);
  expect(performance.now() - began).toBeLessThan(TIMEOUT_MS / 2);
  while (!closed) await new Promise((done) => setTimeout(done, 10));
});

it('an envelope of one event, with the key in the header', async () => {
  const more = { fingerprint: ['a', 'b'], tags: { code: 'c' }, extra: { count: 3 } };
  expect(await self().send({ ...FAILURE, ...more, error: new TypeError('no such thing') })).toBe(true);
  const [hit] = hits;
  expect(hit?.path).toBe('/sentry/api/42/envelope/');
  expect(hit?.headers['content-type']).toBe('application/x-sentry-envelope');
  expect(hit?.headers['x-sentry-auth']).toBe(`Sentry sentry_version=7, sentry_client=errand/1.2.3, sentry_key=${KEY}`);
  const id = event(hit).event_id;
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(hit?.lines.slice(0, 2)).toMatchObject([{ event_id: id }, { type: 'event' }]);
  expect(event(hit)).toMatchObject({
    level: 'error',
    logger: 'worker',
    release: 'errand@1.2.3',
    message: { formatted: 'it broke' },
    fingerprint: ['a', 'b'],
    tags: { process: 'worker', code: 'c' },
    extra: { count: 3, stack: expect.stringContaining('TypeError: no such thing') as string },
    exception: { values: [{ type: 'TypeError', value: 'no such thing' }] },
  });
});

it('the same key is the same event', () => {
  const by = { process: 'worker', version: '1', at: 0 };
  const id = (key?: string) =>
    (JSON.parse(envelopeOf({ ...FAILURE, key }, by).split('\n')[0] ?? '') as { event_id: string }).event_id;
  expect(id('one')).toBe(id('one'));
  expect(new Set([id('one'), id('two'), id(), id()]).size).toBe(4);
});

it('secrets and addresses stay here, also those in errors and fields', async () => {
  const log = createLog('test', self());
  const error = new Error('password=hunter2-hunter2 of anna@example.com');
  log.level = 'error';
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    log.error(
      { err: error, why: 'token=abcdef0123456789abcdef', token: 'plain-canary', deep: { secret: 'x' } },
      'broken',
    );
  } finally {
    write.mockRestore();
  }
  await until(() => hits.length === 1);
  const text = JSON.stringify(hits);
  for (const canary of ['hunter2', 'anna@', 'abcdef0123456789abcdef0', 'canary']) expect(text).not.toContain(canary);
  expect(event(hits[0]).message.formatted).toBe('broken');
});

it('one of a kind in five minutes, thirty in a minute, five at once', async () => {
  let now = 1_000_000;
  const own = self(() => now);
  for (let i = 0; i < 10; i += 1) own.capture(FAILURE);
  await own.flush(LONG_MS);
  expect(hits).toHaveLength(1);
  now += 5 * 60_000;
  own.capture(FAILURE);
  await own.flush(LONG_MS);
  expect(hits).toHaveLength(2);
  for (let i = 0; i < 50; i += 1) {
    own.capture({ level: 'error', message: `another ${i}` });
    await own.flush(LONG_MS);
  }
  expect(hits).toHaveLength(31);
  now += 60_000;
  const waiting: ServerResponse[] = [];
  answer = (res) => void waiting.push(res);
  for (let i = 0; i < 10; i += 1) own.capture({ level: 'error', message: `at once ${i}` });
  await until(() => waiting.length === 5);
  for (const res of waiting) res.end();
  await own.flush(LONG_MS);
  expect(hits).toHaveLength(36);
});

it('down, refusing or full: nothing is thrown, and a 429 is obeyed', async () => {
  let now = 1_000_000;
  const own = self(() => now);
  answer = (res) => void res.writeHead(429, { 'retry-after': '30' }).end();
  expect(await own.send(FAILURE)).toBe(false);
  answer = (res) => void res.end();
  expect(await own.send(FAILURE)).toBe(false);
  expect(hits).toHaveLength(1);
  now += 30_000;
  expect(await own.send(FAILURE)).toBe(true);
  const nobody = createSelfSentry({ dsn: { ...dsn, endpoint: 'http://127.0.0.1:1/' }, process: 'api', version: '1' });
  nobody.capture(FAILURE);
  await nobody.flush(LONG_MS);
  expect(await nobody.send(FAILURE)).toBe(false);
});

it('an error that nobody caught ends the process as ever, and is told first', async () => {
  const main = join(__dirname, '..', '..', 'dist');
  const script = `
    const { tellCrashes } = require(${JSON.stringify(join(main, 'process', 'main'))});
    const { createLog } = require(${JSON.stringify(join(main, 'telemetry', 'log'))});
    const { createSelfSentry } = require(${JSON.stringify(join(main, 'telemetry', 'self-sentry'))});
    const self = createSelfSentry({ dsn: ${JSON.stringify(dsn)}, process: 'worker', version: '1' });
    tellCrashes(createLog('worker', self), self);
    Promise.reject(new RangeError('nobody caught this'));
    setInterval(() => undefined, 1_000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
  expect(await new Promise((done) => child.once('close', done))).toBe(1);
  expect(errors).toContain('RangeError: nobody caught this');
  expect(hits.map((hit) => event(hit))).toMatchObject([
    { level: 'fatal', exception: { values: [{ type: 'RangeError', value: 'nobody caught this' }] } },
  ]);
});

describe('the sandbox plays it', () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await startSandbox({ port: 0 });
  });
  afterAll(() => box.close());

  it('takes what is for it, once, and refuses the rest as Sentry does', async () => {
    const own = selfSentryOf(parseDsn(box.selfSentryDsn), 'api', '1');
    expect(await own?.send({ ...FAILURE, key: 'k' })).toBe(true);
    expect(await own?.send({ ...FAILURE, key: 'k' })).toBe(true);
    const world = (await (await fetch(`${box.url}/_control/world`)).json()) as { 'own-events': { event: unknown }[] };
    expect(world['own-events']).toMatchObject([{ event: { message: { formatted: 'it broke' }, logger: 'api' } }]);
    expect(await (await fetch(`${box.url}/pages/own`)).text()).toContain('it broke');
    const { endpoint, publicKey } = parseDsn(box.selfSentryDsn) ?? fail('no DSN');
    const post = (path: string, key: string | null, body = '{}\n') =>
      fetch(path, {
        method: 'POST',
        body,
        headers: key === null ? {} : { 'x-sentry-auth': `Sentry sentry_key=${key}` },
      });
    expect((await post(endpoint, null)).status).toBe(401);
    expect((await post(endpoint, 'another')).status).toBe(403);
    expect((await post(endpoint.replace('/42/', '/43/'), publicKey)).status).toBe(403);
    expect((await post(endpoint, publicKey, 'no envelope')).status).toBe(400);
    expect((await post(endpoint, publicKey, '{}\n{"type":"client_report"}\n{}\n')).status).toBe(200);
  });
});

async function until(is: () => boolean): Promise<void> {
  const end = Date.now() + LONG_MS;
  while (!is()) {
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((done) => setImmediate(done));
  }
}
