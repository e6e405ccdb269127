/** `errand up` where others have its ports. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Running } from '../../src/process/running';
import { cleanUpApps, errand, PATIENCE_MS, Run, temporaryDir, upEnv } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const servers: Server[] = [];

beforeAll(() => temporalExecutable(), MAKE_TIMEOUT_MS);
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(cleanUpApps);

/** Listens on this port, or on any; undefined when somebody has it already, which serves as well. */
function occupy(port: number): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    servers.push(server);
    server.once('error', (e: NodeJS.ErrnoException) => (e.code === 'EADDRINUSE' ? done(port) : failed(e)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

it.each(['PORT', 'OPERATOR_PORT'])('a taken %s: exit 3, which names it and a free one', async (name) => {
  const port = await occupy(0);
  const refused = await errand(['up'], await upEnv(temporaryDir(), { [name]: String(port) }));
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(`${name} ${port} is taken`);
  const free = Number(/for example (\d+)/.exec(refused.stderr)?.[1]);
  expect(free).not.toBe(port);
  expect(await occupy(free)).toBe(free);
});

it('taken ports of Temporal and its Web UI: others are used, and that is said', async () => {
  await Promise.all([occupy(7233), occupy(8233)]);
  const dataDir = temporaryDir();
  const run = new Run(['up'], await upEnv(dataDir));
  await run.says(/ Ready\./, PATIENCE_MS);
  const port = /port 7233 is taken, using (\d+) instead/.exec(run.output)?.[1];
  const uiPort = /Web UI port 8233 is taken, using (\d+) instead/.exec(run.output)?.[1];
  const running = JSON.parse(readFileSync(join(dataDir, 'up.json'), 'utf8')) as Running;
  expect(running.temporal.address).toBe(`127.0.0.1:${port}`);
  expect(running.temporal.uiUrl).toBe(`http://127.0.0.1:${uiPort}`);
  expect(await fetch(running.temporal.uiUrl ?? '')).toMatchObject({ status: 200 });
  expect(await run.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await run.nothingLeft();
});
