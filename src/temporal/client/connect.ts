/** Connections to Temporal, configured as Temporal's own tools are: `TEMPORAL_*` or its profile file. */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

const CONNECT_TIMEOUT_MS = 10_000;
/** The namespace of the embedded server; elsewhere TEMPORAL_NAMESPACE says. */
export const EMBEDDED_NAMESPACE = 'errand';

export type Target = ReturnType<typeof loadClientConnectConfig> & { namespace: string };

/** @param env an environment; `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`, `TEMPORAL_PROFILE` … */
export function targetOf(env: NodeJS.ProcessEnv): Target {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((e): e is [string, string] => e[1] !== undefined && e[1] !== ''),
  );
  const config = loadClientConnectConfig({ overrideEnvVars });
  return { ...config, namespace: config.namespace ?? 'default' };
}

export function connect(target: Target): Promise<Connection> {
  return Connection.connect({ ...target.connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
}

/** Does not wait for the server: the first call does. So a receiver can start while Temporal is down. */
export function connectLazily(target: Target): Connection {
  return Connection.lazy({ ...target.connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
}

export function connectWorker(target: Target): Promise<NativeConnection> {
  return NativeConnection.connect(target.connectionOptions);
}

/** Shown in `/config` and in messages. */
export function addressOf(target: Target): string {
  return target.connectionOptions.address ?? 'localhost:7233';
}
