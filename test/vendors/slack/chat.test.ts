import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ErrandError } from '../../../src/errors';
import { createSlack } from '../../../src/vendors/slack/chat';

type Hit = { path: string; form: URLSearchParams; authorization: string | undefined };
const TOKEN = 'xoxb-1-very-secret';
const CHUNK = 64 * 1024;
const ENDLESS = 200 * 1024 * 1024;
let server: Server;
let apiUrl: string;
let hits: Hit[];
let answer: (res: ServerResponse, req: IncomingMessage) => void;

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (res: ServerResponse) =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

beforeAll(async () => {
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      hits.push({ path: req.url ?? '', form: new URLSearchParams(body), authorization: req.headers.authorization });
      answer(res, req);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});
beforeEach(() => {
  hits = [];
  answer = json({ ok: true, channel: 'C1', ts: '1.2' });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const slack = (timeout?: number) => createSlack({ token: TOKEN, apiUrl, channel: 'C1', timeout });
const failure = async (call: Promise<unknown>): Promise<ErrandError> => {
  const error = await call.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ErrandError)) throw new Error(`not an ErrandError: ${String(error)}`);
  return error;
};
const post = (timeout?: number) => slack(timeout).post({ text: 'hello', key: 'opened-1' });

describe('post', () => {
  it('an alert does not wait behind the news of a storm', async () => {
    const chat = slack();
    const news = Array.from({ length: 150 }, (_, i) => chat.post({ text: `news ${i}`, key: `n${i}` }));
    const told = Promise.allSettled(news);
    await chat.post({ text: 'alert', key: 'a', urgent: true });
    const before = hits.map((hit) => hit.form.get('text')).indexOf('alert');
    // Those of the first burst went with it.
    expect(before).toBeGreaterThanOrEqual(0);
    expect(before).toBeLessThan(10);
    const outcomes = (await told).map((one) => (one.status === 'rejected' ? (one.reason as ErrandError).code : 'sent'));
    expect(outcomes.filter((one) => one === 'sent').length).toBeLessThan(15);
    expect(new Set(outcomes)).toEqual(new Set(['sent', 'slack_unavailable']));
  }, 60_000);

  it('sends the message once, with its key', async () => {
    expect(await post()).toEqual({ channel: 'C1', ts: '1.2' });
    expect(hits).toHaveLength(1);
    const [hit] = hits;
    expect(hit?.path).toBe('/api/chat.postMessage');
    expect(hit?.authorization).toBe(`Bearer ${TOKEN}`);
    expect(hit?.form.get('channel')).toBe('C1');
    expect(hit?.form.get('text')).toBe('hello');
    expect(JSON.parse(hit?.form.get('metadata') ?? '')).toMatchObject({ event_payload: { key: 'opened-1' } });
    expect(hit?.form.get('unfurl_links')).toBe('false');
  });

  it('mentions a person in the text and in the blocks, and nothing that is not a person', async () => {
    const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'b' } }];
    await slack().post({ text: 'hello', blocks, key: 'k', mention: 'U111' });
    expect(hits[0]?.form.get('text')).toBe('<@U111> hello');
    expect(JSON.parse(hits[0]?.form.get('blocks') ?? '')).toMatchObject([
      { text: { text: '<@U111>' } },
      { text: { text: 'b' } },
    ]);
    await slack().post({ text: 'hello', blocks, key: 'k', mention: '!channel' });
    expect(hits[1]?.form.get('text')).toBe('hello');
    expect(JSON.parse(hits[1]?.form.get('blocks') ?? '')).toHaveLength(1);
  });

  it.each([
    ['channel_not_found', json({ ok: false, error: 'channel_not_found' }), 'slack_refused', 'channel_not_found'],
    ['missing_scope', json({ ok: false, error: 'missing_scope', needed: 'chat:write' }), 'slack_refused', 'chat:write'],
    ['internal_error', json({ ok: false, error: 'internal_error' }), 'slack_unavailable', 'internal_error'],
    ['500', json({}, 500), 'slack_unavailable', 'HTTP 500'],
    ['403', json({}, 403), 'slack_refused', 'HTTP 403'],
    ['a page', (res: ServerResponse) => void res.end('<html>Bad Gateway</html>'), 'slack_unavailable', ''],
    ['429 without Retry-After', json({}, 429), 'slack_unavailable', ''],
    ['a reset', (_: ServerResponse, req: IncomingMessage) => void req.socket.destroy(), 'slack_unavailable', ''],
  ] as const)('%s: one hit and one typed error', async (_name, how, code, detail) => {
    answer = how;
    const error = await failure(post());
    expect(error.code).toBe(code);
    expect(error.message).toContain(detail);
    expect(error.retryAfter).toBeUndefined();
    expect(error.message + String(error.stack)).not.toContain('very-secret');
    expect(hits).toHaveLength(1);
  });

  it('429: hands on the time to wait, in milliseconds', async () => {
    answer = json({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': '7' });
    expect(await failure(post())).toMatchObject({ code: 'slack_unavailable', retryAfter: 7000 });
    expect(hits).toHaveLength(1);
  });

  it('gives up on an answer that does not come', async () => {
    answer = () => undefined;
    expect((await failure(post(500))).code).toBe('slack_unavailable');
    // Not tried again. On a machine that stands still it is given up before it was even heard.
    expect(hits.length).toBeLessThanOrEqual(1);
  });

  it('gives up when nobody listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const deaf = createSlack({ token: TOKEN, apiUrl: `http://127.0.0.1:${port}/api`, channel: 'C1' });
    expect((await failure(deaf.post({ text: 'x', key: 'k' }))).code).toBe('slack_unavailable');
  });

  it.each([['{}'], ['[]'], ['null'], ['7'], ['{"ok":false}'], ['{"ok":false,"error":{"a":1}}'], ['']])(
    '%s is an outage, and no TypeError',
    async (body) => {
      answer = (res) => void res.writeHead(200, { 'content-type': 'application/json' }).end(body);
      expect(await failure(post())).toMatchObject({ code: 'slack_unavailable' });
    },
  );

  it.each([200, 500])('%i: of an answer without an end little is read', async (status) => {
    let sent = 0;
    answer = (res) => {
      res.writeHead(status, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!res.destroyed && sent < ENDLESS && res.write(Buffer.alloc(CHUNK, 32))) sent += CHUNK;
        if (sent >= ENDLESS) res.end();
      };
      res.on('drain', () => {
        sent += CHUNK;
        more();
      });
      more();
    };
    expect(await failure(post())).toMatchObject({ code: 'slack_unavailable' });
    // What the sockets hold beside what was read.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('what calls itself gzip is not unpacked', async () => {
    const packed = gzipSync(Buffer.from(JSON.stringify({ ok: true, ts: '1.2' })));
    answer = (res) => void res.writeHead(200, { 'content-type': 'application/gzip' }).end(packed);
    expect(await failure(post())).toMatchObject({ code: 'slack_unavailable' });
  });

  it('writes nothing to the console', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => jest.spyOn(console, name));
    answer = json({ ok: false, error: 'invalid_blocks', response_metadata: { messages: ['[ERROR] x', '[WARN] y'] } });
    await failure(post());
    answer = json({ ok: true, response_metadata: { warnings: ['missing_charset'] } });
    await post();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    for (const spy of spies) spy.mockRestore();
  });
});

