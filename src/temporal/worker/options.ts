/** One worker per queue in one process; every option that matters for load is set here, with its reason. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { QUEUE } from '../../contract';

/** Longer than one HTTP call (10 s): an orderly stop lets the call in flight finish. */
const SHUTDOWN_GRACE = '15s';
/** Each cached issue costs some 100 KiB; 1,000 active ones fit into the default heap with room. */
const CACHED_WORKFLOWS = 1_000;
/** Asana allows 15 writes in flight per token. */
const ASANA_CONCURRENT = 10;
/** Asana's paid plan allows 1,500 requests a minute, an activity makes two on average; the token bucket is the real limit. */
const ASANA_PER_SECOND = 12;
/** Sentry allows about 5 a second on one issue's endpoint and 40 on others, three requests to a read. */
const SENTRY_PER_SECOND = 10;
const CONCURRENT = 40;
/** Whoever waits for a sweep watches its heartbeats; left to itself the SDK sends one a minute. Nothing else heartbeats. */
const HEARTBEAT_EVERY = '2s';
const SECOND = 1_000;

export type WorkerParts = {
  connection: NativeConnection;
  namespace: string;
  activities: object;
  /** Absent: the built bundle, or the TypeScript source when there is none (tests). */
  bundle?: WorkerOptions['workflowBundle'];
  /** Seconds; undefined: the SDK's 10. */
  stickyTimeout?: number;
  identity?: string;
};

/** Where the build puts the workflow bundle. */
export const BUNDLE_PATH = join(__dirname, '..', '..', 'workflow-bundle.js');

function workflows(parts: WorkerParts): Pick<WorkerOptions, 'workflowBundle'> {
  if (parts.bundle) return { workflowBundle: parts.bundle };
  if (!existsSync(BUNDLE_PATH)) throw new Error(`The workflow bundle is missing: run npm run build.`);
  return { workflowBundle: { codePath: BUNDLE_PATH } };
}

export async function createWorkers(parts: WorkerParts): Promise<Worker[]> {
  const { connection, namespace, activities, identity } = parts;
  const dataConverter = { payloadConverterPath: require.resolve('./payload-converter') };
  const common = {
    connection,
    namespace,
    activities,
    identity,
    dataConverter,
    shutdownGraceTime: SHUTDOWN_GRACE,
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY,
  } as const;
  const options: WorkerOptions[] = [
    {
      ...common,
      ...workflows(parts),
      taskQueue: QUEUE.main,
      maxCachedWorkflows: CACHED_WORKFLOWS,
      ...(parts.stickyTimeout === undefined ? {} : { stickyQueueScheduleToStartTimeout: parts.stickyTimeout * SECOND }),
      maxConcurrentActivityTaskExecutions: CONCURRENT,
    },
    {
      ...common,
      taskQueue: QUEUE.source,
      maxConcurrentActivityTaskExecutions: CONCURRENT,
      maxTaskQueueActivitiesPerSecond: SENTRY_PER_SECOND,
    },
    {
      ...common,
      taskQueue: QUEUE.tracker,
      maxConcurrentActivityTaskExecutions: ASANA_CONCURRENT,
      maxTaskQueueActivitiesPerSecond: ASANA_PER_SECOND,
    },
    { ...common, taskQueue: QUEUE.other, maxConcurrentActivityTaskExecutions: CONCURRENT },
  ];
  return Promise.all(options.map((o) => Worker.create(o)));
}
