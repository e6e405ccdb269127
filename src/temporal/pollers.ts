/** How many worker processes there are, by who polls a task queue: they share each vendor's limit. */
import { hostname } from 'node:os';
import type { Connection } from '@temporalio/client';

const DEADLINE_MS = 5_000;
/** Often enough that a process more or less is noticed within a minute. */
const EVERY_MS = 20_000;
/** A poll waits up to a minute for a task; who has not polled for two is gone. */
const GONE_MS = 120_000;
/** temporal.api.enums.v1.TaskQueueType */
const ACTIVITY = 2;

export type Pollers = {
  /** 1 ÷ the number of processes; what was known last while Temporal does not answer, and 1 at first. */
  share: () => number;
  /** Resolves when nothing is asked any more, so that the connection may be closed. */
  stop: () => Promise<void>;
};

/** @param queue polled by every worker process @param everyMs how often Temporal is asked */
export function watchPollers(connection: Connection, namespace: string, queue: string, everyMs = EVERY_MS): Pollers {
  let processes = 1;
  async function look(): Promise<void> {
    const { pollers } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType: ACTIVITY }),
    );
    const now = Date.now();
    const alive = (pollers ?? []).filter(({ identity, lastAccessTime }) => {
      const at = Number(lastAccessTime?.seconds ?? 0) * 1_000;
      return now - at < GONE_MS && !isDead(identity ?? '');
    });
    processes = Math.max(1, new Set(alive.map(({ identity }) => identity)).size);
  }
  let looking: Promise<void> | undefined;
  const again = (): void => {
    looking ??= look()
      .catch(() => undefined)
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

/** How this worker process is called in Temporal. */
export function identityOf(pid: number): string {
  return `errand@${hostname()}:${pid}`;
}

/**
 * Of a worker on this machine one can see that it has ended: one that is killed and started again and again would count for as many
 * processes, and leave nothing to the others. In a container a worker comes back under its old name.
 */
function isDead(identity: string): boolean {
  const [, pid] = /:(\d+)$/.exec(identity) ?? [];
  if (pid === undefined || identity !== identityOf(Number(pid))) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
