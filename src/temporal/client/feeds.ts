/** The feed of a Sentry organisation: what is asked of it and told to it, each with a deadline. */
import { defaultPayloadConverter } from '@temporalio/common';
import {
  WithStartWorkflowOperation,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
  type Client,
  type Connection,
} from '@temporalio/client';
import {
  COUNT_GONE,
  FEED_WORKFLOW,
  feedIdOf,
  INSTALLATION,
  QUERY,
  QUEUE,
  type FeedStart,
  type GoneRequest,
} from '../../contract';
import type { FeedRecord } from '../../core/feed/record';
import type { feed } from '../../workflows/feed';
import { answered, knownOnly } from './calls';
import { GRPC, grpcOf } from './grpc';

/** How long a question for the result of a sweep, an audit or a rebuild waits for it. */
const FEED_POLL_MS = 1_000;
/** `doing`: the activity that is under way, of which the numbers are; a sweep of Sentry is followed by a look at the tracker. */
export type FeedProgress = { running: true; doing: string | null; pages: number | null; signals: number | null };

function feedOptions(org: string) {
  const start: FeedStart = { org };
  return {
    workflowId: feedIdOf('sentry', org),
    taskQueue: QUEUE.main,
    args: [start] as [FeedStart],
    staticSummary: `What webhooks of Sentry's organisation ${org} missed`,
  };
}

/** @param soon gives a call its deadline */
export function createFeeds(client: Client, connection: Connection, soon: <T>(call: () => Promise<T>) => Promise<T>) {
  return {
    /** Starts the feed of a Sentry organisation, unless it runs already. */
    async startFeed(org: string): Promise<void> {
      await soon(() =>
        client.workflow.start(FEED_WORKFLOW, { ...feedOptions(org), workflowIdConflictPolicy: 'USE_EXISTING' }),
      );
    },

    /**
     * Asks the feed for a sweep, an audit or a rebuild; it begins as soon as what is under way is over.
     * @param update its name
     * @returns what {@link feedResult} takes
     * @throws WorkflowNotFoundError when no feed runs; that is a worker's part
     */
    async askFeed(org: string, update: string, request: object): Promise<string> {
      const handle = client.workflow.getHandle(feedIdOf('sentry', org));
      const options = { args: [request] as [object], waitForStage: WorkflowUpdateStage.ACCEPTED } as const;
      const { updateId, workflowRunId = '' } = await soon(() => handle.startUpdate<unknown, [object]>(update, options));
      return `${updateId}.${workflowRunId}`;
    },

    /** @returns the report, or a {@link FeedProgress} (nulls before it has begun) @throws WorkflowUpdateFailedError when it failed */
    async feedResult(org: string, id: string): Promise<object> {
      // The run that took it: the feed may have continued as new since.
      const [updateId = '', runId] = id.split('.');
      const handle = client.workflow.getHandle(feedIdOf('sentry', org), runId);
      try {
        return await connection.withDeadline(Date.now() + FEED_POLL_MS, () =>
          handle.getUpdateHandle<object>(updateId).result(),
        );
      } catch (e) {
        if (!(e instanceof WorkflowUpdateRPCTimeoutOrCancelledError) && grpcOf(e)?.code !== GRPC.deadlineExceeded)
          throw e;
      }
      const { raw } = await soon(() => handle.describe());
      const [pending] = raw.pendingActivities ?? [];
      const beat = pending?.heartbeatDetails?.payloads?.[0];
      const { pages = null, signals = null } = beat
        ? defaultPayloadConverter.fromPayload<{ pages: number; signals: number }>(beat)
        : {};
      return { running: true, doing: pending?.activityType?.name ?? null, pages, signals } satisfies FeedProgress;
    },

    /**
     * May it be believed that an issue is gone? Asked of the feed, which is started if there is none.
     * @throws what is no answer
     */
    async countGone(org: string, request: GoneRequest): Promise<boolean> {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof feed>(FEED_WORKFLOW, {
        ...feedOptions(org),
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      return answered('Whether too many issues disappeared at once is not known.', () =>
        soon(() =>
          client.workflow.executeUpdateWithStart<typeof feed, boolean, [GoneRequest]>(COUNT_GONE, {
            args: [request],
            startWorkflowOperation,
          }),
        ),
      );
    },

    /** Tells the feed the uuid that a verified delivery named. @returns false when no feed runs */
    async tellInstallation(org: string, uuid: string): Promise<boolean> {
      const told = await knownOnly(() =>
        soon(async () => {
          await client.workflow.getHandle(feedIdOf('sentry', org)).signal(INSTALLATION, uuid);
          return true;
        }),
      );
      return told ?? false;
    },

    /** Without asking a worker. */
    async feedRuns(org: string): Promise<boolean> {
      const found = await knownOnly(() => soon(() => client.workflow.getHandle(feedIdOf('sentry', org)).describe()));
      return found?.status.name === 'RUNNING';
    },

    /** @returns undefined when no feed runs */
    feed: (org: string): Promise<FeedRecord | undefined> =>
      knownOnly(() => soon(() => client.workflow.getHandle(feedIdOf('sentry', org)).query<FeedRecord>(QUERY.state))),
  };
}
