/** The door to the Web UI of a real server: who comes in, and that no browser finds the way around it. */
import { request } from 'node:http';
import { Client } from '@temporalio/client';
import type { DevServer, DevServerOptions } from '../../../src/temporal/server/dev-server';
import { SHUT_PORTS } from '../../../src/temporal/server/web-ui';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../../support/temporal-executable';
import { startOnFreePorts, withConnection } from './support/dev-server';
import { until } from './support/processes';

const HOST = '127.0.0.1';
jest.setTimeout(5 * 60_000);

let executable: string;
const running: DevServer[] = [];

beforeAll(async () => {
  executable = await temporalExecutable();
}, MAKE_TIMEOUT_MS);

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(more: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startOnFreePorts(executable, more);
  running.push(server);
  return server;
}

const signalsOf = (address: string, workflowId: string): Promise<number> =>
  withConnection(address, async (connection) => {
    const history = await new Client({ connection, namespace: 'errand' }).workflow.getHandle(workflowId).fetchHistory();
    return (history.events ?? []).filter((e) => e.workflowExecutionSignaledEventAttributes).length;
  });

/** With any Host, which fetch would not send. */
const statusAt = (at: URL, method: string, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((done, fail) => {
    const body = method === 'POST' ? '{}' : undefined;
    const sent = request({ host: at.hostname, port: at.port, method, path, headers, agent: false }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode ?? 0));
    });
    sent.on('error', fail).end(body);
  });

it('shows its Web UI to whoever asks this machine for it, and to no page of another origin or of a rebound name', async () => {
  const server = await start();
  await withConnection(server.address, (connection) =>
    new Client({ connection, namespace: 'errand' }).workflow.start('any', { workflowId: 'w', taskQueue: 'nobody' }),
  );
  const ui = new URL(server.uiUrl ?? '');
  const signal = '/api/v1/namespaces/errand/workflows/w/signal/resolve';
  // What passes the UI's own check, which a page of the same origin, such as that of a rebound name, can send.
  const authorization = { authorization: 'x', 'content-type': 'application/json' };
  const ask = (method: string, path: string, headers: Record<string, string>) => statusAt(ui, method, path, headers);
  await until('the Web UI answers', async () => (await ask('GET', '/', {})) === 200);

  const rebound = { host: `errand.example:${ui.port}` };
  expect(await ask('GET', '/', rebound)).toBe(403);
  expect(await ask('GET', '/api/v1/namespaces/errand/workflows', rebound)).toBe(403);
  expect(await ask('POST', signal, { ...rebound, ...authorization })).toBe(403);
  expect(await ask('POST', signal, { ...authorization, origin: 'http://errand.example' })).toBe(403);
  expect(await ask('POST', signal, { ...authorization, origin: 'null' })).toBe(403);
  // Another port of this machine is the same site, and another origin.
  expect(await ask('POST', signal, { ...authorization, 'sec-fetch-site': 'same-site' })).toBe(403);
  expect(await ask('GET', '/api/v1/namespaces', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(
    403,
  );
  const frame = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
  expect(await ask('GET', '/', frame)).toBe(403);
  expect(await signalsOf(server.address, 'w')).toBe(0);

  expect(await ask('GET', '/', { ...frame, 'sec-fetch-dest': 'document' })).toBe(200);
  const own = { origin: ui.origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
  const local = { ...own, host: `localhost:${ui.port}`, origin: `http://localhost:${ui.port}` };
  // The UI says 503 until it has its own connection to the server.
  await until('the Web UI is connected', async () => (await ask('GET', '/api/v1/namespaces/errand', local)) === 200);
  expect(await ask('POST', signal, { ...authorization, ...own })).toBe(200);
  expect(await signalsOf(server.address, 'w')).toBe(1);
  await server.stop();
  await expect(ask('GET', '/', {})).rejects.toThrow('ECONNREFUSED');
});

it('no port that the UI may listen on is one that a browser opens, and without any there is no UI', async () => {
  for (const port of SHUT_PORTS)
    await expect(fetch(`http://${HOST}:${port}/`)).rejects.toMatchObject({ cause: { message: 'bad port' } });
  const said: string[] = [];
  const mayUse = (port: number) => Promise.resolve(!SHUT_PORTS.includes(port));
  const server = await start({ mayUse, say: (line) => said.push(line) });
  expect(server.uiUrl).toBeUndefined();
  expect(said).toContain('no Web UI: every port that it could have away from browsers is taken');
});
