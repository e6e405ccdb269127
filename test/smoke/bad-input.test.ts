/** Bad input from the outside: what is answered, what is kept, what is logged, and what never is. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../src/temporal/server/ports';
import {
  cleanUpApps,
  fixture,
  idle,
  Run,
  signature,
  startUp,
  temporaryDir,
  until,
  type App,
  type Delivery,
  type Env,
} from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';
import { TemporalServer } from '../support/temporal-server';

const TOKENS = { viewer: 'viewer-token-canary', operator: 'operator-token-canary', admin: 'admin-token-canary' };
const OPERATOR_TOKENS = Object.entries(TOKENS)
  .map(([role, token]) => `${role}:${role}:${token}`)
  .join(',');
const MIB = 1024 * 1024;
const BODY = fixture('issue.created.message');

let app: App;

beforeAll(async () => {
  await temporalExecutable();
  // The command line of `up` itself needs a token to tell its story.
  app = await startUp({ env: { OPERATOR_TOKENS, ERRAND_TOKEN: TOKENS.admin } });
  await app.sandbox.control('/sentry/raise', { payload: JSON.parse(BODY) as object, resource: 'issue' });
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

type Answer = { status: number; body: { delivery?: string; error?: { code: string; message: string; todo: string } } };

async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${app.running.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : Buffer.from(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const signed = (body: string, resource = 'issue', secret = app.secret): Record<string, string> => ({
  'sentry-hook-resource': resource,
  'sentry-hook-signature': signature(body, secret),
});

async function get(path: string, token?: string, base = app.running.operatorUrl): Promise<Response> {
  return fetch(`${base}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
}

async function listed(id: string | undefined): Promise<Delivery> {
  const answer = await get('/deliveries?limit=500', TOKENS.operator);
  const { deliveries } = (await answer.json()) as { deliveries: Delivery[] };
  const found = deliveries.find((d) => d.id === id);
  if (!found) throw new Error(`delivery ${id} is not listed`);
  return found;
}

const PATHS = ['/webhooks/sentry', '/sentry/webhook', '/sentry-webhook', '/api/sentry-webhook'];

describe('the signature', () => {
  it.each(PATHS)('%s: 202 with the right one, 401 with a wrong or missing one', async (path) => {
    expect((await post(path, BODY, signed(BODY))).status).toBe(202);
    for (const headers of [signed(BODY, 'issue', 'another secret'), { 'sentry-hook-resource': 'issue' }]) {
      const answer = await post(path, BODY, headers);
      expect(answer.status).toBe(401);
      expect(answer.body.error?.code).toBe('bad_signature');
      expect(answer.body.error?.todo).toContain('SENTRY_CLIENT_SECRET');
    }
  });

  it('one byte more than was signed: 401', async () => {
    expect((await post('/webhooks/sentry', `${BODY} `, signed(BODY))).status).toBe(401);
  });

  it('not JSON and not signed: 401, since nobody looks', async () => {
    const answer = await post('/webhooks/sentry', 'hello', { 'content-type': 'text/plain' });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ code: 'bad_signature' });
    expect((await post('/webhooks/sentry', 'hello', signed('hello', 'issue', 'another'))).status).toBe(401);
  });
});

describe('the size', () => {
  const TOO_MUCH = 5 * MIB + 1;

  it.each([
    ['announced', { 'content-length': String(TOO_MUCH) }],
    ['without Content-Length', { 'transfer-encoding': 'chunked', 'sentry-hook-signature': '0'.repeat(64) }],
  ])('over 5 MiB, %s: 413', async (_how, headers) => {
    const answer = await new Promise<{ status: number; text: string }>((done, failed) => {
      const sent = request(`${app.running.url}/webhooks/sentry`, { method: 'POST', headers }, (got) => {
        let text = '';
        got.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        got.once('end', () => done({ status: got.statusCode ?? 0, text }));
      });
      sent.on('error', failed);
      for (let left = TOO_MUCH; left > 0; left -= MIB) sent.write(Buffer.alloc(Math.min(left, MIB), 0x20));
      sent.end();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'too_large' } });
  });

  it('just 5 MiB is read: signed, it is answered 202', async () => {
    const body = JSON.stringify({ action: 'created', filler: '' });
    const full = body.replace('""', `"${'x'.repeat(5 * MIB - body.length)}"`);
    expect(Buffer.byteLength(full)).toBe(5 * MIB);
    expect((await post('/webhooks/sentry', full, signed(full))).status).toBe(202);
  });
});

describe('signed, but not what we know', () => {
  it.each([
    [
      'an unknown resource',
      JSON.stringify({ action: 'created', data: { thing: 1 } }),
      'brand_new_thing',
      ['action', 'data'],
    ],
    [
      'an unexpected shape',
      JSON.stringify({ action: 'created', data: [1, 2], extra: true }),
      'issue',
      ['action', 'data', 'extra'],
    ],
    ['JSON that is no object', '[1,2,3]', 'issue', ['0', '1', '2']],
    ['no JSON at all', 'hello', 'issue', []],
    ['nothing', '', 'issue', []],
  ])('%s: 202, kept and listed', async (_what, body, resource, keys) => {
    const { status, body: answer } = await post('/webhooks/sentry', body, signed(body, resource));
    expect(status).toBe(202);
    expect(await listed(answer.delivery)).toMatchObject({
      understood: false,
      outcome: 'not understood',
      issue: null,
      keys,
    });
  });

  it('an action that we do not know of an issue that we can name still means: look at it', async () => {
    const { id } = await app.sandbox.raise({ title: 'Error: reimagined', platform: 'python', webhook: false });
    const payload = JSON.parse(fixture('issue.created.message')) as { action: string; data: { issue: { id: string } } };
    payload.action = 'reimagined';
    payload.data.issue.id = id;
    const body = JSON.stringify(payload);
    expect((await post('/webhooks/sentry', body, signed(body))).status).toBe(202);
    await until(`issue ${id} has its task`, async () => (await app.sandbox.tasksOf(id)).length === 1);
  });
});

describe('the legacy path', () => {
  it('a wrong token: 404, as for any path that is not there', async () => {
    const body = fixture('legacy_webhook.python-exception');
    const wrong = await post('/webhooks/sentry/legacy/wrong-token-wrong-token', body);
    expect(wrong.status).toBe(404);
    expect(wrong.body).toEqual((await post('/webhooks/no-such-path', body)).body);
    expect((await post(`/webhooks/sentry/legacy/${app.running.sandbox?.legacyToken}`, body)).status).toBe(202);
    expect((await post(`/webhooks/sentry/legacy/${app.running.sandbox?.legacyToken}`, 'hello')).status).toBe(400);
  });
});

describe('operators', () => {
  const ROUTES: [path: string, role: keyof typeof TOKENS][] = [
    ['/issues', 'viewer'],
    ['/errors', 'viewer'],
    ['/issues/latest', 'viewer'],
    ['/issues/1638852747', 'viewer'],
    ['/issues/1638852747/explain', 'viewer'],
    ['/deliveries', 'operator'],
    ['/config', 'admin'],
  ];
  const RANK: (keyof typeof TOKENS)[] = ['viewer', 'operator', 'admin'];

  it.each(ROUTES)('%s is for %s and above, and is not there for the public', async (path, role) => {
    expect((await get(path, TOKENS.admin, app.running.url)).status).toBe(404);
    expect((await get(path)).status).toBe(401);
    expect((await get(path, 'no-such-token')).status).toBe(401);
    for (const who of RANK) {
      const answer = await get(path, TOKENS[who]);
      expect({ path, who, status: answer.status }).toEqual({
        path,
        who,
        status: RANK.indexOf(who) >= RANK.indexOf(role) ? 200 : 403,
      });
    }
  });

  it('an unknown issue is 404 and starts nothing; a question that is not valid is 422', async () => {
    const unknown = await get('/issues/424242', TOKENS.viewer);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: 'issue_unknown' } });
    expect((await app.sandbox.tasksOf('424242')).length).toBe(0);
    expect((await get('/issues?limit=-1', TOKENS.viewer)).status).toBe(422);
    expect((await get('/issues?state=dreaming', TOKENS.viewer)).status).toBe(422);
    expect((await get('/issues/424242', TOKENS.viewer)).status).toBe(404);
    const cursor = await get('/issues?cursor=xyz', TOKENS.viewer);
    expect(cursor.status).toBe(422);
    expect(await cursor.json()).toMatchObject({ error: { code: 'invalid' } });
  });

  it('/config shows no secret', async () => {
    const shown = await (await get('/config', TOKENS.admin)).text();
    for (const secret of secretsOf(app)) expect(shown).not.toContain(secret);
  });
});

function secretsOf({ secret, running }: App): string[] {
  const { tokens, legacyToken } = running.sandbox ?? { tokens: {}, legacyToken: '' };
  return [secret, legacyToken, ...Object.values(tokens), ...Object.values(TOKENS)];
}

/** Every text that is meant to be read: the terminal, and the logs in DATA_DIR. */
function everythingLogged(run: { output: string }, dataDir: string): string {
  const logs = existsSync(dataDir)
    ? readdirSync(dataDir).filter((f) => /\.log(\.\d)?$/.test(f) && statSync(join(dataDir, f)).isFile())
    : [];
  return [run.output, ...logs.map((f) => readFileSync(join(dataDir, f), 'utf8'))].join('\n');
}

