/** Does what the schedule says to one issue: in Sentry, as a person in Asana, or as an operator in Temporal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { IssueDetail } from '../../src/core/issue/view';
import { idle } from '../support/app';
import type { Happened } from './expect';
import type { Installation } from './installation';
import { emailOf } from './people';
import { idOf, SURVIVOR, type Act, type Life } from './schedule';
import { VERIFY_AFTER_MS } from './weather';
import { NAMESPACE } from './temporal';
import { readWorlds, workflowOf, type Task, type Worlds } from './worlds';

/** How long a person waits for the task, or for the issue to be at rest; then the act is left out, or done all the same. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 500;
/** Before the first start of any run. */
const OLD_MS = 20 * 24 * 60 * 60_000;
/** As long a merge takes in Sentry, which answers 404 meanwhile. */
const MERGE_MS = 5_000;
const NOT_READ = 'it was not read yet';
/** Longer than verification takes under faults, most of the time. */
const VERIFIED_MS = VERIFY_AFTER_MS + 5_000;

/** Reads the worlds for all who wait, one reading at a time. */
export class Watch {
  private reading: Promise<unknown> = Promise.resolve();
  private next: Promise<Worlds> | undefined;
  constructor(private readonly installation: Installation) {}

  /** As they are now or later: a reading that is under way may show what was before. */
  worlds(): Promise<Worlds> {
    if (!this.next) {
      const next = this.reading.then(() => {
        this.next = undefined;
        return readWorlds(this.installation.sandbox);
      });
      this.next = next;
      this.reading = next.catch(() => undefined);
    }
    return this.next;
  }
}

export class Acts {
  private readonly watch: Watch;

  constructor(
    private readonly installation: Installation,
    private readonly over: AbortSignal,
  ) {
    this.watch = new Watch(installation);
  }

  /** Resolves with what became of it; undefined when the run was stopped before. */
  async perform(life: Life, act: Act): Promise<Happened | undefined> {
    const calm = act.calm ? await this.rest(life.id) : undefined;
    if (this.over.aborted) return undefined;
    const done = await this.act(life, act);
    return { at: Date.now(), do: act.do, to: act.to, ...(calm === undefined ? {} : { calm }), ...done };
  }

  private async act(life: Life, act: Act): Promise<Partial<Happened>> {
    const { sandbox } = this.installation;
    switch (act.do) {
      case 'raise':
        await sandbox.raise({
          id: life.id,
          title: life.title,
          project: life.project,
          environment: life.environment,
          ...(life.old ? { firstSeen: new Date(Date.now() - OLD_MS).toISOString(), webhook: false } : {}),
        });
        return {};
      case 'repeat':
        await sandbox.act(life.id, 'event');
        return {};
      case 'resolve':
      case 'regress':
      case 'archive':
        await sandbox.act(life.id, act.do);
        return {};
      case 'unarchive':
        await sandbox.act(life.id, 'unresolve');
        return {};
      case 'remove':
        if (!(await this.isRead(life.id))) return { skipped: NOT_READ };
        await sandbox.act(life.id, 'delete');
        return {};
      case 'merge':
        return this.merge(life.id);
      case 'assign':
        await sandbox.act(life.id, 'assign', { email: emailOf(act.to ?? 'anna') });
        return {};
      case 'complete':
        return this.complete(life.id);
      case 'delete':
        return this.remove(life.id, act.early === true);
      case 'terminate':
        return this.terminate(life.id);
      case 'reset':
        return this.reset(life);
    }
  }

  private async merge(id: string): Promise<Partial<Happened>> {
    const into = idOf(SURVIVOR);
    if (!(await this.watch.worlds()).sentry.has(into)) return { skipped: 'there is nothing to merge it into yet' };
    if (!(await this.isRead(id))) return { skipped: NOT_READ };
    await this.installation.sandbox.act(id, 'merge', { into, ms: MERGE_MS });
    return {};
  }

  /** An issue that was never read is waited for, since Sentry may show it later. */
  private isRead(id: string): Promise<boolean> {
    return this.wait(async () => (await this.installation.ask<IssueDetail>(`/issues/${id}`)).state !== 'new');
  }

  private async complete(id: string): Promise<Partial<Happened>> {
    const task = await this.openTask(id);
    if (!task) return { skipped: 'there is no open task' };
    await this.installation.sandbox.control(`/asana/tasks/${task.gid}/complete`);
    return { task: task.gid };
  }

