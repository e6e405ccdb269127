/**
 * Durable answers: how many webhooks a second are answered when each is on the disk before its answer, next to the same
 * route storing nothing, in the same run. `npx tsx bench/inbox.ts [requests per round]`; exit 1 when the ratio of the bare
 * route is below the promise. "Bare" answers a ready-made hint, so that little but the inbox differs; "whole" also checks
 * the signature and reads the body, as the product does.
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { type Inbox, openInbox } from '../src/api/inbox';
import { sentrySource } from '../src/api/webhooks/sentry';
import type { Hint } from '../src/types';

/** Measured for the design on two cores: 10,800 answers a second, 0.38 of the route that stores nothing. */
const PROMISE = 0.38;
const SECRET = 'bench';
const CONNECTIONS = 128;
const ROUNDS = 3;
const WARM_UP = 3000;
const BODY = join(__dirname, '..', 'test', 'fixtures', 'sentry', 'issue.created.docs-2025.json');

type Figures = { perSecond: number; p50: number; p99: number };

/** The client's half, in a process of its own: one request at a time on each connection, over plain sockets. */
async function load(port: number, path: string, requests: number): Promise<Figures> {
  const body = readFileSync(BODY);
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'Sentry-Hook-Resource: issue',
    `Sentry-Hook-Signature: ${signature}`,
    `Content-Length: ${body.length}`,
  ];
  const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  const times: number[] = [];
  let started = 0;
  const client = async (): Promise<void> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let answer = '';
      let at = 0;
      const next = (): void => {
        if (started === requests) {
          socket.end();
          resolve();
          return;
        }
        started++;
        at = performance.now();
        socket.write(request);
      };
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        if (!answer.endsWith('}')) return;
        if (!answer.startsWith('HTTP/1.1 202')) reject(new Error(answer.slice(0, 200)));
        times.push(performance.now() - at);
        answer = '';
        next();
      });
      next();
    });
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const seconds = (performance.now() - begin) / 1000;
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { perSecond: requests / seconds, p50: at(0.5), p99: at(0.99) };
}

/** The server's half: the same handler four times, with and without storing, bare and whole. */
function serve(inbox: Inbox): FastifyInstance {
  const app = fastify({ bodyLimit: 5 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const source = sentrySource({ secrets: [SECRET], org: 'acme', person: () => undefined });
  const ready = source.parse(readFileSync(BODY), { 'sentry-hook-resource': 'issue' });
  for (const whole of [false, true]) {
    for (const keep of [false, true]) {
      app.post(`/${whole ? 'whole' : 'bare'}/${keep ? 'kept' : 'nothing'}`, async (request, reply) => {
        const raw = request.body as Buffer;
        if (whole && !source.verify(raw, request.headers).ok) return reply.code(401).send({});
        const parsed = whole ? source.parse(raw, request.headers) : ready;
        const at = new Date().toISOString();
        const id = inbox.newId();
        const hints = parsed.hints.map((hint): Hint => ({ ...hint, delivery: id, at }));
        const log = {
          id,
          at,
          source: 'sentry',
          what: parsed.what,
          understood: true,
          issue: '1',
          outcome: 'kept',
        } as const;
        if (keep) await inbox.append(hints, log);
        return reply.code(202).send({ delivery: id });
      });
    }
  }
  return app;
}

/** Runs {@link load} in a child process. */
async function loadFromOutside(port: number, path: string, requests: number): Promise<Figures> {
  const args = ['--import', 'tsx', __filename, 'load', String(port), path, String(requests)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await once(child, 'close');
  return JSON.parse(out) as Figures;
}

/** Forgets what waits, so that each round begins with an empty inbox. */
async function empty(inbox: Inbox): Promise<void> {
  for (let page = inbox.oldest(500); page.length > 0; page = inbox.oldest(500)) {
    await inbox.remove(page.map((entry) => entry.key));
  }
}

const median = (all: Figures[]): Figures =>
  all.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(all.length / 2)] ?? { perSecond: 0, p50: 0, p99: 0 };

const shown = ({ perSecond, p50, p99 }: Figures): string =>
  `${Math.round(perSecond).toLocaleString('en')}/s  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms`;

async function main(requests: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'errand-bench-'));
  const inbox = openInbox(dir);
  const app = serve(inbox);
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  let bare = 0;
  try {
    for (const kind of ['bare', 'whole']) {
      const figures: Record<'nothing' | 'kept', Figures[]> = { nothing: [], kept: [] };
      for (const what of ['nothing', 'kept'] as const) await loadFromOutside(port, `/${kind}/${what}`, WARM_UP);
      // By turns, so that whatever else the machine does falls on both.
      for (let round = 0; round < ROUNDS; round++) {
        for (const what of ['nothing', 'kept'] as const) {
          figures[what].push(await loadFromOutside(port, `/${kind}/${what}`, requests));
          await empty(inbox);
        }
      }
      const [nothing, kept] = [median(figures.nothing), median(figures.kept)];
      const ratio = kept.perSecond / nothing.perSecond;
      if (kind === 'bare') bare = ratio;
      process.stdout.write(
        `${kind}: storing nothing ${shown(nothing)}\n${kind}: on the disk    ${shown(kept)}\n${kind}: ratio ${ratio.toFixed(2)}\n`,
      );
    }
    process.stdout.write(`promised: ${PROMISE}, ${bare >= PROMISE ? 'kept' : 'BROKEN'}\n`);
    process.exitCode = bare >= PROMISE ? 0 : 1;
  } finally {
    await app.close();
    await inbox.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const [mode, port, path, requests] = process.argv.slice(2);
if (mode === 'load') {
  void load(Number(port), path ?? '', Number(requests)).then((figures) =>
    process.stdout.write(JSON.stringify(figures)),
  );
} else {
  void main(Number(mode ?? 20_000));
}
