/** What the command line makes of an answer: with which code it ends. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { createContext } from '../../src/cli/context';

let server: Server;
let answer: { status: number; body: string };

beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const error = (code: string): string => JSON.stringify({ error: { code, message: 'Words.', todo: '' } });

test.each([
  ['a token that Sentry refused is a finding: Sentry was reached', 502, error('sentry_unauthorized'), 1],
  ['a vendor that is away', 503, error('sentry_unavailable'), 4],
  ['what stands before Errand, and does not reach it', 502, '<html>Bad Gateway</html>', 4],
  ['a wrong question', 422, error('invalid'), 2],
  ['an unknown issue', 404, error('issue_unknown'), 1],
])('%s', async (_name, status, body, code) => {
  answer = { status, body };
  const { port } = server.address() as AddressInfo;
  const program = new Command().option('--url <url>').option('--token <token>').exitOverride();
  program.parse(['node', 'errand', '--url', `http://127.0.0.1:${port}`, '--token', 'any']);
  await expect(createContext(program).ask('/audit/1')).rejects.toMatchObject({ code });
});
