/**
 * The HTTP traffic of one issue between the worker and the pretend vendors: written down by a recorder that stands between
 * them, and repeated for other issues by the control, so that the vendors have the same work in both.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Recorded = { method: string; path: string; headers: Record<string, string>; body: Buffer };
/** What the recording was about: its own id and its task's stand in paths and bodies. */
export type Subject = { issue: string; task: string };

/** Everything else is the connection's own affair. */
const KEPT_HEADERS = ['authorization', 'content-type', 'accept'];
const NOT_PASSED_ON = ['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding'];

export class Recorder {
  requests: Recorded[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(target: string): Promise<Recorder> {
    const server = createServer((request, response) => {
      const pass = async (): Promise<void> => {
        const pieces: Buffer[] = [];
        for await (const piece of request) pieces.push(piece as Buffer);
        const { method = 'GET', url: path = '/' } = request;
        const recorded = { method, path, headers: kept(request.headers), body: Buffer.concat(pieces) };
        recorder.requests.push(recorded);
        const answer = await send(target, recorded);
        const headers = [...answer.headers].filter(([name]) => !NOT_PASSED_ON.includes(name));
        response.writeHead(answer.status, Object.fromEntries(headers));
        response.end(Buffer.from(await answer.arrayBuffer()));
      };
      pass().catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const recorder = new Recorder(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return recorder;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

/**
 * Sends the recorded requests once more, one after another, on behalf of another issue.
 * @throws Error when one is refused
 */
export async function repeat(target: string, recorded: Recorded[], was: Subject, issue: string): Promise<void> {
  let task = was.task;
  const now = (text: string): string => text.replaceAll(was.issue, issue).replaceAll(was.task, task);
  for (const { path, body, ...rest } of recorded) {
    const answer = await send(target, { ...rest, path: now(path), body: Buffer.from(now(body.toString('utf8'))) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${rest.method} ${now(path)}: ${answer.status} ${text}`);
    if (rest.method === 'POST' && /\/tasks(\?|$)/.test(path))
      task = (JSON.parse(text) as { data: { gid: string } }).data.gid;
  }
}

function send(target: string, { method, path, headers, body }: Recorded): Promise<Response> {
  return fetch(`${target}${path}`, { method, headers, body: body.length > 0 ? new Uint8Array(body) : undefined });
}

function kept(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(KEPT_HEADERS.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
