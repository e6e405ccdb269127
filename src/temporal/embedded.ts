/** The Temporal that `up` works with: the one that TEMPORAL_ADDRESS names, or an embedded server of its own. */
import type { Loaded } from '../config/env';
import { EnvironmentError } from '../errors';
import { addressOf, EMBEDDED_NAMESPACE, targetOf } from './connect';
import { DevServerError, startDevServer, type DevServer, type DevServerOptions } from './dev-server';
import { findOrMakeTemporal, TemporalExecutableError, type Progress } from './executable';

export type Embedded = { address: string; namespace: string; uiUrl: string | null; stop(): Promise<void> };

/** @throws EnvironmentError with what to do when no server can be had */
export async function startTemporal(
  config: Loaded,
  say: (line: string) => void,
  progress?: (p: Progress) => void,
): Promise<Embedded> {
  if (config.temporalAddress || config.env.TEMPORAL_PROFILE) {
    const target = targetOf(config.env);
    say(`Temporal at ${addressOf(target)}, namespace ${target.namespace}.`);
    return { address: addressOf(target), namespace: target.namespace, uiUrl: null, stop: () => Promise.resolve() };
  }
  try {
    const { env, temporalCliPath: cliPath, dataDir } = config;
    const executable = await findOrMakeTemporal({ cliPath, path: env.PATH ?? '', env, say, progress });
    return await keepRunning({ executable, dataDir, namespace: EMBEDDED_NAMESPACE, env, say });
  } catch (e) {
    if (e instanceof TemporalExecutableError) throw new EnvironmentError([e.message, ...e.remedies]);
    if (e instanceof DevServerError) throw new EnvironmentError([e.message]);
    throw e;
  }
}

/** A server that ends by itself is started again on its ports: api and worker reconnect, and the inbox keeps what comes meanwhile. */
async function keepRunning(options: DevServerOptions): Promise<Embedded> {
  let server: DevServer;
  let stopping = false;
  const start = async (again: Partial<DevServerOptions>): Promise<DevServer> => {
    const started = await startDevServer({ ...options, ...again });
    void started.ended.then(async ({ tail }) => {
      if (stopping) return;
      options.say(`Temporal ended by itself and is started again. It said: ${tail.join(' ')}`);
      await started.stop();
      server = await start({
        port: portOf(started.address),
        uiPort: started.uiUrl ? portOf(started.uiUrl) : undefined,
      });
    });
    return started;
  };
  server = await start({});
  return {
    address: server.address,
    namespace: server.namespace,
    uiUrl: server.uiUrl ?? null,
    stop: () => {
      stopping = true;
      return server.stop();
    },
  };
}

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}
