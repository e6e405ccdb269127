import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Faults, VendorName } from './faults';
import { RequestLog } from './log';
import type { World } from './world';

export type Headers = Record<string, string>;
export type Call = {
  method: string;
  path: string;
  route: string;
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  raw: Buffer;
};
export type Answer = { status: number; body?: unknown; text?: string; headers?: Headers };
export type Route = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  run: (call: Call) => Answer | Promise<Answer>;
};
export type Gate = { refused?: Answer; headers?: Headers; release?: () => void };
export type Vendor = {
  name: VendorName;
  prefix: string;
  routes: Route[];
  /** Who is calling, and may they call once more? */
  gate: (call: Call) => Gate;
  /** This vendor's body for a bare status, used by faults and unknown paths. */
  failure: (status: number, call: Call) => Answer;
};
type Served = { world: World; faults: Faults; log: RequestLog; stopped: AbortSignal };

const TRICKLE_MS = 20;

/** A refusal that a route throws before it has changed anything. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

export const json = (status: number, body: unknown, headers?: Headers): Answer => ({ status, body, headers });

/** Registers a vendor's routes, each behind its gate, its faults, the log and the commit to disk. */
export async function mount(app: FastifyInstance, vendor: Vendor, served: Served): Promise<void> {
  await app.register(
    (scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, ready) => ready(null, body));
      for (const route of vendor.routes) {
        scope.route({
          method: route.method,
          url: route.path,
          handler: (request, reply) => handle(vendor, route, served, request, reply),
        });
      }
      scope.setNotFoundHandler((request, reply) => {
        const unknown: Route = {
          method: 'GET',
          path: '*',
          run: (call) => vendor.failure(404, call),
        };
        return handle(vendor, unknown, served, request, reply);
      });
      done();
    },
    { prefix: vendor.prefix },
  );
}

async function handle(
  vendor: Vendor,
  route: Route,
  served: Served,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const url = new URL(request.raw.url ?? '/', 'http://sandbox');
  const call: Call = {
    method: request.method,
    path: url.pathname,
    route: `${route.method} ${route.path}`,
    params: (request.params ?? {}) as Record<string, string>,
    query: url.searchParams,
    headers: request.headers,
    raw: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
  const entry = served.log.add(vendor.name, call);
  const faults = served.faults.pick(vendor.name, call.method, call.path, call.raw);
  /** The one that it is found for: others of the same request have no effect. */
  const find = (kind: Fault['kind']): Fault | undefined => {
    const found = faults.find((fault) => fault.kind === kind);
    if (found !== undefined) RequestLog.befell(entry, found, call.raw);
    return found;
  };
  const broken = (): void => {
    entry.status = 0;
    breakOff(request, reply);
  };

  const latency = faults
    .filter((fault) => fault.kind === 'latency')
    .reduce((sum, fault) => sum + (fault.ms ?? 1000), 0);
  const page = find('page');
  if (page !== undefined) {
    await pause(latency, served);
    return send(reply, entry, pageOfProxy(page.status ?? 502));
  }
  if (find('endless') !== undefined) {
    entry.status = 200;
    return trickle(request, reply);
  }
  if (find('reset') !== undefined) return broken();
  const refused = find('down') ?? find('status');
  if (refused?.kind === 'down' && refused.status === undefined) return broken();
  if (refused !== undefined) {
    await pause(latency, served);
    return send(reply, entry, faultAnswer(vendor, call, refused, 503));
  }

  const late = find('commitLate');
  if (late !== undefined) {
    if (late.status === undefined) broken();
    else await send(reply, entry, faultAnswer(vendor, call, late, 504));
    await pause(late.ms ?? 2000, served);
    if (!served.stopped.aborted) await perform(vendor, route, served, call, latency);
    return;
  }

  const answer = await perform(vendor, route, served, call, latency);
  if (find('commitThenReset') !== undefined) return broken();
  if (find('truncate') !== undefined) {
    entry.status = answer.status;
    return truncate(request, reply, answer);
  }
  return send(reply, entry, answer);
}

/** Gate, slowness, route, commit: a slow request is one under way. */
async function perform(vendor: Vendor, route: Route, served: Served, call: Call, latency: number): Promise<Answer> {
  const gate = vendor.gate(call);
  if (gate.refused !== undefined) return { ...gate.refused, headers: { ...gate.headers, ...gate.refused.headers } };
  try {
    await pause(latency, served);
    const answer = await route.run(call);
    await served.world.commit();
    return { ...answer, headers: { ...gate.headers, ...answer.headers } };
  } catch (error) {
    if (error instanceof Refusal) return { ...error.answer, headers: { ...gate.headers, ...error.answer.headers } };
    throw error;
  } finally {
    gate.release?.();
  }
}

function faultAnswer(vendor: Vendor, call: Call, fault: Fault | undefined, fallback: number): Answer {
  const answer = vendor.failure(fault?.status ?? fallback, call);
  if (fault?.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(fault.retryAfter) } };
}

function encode(answer: Answer): { type: string; body: string } {
  if (answer.text !== undefined) return { type: 'text/plain; charset=utf-8', body: answer.text };
  if (answer.body === undefined) return { type: 'application/json; charset=utf-8', body: '' };
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(answer.body) };
}

async function send(reply: FastifyReply, entry: { status: number }, answer: Answer): Promise<void> {
  entry.status = answer.status;
  const { type, body } = encode(answer);
  reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.status !== 204) reply.header('content-type', answer.headers?.['content-type'] ?? type);
  await reply.send(answer.status === 204 ? undefined : body);
}

/** What somebody between the caller and the vendor says, such as a proxy: nothing of the vendor's. */
function pageOfProxy(status: number): Answer {
  const text = `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>nginx</body></html>`;
  return { status, text, headers: { 'content-type': 'text/html' } };
}

/** An answer that goes on and on, a few bytes at a time, until the caller hangs up. */
function trickle(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json' });
  reply.raw.write('[');
  const timer = setInterval(() => reply.raw.write('{"id":"1"},'), TRICKLE_MS);
  request.raw.socket.once('close', () => clearInterval(timer));
}

function breakOff(request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack();
  request.raw.socket.resetAndDestroy();
}

/** Announces the whole body, sends half of it and hangs up. */
function truncate(request: FastifyRequest, reply: FastifyReply, answer: Answer): void {
  const { type, body } = encode(answer);
  const bytes = Buffer.from(body);
  reply.hijack();
  reply.raw.writeHead(answer.status, { 'content-type': type, 'content-length': String(bytes.length) });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.raw.socket.end());
}

async function pause(milliseconds: number, served: Served): Promise<void> {
  if (milliseconds === 0) return;
  await sleep(milliseconds, undefined, { signal: served.stopped }).catch(() => undefined);
}