it('after all this: every legitimate delivery has its task, and no secret was written anywhere', async () => {
  const id = '1635261062';
  await until(`issue ${id} has its task`, async () => (await app.sandbox.tasksOf(id)).length === 1);
  const logged = await until('the log tells of both kinds', () => {
    const all = everythingLogged(app.run, app.dataDir);
    const told = ['webhook refused, its signature', 'a signed delivery of an unknown shape was kept'];
    return told.every((words) => all.includes(words)) && all;
  });
  for (const secret of secretsOf(app)) {
    expect(secret.length).toBeGreaterThan(10);
    expect(logged).not.toContain(secret);
  }
});

describe('the api alone, while Temporal is down', () => {
  const SECRETS = ['first-secret-canary', 'second-secret-canary'] as const;
  let api: Run;
  let temporal: TemporalServer;
  let url: string;
  let operators: string;
  const dataDir = temporaryDir();

  beforeAll(async () => {
    const port = await freePort('127.0.0.1');
    temporal = new TemporalServer(port, 'errand');
    const env: Env = {
      SENTRY_CLIENT_SECRET: SECRETS.join(','),
      SENTRY_ORG: 'acme',
      ASANA_ACCESS_TOKEN: '2/asana-token-canary',
      ERRAND_SANDBOX: '1',
      OPERATOR_TOKENS,
      PORT: '0',
      OPERATOR_PORT: '0',
      DATA_DIR: dataDir,
      RULES_DIR: join(__dirname, '..', '..', 'rules'),
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      TEMPORAL_NAMESPACE: 'errand',
    };
    api = new Run(['api'], env);
    const listening = await api.says(/"url":"(\S+?)","operatorUrl":"(\S+?)"/);
    [url, operators] = [listening[1] ?? '', listening[2] ?? ''];
  });
  afterAll(() => temporal.stop());

  const send = (body: string, secret: string): Promise<Response> =>
    fetch(`${url}/webhooks/sentry`, { method: 'POST', headers: signed(body, 'issue', secret), body });
  const ready = async (): Promise<{ ready: boolean; degraded: string[] }> => {
    const outside = await fetch(`${url}/ready`);
    expect([outside.status, await outside.json()]).toEqual([200, { ready: true }]);
    const answer = await fetch(`${operators}/ready`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as { ready: boolean; degraded: string[] };
  };
  const outcomes = async (): Promise<string[]> => {
    const { deliveries } = (await (await get('/deliveries', TOKENS.operator, operators)).json()) as {
      deliveries: Delivery[];
    };
    return deliveries.map((d) => d.outcome);
  };

  it('is ready, says that Temporal is missing, and takes deliveries with either secret', async () => {
    const { ready: isReady, degraded } = await ready();
    expect(isReady).toBe(true);
    expect(degraded).toContainEqual(expect.stringMatching(/^temporal: /));
    for (const secret of SECRETS) {
      const answer = await send(BODY, secret);
      expect(answer.status).toBe(202);
    }
    expect(await outcomes()).toEqual(['kept', 'kept']);
    const list = await get('/issues', TOKENS.viewer, operators);
    expect(list.status).toBe(503);
    expect(await list.json()).toMatchObject({ error: { code: 'temporal_unavailable' } });
  });

  it('diagnoses a wrong secret in the log without saying it', async () => {
    expect((await send(BODY, 'third-secret-canary')).status).toBe(401);
    await api.says(/matches neither of 2 secrets/);
  });

  it('hands over what it kept when Temporal comes', async () => {
    await temporal.start();
    await until('the deliveries are dispatched', async () => (await outcomes()).every((o) => o === 'dispatched'));
    await until('/ready names Temporal no more', async () =>
      (await ready()).degraded.every((d) => !d.startsWith('temporal')),
    );
    const listing = await until('the issue is listed', async () => {
      const answer = await get('/issues', TOKENS.viewer, operators);
      const { issues } = (await answer.json()) as { issues: { id: string }[] };
      return issues.length > 0 && issues;
    });
    expect(listing.map((i) => i.id)).toEqual(['sentry:acme:1635261062']);
    expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null });
    const logged = everythingLogged(api, dataDir);
    expect(logged).not.toContain('canary');
  });
});

it('the issue that `up` told of is still well', async () => {
  const issue = (await (await get('/issues/1638852747', TOKENS.viewer)).json()) as Parameters<typeof idle>[0];
  expect(idle(issue)).toBe(true);
});
