/** The control: bare workflows on the benchmark's own server, in a namespace of their own. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { QUEUE, SIGNAL } from '../src/contract';
import { until } from '../test/support/run';
import type { bare, BareInput } from './bare-workflow';
import type { BareMessage } from './bare-worker';
import type { Say } from './figures';
import { NO_LIMITS } from './installation';
import { startServer, type Server } from './server';

const NAMESPACE = 'bare';
const PATIENCE_MS = 5 * 60_000;

/** Runs `bench` with a server and the control on it, and ends both. */
export async function besideBare<T>(say: Say, bench: (server: Server, bare: Bare) => Promise<T>): Promise<T> {
  const server = await startServer(say);
  try {
    const bare = await Bare.start(server);
    try {
      return await bench(server, bare);
    } finally {
      await bare.stop();
    }
  } finally {
    await server.stop();
  }
}

export class Bare {
  /** Name → when its last activity was done (epoch milliseconds). */
  readonly done = new Map<string, number>();
  private number = 0;

  private constructor(
    readonly client: Client,
    private readonly worker: ChildProcess,
  ) {}

  static async start(server: Server): Promise<Bare> {
    const client = await server.namespace(NAMESPACE);
    const worker = fork(join(__dirname, 'bare-worker.ts'), ['worker', server.address, NAMESPACE], {
      // Like the product's worker beside it: the queues' own limits are lifted too.
      execArgv: [...NO_LIMITS, '--import', 'tsx'],
    });
    const made = new Bare(client, worker);
    let ready = false;
    worker.on('message', (message: BareMessage) => {
      if ('ready' in message) ready = true;
      else made.done.set(message.done, message.at);
    });
    await until('the worker of the control', () => {
      if (worker.exitCode !== null) throw new Error(`it ended with ${worker.exitCode}`);
      return ready;
    });
    return made;
  }

  /** Starts one as the dispatcher starts an issue: signalWithStart. @returns its workflow id */
  async signalWithStart(input: BareInput, name = `${(this.number += 1)}`): Promise<string> {
    const workflowId = `bare:${name}`;
    await this.client.workflow.signalWithStart<typeof bare, [unknown]>('bare', {
      workflowId,
      taskQueue: QUEUE.main,
      args: [input, name],
      signal: SIGNAL.hints,
      signalArgs: [[]],
    });
    return workflowId;
  }

  async over(workflowId: string): Promise<void> {
    await until(
      `${workflowId} to end`,
      async () => (await this.client.workflow.getHandle(workflowId).describe()).status.name === 'COMPLETED',
      PATIENCE_MS,
    );
  }

  async stop(): Promise<void> {
    if (this.worker.exitCode !== null) return;
    // Not 'close', which does not come after a disconnect from our side.
    const ended = new Promise((done) => this.worker.once('exit', done));
    this.worker.disconnect();
    await ended;
  }
}
