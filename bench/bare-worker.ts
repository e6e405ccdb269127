/**
 * The control's worker: the product's own worker options and queues, with the bare workflow and activities that do nothing.
 * A child process: `bare-worker.ts worker <address> <namespace>`; tells its parent `ready`, and each name whose activities are done.
 */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createWorkers } from '../src/temporal/worker/options';
import type { BareActivities } from './bare-workflow';

export type BareMessage = { ready: true } | { done: string; at: number };

const tell = (message: BareMessage): void => void process.send?.(message);

async function main([, address, namespace = '']: string[]): Promise<void> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger, shutdownSignals: [] });
  const activities: BareActivities = {
    nothing({ last }) {
      if (last !== null) tell({ done: last, at: Date.now() });
      return Promise.resolve(null);
    },
  };
  const bundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./bare-workflow'),
    payloadConverterPath: require.resolve('../src/temporal/worker/payload-converter'),
    logger,
  });
  const connection = await NativeConnection.connect({ address });
  const workers = await createWorkers({ connection, namespace, activities, bundle, identity: 'bare' });
  const stop = (): void => workers.forEach((worker) => worker.getState() === 'RUNNING' && worker.shutdown());
  // The parent is gone, or wants it to end.
  process.once('disconnect', stop);
  const running = Promise.all(workers.map((worker) => worker.run()));
  tell({ ready: true });
  await running;
  await connection.close();
  process.exit();
}

void main(process.argv.slice(2));
