/** Temporal's histories of issues: what was done for them and when, and the same as lines for who reads a difference. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { refOf } from '../../src/contract';
import type { Work } from './cells';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];
type Payloads = NonNullable<Event['activityTaskScheduledEventAttributes']>['input'];
/** Histories that are read at a time: a development server on two cores. */
const AT_ONCE = 8;
/** Lines of one run; an issue of a run of chaos has some 150 events. */
const LINES_MAX = 400;

/** The activities that completed for each of these issues, in every run of its workflow. */
export async function workOf(client: Client, ids: ReadonlySet<string>): Promise<Map<string, Work[]>> {
  const found = new Map<string, Work[]>();
  await eachRun(client, ids, (id, events) => {
    found.set(id, [...(found.get(id) ?? []), ...workIn(events)]);
  });
  return found;
}

/** One line per event: when, what, and of activities the name, the attempt and the failure. Runs by age. */
export async function linesOf(client: Client, id: string): Promise<string[]> {
  const runs: { began: number; lines: string[] }[] = [];
  await eachRun(client, new Set([id]), (_, events, run) => {
    runs.push({
      began: msOf(events[0]),
      lines: [`run ${run}`, ...events.map((e) => lineOf(e, events))].slice(-LINES_MAX),
    });
  });
  return runs.sort((a, b) => a.began - b.began).flatMap(({ lines }) => lines);
}

async function eachRun(
  client: Client,
  ids: ReadonlySet<string>,
  take: (id: string, events: readonly Event[], runId: string) => void,
): Promise<void> {
  const runs: { workflowId: string; runId: string; id: string }[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: `WorkflowType = 'issue'` })) {
    const id = refOf(workflowId)?.id;
    if (id !== undefined && ids.has(id)) runs.push({ workflowId, runId, id });
  }
  const read = async (): Promise<void> => {
    for (let run = runs.pop(); run; run = runs.pop()) {
      const { events } = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      take(run.id, events ?? [], run.runId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
}

function workIn(events: readonly Event[]): Work[] {
  return events.flatMap((event) => {
    const completed = event.activityTaskCompletedEventAttributes;
    const scheduled = completed && byId(events, completed.scheduledEventId);
    const as = scheduled?.activityTaskScheduledEventAttributes;
    if (!as) return [];
    const [input, result] = [valueOf(as.input), valueOf(completed?.result)];
    return [{ name: as.activityType?.name ?? '', from: msOf(scheduled), to: msOf(event), input, result }];
  });
}

/** Events are numbered from 1 without a gap. */
function byId(events: readonly Event[], id: unknown): Event | undefined {
  return events[Number(id) - 1];
}

function msOf(event: Event | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
}

/** The first payload, where it is a record. */
function valueOf(payloads: Payloads): Record<string, unknown> {
  const data = payloads?.payloads?.[0]?.data;
  if (!data?.length) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Only what a reader needs: the rest stands in Temporal's database, which is kept. */
function lineOf(event: Event, events: readonly Event[]): string {
  const scheduled = event.activityTaskScheduledEventAttributes;
  const started = event.activityTaskStartedEventAttributes;
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  const of = byId(events, (started ?? ended)?.scheduledEventId)?.activityTaskScheduledEventAttributes;
  const failure =
    event.activityTaskFailedEventAttributes?.failure ??
    event.activityTaskTimedOutEventAttributes?.failure ??
    started?.lastFailure ??
    event.workflowTaskFailedEventAttributes?.failure ??
    event.workflowExecutionFailedEventAttributes?.failure;
  const more = [
    (scheduled ?? of)?.activityType?.name,
    event.workflowExecutionSignaledEventAttributes?.signalName,
    started && `attempt ${started.attempt}`,
    failure && `${failure.applicationFailureInfo?.type ?? 'failure'}: ${failure.cause?.message ?? failure.message}`,
  ].filter(Boolean);
  return `${new Date(msOf(event)).toISOString()} ${typeOf(event)}${more.length > 0 ? ` ${more.join(', ')}` : ''}`;
}

/** `activityTaskStarted`, from the name of the attributes: every event has those of its own type alone. */
function typeOf(event: Event): string {
  const name = Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value)?.[0];
  return name?.replace('EventAttributes', '') ?? `event ${event.eventType}`;
}
