/**
 * Signed webhooks as fast as they are answered: one at a time on each of many kept connections, over plain sockets, because
 * an HTTP client would cost more than what is measured. Also a process of its own, so that the load takes nothing from the
 * server's event loop: `http-load.ts <port> <path> <body file> <resource> <secret> <requests> [each]` prints the figures as JSON.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** Sentry sends from many workers at once; more connections than this only wait in line. */
const CONNECTIONS = 128;
/** Where it stands in a body, a number of its own takes its place in each request, as each event of Sentry has an id. */
export const EVENT_MARK = '0123456789abcdef0123456789abcdef';

export type Load = {
  port: number;
  path: string;
  body: string;
  /** `Sentry-Hook-Resource` */
  resource: string;
  secret: string;
  requests: number;
  /** A connection for each sender, or for each webhook, as Sentry does; default: for each sender. */
  connect?: 'once' | 'each';
};
/** Answers per second, and how long one took, in milliseconds. */
export type Answers = { perSecond: number; p50: number; p99: number; max: number };

/** @throws Error with the answer when one is not a 202 */
export async function fire(load: Load): Promise<Answers> {
  const { requests } = load;
  const request = requestsOf(load);
  const times: number[] = [];
  let started = 0;
  const client = async (): Promise<void> => {
    if (load.connect !== 'each') return talk(await connected(load.port), () => started < requests);
    while (started < requests) await talk(await connected(load.port), () => false);
  };
  /** Sends the next, and those after it while there are `more`. */
  const talk = (socket: Socket, more: () => boolean): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      let answer = '';
      let at = 0;
      const next = (): void => {
        if (started >= requests) return over();
        at = performance.now();
        socket.write(request(started));
        started += 1;
      };
      const over = (): void => {
        socket.removeAllListeners('close');
        socket.destroy();
        resolve();
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server hung up')));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        // The answer is one small JSON object.
        if (!answer.endsWith('}')) return;
        if (!answer.startsWith('HTTP/1.1 202')) reject(new Error(answer.slice(0, 200)));
        times.push(performance.now() - at);
        answer = '';
        if (more()) next();
        else over();
      });
      next();
    });
  const begin = performance.now();
  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, requests) }, client));
  const seconds = (performance.now() - begin) / 1_000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { perSecond: requests / seconds, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** The bytes of the n-th request. Made once where all are the same. */
function requestsOf(load: Load): (n: number) => Buffer {
  if (load.body.includes(EVENT_MARK)) {
    return (n) => bytesOf(load, load.body.replaceAll(EVENT_MARK, n.toString(16).padStart(EVENT_MARK.length, '0')));
  }
  const same = bytesOf(load, load.body);
  return () => same;
}

function bytesOf({ path, resource, secret }: Load, text: string): Buffer {
  const body = Buffer.from(text);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Sentry-Hook-Resource: ${resource}`,
    `Sentry-Hook-Signature: ${createHmac('sha256', secret).update(body).digest('hex')}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

async function main([port, path = '', file = '', resource = '', secret = '', requests, each]: string[]): Promise<void> {
  const body = readFileSync(file, 'utf8');
  const common = { port: Number(port), path, body, resource, secret, requests: Number(requests) };
  const answers = await fire({ ...common, connect: each === 'each' ? 'each' : 'once' });
  process.stdout.write(JSON.stringify(answers));
}

if (require.main === module) void main(process.argv.slice(2));
