/** A real server on free ports, so that runs side by side do not matter, and a connection to one. */
import { Connection } from '@temporalio/client';
import { startDevServer, type DevServer, type DevServerOptions } from '../../../../src/temporal/server/dev-server';
import { freePort } from '../../../../src/temporal/server/ports';

const HOST = '127.0.0.1';

/** @param more also in place of the free ports, in a test that is about ports */
export async function startOnFreePorts(executable: string, more: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const port = await freePort(HOST);
  const uiPort = await freePort(HOST, undefined, [port]);
  return startDevServer({ executable, port, uiPort, env: process.env, say: () => undefined, ...more });
}

/** Closed again, whatever `use` does. */
export async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, tls: false });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
