/**
 * Is the worker of this machine at work? A worker has no port of its own to be asked at, and that its process is there says
 * little: what counts is that it asks Temporal for work. So Temporal is asked who did. Run as a script by the healthcheck of
 * docker-compose.yml, in the container of the worker: exit 0 or 1, with a sentence. While Temporal is away no worker is healthy.
 */
import { hostname } from 'node:os';
import type { Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { loadConfig } from '../../config/env';
import { keepOwn } from '../../config/given';
import { QUEUE } from '../../contract';
import { terminalLine } from '../../text/terminal';
import { connect, targetOf } from '../client/connect';

const DEADLINE_MS = 5_000;
/** A worker with nothing to do asks again when the server ends its question, which is after a minute; one may be missed. */
const SILENT_MS = 2 * 60_000;
/** temporal.api.enums.v1.TaskQueueType. The queue of the workflows stands for the other three: one process runs all four. */
const WORKFLOW_QUEUE = 1;

/**
 * When a worker of `host` last asked for work, as Temporal saw it; undefined when none did within the five minutes that it remembers.
 * @param host as in the worker's identity, `errand@<host>:<process>:<PID namespace>`
 */
async function lastPoll(connection: Connection, namespace: string, host: string): Promise<Date | undefined> {
  const { pollers } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: QUEUE.main },
      taskQueueType: WORKFLOW_QUEUE,
    }),
  );
  const ours = (pollers ?? []).filter((p) => p.identity?.startsWith(`errand@${host}:`));
  const times = ours.flatMap((p) => (p.lastAccessTime ? [tsToMs(p.lastAccessTime)] : []));
  return times.length > 0 ? new Date(Math.max(...times)) : undefined;
}

async function main(): Promise<number> {
  const say = (words: string): void => void process.stdout.write(`${terminalLine(words)}\n`);
  try {
    const target = targetOf(loadConfig(keepOwn('worker')).env);
    const connection = await connect(target);
    const at = await lastPoll(connection, target.namespace, hostname());
    const silent = at && Date.now() - at.getTime();
    if (silent === undefined) say(`Temporal knows no worker of ${hostname()}.`);
    else say(`The worker last asked for work ${Math.round(silent / 1_000)} s ago.`);
    return silent !== undefined && silent < SILENT_MS ? 0 : 1;
  } catch (e) {
    say(`Temporal cannot be asked: ${e instanceof Error ? e.message : String(e)}`);
    return 1;
  }
}

// The connection is left to the end of the process.
if (require.main === module) void main().then((code) => process.exit(code));
