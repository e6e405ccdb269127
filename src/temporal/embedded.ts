/** The Temporal that `up` works with: the one that TEMPORAL_ADDRESS names, or an embedded server of its own. */
import type { Loaded } from '../config/env';
import { EnvironmentError } from '../errors';
import { addressOf, EMBEDDED_NAMESPACE, targetOf } from './connect';
import { DevServerError, startDevServer } from './dev-server';
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
    const executable = await findOrMakeTemporal({
      cliPath: config.temporalCliPath,
      path: config.env.PATH ?? '',
      env: config.env,
      say,
      progress,
    });
    const server = await startDevServer({
      executable,
      dataDir: config.dataDir,
      namespace: EMBEDDED_NAMESPACE,
      env: config.env,
      say,
    });
    let stopping = false;
    void server.ended.then(({ tail }) => stopping || say(`Temporal ended by itself. ${tail}`));
    return {
      address: server.address,
      namespace: server.namespace,
      uiUrl: server.uiUrl ?? null,
      stop: () => server.stop(),
    };
  } catch (e) {
    if (e instanceof TemporalExecutableError) throw new EnvironmentError([e.message, ...e.remedies]);
    if (e instanceof DevServerError) throw new EnvironmentError([`${e.message} ${e.tail}`]);
    throw e;
  }
}
