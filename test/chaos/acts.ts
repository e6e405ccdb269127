/** Does what the schedule says to one issue: in Sentry, as a person in Asana, or as an operator in Temporal. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { IssueDetail } from '../../src/core/issue/view';
import { idle } from '../support/app';
import type { Director } from './director';
import type { Happened } from './expect';
import type { Installation } from './installation';
import { emailOf } from './people';
import { idOf, SURVIVOR, type Act, type Life } from './schedule';
import { VERIFY_AFTER_MS } from './weather';
import { NAMESPACE } from './temporal';
import { readWorlds, workflowOf, type Task, type Worlds } from './worlds';

/** How long a person waits for the task, or for the issue to be at rest; then the act is left out, or done all the same. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 1_000;
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
    private readonly director: Director,
  ) {
    this.watch = new Watch(installation);
  }

  /** Resolves with what became of it; undefined when the run was stopped before. */
  async perform(life: Life, act: Act, done: readonly Happened[]): Promise<Happened | undefined> {
    const calm = act.calm ? await this.rest(life.id) : undefined;
    if (this.over.aborted) return undefined;
    const could = await this.possible(life, act);
    if ('skipped' in could) return { at: Date.now(), do: act.do, to: act.to, ...could };
    await this.director.before(life, act, done, () => this.taskOf(life.id));
    const began = Date.now();
    const more = await this.act(life, act, could.task);
    return { at: Date.now(), began, do: act.do, to: act.to, ...(calm === undefined ? {} : { calm }), ...more };
  }

  /** Waits for what an act needs. */
  private async possible({ id }: Life, { do: name, early }: Act): Promise<{ skipped: string } | { task?: Task }> {
    switch (name) {
      case 'merge':
        if (!(await this.watch.worlds()).sentry.has(idOf(SURVIVOR)))
          return { skipped: 'there is nothing to merge it into yet' };
        return (await this.isRead(id)) ? {} : { skipped: NOT_READ };
      case 'remove':
        return (await this.isRead(id)) ? {} : { skipped: NOT_READ };
      case 'complete':
      case 'delete': {
        const task = await this.openTask(id, name === 'complete' || early ? 0 : VERIFIED_MS);
        return task ? { task } : { skipped: 'there is no open task' };
      }
      default:
        return {};
    }
  }

  private async act(life: Life, act: Act, task?: Task): Promise<Partial<Happened>> {
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
        await sandbox.act(life.id, 'delete');
        return {};
      case 'merge':
        await sandbox.act(life.id, 'merge', { into: idOf(SURVIVOR), ms: MERGE_MS });
        return {};
      case 'assign':
        await sandbox.act(life.id, 'assign', { email: emailOf(act.to ?? 'anna') });
        return {};
      case 'complete':
        await sandbox.control(`/asana/tasks/${task?.gid}/complete`);
        return { task: task?.gid };
      case 'delete':
        await sandbox.control(`/asana/tasks/${task?.gid}/delete`);
        // Afterwards: it was not older than this, however long the call took.
        return { task: task?.gid, age: Date.now() - Date.parse(task?.createdAt ?? '') };
      case 'terminate':
        return this.terminate(life.id);
      case 'reset':
        return this.reset(life);
    }
  }

  /** An issue that was never read is waited for, since Sentry may show it later. */
  private isRead(id: string): Promise<boolean> {
    return this.wait(async () => (await this.installation.ask<IssueDetail>(`/issues/${id}`)).state !== 'new');
  }

  /** The gid of its task, for faults that are aimed at it. */
  private async taskOf(id: string): Promise<string | undefined> {
    return (await this.watch.worlds()).tasks.get(id)?.[0]?.gid;
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
