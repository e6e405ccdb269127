/** What somebody without a secret can make the public listener do. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { createBodies } from '../../../src/api/body';
import { boundConnections, LISTENER_TIMEOUTS } from '../../../src/api/connections';
import { DEPTH_MAX, jsonOf } from '../../../src/api/webhooks/json';
import { until } from '../../support/run';

let app: FastifyInstance;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await app?.close();
});

async function listening(max = 3, bodiesMax = 1_000_000): Promise<number> {
  app = fastify({ ...LISTENER_TIMEOUTS });
  boundConnections(app, max);
  const bodies = createBodies(100_000, bodiesMax);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: unknown, body: Parameters<typeof bodies.read>[0]) => bodies.read(body));
  app.post('/', (request) => ({ bytes: (request.body as Buffer).length }));
  app.post('/slow', async () => {
    await sleep(1_000);
    return {};
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as { port: number }).port;
}

/** A connection, what came over it, and whether it was closed from the other side. */
async function connected(port: number): Promise<{ socket: Socket; got: () => string; closed: () => boolean }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let got = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (text: string) => (got += text));
  socket.on('error', () => undefined).once('close', () => (closed = true));
  await new Promise((done) => socket.once('connect', done));
  return { socket, got: () => got, closed: () => closed };
}

const head = (bytes: number, path = '/'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${bytes}\r\n\r\n`;

it('who dribbles is cut off: headers after five seconds, not after sixty, a body after ten, not after ninety', async () => {
  const port = await listening();
  const headers = await connected(port);
  const body = await connected(port);
  const began = Date.now();
  headers.socket.write('POST / HTTP/1.1\r\nHost: x\r\nX: ');
  body.socket.write(head(50_000));
  const pace = setInterval(() => [headers, body].forEach(({ socket }) => socket.write('a')), 200);
  try {
    await until('the headers are cut off', () => Promise.resolve(headers.closed()), 30_000);
    expect(Date.now() - began).toBeGreaterThan(LISTENER_TIMEOUTS.http.headersTimeout - 100);
    await until('the body is cut off', () => Promise.resolve(body.closed()), 60_000);
  } finally {
    clearInterval(pace);
  }
}, 100_000);

it('when all connections are taken, the oldest without a request makes room for the next', async () => {
  const port = await listening(3);
  const oldest = await connected(port);
  oldest.socket.write(head(10));
  const second = await connected(port);
  const third = await connected(port);
  const webhook = await connected(port);
  webhook.socket.write(`${head(2)}ok`);
  await until('it is answered', () => Promise.resolve(webhook.got().includes('{"bytes":2}')));
  expect([oldest.closed(), second.closed(), third.closed()]).toEqual([true, false, false]);
});

it('a request that is being answered is closed for nobody', async () => {
  const port = await listening(1);
  const answered = await connected(port);
  answered.socket.write(`${head(2, '/slow')}ok`);
  await sleep(100);
  const late = await connected(port);
  await until('the new one is closed', () => Promise.resolve(late.closed()));
  await until('it is answered', () => Promise.resolve(answered.got().includes('200 OK')));
  const next = await connected(port);
  next.socket.write(`${head(2)}ok`);
  await until('then there is room', () => Promise.resolve(next.got().includes('200 OK')));
  expect(answered.closed()).toBe(true);
});

it('bodies under way have a limit for all: the slowest is cut off, and who sends at once is answered', async () => {
  const port = await listening(10, 100_000);
  const slow = await connected(port);
  slow.socket.write(`${head(90_000)}${'a'.repeat(80_000)}`);
  await sleep(200);
  const quick = await connected(port);
  quick.socket.write(`${head(50_000)}${'b'.repeat(50_000)}`);
  await until('it is answered', () => Promise.resolve(quick.got().includes('{"bytes":50000}')));
  await until('the slow one is cut off', () => Promise.resolve(slow.closed()));
  const next = await connected(port);
  next.socket.write(`${head(90_000)}${'c'.repeat(90_000)}`);
  await until('nothing is held of it', () => Promise.resolve(next.got().includes('{"bytes":90000}')));
});

it('a body of brackets is not parsed, however it is signed', () => {
  const nested = (levels: number): Buffer => Buffer.from(`${'['.repeat(levels)}"]]["${']'.repeat(levels)}`);
  expect(jsonOf(nested(DEPTH_MAX))).toBeDefined();
  expect(jsonOf(nested(DEPTH_MAX + 1))).toBeUndefined();
  expect(jsonOf(Buffer.from(`"\\"${'['.repeat(1_000)}"`))).toBe(`"${'['.repeat(1_000)}`);
  const parse = jest.spyOn(JSON, 'parse');
  expect(jsonOf(Buffer.from('['.repeat(5_000_000)))).toBeUndefined();
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});
