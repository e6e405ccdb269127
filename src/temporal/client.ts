/** What the API, the activities and the command line ask of Temporal: verbs, each with a deadline. */
import { Client, WithStartWorkflowOperation, WorkflowNotFoundError, type Connection } from '@temporalio/client';
import {
  ISSUE_WORKFLOW,
  QUERY,
  QUEUE,
  rotationIdOf,
  ROTATION_WORKFLOW,
  SIGNAL,
  TAKE_TURN,
  workflowIdOf,
  type IssueStart,
  type TurnRequest,
} from '../contract';
import { summaryOf } from '../issue/describe';
import { GRPC, grpcOf } from './grpc';
import type { rotation } from '../workflows/rotation';
import type { Abilities, Hint, IssueDetail, IssueRef, PersonKey, Settings } from '../types';

/** A webhook's hints may wait in the inbox: no call holds the dispatcher up for longer. */
const DEADLINE_MS = 5_000;

export type TemporalClient = ReturnType<typeof createTemporalClient>;

export function createTemporalClient(connection: Connection, namespace: string) {
  const client = new Client({
    connection,
    namespace,
    dataConverter: { payloadConverterPath: require.resolve('./payload-converter') },
  });
  const soon = <T>(call: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + DEADLINE_MS, call);

  return {
    client,
    connection,
    namespace,

    /** Starts the issue's workflow or signals the running one: one server call, atomic. */
    async sendHints(ref: IssueRef, hints: Hint[], settings: Settings, can: Abilities): Promise<void> {
      const title = hints.findLast((h) => h.seed)?.seed;
      const start: IssueStart = { ref, settings, can };
      await soon(() =>
        client.workflow.signalWithStart(ISSUE_WORKFLOW, {
          workflowId: workflowIdOf(ref),
          taskQueue: QUEUE.main,
          args: [start],
          signal: SIGNAL.hints,
          signalArgs: [hints],
          staticSummary: title ? summaryOf(title.title, title.shortId) : undefined,
          staticDetails:
            'One Sentry issue, from its first webhook to its end. The current details tell what happened and what comes next.',
        }),
      );
    },

    /** @returns undefined when no such workflow is known */
    async state(id: string): Promise<IssueDetail | undefined> {
      return knownOnly(() => soon(() => client.workflow.getHandle(id).query<IssueDetail>(QUERY.state)));
    },

    /** The next turn in a team's rotation; the same decision gets the same answer. */
    async takeTurn(team: string, request: TurnRequest): Promise<PersonKey> {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof rotation>(ROTATION_WORKFLOW, {
        workflowId: rotationIdOf(team),
        taskQueue: QUEUE.main,
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Who of team ${team} had a turn when`,
      });
      return soon(() =>
        client.workflow.executeUpdateWithStart<typeof rotation, PersonKey, [TurnRequest]>(TAKE_TURN, {
          args: [request],
          updateId: request.decisionId,
          startWorkflowOperation,
        }),
      );
    },

    /** Is Temporal reachable? */
    async up(): Promise<boolean> {
      try {
        await connection.withDeadline(Date.now() + 1_000, () => connection.workflowService.getSystemInfo({}));
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function knownOnly<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (e) {
    if (e instanceof WorkflowNotFoundError || grpcOf(e)?.code === GRPC.notFound) return undefined;
    throw e;
  }
}

/**
 * What a failed send means for the inbox. An invalid argument is the message's own fault, unless it is the limit of
 * signals per run or an attribute that is not registered yet: those pass, like everything else.
 */
export function classifySend(e: unknown): 'pause' | 'invalid' {
  const failure = grpcOf(e);
  if (failure?.code !== GRPC.invalidArgument) return 'pause';
  return /search attribute|exceeded workflow execution limit/i.test(failure.details) ? 'pause' : 'invalid';
}
