/** Small real HTTP servers that answer as a test scripts them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: unknown;
};
export type Reply =
  | { status: number; json?: unknown; text?: string; headers?: Record<string, string> }
  /** Closes the connection without an answer. */
  | 'reset'
  /** 2xx headers and the beginning of a body, then nothing more. */
  | { truncated: number }
  /** A 200 whose body goes on, byte by byte, until the caller hangs up. */
  | 'endless'
  /** Never answers. */
  | 'silent'
  /** 2xx headers, then a byte now and then for ever. `type`: of the content. */
  | { trickles: number; type?: string }
  /** 2xx headers, then as much as the other side takes. */
  | { endless: number; type?: string };
/** Between two bytes of a body that trickles. */
const TRICKLE_MS = 20;
export type Serving = {
  url: string;
  seen: Seen[];
  /** Connections so far. */
  sockets: () => number;
  /** Connections that are open now. */
  open: () => Promise<number>;
  /** Bytes that the other side has taken of endless bodies. */
  poured: () => number;
  close: () => Promise<void>;
};

/** Starts a server on a free port. */
export async function serve(handler: (request: Seen) => Reply | Promise<Reply>): Promise<Serving> {
  const seen: Seen[] = [];
  let sockets = 0;
  let poured = 0;
  const server: Server = createServer((request, response) => {
    void read(request).then(async (text) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const one: Seen = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(one);
      const reply = await handler(one);
      if (typeof reply === 'object' && 'endless' in reply)
        response.on('close', () => (poured += request.socket.bytesWritten));
      send(reply, request, response);
    });
  });
  // Node's five seconds would count a connection more when this machine stands still.
  server.keepAliveTimeout = 0;
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    sockets: () => sockets,
    poured: () => poured,
    open: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if (reply === 'silent') return;
  if (reply === 'reset') {
    request.socket.destroy();
    return;
  }
  if (reply === 'endless') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(drip));
    return;
  }
  if ('truncated' in reply) {
    const half = '{"data":{"gid":"1","na';
    response.writeHead(reply.truncated, { 'content-type': 'application/json', 'content-length': half.length });
    response.end(half);
    return;
  }
  if ('trickles' in reply || 'endless' in reply) {
    const { type = 'application/json' } = reply;
    response.writeHead('trickles' in reply ? reply.trickles : reply.endless, { 'content-type': type });
    if ('trickles' in reply) trickle(response);
    else pour(response);
    return;
  }
  const body = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const type = reply.text === undefined ? 'application/json; charset=UTF-8' : 'text/html';
  response.writeHead(reply.status, { 'content-type': type, ...reply.headers });
  response.end(body);
}

function trickle(response: ServerResponse): void {
  response.write('{"data":{"gid":"1","name":"');
  const timer = setInterval(() => response.write('x'), TRICKLE_MS);
  response.on('close', () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
  const more = (): void => {
    // Until the pipe is full; its emptying asks for more.
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'x')));
  };
  response.on('drain', more);
  response.write('{"data":{"gid":"1","name":"');
  more();
}
