/** Where pretend Sentry sends its webhooks in the control: answered at once, stored nowhere. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Webhook = { action?: string; data?: { issue?: { id?: string } } };

/** @param created is told the id of every new issue; whatever else comes is answered and forgotten */
export async function webhookReceiver(
  created: (issue: string) => void,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
      const { action, data } = JSON.parse(Buffer.concat(pieces).toString('utf8')) as Webhook;
      if (action === 'created' && data?.issue?.id) created(data.issue.id);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