  private async remove(id: string, early: boolean): Promise<Partial<Happened>> {
    const task = await this.openTask(id, early ? 0 : VERIFIED_MS);
    if (!task) return { skipped: 'there is no task' };
    await this.installation.sandbox.control(`/asana/tasks/${task.gid}/delete`);
    // Afterwards: it was not older than this, however long the call took.
    return { task: task.gid, age: Date.now() - Date.parse(task.createdAt) };
  }

  private async terminate(id: string): Promise<Partial<Happened>> {
    if (!(await this.noTaskBeingMade(id))) return { skipped: 'its task was being made' };
    try {
      await this.installation.temporal.client.workflow.getHandle(workflowOf(id)).terminate('chaos');
      return {};
    } catch (e) {
      return { skipped: e instanceof WorkflowNotFoundError ? 'no workflow runs' : String(e) };
    }
  }

  /** Back to one of its workflow tasks, any but the last; signals after it are given again. */
  private async reset(life: Life): Promise<Partial<Happened>> {
    if (!(await this.noTaskBeingMade(life.id))) return { skipped: 'its task was being made' };
    const { client } = this.installation.temporal;
    try {
      const handle = client.workflow.getHandle(workflowOf(life.id));
      const { events } = await handle.fetchHistory();
      const completed = (events ?? []).filter((e) => e.workflowTaskCompletedEventAttributes);
      const to = completed[life.number % Math.max(1, completed.length)];
      if (!to) return { skipped: 'its workflow has not begun' };
      await client.workflowService.resetWorkflowExecution({
        namespace: NAMESPACE,
        workflowExecution: { workflowId: workflowOf(life.id) },
        workflowTaskFinishEventId: to.eventId,
        requestId: randomUUID(),
        reason: 'chaos',
      });
      return {};
    } catch (e) {
      return { skipped: e instanceof Error ? e.message : String(e) };
    }
  }

  /** The proof of ensureTask has one attempt at a time: who ends a workflow meanwhile breaks it, which the duplicates' merging is for. */
  private async noTaskBeingMade(id: string): Promise<boolean> {
    const handle = this.installation.temporal.client.workflow.getHandle(workflowOf(id));
    return this.wait(async () => {
      const { raw } = await handle.describe();
      return !(raw.pendingActivities ?? []).some((a) => a.activityType?.name === 'ensureTask');
    });
  }

  private async openTask(id: string, age = 0): Promise<Task | undefined> {
    let found: Task | undefined;
    await this.wait(async () => {
      const tasks = (await this.watch.worlds()).tasks.get(id) ?? [];
      found = tasks.find((t) => !t.completed && Date.now() - Date.parse(t.createdAt) >= age);
      return found !== undefined;
    });
    return found;
  }

  /** The product has done all that follows from what Sentry says, and both sides show it. */
  private rest(id: string): Promise<boolean> {
    return this.wait(async () => {
      const { client } = this.installation.temporal;
      const ask = (): Promise<IssueDetail> => this.installation.ask(`/issues/${id}`);
      const before = await ask();
      const { sentry, tasks } = await this.watch.worlds();
      // A read that is under way may show what was true before, and leaves no trace in what the issue says of itself.
      const { raw } = await client.workflow.getHandle(workflowOf(id)).describe();
      if ((raw.pendingActivities ?? []).length > 0 || raw.pendingWorkflowTask) return false;
      const issue = await ask();
      const there = sentry.get(id);
      if (!there || !idle(issue) || issue.state !== before.state) return false;
      const open = there.status === 'unresolved';
      const states = open ? ['open', 'skipped', 'muted'] : ['resolved', 'muted', 'done', 'skipped'];
      if (!states.includes(issue.state)) return false;
      const [task] = tasks.get(id) ?? [];
      return issue.state !== 'open' || (task !== undefined && task.assignee === there.assignee);
    });
  }

  /** False when it never was so, or the run ends. */
  private async wait(look: () => Promise<boolean>): Promise<boolean> {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end && !this.over.aborted) {
      if (await look().catch(() => false)) return true;
      await sleep(LOOK_MS, undefined, { signal: this.over }).catch(() => undefined);
    }
    return false;
  }
}
