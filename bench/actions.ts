/**
 * How many actions Temporal Cloud would bill for a history, by its own list
 * (https://docs.temporal.io/evaluate/cloud/actions): the start of a run, also of a continued one, and a signal with its start
 * as one; a signal; an update that was accepted; an activity and each of its retries; a timer; a call of
 * upsertSearchAttributes; all local activities of one workflow task together; a Nexus operation; a child workflow as two, of
 * which one is its own start. Not billed: workflow tasks, memo, versioning markers, signals sent (they count where they
 * arrive). In no history, and so not counted here: queries, heartbeats, refused updates; the product sends none by itself.
 */
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';

/** `what` is for people: `activity readIssue`, `signal hints`, `timer`. */
export type Action = { workflow: string; what: string; count: number };
type Event = NonNullable<History['events']>[number];
/** The one search attribute that the SDK sets by itself. */
const UNBILLED_ATTRIBUTE = 'TemporalChangeVersion';
const LOCAL_ACTIVITY = 'core_local_activity';
/** They belong to an organisation, however many issues it has. */
const OF_AN_ORGANISATION = /^(feed|alerts):/;

type Counted = { event: number; what: string; count: number };

/** The billed events of one run, each with its number. */
export function actionsOf(history: History): Counted[] {
  const events = history.events ?? [];
  const types = new Map<number, string>();
  const localIn = new Set<string>();
  return events.flatMap((event, index) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) types.set(Number(event.eventId), scheduled.activityType?.name ?? '');
    const marker = event.markerRecordedEventAttributes;
    if (marker) {
      const task = String(marker.workflowTaskCompletedEventId);
      if (marker.markerName !== LOCAL_ACTIVITY || localIn.has(task)) return [];
      localIn.add(task);
    }
    const counted = counts(event, events[index - 1], types);
    return counted ? [{ event: Number(event.eventId), ...counted }] : [];
  });
}

function counts(
  event: Event,
  before: Event | undefined,
  types: Map<number, string>,
): Omit<Counted, 'event'> | undefined {
  const one = (what: string): Omit<Counted, 'event'> => ({ what, count: 1 });
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) return one(started.continuedExecutionRunId ? 'continue-as-new' : 'start');
  const signal = event.workflowExecutionSignaledEventAttributes;
  // signalWithStart writes both before the first workflow task is scheduled, and is one action.
  if (signal) return before?.workflowExecutionStartedEventAttributes ? undefined : one(`signal ${signal.signalName}`);
  const update = event.workflowExecutionUpdateAcceptedEventAttributes;
  if (update) return one(`update ${update.acceptedRequest?.input?.name ?? ''}`);
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return one(`activity ${scheduled.activityType?.name ?? ''}`);
  const attempt = event.activityTaskStartedEventAttributes;
  if (attempt) {
    const retries = (attempt.attempt ?? 1) - 1;
    const what = `retry of ${types.get(Number(attempt.scheduledEventId)) ?? 'an activity'}`;
    return retries > 0 ? { what, count: retries } : undefined;
  }
  if (event.timerStartedEventAttributes) return one('timer');
  const upsert = event.upsertWorkflowSearchAttributesEventAttributes;
  if (upsert) {
    const names = Object.keys(upsert.searchAttributes?.indexedFields ?? {});
    return names.every((name) => name === UNBILLED_ATTRIBUTE) ? undefined : one('search attributes');
  }
  if (event.markerRecordedEventAttributes) return one('local activities of a workflow task');
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return one('child workflow');
  if (event.nexusOperationScheduledEventAttributes) return one('Nexus operation');
  return undefined;
}

/** Does this workflow work for single issues: an issue's own, its team's rotation, its project's storm workflow? */
export function isForAnIssue(workflowId: string): boolean {
  return !OF_AN_ORGANISATION.test(workflowId);
}

/** Counts what has been added to the histories of a namespace since the last look. */
export class Meter {
  private readonly seen = new Set<string>();

  constructor(private readonly client: Client) {}

  /** The billed actions that no earlier call has told. All workflows have to be at rest. */
  async since(): Promise<Action[]> {
    const actions: Action[] = [];
    for await (const { workflowId, runId } of this.client.workflow.list()) {
      if (!isForAnIssue(workflowId)) continue;
      const history = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const { event, ...counted } of actionsOf(history)) {
        const key = `${runId} ${event}`;
        if (!this.seen.has(key)) actions.push({ workflow: workflowId, ...counted });
        this.seen.add(key);
      }
    }
    return actions;
  }
}

export function total(actions: Action[]): number {
  return actions.reduce((sum, { count }) => sum + count, 0);
}

/** `signal hints 1, activity readIssue 2, …`, in the order in which they first come; `per`: so many issues together. */
export function whereTheyGo(actions: Action[], per = 1): string {
  const kinds = new Map<string, number>();
  for (const { what, count } of actions) kinds.set(what, (kinds.get(what) ?? 0) + count);
  return [...kinds].map(([what, count]) => `${what} ${Number((count / per).toFixed(2))}`).join(', ');
}
