/** How many worker processes there are, by who polls a task queue: they share each vendor's limit. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { GRPC, grpcOf } from './grpc';

const DEADLINE_MS = 5_000;
/** Often enough that a process more or less is noticed within a minute. */
const EVERY_MS = 20_000;
/** A poll waits up to a minute for a task; who has not polled for two is gone. */
const GONE_MS = 120_000;
/** temporal.api.enums.v1.TaskQueueType */
const ACTIVITY = 2;
/** The same question would be refused again; while Temporal is away it says something else. */
const REFUSED = new Set<number>([
  GRPC.invalidArgument,
  GRPC.notFound,
  GRPC.permissionDenied,
  GRPC.failedPrecondition,
  GRPC.unimplemented,
  GRPC.unauthenticated,
]);

export type Pollers = {
  /** 1 ÷ the number of processes; what was known last while Temporal does not answer, and 1 at first. */
  share: () => number;
  /** Resolves when nothing is asked any more, so that the connection may be closed. */
  stop: () => Promise<void>;
};

/** @param everyMs how often Temporal is asked @param warn told once when Temporal refuses to say who polls */
type PollersOptions = { everyMs?: number; warn: (what: string, fields: { share: number; why: string }) => void };

/** @param queue polled by every worker process */
export function watchPollers(
  connection: Connection,
  namespace: string,
  queue: string,
  { everyMs = EVERY_MS, warn }: PollersOptions,
): Pollers {
  let processes = 1;
  let warned = false;
  async function look(): Promise<void> {
    const { pollers } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType: ACTIVITY }),
    );
    const all = (pollers ?? []).map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      at: lastAccessTime ? tsToMs(lastAccessTime) : 0,
    }));
    // By Temporal's clock, since ours may be off by more than a poller may be silent.
    const now = Math.max(...all.map(({ at }) => at));
    const alive = all.filter(({ identity, at }) => now - at < GONE_MS && !isDead(identity));
    processes = Math.max(1, new Set(alive.map(({ identity }) => identity)).size);
  }
  function failed(e: unknown): void {
    const error = grpcOf(e);
    if (warned || !error || !REFUSED.has(error.code)) return;
    warned = true;
    warn(
      'Temporal refuses to say how many workers there are, so the limits of the vendors are shared as it said last',
      {
        share: 1 / processes,
        why: error.details,
      },
    );
  }
  let looking: Promise<void> | undefined;
  const again = (): void => {
    looking ??= look()
      .catch(failed)
      .finally(() => (looking = undefined));
  };
  again();
  const timer = setInterval(again, everyMs);
  timer.unref();
  return {
    share: () => 1 / processes,
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

/**
 * The PID namespace of this process, `/proc/self/ns/pid` → `pid:[4026531836]`: with host networking, containers on one machine have one name,
 * and in each of them the worker is number 1. undefined where there is no /proc.
 */
function pidNamespace(): string | undefined {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
  } catch {
    return undefined;
  }
}
const NAMESPACE = pidNamespace();

/** How this worker process is called in Temporal: `errand@<host>:<pid>:<PID namespace>`. */
export function identityOf(pid: number): string {
  return `errand@${hostname()}:${pid}${NAMESPACE === undefined ? '' : `:${NAMESPACE}`}`;
}

/**
 * Of a worker on this machine, and among the processes that this one sees, one can see that it has ended: one that is killed and started
 * again and again would count for as many processes, and leave nothing to the others.
 */
function isDead(identity: string): boolean {
  const [, pid] = /^errand@[^:]*:(\d+)/.exec(identity) ?? [];
  if (pid === undefined || identity !== identityOf(Number(pid))) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
