/** What the API, the activities and the command line ask of Temporal: verbs, each with a deadline. */
import { ApplicationFailure, TypedSearchAttributes } from '@temporalio/common';
import {
  Client,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  type Connection,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import {
  ALERTS_WORKFLOW,
  alertsIdOf,
  ATTRIBUTE,
  ISSUE_WORKFLOW,
  MEMO_ROW,
  QUERY,
  QUEUE,
  rotationIdOf,
  searchable,
  ROTATION_WORKFLOW,
  SIGNAL,
  TAKE_TURN,
  TROUBLES,
  workflowIdOf,
  type AlertsStart,
  type IssueStart,
  type OperatorAct,
  type ProcessTroubles,
  type TurnRequest,
} from '../../contract';
import { ErrandError } from '../../errors';
import { summaryOf, viewOf } from '../../core/issue/describe';
import { initialRecord } from '../../core/issue/state';
import { knownOnly } from './calls';
import { GRPC, grpcOf } from './grpc';
import { createUnhealthy } from './unhealthy';
import { createFeeds } from './feeds';
import { createGuards } from './storms';
import { createLedger } from './ledger';
import { tryingOf, tryNow } from './pending';
import { standingOf } from './standing';
import { createUpdates, type UpdateOptions } from './updates';
import type { issue } from '../../workflows/issue';
import type { rotation } from '../../workflows/rotation';
import type { AlertsRecord } from '../../core/alerts/record';
import type { Standing } from '../../core/issue/echo';
import type { Hint } from '../../core/issue/hint';
import type { Attention } from '../../core/issue/record';
import type { Settings } from '../../core/issue/settings';
import type { IssueSnapshot } from '../../core/issue/snapshot';
import type { IssueDetail, Trying } from '../../core/issue/view';
import type { IssueView } from '../../core/issue/row';
import type { Instant, IssueRef, PersonKey } from '../../core/refs';

/** A webhook's hints may wait in the inbox: no call holds the dispatcher up for longer. An operator waits as long. */
const DEADLINE_MS = 5_000;
/** An issue that a killed worker had in memory answers once the server gives that worker up, after ten seconds. */
const PATIENT_MS = 12_000;
/** What an act's update and signal carry. The same `id` acts once per issue; `to` is a person's key, `for` a duration as `4h`. */
export type CommandInput = { id: string; by: string; to?: PersonKey; for?: string; code?: string };

export type TemporalClient = ReturnType<typeof createTemporalClient>;

/** @param updates how many updates of one workflow may be under way */
export function createTemporalClient(connection: Connection, namespace: string, updates: UpdateOptions = {}) {
  const client = new Client({
    connection,
    namespace,
    dataConverter: { payloadConverterPath: require.resolve('../worker/payload-converter') },
  });
  const inTurn = createUpdates(updates);
  const soon = <T>(call: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + DEADLINE_MS, call);
  const stateOf = <T>(id: string, query: string = QUERY.state, ms = DEADLINE_MS): Promise<T | undefined> =>
    knownOnly(() => connection.withDeadline(Date.now() + ms, () => client.workflow.getHandle(id).query<T>(query)));
  const described = (id: string): Promise<WorkflowExecutionDescription | undefined> =>
    knownOnly(() => soon(() => client.workflow.getHandle(id).describe()));

  return {
    client,
    connection,
    namespace,

    /** Starts the issue's workflow or signals the running one: one server call, atomic. */
    async sendHints(ref: IssueRef, hints: Hint[], settings: Settings): Promise<void> {
      const seed = hints.findLast((h) => h.seed)?.seed;
      await soon(() =>
        client.workflow.signalWithStart(ISSUE_WORKFLOW, {
          ...startOptions({ ref, settings }, seed),
          signal: SIGNAL.hints,
          signalArgs: [hints],
        }),
      );
    },

    /** @returns undefined when no such workflow is known */
    state: (id: string) => stateOf<IssueDetail>(id),

    /** What failed in an issue, with what the vendor said. @returns undefined when no such workflow is known */
    attention: (id: string) => stateOf<Attention[]>(id, QUERY.attention, PATIENT_MS),

    /**
     * The newest run of an issue of ours. Needs no worker.
     * @returns undefined when there is none; `earlier`: its last row, when it has ended; `fell`: when it ended, if before its time;
     * `trying`: what failed and is tried again by itself
     */
    async run(id: string): Promise<{ earlier?: IssueView; fell?: Instant; trying: Trying[] } | undefined> {
      const found = await described(id);
      if (found?.type !== ISSUE_WORKFLOW) return undefined;
      if (found.status.name === 'RUNNING') return { trying: tryingOf(found) };
      const fell = ['FAILED', 'TERMINATED', 'TIMED_OUT'].includes(found.status.name)
        ? found.closeTime?.toISOString()
        : undefined;
      return { earlier: found.memo?.[MEMO_ROW] as IssueView | undefined, fell, trying: [] };
    },

    /** @returns undefined when no such issue runs */
    async standing(id: string): Promise<Standing | undefined> {
      const found = await described(id);
      return found && standingOf(found);
    },

    /** Makes the next attempt of what failed in a running issue now. @returns how many attempts were brought forward */
    async tryNow(id: string): Promise<number> {
      const found = await described(id);
      return found ? tryNow(connection, namespace, found) : 0;
    },

    /**
     * An operator's act as an update. Without an answer the same command goes as a signal, which needs no worker: should the
     * update still be answered later, the record takes the command once. Starts a new run when the last one has ended, and
     * hands `earlier` on to it.
     * @returns the issue with the command in it; 'recorded' when no worker answered
     * @throws ErrandError `invalid` or `unknown_person` when the workflow refuses it
     */
    async command(
      ref: IssueRef,
      act: OperatorAct,
      input: CommandInput,
      settings: Settings,
      earlier?: IssueView,
    ): Promise<IssueDetail | 'recorded'> {
      const options = startOptions({ ref, settings, earlier });
      try {
        return await soon(() =>
          client.workflow.executeUpdateWithStart<typeof issue, IssueDetail, [CommandInput]>(act, {
            args: [input],
            updateId: input.id,
            startWorkflowOperation: new WithStartWorkflowOperation<typeof issue>(ISSUE_WORKFLOW, {
              ...options,
              workflowIdConflictPolicy: 'USE_EXISTING',
            }),
          }),
        );
      } catch (e) {
        const refused = refusalOf(e, act);
        if (refused) throw refused;
      }
      await soon(() =>
        client.workflow.signalWithStart(ISSUE_WORKFLOW, { ...options, signal: SIGNAL[act], signalArgs: [input] }),
      );
      return 'recorded';
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
      return inTurn(rotationIdOf(team), 'The rotation did not answer.', () =>
        soon(() =>
          client.workflow.executeUpdateWithStart<typeof rotation, PersonKey, [TurnRequest]>(TAKE_TURN, {
            args: [request],
            updateId: request.decisionId,
            startWorkflowOperation,
          }),
        ),
      );
    },

    /** Tells a running issue that its storm workflow lets it in: to try again, and why. Nothing when it does not run. */
    async releaseIssue(workflowId: string, command: CommandInput): Promise<void> {
      const input = { ...command, released: true };
      await knownOnly(() => soon(() => client.workflow.getHandle(workflowId).signal(SIGNAL.retry, input)));
    },

    /** @returns how many runs a visibility query finds, asked until `deadline` (ms since 1970) at most */
    async count(query: string, deadline: number): Promise<number> {
      return (await connection.withDeadline(deadline, () => client.workflow.count(query))).count;
    },

    /** Starts what alerts of this installation, unless it runs already. */
    async startAlerts(org: string): Promise<void> {
      const start: AlertsStart = { org };
      await soon(() =>
        client.workflow.start(ALERTS_WORKFLOW, {
          workflowId: alertsIdOf(org),
          taskQueue: QUEUE.main,
          args: [start],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'What needs a person, told once for each cause',
        }),
      );
    },

    /** What a process finds wrong with itself. @returns false when nobody alerts yet */
    async tellTroubles(org: string, told: ProcessTroubles): Promise<boolean> {
      const taken = await knownOnly(() =>
        soon(async () => {
          await client.workflow.getHandle(alertsIdOf(org)).signal(TROUBLES, told);
          return true;
        }),
      );
      return taken ?? false;
    },

    /** @param ms to wait for a worker @returns undefined when nobody alerts */
    alerts: (org: string, ms = DEADLINE_MS) => stateOf<AlertsRecord>(alertsIdOf(org), QUERY.state, ms),

    ...createFeeds(client, connection, soon),
    ...createGuards(client, connection, namespace, soon, inTurn),
    ledger: createLedger(connection, namespace),
    unhealthy: createUnhealthy(connection, namespace),

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

/**
 * How an issue's workflow starts: listed at once, with what the webhook told. Attributes given here are free, later ones are an
 * action each (docs.temporal.io/cloud/actions).
 */
function startOptions(start: IssueStart, seed?: IssueSnapshot) {
  const now = new Date();
  const record = initialRecord(start.ref, start.settings, now.toISOString(), start.earlier);
  const told = (
    [
      [ATTRIBUTE.shortId, seed?.shortId],
      [ATTRIBUTE.project, seed?.project],
      [ATTRIBUTE.level, seed?.level],
      [ATTRIBUTE.release, seed?.release],
    ] as const
  ).flatMap(([key, value]) => (value ? [{ key, value: searchable(value) }] : []));
  return {
    workflowId: workflowIdOf(start.ref),
    taskQueue: QUEUE.main,
    args: [start] as [IssueStart],
    staticSummary: seed && summaryOf(seed.title, seed.shortId),
    staticDetails:
      'One Sentry issue, from its first webhook to its end. The current details tell what happened and what comes next.',
    typedSearchAttributes: new TypedSearchAttributes([
      { key: ATTRIBUTE.state, value: record.state },
      { key: ATTRIBUTE.needsAttention, value: false },
      { key: ATTRIBUTE.lastChange, value: now },
      ...told,
    ]),
    memo: { [MEMO_ROW]: viewOf({ ...record, seed }) },
  };
}

/** The workflow's own "no", in its words; undefined for anything else, which is no answer. */
function refusalOf(e: unknown, act: OperatorAct): ErrandError | undefined {
  const cause = e instanceof WorkflowUpdateFailedError ? e.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'invalid') return undefined;
  // All else that a reassignment could be refused for is checked before it is sent.
  return new ErrandError(act === 'reassign' ? 'unknown_person' : 'invalid', cause.message);
}

/**
 * What a failed send means for the inbox. `busy`: only this workflow cannot take a signal now, the others can
 * (service/history/consts/const.go: ErrSignalsLimitExceeded, ErrResourceExhaustedBusyWorkflow, ErrWorkflowClosing; their cause comes
 * in a header that the client does not show, hence the words). An invalid argument is the message's own fault, unless it is an
 * attribute that is not registered yet. All else passes: `pause`.
 */
export function classifySend(e: unknown): 'pause' | 'busy' | 'invalid' {
  const { code, details = '' } = grpcOf(e) ?? {};
  if (code === GRPC.resourceExhausted) return BUSY.test(details) ? 'busy' : 'pause';
  if (code !== GRPC.invalidArgument) return 'pause';
  if (SIGNAL_LIMIT.test(details)) return 'busy';
  return /search attribute/i.test(details) ? 'pause' : 'invalid';
}
const BUSY = /workflow is (busy|closing)/i;
const SIGNAL_LIMIT = /exceeded workflow execution limit/i;
