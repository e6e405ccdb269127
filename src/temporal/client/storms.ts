/** The storm workflows, one workflow per Sentry project: what is asked of them, each with a deadline. */
import { WithStartWorkflowOperation, type Client, type Connection } from '@temporalio/client';
import {
  ADMIT,
  QUERY,
  QUEUE,
  RELEASE,
  stormIdOf,
  stormOf,
  STORM_WORKFLOW,
  type AdmitRequest,
  type ReleaseRequest,
} from '../../contract';
import type { Release, StormView } from '../../core/storm/record';
import type { storm } from '../../workflows/storm';
import { answered, knownOnly } from './calls';
import type { createUpdates } from './updates';
import { listPages, quoted } from './visibility';

const LIST_DEADLINE_MS = 5_000;
/** A storm workflow that tells a hundred issues to go on, twenty a second, answers after that; then it looks at who waits. */
const RELEASE_DEADLINE_MS = 15_000;

/** @param soon gives a call its deadline @param inTurn asks when it is the turn of an update */
export function createGuards(
  client: Client,
  connection: Connection,
  namespace: string,
  soon: <T>(call: () => Promise<T>) => Promise<T>,
  inTurn: ReturnType<typeof createUpdates>,
) {
  const viewOf = (id: string): Promise<StormView | undefined> =>
    knownOnly(() => soon(() => client.workflow.getHandle(id).query<StormView>(QUERY.state)));

  return {
    /**
     * Asks the storm workflow of a Sentry project whether a task may be made now. The same issue asks again with every
     * attempt, and the answer may be another.
     * @throws ErrandError `worker_unavailable` without an answer
     */
    async admit(scope: string, project: string, request: AdmitRequest): Promise<'admitted' | 'held'> {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof storm>(STORM_WORKFLOW, {
        workflowId: stormIdOf(scope, project),
        taskQueue: QUEUE.main,
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `The rate limit for new tasks of Sentry's project ${project || '(unknown)'}`,
      });
      return inTurn(stormIdOf(scope, project), 'The rate limit of new tasks did not answer.', () =>
        soon(() =>
          client.workflow.executeUpdateWithStart<typeof storm, 'admitted' | 'held', [AdmitRequest]>(ADMIT, {
            args: [request],
            startWorkflowOperation,
          }),
        ),
      );
    },

    /** Every limited project, with what its workflow says now. */
    async storms(): Promise<StormView[]> {
      const query = `WorkflowType = ${quoted(STORM_WORKFLOW)} AND ExecutionStatus = 'Running'`;
      const ids: string[] = [];
      for await (const runs of listPages({ connection, namespace }, query, LIST_DEADLINE_MS))
        ids.push(...runs.flatMap(({ execution }) => execution?.workflowId ?? []));
      const views: StormView[] = [];
      for (const id of ids.filter((one) => stormOf(one) !== undefined).sort()) {
        const view = await viewOf(id);
        if (view) views.push(view);
      }
      return views;
    },

    /** @returns undefined when no task of this project was ever asked for */
    storm(scope: string, project: string): Promise<StormView | undefined> {
      return viewOf(stormIdOf(scope, project));
    },

    /**
     * Lets in all that a project holds.
     * @throws ErrandError `worker_unavailable` without an answer
     */
    async release(scope: string, project: string, request: ReleaseRequest): Promise<Release> {
      const handle = client.workflow.getHandle(stormIdOf(scope, project));
      const options = { args: [request] as [ReleaseRequest], updateId: request.id };
      return answered(
        'Whether anything was released is not known: send it once more with the same Idempotency-Key.',
        () =>
          connection.withDeadline(Date.now() + RELEASE_DEADLINE_MS, () =>
            handle.executeUpdate<Release, [ReleaseRequest]>(RELEASE, options),
          ),
      );
    },
  };
}
