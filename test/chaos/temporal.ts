/** Temporal as `up` brings it along, on its file, killed -9 and started again on the same port. */
import { Client, Connection } from '@temporalio/client';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/temporal/server/ports';
import { startDevServer, type DevServer } from '../../src/temporal/server/dev-server';
import { temporalExecutable } from '../support/temporal-executable';
import type { Span } from './cells';

const HOST = '127.0.0.1';
/** How long the old port is tried for. */
const PORT_MS = 60_000;
const PORT_PAUSE_MS = 500;
export const NAMESPACE = 'errand';

export class Temporal {
  restarts = 0;
  /** From each kill until it answered again. */
  readonly downs: Span[] = [];
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
    const down: Span = { from: Date.now(), to: Infinity };
    this.downs.push(down);
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.ended;
    await this.server.stop();
    this.server = await this.startAgain();
    down.to = Date.now();
  }

  /** A call of somebody on this machine may have the port for a moment, as the near end of its connection. */
  private async startAgain(): Promise<DevServer> {
    for (const end = Date.now() + PORT_MS; ; await sleep(PORT_PAUSE_MS)) {
      try {
        return await startOn(this.dataDir, this.log, this.port, true);
      } catch (e) {
        if (Date.now() > end) throw e;
      }
    }
  }

  async stop(): Promise<void> {
    await this.connection.close();
    await this.server.stop();
  }
}

/** @param onlyThere on this port or not at all: others know it already */
async function startOn(dataDir: string, log: string, port: number, onlyThere = false): Promise<DevServer> {
  return startDevServer({
    executable: await temporalExecutable(),
    dataDir,
    port,
    onlyThere,
    namespace: NAMESPACE,
    headless: true,
    env: process.env,
    say: (line) => appendFileSync(log, `${line}\n`),
  });
}
