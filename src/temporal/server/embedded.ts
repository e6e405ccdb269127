/** The Temporal that `up` works with: the one that TEMPORAL_ADDRESS names, or an embedded server of its own. */
import type { Loaded } from '../../config/env';
import { givenTo } from '../../config/given';
import { EnvironmentError } from '../../errors';
import { addressOf, EMBEDDED_NAMESPACE, targetOf } from '../client/connect';
import { startDevServer, type DevServer, type DevServerOptions } from './dev-server';
import { DevServerError } from './supervised';
import { findOrMakeTemporal, TemporalExecutableError, type Progress } from './executable/executable';
import { keepRunning } from './kept-server';
import { PortClaims } from './port-claims';

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
    const path = env.PATH ?? '';
    const executable = await findOrMakeTemporal({ cliPath, path, env: givenTo('go', env), say, progress });
    const server = { executable, dataDir, namespace: EMBEDDED_NAMESPACE, env: givenTo('temporal', env) };
    return await startKept({ ...server, say });
  } catch (e) {
    if (e instanceof TemporalExecutableError) throw new EnvironmentError([e.message, ...e.remedies]);
    if (e instanceof DevServerError) throw new EnvironmentError([e.message]);
    throw e;
  }
}

/**
 * Started again it is on its ports: api and worker reconnect, and the inbox keeps what comes meanwhile. No other Errand takes them in between.
 * @throws what {@link startDevServer} throws
 */
export async function startKept(options: DevServerOptions): Promise<Embedded> {
  const claims = new PortClaims();
  try {
    const kept = await startAndKeep({ ...options, mayUse: (port) => claims.take(port) });
    return { ...kept, stop: () => kept.stop().finally(() => claims.release()) };
  } catch (e) {
    await claims.release();
    throw e;
  }
}

async function startAndKeep(options: DevServerOptions): Promise<Embedded> {
  const { address, namespace, uiUrl, ...server } = await startDevServer(options);
  const there = { port: portOf(address), uiPort: uiUrl ? portOf(uiUrl) : undefined, headless: !uiUrl, onlyThere: true };
  const again = (signal: AbortSignal): Promise<DevServer> => startDevServer({ ...options, ...there, signal });
  return { address, namespace, uiUrl: uiUrl ?? null, ...keepRunning(server, again, options.say) };
}

function portOf(address: string): number {
  return Number(/:(\d+)$/.exec(address)?.[1]);
}
