/** The two worlds, and what Temporal shows, as the comparison reads them. */
import type { Client } from '@temporalio/client';
import { MEMO_ROW, refOf, rotationIdOf, workflowIdOf } from '../../src/contract';
import type { IssueView } from '../../src/core/issue/row';
import { knownOnly } from '../../src/temporal/client/calls';
import type { RunEnd, TaskEnd } from './compare';
import type { SentryEnd } from './expect';
import type { SandboxClient } from '../support/sandbox-client';

export const ORG = 'acme';
/** Describes at a time: a development server on two cores takes a few hundred a second. */
const DESCRIBED_AT_ONCE = 16;

export type Task = TaskEnd & { createdAt: string };
export type Worlds = { sentry: Map<string, SentryEnd>; tasks: Map<string, Task[]> };
type Raw = {
  'asana-tasks': {
    gid: string;
    notes: string;
    completed: boolean;
    assignee: string | null;
    parent: string | null;
    createdAt: string;
  }[];
  'asana-users': { gid: string; email: string }[];
  'sentry-issues': {
    id: string;
    status: string;
    deleted: boolean;
    mergedInto: string | null;
    assignedTo: { type: string; id: string } | null;
  }[];
  'sentry-members': { id: string; email: string }[];
};

export function workflowOf(issue: string): string {
  return workflowIdOf({ source: 'sentry', scope: ORG, id: issue });
}

export async function readWorlds(sandbox: SandboxClient): Promise<Worlds> {
  const raw = await sandbox.control<Raw>('/world', {}, 'GET');
  const users = new Map(raw['asana-users'].map((u) => [u.gid, u.email]));
  const members = new Map(raw['sentry-members'].map((m) => [m.id, m.email]));
  const tasks = new Map<string, Task[]>();
  for (const { gid, notes, completed, assignee, parent, createdAt } of raw['asana-tasks']) {
    const id = refOf(notes.trimEnd().split('\n').at(-1) ?? '')?.id;
    if (parent !== null || id === undefined) continue;
    const task = { gid, completed, createdAt, assignee: assignee === null ? null : (users.get(assignee) ?? assignee) };
    tasks.set(id, [...(tasks.get(id) ?? []), task]);
  }
  const sentry = new Map<string, SentryEnd>();
  for (const { id, status, deleted, mergedInto, assignedTo } of raw['sentry-issues']) {
    const assignee = assignedTo === null ? null : (members.get(assignedTo.id) ?? `${assignedTo.type} ${assignedTo.id}`);
    const gone = deleted || mergedInto !== null;
    const open = status === 'unresolved' || status === 'resolved' ? status : 'archived';
    sentry.set(id, { status: gone ? 'gone' : open, assignee });
  }
  return { sentry, tasks };
}

function shownBy(memo: Record<string, unknown> | undefined): Pick<RunEnd, 'state' | 'attention'> {
  const row = memo?.[MEMO_ROW] as IssueView | undefined;
  const attention = row?.attention.map(({ code, step }) => `${code} (${step})`).join(', ');
  return { state: row?.state ?? 'new', attention: attention || undefined };
}

/** How many turns the rotation of a team has given, none where nobody was ever chosen; a run has far fewer than it continues as new after. */
export async function readTurns(client: Client, team: string): Promise<number> {
  const handle = client.workflow.getHandle(rotationIdOf(team));
  const history = await knownOnly(() => handle.fetchHistory());
  return history?.events?.filter((e) => e.workflowExecutionUpdateCompletedEventAttributes).length ?? 0;
}

/** The newest run of every issue's workflow. `busy`: something is under way in it, in words. */
export async function readRuns(client: Client): Promise<Map<string, RunEnd>> {
  const runs = new Map<string, RunEnd>();
  const running: string[] = [];
  for await (const run of client.workflow.list({
    query: `WorkflowType = 'issue' AND ExecutionStatus != 'ContinuedAsNew'`,
  })) {
    const id = refOf(run.workflowId)?.id;
    if (id === undefined || (runs.has(id) && run.status.name !== 'RUNNING')) continue;
    runs.set(id, { ...shownBy(run.memo), running: run.status.name === 'RUNNING' });
    if (run.status.name === 'RUNNING') running.push(id);
  }
  const describe = async (): Promise<void> => {
    for (let id = running.pop(); id !== undefined; id = running.pop()) {
      const { raw, memo } = await client.workflow.getHandle(workflowOf(id)).describe();
      const [activity] = raw.pendingActivities ?? [];
      const busy = activity
        ? `${activity.activityType?.name} is under way, attempt ${activity.attempt}: ${activity.lastFailure?.message ?? 'no failure'}`
        : raw.pendingWorkflowTask
          ? `its workflow task is under way, attempt ${raw.pendingWorkflowTask.attempt}`
          : undefined;
      const run = runs.get(id);
      if (!run) continue;
      // The list lags behind.
      Object.assign(run, shownBy(memo));
      if (busy) run.busy = busy;
    }
  };
  await Promise.all(Array.from({ length: DESCRIBED_AT_ONCE }, describe));
  return runs;
}
