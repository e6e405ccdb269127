/**
 * The way to Temporal's Web UI: a proxy of ours, because the UI itself answers any Host and believes whoever sends an Authorization header
 * (temporalio/ui-server v2.50.1, server.go and csrf/skipper.go). A web page whose name was rebound to 127.0.0.1 could read every workflow
 * and signal or end it.
 *
 * The UI listens on a port that no browser opens for a page ({@link SHUT_PORTS}), and this proxy on the one that people use.
 */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isPortFree } from './ports';

/**
 * Ports above 1023 of the list that browsers refuse, whatever asks: pages, forms, frames, fetch, WebSocket (https://fetch.spec.whatwg.org/#port-blocking;
 * the same in net/base/port_util.cc of Chromium and nsIOService.cpp of Firefox). Those first that hardly anything else uses.
 */
export const SHUT_PORTS: readonly number[] = [
  6665, 6666, 6668, 6669, 6667, 6697, 6566, 10080, 3659, 4045, 1719, 1720, 1723, 5060, 5061, 2049,
];
/** Names of this machine that no DNS answer can give to a stranger's page. Any port: a tunnel may lead here from another. */
const OUR_HOSTS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
/** Headers of one connection, which are not passed on (RFC 9110 §7.6.1). */
const OF_ONE_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
/** The UI is on this machine; its slowest answer waits for Temporal's long poll of a history, which is 20 s. */
const ANSWER_TIMEOUT_MS = 60_000;

/** The first of {@link SHUT_PORTS} that is free on `host`, or undefined. */
export async function freeShutPort(
  host: string,
  mayUse: (port: number) => Promise<boolean>,
): Promise<number | undefined> {
  for (const port of SHUT_PORTS) if ((await isPortFree(host, port)) && (await mayUse(port))) return port;
  return undefined;
}

/**
 * @param at where people go @param behind where the UI listens
 * @returns what closes it and cuts off who is connected
 * @throws Error of Node when the port cannot be listened on
 */
export async function openWebUi(host: string, at: number, behind: number): Promise<{ close(): Promise<void> }> {
  const server = createServer((req, res) => {
    const refusal = whyRefused(req);
    if (refusal) refuse(res, 403, refusal);
    else passOn(req, res, host, behind);
  });
  await listen(server, host, at);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * What a page of somebody else asks for is refused: a Host that is not this machine's (a rebound name), or what the browser itself says to come
 * from another origin (Sec-Fetch-Site; Origin where it is older). A link from anywhere may be followed, into a window of its own.
 * What is no browser sends neither, and may come.
 */
export function whyRefused({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !OUR_HOSTS.test(host))
    return 'Errand shows Temporal only under the names 127.0.0.1 and localhost.';
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const site = headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isForeignOrigin = origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase();
  if (!isLink && (isForeign || isForeignOrigin)) return 'This was asked for by a page of another origin.';
  return undefined;
}

function passOn(req: IncomingMessage, res: ServerResponse, host: string, port: number): void {
  const headers = withoutHop(req.headers);
  // A connection each: one that was kept may be that of a server which is gone.
  const to = { host, port, method: req.method, path: req.url, headers, agent: false, timeout: ANSWER_TIMEOUT_MS };
  const onward = request(to);
  onward.on('response', (answer) => {
    res.writeHead(answer.statusCode ?? 502, withoutHop(answer.headers));
    answer.on('error', () => res.destroy());
    answer.pipe(res);
  });
  onward.on('timeout', () => onward.destroy(new Error('no answer')));
  onward.on('error', () => (res.headersSent ? res.destroy() : refuse(res, 502, 'Temporal is not up at the moment.')));
  res.on('close', () => onward.destroy());
  req.on('error', () => onward.destroy());
  req.pipe(onward);
}

function withoutHop(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_HOP.includes(name)));
}

function refuse(res: ServerResponse, status: number, words: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  res.end(`${words}\n`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', fail);
      done();
    });
  });
}