describe('update', () => {
  const AT = { channel: 'C1', ts: '1.2' };
  const update = () => slack().update(AT, { text: 'edited', key: 'alert' });

  it('replaces text and blocks of one message, by the id of its channel', async () => {
    expect(await update()).toEqual(AT);
    const [hit] = hits;
    expect(hit?.path).toBe('/api/chat.update');
    expect(['channel', 'ts', 'text', 'blocks'].map((name) => hit?.form.get(name))).toEqual([
      'C1',
      '1.2',
      'edited',
      '[]',
    ]);
    expect(JSON.parse(hit?.form.get('metadata') ?? '')).toMatchObject({ event_payload: { key: 'alert' } });
  });

  it.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    '%s: there is none to edit',
    async (error) => {
      answer = json({ ok: false, error });
      expect(await update()).toBeUndefined();
      expect(hits).toHaveLength(1);
    },
  );

  it.each([
    ['channel_not_found', json({ ok: false, error: 'channel_not_found' }), 'slack_refused'],
    ['500', json({}, 500), 'slack_unavailable'],
    ['429', json({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': '7' }), 'slack_unavailable'],
  ] as const)('%s fails as a post does', async (_name, how, code) => {
    answer = how;
    expect((await failure(update())).code).toBe(code);
  });
});

describe('check', () => {
  it('says who the token is', async () => {
    answer = json({ ok: true, team: 'Acme', user: 'errand' });
    expect(await slack().check()).toEqual({ team: 'Acme', user: 'errand' });
    expect(hits.map((hit) => hit.path)).toEqual(['/api/auth.test']);
  });

  it('refuses a token that Slack refuses', async () => {
    answer = json({ ok: false, error: 'invalid_auth' });
    expect(await failure(slack().check())).toMatchObject({ code: 'slack_refused', detail: 'invalid_auth' });
  });
});
