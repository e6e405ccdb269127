/** Sentry and the tracker compared, both ways; nothing is changed. */
import { Context } from '@temporalio/activity';
import { refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import { HELD } from '../issue/attention';
import type { Sentry } from '../integrations/sentry';
import type { Known } from '../temporal/ledger';
import type { AuditInput, AuditReport, Difference, FeedReads, Instant, IssueSnapshot, OurTask } from '../types';
import type { Deps } from './deps';
import { coded, signal } from './failure';
import { byMarker, EVER, followed, tasksOfOurs } from './tracker-list';

/** Of each of the five kinds: a storm's thousands must not hide the others, and a person reads it all. */
const SHOWN = 40;
/** Issues that are read once more: each is a request. */
const READ_AGAIN = 200;
/** From a change in Sentry to the last write in the tracker, and the row here, take seconds. */
const MOVING_MS = 30_000;

/** What one issue or task comes to: null when both sides say the same. */
export type Finding = Pick<Difference, 'what' | 'detail'> | { alone: string } | null;

/**
 * Of an unresolved issue. Pure.
 * @param tasks with its marker @param began when the tasks were listed, in ms since 1970
 */
export function judgeIssue(
  issue: IssueSnapshot,
  tasks: OurTask[],
  known: Known | undefined,
  floor: Instant,
  began: number,
): Finding {
  const finding = tasks.length > 0 ? judgeTasks(issue, tasks, known) : judgeWithout(issue, known, floor);
  const young = began - Date.parse(issue.firstSeen) < MOVING_MS;
  return finding && 'what' in finding && (young || isMoving(known, began)) ? { alone: 'on its way' } : finding;
}

function judgeTasks(issue: IssueSnapshot, tasks: OurTask[], known: Known | undefined): Finding {
  if (tasks.length > 1) return { what: 'two_tasks', detail: `${tasks.length} tasks carry its id` };
  const [task] = tasks;
  if (task?.completed) {
    if (known?.row?.state === 'skipped') return { alone: 'no task, by rule' };
    return { what: 'task_completed', detail: 'unresolved in Sentry, but its task is completed' };
  }
  if (issue.assignee !== null && issue.assignee !== task?.assignee)
    return { what: 'assignee', detail: `${issue.assignee} in Sentry, ${task?.assignee ?? 'nobody'} in Asana` };
  return null;
}

function judgeWithout(issue: IssueSnapshot, known: Known | undefined, floor: Instant): Finding {
  const state = known?.row?.state;
  if (state === 'skipped') return { alone: 'no task, by rule' };
  if (state === 'muted') return { alone: 'its task was deleted by a person' };
  const failed = known?.over ? undefined : known?.row?.attention[0];
  if (failed?.code === HELD) return { what: 'no_task', detail: 'no task: held, because too many came at once' };
  if (failed) return { what: 'no_task', detail: `no task: ${failed.step} failed with ${failed.code}` };
  if (known && !known.over && !known.row) return { alone: 'on its way' };
  if (!known && issue.firstSeen < floor) return { alone: 'older than the first start; import it if it is wanted' };
  if (!known) return { what: 'no_task', detail: 'no task, and it is not followed here' };
  return { what: 'no_task', detail: known.row?.task ? 'its task is gone from the tracker' : 'no task' };
}

/** Of an open task whose issue is not among the unresolved ones. Pure. */
export function judgeTask(known: Known | undefined, settings: { keeps: boolean }, began: number): Finding {
  if (isMoving(known, began)) return { alone: 'on its way' };
  // `onArchive: comment`, or closing is not copied to the tracker.
  if (settings.keeps && known?.row) return { alone: 'left open, by the settings' };
  return { what: 'task_open', detail: 'its task is open, but in Sentry it is resolved, archived, merged or deleted' };
}

/** It changed after the tasks were listed, or shortly before. */
function isMoving(known: Known | undefined, began: number): boolean {
  return known?.row !== undefined && !known.over && began - Date.parse(known.row.changedAt) < MOVING_MS;
}

/** Heartbeats `{pages, signals: 0}`. @throws ErrandError `sentry_unauthorized` without a token */
export function audit(deps: Deps): FeedReads['audit'] {
  return coded((input) => {
    if (!deps.sentry) throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set: nothing to compare.');
    return new Audit(deps, deps.sentry, input).run();
  });
}

/** What was found, counted by kind; the first of each kind are named. */
export class Tally {
  readonly differences: Difference[] = [];
  readonly counts: Partial<Record<Difference['what'], number>> = {};
  readonly leftAlone: Record<string, number> = {};
  agree = 0;
  more = 0;

  note(finding: Finding, about: Omit<Difference, 'what' | 'detail'>): void {
    if (finding === null) this.agree += 1;
    else if ('alone' in finding) this.leftAlone[finding.alone] = (this.leftAlone[finding.alone] ?? 0) + 1;
    else {
      const count = (this.counts[finding.what] ?? 0) + 1;
      this.counts[finding.what] = count;
      if (count <= SHOWN) this.differences.push({ ...about, ...finding });
      else this.more += 1;
    }
  }
}

class Audit {
  private readonly began = Date.now();
  private readonly seen = new Set<string>();
  private readonly tally = new Tally();
  private pages = 0;
  /** Some project could not be read: a task that was not found may lie there. */
  private blind = false;
  private read = 0;

  constructor(
    private readonly deps: Deps,
    private readonly sentry: Sentry,
    private readonly input: AuditInput,
  ) {}

  async run(): Promise<AuditReport> {
    const { tasks, unread } = await tasksOfOurs(this.deps, this.input.org, EVER, () => this.beat());
    const groups = byMarker(tasks);
    this.blind = unread.length > 0;
    await this.unresolved(groups);
    await this.others(groups);
    return {
      startedAt: new Date(this.began).toISOString(),
      endedAt: new Date().toISOString(),
      issues: this.seen.size,
      tasks: tasks.length,
      ...this.tally,
      unread,
    };
  }

  private async unresolved(groups: Map<string, OurTask[]>): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.sentry.listIssues('is:unresolved', cursor, { signal: signal() });
      this.beat();
      const known = await this.deps.ledger.known(page.issues.map(({ ref }) => workflowIdOf(ref)));
      for (const issue of page.issues) {
        const id = workflowIdOf(issue.ref);
        if (this.seen.has(id)) continue;
        this.seen.add(id);
        const tasks = groups.get(id) ?? [];
        const finding = judgeIssue(issue, tasks, known.get(id), this.input.floor, this.began);
        this.note(finding, {
          issue: id,
          shortId: issue.shortId ?? null,
          url: issue.url,
          task: tasks[0]?.task.url ?? null,
        });
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }

  private async others(groups: Map<string, OurTask[]>): Promise<void> {
    const rest = [...groups].filter(([marker]) => !this.seen.has(marker));
    const { onArchive, sync } = this.deps.rules().settings;
    for await (const [marker, tasks, run] of followed(this.deps.ledger, rest)) {
      const keeps = !sync.toTracker || (onArchive === 'comment' && run?.mark?.status === 'archived');
      const twins: Finding = { what: 'two_tasks', detail: `${tasks.length} tasks carry its id` };
      const open = tasks.find((t) => !t.completed);
      const finding = tasks.length > 1 ? twins : open ? await this.openTask(marker, open, run, { keeps }) : null;
      const { shortId = null, url = null } = run?.row ?? {};
      this.note(finding, { issue: marker, shortId, url, task: (open ?? tasks[0])?.task.url ?? null });
    }
  }

  /** Sentry's list moves while it is read, page by page: what was not in it is asked for once more. */
  private async openTask(
    marker: string,
    task: OurTask,
    known: Known | undefined,
    settings: { keeps: boolean },
  ): Promise<Finding> {
    const ref = refOf(marker);
    const finding = judgeTask(known, settings, this.began);
    if (!ref || finding === null || 'alone' in finding || this.read >= READ_AGAIN) return finding;
    this.read += 1;
    const issue = await this.sentry.readIssue(ref, [], { signal: signal() });
    this.beat();
    if (issue === 'missing' || issue.mergedInto || issue.status !== 'unresolved') return finding;
    return judgeIssue(issue, [task], known, this.input.floor, this.began);
  }

  private note(finding: Finding, about: Omit<Difference, 'what' | 'detail'>): void {
    if (this.blind && finding && 'what' in finding && finding.what === 'no_task')
      return this.note({ alone: 'not known: a project could not be read' }, about);
    this.tally.note(finding, about);
  }

  private beat(): void {
    this.pages += 1;
    Context.current().heartbeat({ pages: this.pages, signals: 0 });
  }
}
