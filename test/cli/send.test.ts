/** `errand send` to somebody who refuses its signature: why, to a person; one document, to a program. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cleanUpApps, errand, temporaryDir } from '../support/run';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((_request, answer) => void answer.writeHead(401).end('{}'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await cleanUpApps();
  await new Promise((closed) => server.close(closed));
});

const send = (...flags: string[]) =>
  errand([...flags, 'send', 'derived.issue.archived', '--url', url, '--secret', 'wrong'], { DATA_DIR: temporaryDir() });

it('says why', async () => {
  const { code, stdout } = await send();
  expect([code, stdout]).toEqual([1, expect.stringMatching(/answered 401 .*\nIts signature was refused: --secret/)]);
});

it('answers one document of JSON', async () => {
  const { code, stdout } = await send('--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { status: 401, delivery: null }]);
});
