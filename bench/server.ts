/** One Temporal server for a benchmark and its control, as `errand up` runs it: SQLite on the disk, flushed at every commit. */
import { Client, Connection } from '@temporalio/client';
import { ensureAttributes } from '../src/temporal/client/attributes';
import { startDevServer } from '../src/temporal/server/dev-server';
import { ensureNamespace } from '../src/temporal/server/namespace';
import { freePort } from '../src/temporal/server/ports';
import { temporaryDir } from '../test/support/run';
import { temporalExecutable } from '../test/support/temporal-executable';
import type { Say } from './figures';

const HOST = '127.0.0.1';

export type Server = {
  address: string;
  /** Where its database lies. */
  dataDir: string;
  /** A namespace of its own, with our search attributes. */
  namespace(name: string): Promise<Client>;
  stop(): Promise<void>;
};

export async function startServer(say: Say): Promise<Server> {
  say('starting Temporal');
  const dataDir = temporaryDir();
  const server = await startDevServer({
    executable: await temporalExecutable(),
    dataDir,
    port: await freePort(HOST),
    headless: true,
    env: process.env,
    say: () => undefined,
  });
  const connection = await Connection.connect({ address: server.address });
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  say(`Temporal server ${serverVersion ?? 'of an unknown version'}, SQLite on the disk`);
  return {
    address: server.address,
    dataDir,
    async namespace(name) {
      await ensureNamespace(connection, name);
      await ensureAttributes(connection, name);
      return new Client({ connection, namespace: name });
    },
    async stop() {
      await connection.close();
      await server.stop();
    },
  };
}
