import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox';

export type Json = { [key: string]: unknown };
export type Reply = { status: number; body: Json; list: Json[]; headers: Headers; text: string };

const opened: (() => Promise<unknown> | void)[] = [];

/** Closes everything that a test opened. Call it in afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export const closing = (close: () => Promise<unknown> | void): void => void opened.push(close);

export async function sandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const started = await startSandbox({ port: 0, ...options });
  closing(() => started.close());
  return started;
}

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sandbox-'));
  closing(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export async function call(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(url, { method, redirect: 'manual', headers: { ...type, ...headers }, ...sent });
  const text = await answer.text();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = {};
  }
  return {
    status: answer.status,
    body: parsed as Json,
    list: Array.isArray(parsed) ? (parsed as Json[]) : [],
    headers: answer.headers,
    text,
  };
}

export const asana = (box: Sandbox, method: string, path: string, data?: unknown): Promise<Reply> =>
  call(`${box.asanaUrl}${path}`, method, data === undefined ? undefined : { data }, {
    authorization: `Bearer ${box.tokens.asana}`,
  });

export const sentry = (box: Sandbox, method: string, path: string, body?: unknown): Promise<Reply> =>
  call(`${box.sentryUrl}/api/0${path}`, method, body, { authorization: `Bearer ${box.tokens.sentry}` });

export const control = (box: Sandbox, path: string, body: unknown = {}): Promise<Reply> =>
  call(`${box.url}/_control${path}`, 'POST', body);

export const calamari = (box: Sandbox, path: string, body: unknown): Promise<Reply> =>
  call(`${box.calamariUrl}${path}`, 'POST', body, {
    authorization: `Basic ${Buffer.from(`calamari:${box.tokens.calamari}`).toString('base64')}`,
  });

export const slack = (box: Sandbox, method: string, args: Record<string, string>): Promise<Reply> =>
  call(`${box.slackUrl}/${method}`, 'POST', new URLSearchParams(args).toString(), {
    authorization: `Bearer ${box.tokens.slack}`,
    'content-type': 'application/x-www-form-urlencoded',
  });

export const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | null | undefined)?.[key], value);

export type Received = { headers: IncomingMessage['headers']; raw: string };

/** A receiver of webhooks. */
export async function receiver(status = 202): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const url = await listen((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.push({ headers: request.headers, raw: Buffer.concat(parts).toString('utf8') });
      response.writeHead(status).end('{}');
    });
  });
  return { url, received };
}

export type Exchange = { method: string; path: string; query: URLSearchParams; status: number; body: unknown };

/** Stands before a server and keeps every answer that passes. */
export async function recorder(target: string): Promise<{ url: string; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  const url = await listen((request, response) => {
    const to = new URL(request.url ?? '/', target);
    const onward = httpRequest(to, { method: request.method, headers: request.headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const bytes = Buffer.concat(parts);
        const { pathname: path, searchParams: query } = to;
        const body: unknown = JSON.parse(bytes.toString('utf8'));
        exchanges.push({ method: request.method ?? '', path, query, status: answer.statusCode ?? 0, body });
        response.writeHead(answer.statusCode ?? 500, answer.headers).end(bytes);
      });
    });
    request.pipe(onward);
  });
  return { url, exchanges };
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handler);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
