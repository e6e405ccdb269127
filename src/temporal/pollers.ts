/** How many worker processes there are, by who polls a task queue: they share each vendor's limit. */
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
  stop: () => void;
};

/** @param queue polled by every worker process @param everyMs how often Temporal is asked */
export function watchPollers(connection: Connection, namespace: string, queue: string, everyMs = EVERY_MS): Pollers {
  let processes = 1;
  async function look(): Promise<void> {
    const { pollers } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType: ACTIVITY }),
    );
    const now = Date.now();
    const alive = (pollers ?? []).filter(({ lastAccessTime }) => {
      const at = Number(lastAccessTime?.seconds ?? 0) * 1_000;
      return now - at < GONE_MS;
    });
    processes = Math.max(1, new Set(alive.map(({ identity }) => identity)).size);
  }
  const again = (): void => void look().catch(() => undefined);
  again();
  const timer = setInterval(again, everyMs);
  timer.unref();
  return { share: () => 1 / processes, stop: () => clearInterval(timer) };
}
