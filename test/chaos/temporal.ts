/** Temporal as `up` brings it along, on its file, killed -9 and started again on the same port. */
import { Client, Connection } from '@temporalio/client';
import { appendFileSync } from 'node:fs';
import { freePort } from '../../src/temporal/ports';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server';
import { temporalExecutable } from '../support/temporal-executable';

const HOST = '127.0.0.1';
export const NAMESPACE = 'errand';

export class Temporal {
  restarts = 0;
  readonly client: Client;

  private constructor(
    private readonly dataDir: string,
    private readonly log: string,
    readonly port: number,
    private server: DevServer,
    private readonly connection: Connection,
  ) {
    this.client = new Client({ connection, namespace: NAMESPACE });
  }

  static async start(dataDir: string, log: string): Promise<Temporal> {
    const port = await freePort(HOST);
    const server = await startOn(dataDir, log, port);
    return new Temporal(dataDir, log, port, server, Connection.lazy({ address: server.address }));
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** kill -9, and up again where it was. */
  async restart(): Promise<void> {
    this.restarts += 1;
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.ended;
    await this.server.stop();
    this.server = await startOn(this.dataDir, this.log, this.port);
    if (this.server.address !== this.address) throw new Error(`Temporal came back at ${this.server.address}`);
  }

  async stop(): Promise<void> {
    await this.connection.close();
    await this.server.stop();
  }
}

async function startOn(dataDir: string, log: string, port: number): Promise<DevServer> {
  return startDevServer({
    executable: await temporalExecutable(),
    dataDir,
    port,
    namespace: NAMESPACE,
    headless: true,
    env: process.env,
    say: (line) => appendFileSync(log, `${line}\n`),
  });
}
