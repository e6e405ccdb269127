/** When a server that is being started can be used. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { ensureNamespace } from './namespace';

/** The name that the health service knows the frontend by. */
const FRONTEND = 'temporal.api.workflowservice.v1.WorkflowService';
/** HealthCheckResponse.ServingStatus.SERVING of grpc.health.v1. */
const SERVING = 1;
/** One question to the server while it starts. */
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_PAUSE_MS = 50;

/**
 * Resolves when the port accepts a connection; only then is gRPC tried, whose own waits between tries are long.
 * @param deadline ms since 1970 @throws when nothing listens there by then
 */
export async function awaitListening(host: string, port: number, deadline: number, signal: AbortSignal): Promise<void> {
  while (Date.now() < deadline) {
    const accepted = await new Promise<boolean>((done) => {
      const socket = connect({ host, port });
      const finish = (answer: boolean) => {
        socket.destroy();
        done(answer);
      };
      socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(false));
      socket.once('connect', () => finish(true)).once('error', () => finish(false));
    });
    if (accepted) return;
    await sleep(PROBE_PAUSE_MS, undefined, { signal });
  }
  throw new Error(`port ${port} did not open in time`);
}

/**
 * Resolves when the frontend says SERVING and the namespace is as it should be.
 * @param deadline ms since 1970 @throws the last failure after it
 */
export async function awaitServing(
  address: string,
  namespace: string,
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  const connection = Connection.lazy({ address, tls: false });
  try {
    for (;;) {
      try {
        const soon = Date.now() + PROBE_TIMEOUT_MS;
        await connection.withDeadline(soon, async () => {
          const { status } = await connection.healthService.check({ service: FRONTEND });
          if (Number(status) !== SERVING) throw new Error(`its health is ${String(status)}`);
          await ensureNamespace(connection, namespace);
        });
        return;
      } catch (error) {
        if (Date.now() >= deadline) throw error;
        await sleep(PROBE_PAUSE_MS, undefined, { signal });
      }
    }
  } finally {
    await connection.close();
  }
}
