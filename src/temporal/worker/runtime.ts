/** The native half of Temporal's worker: where its words go, and where its metrics are shown. Once in a process, before anything else of it. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { EnvironmentError } from '../../errors';
import type { Log } from '../../telemetry/log';

/** What the SDK says of a worker that is meant for activities only, as three of our four are. */
const ACTIVITY_ONLY = 'No workflows registered, not polling for workflow tasks';
/** Names and units as Prometheus wants them; without these the SDK shows milliseconds. */
const UNITS = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

/**
 * @param bindAddress `host:port` for the SDK's metrics (docs.temporal.io/references/sdk-metrics); undefined: none are kept
 * @throws EnvironmentError when it cannot be listened on
 */
export function installRuntime(log: Log, bindAddress: string | undefined): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    // Pino prints the message and stack of what it is given as `err`.
    const { error, ...fields } = (meta ?? {}) as Record<string, unknown>;
    if (message !== ACTIVITY_ONLY) log[level === 'ERROR' ? 'error' : 'warn']({ ...fields, err: error }, message);
  });
  const metrics = bindAddress ? { metrics: { prometheus: { bindAddress, ...UNITS } } } : {};
  // The native half's own words go where all others go, instead of raw to stdout.
  const telemetryOptions = { logging: { forward: {} }, ...metrics };
  try {
    Runtime.install({ logger, shutdownSignals: [], telemetryOptions });
  } catch (e) {
    if (!bindAddress) throw e;
    const why = e instanceof Error ? e.message : String(e);
    throw new EnvironmentError([`WORKER_METRICS ${bindAddress} cannot be listened on: ${why}.`]);
  }
}
