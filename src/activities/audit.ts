/** Sentry and the tracker compared, both ways; nothing is changed. */
import { Context } from '@temporalio/activity';
import { ON_ITS_WAY, refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import { HELD } from '../core/issue/attention';
import type { Sentry } from '../vendors/sentry/client';
import type { LatestRun } from '../temporal/client/ledger';
import type { AuditInput, AuditReport, Difference, FeedReads } from '../core/feed/activities';
import type { AttentionStep } from '../core/issue/steps';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant, PersonKey } from '../core/refs';
import type { OurTask } from '../vendors/tracker';
import type { Deps } from './deps';
import { coded } from './failure';
import { nameOf } from './names';
import { Alone, BY_ID, eachPage, LISTS, shownById, UNREADABLE } from './sentry-pages';
import { byMarker, EVER, tasksOfOurs } from './tracker-list';

/** Of each of the five kinds: a storm's thousands must not hide the others, and a person reads it all. */
const SHOWN = 40;
/** Issues that Sentry does not show by their id either, and that are read one by one: each is a request at 5 a second. */
const READ_MAX = 200;
/** From a change in Sentry to the last write in the tracker, and the row here, take seconds. */
const MOVING_MS = 30_000;
/** Without these an issue comes to no task; whatever else fails concerns one that is there, or Sentry, or the chat. */
const KEEPS_FROM_MAKING: AttentionStep[] = ['readIssue', 'decide', 'findTask', 'ensureTask', 'countGone', 'workflow'];

/** What one issue or task comes to: null when both sides say the same. */
export type Judgement = Pick<Difference, 'what' | 'detail'> | { alone: string } | null;

/**
 * Of an unresolved issue. Pure.
 * @param tasks with its marker @param began when the tasks were listed, in ms since 1970 @param nameOf of people, who are told by name
 */
export function judgeIssue(
  issue: IssueSnapshot,
  tasks: OurTask[],
  run: LatestRun | undefined,
  floor: Instant,
  began: number,
  nameOf: (person: PersonKey) => string = (person) => person,
): Judgement {
  const judgement = tasks.length > 0 ? judgeTasks(issue, tasks, run, nameOf) : judgeWithout(issue, run, floor);
  const young = issue.firstSeen !== null && began - Date.parse(issue.firstSeen) < MOVING_MS;
  return judgement && 'what' in judgement && (young || isMoving(run, began)) ? { alone: ON_ITS_WAY } : judgement;
}

function judgeTasks(
  issue: IssueSnapshot,
  tasks: OurTask[],
  run: LatestRun | undefined,
  nameOf: (person: PersonKey) => string,
): Judgement {
  if (tasks.length > 1) return { what: 'two_tasks', detail: `${tasks.length} tasks carry its id` };
  const [task] = tasks;
  if (task?.completed) {
    if (run?.row?.state === 'skipped') return { alone: 'no task, by rule' };
    return { what: 'task_completed', detail: 'unresolved in Sentry, but its task is completed' };
  }
  const has = task?.assignee ?? null;
  if (issue.assignee !== null && issue.assignee !== has)
    return {
      what: 'assignee',
      detail: `${nameOf(issue.assignee)} in Sentry, ${has === null ? 'nobody' : nameOf(has)} in Asana`,
    };
  return null;
}

function judgeWithout(issue: IssueSnapshot, run: LatestRun | undefined, floor: Instant): Judgement {
  const state = run?.row?.state;
  if (state === 'skipped') return { alone: 'no task, by rule' };
  if (state === 'muted') return { alone: 'its task was deleted by a person' };
  // It was made, so nothing that fails now is why there is none.
  if (run?.row?.task) return { what: 'no_task', detail: 'its task is gone from the tracker' };
  const failed = run?.over ? undefined : run?.row?.attention.find(({ step }) => KEEPS_FROM_MAKING.includes(step));
  if (failed?.code === HELD)
    return { what: 'no_task', detail: 'no task yet: it waits for the rate limit, too many came at once' };
  if (failed) return { what: 'no_task', detail: `no task: ${failed.step} failed with ${failed.code}` };
  if (run && !run.over && !run.row) return { alone: ON_ITS_WAY };
  if (!run && issue.firstSeen === null) return { alone: 'not known: Sentry tells no date of it' };
  if (!run && issue.firstSeen !== null && issue.firstSeen < floor)
    return { alone: 'older than the first start; import it if it is wanted' };
  if (!run) return { what: 'no_task', detail: 'no task, and it is not followed here' };
  return { what: 'no_task', detail: 'no task' };
}

/**
 * Of an open task whose issue is not among the unresolved ones. Pure.
 * @param issue as Sentry shows it by its id, 'missing' when it says that there is none, 'failed' when its answer was an error, undefined when
 *   it could not be asked
 */
export function judgeTask(
  issue: IssueSnapshot | 'missing' | 'failed' | undefined,
  run: LatestRun | undefined,
  settings: { keeps: boolean },
  began: number,
): Judgement {
  if (isMoving(run, began)) return { alone: ON_ITS_WAY };
  // `onArchive: comment`, or closing is not copied to the tracker.
  if (settings.keeps && run?.row) return { alone: 'left open, by the settings' };
  if (issue === undefined)
    return { alone: 'not known: Sentry was not asked for so many one by one; audit once more later' };
  if (issue === 'failed') return { alone: 'not known: Sentry could not show it; audit once more later' };
  if (issue === 'missing')
    return { what: 'task_open', detail: 'its task is open, but Sentry answers 404: deleted, or being merged' };
  const is = issue.mergedInto ? `merged into ${issue.mergedInto.id}` : issue.status;
  if (issue.status === 'unknown') return { alone: 'not known: its status in Sentry is not known here' };
  return { what: 'task_open', detail: `its task is open, but in Sentry it is ${is}` };
}

/** It changed after the tasks were listed, or shortly before. */
function isMoving(run: LatestRun | undefined, began: number): boolean {
  return run?.row !== undefined && !run.over && began - Date.parse(run.row.changedAt) < MOVING_MS;
}

/** Heartbeats `{pages, signals: 0}`. @throws ErrandError `sentry_unauthorized` without a token */
export function audit(deps: Deps): FeedReads['audit'] {
  return coded((input) => {
    if (!deps.listed) throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set: nothing to compare.');
    return new Audit(deps, deps.listed, input).run();
  });
}

/** What was found, counted by kind; the first of each kind are named. */
export class Tally {
  readonly differences: Difference[] = [];
  readonly counts: Partial<Record<Difference['what'], number>> = {};
  readonly leftAlone: Record<string, number> = {};
  agree = 0;
  more = 0;

  leave(why: string): void {
    this.leftAlone[why] = (this.leftAlone[why] ?? 0) + 1;
  }

  note(judgement: Judgement, about: Omit<Difference, 'what' | 'detail'>): void {
    if (judgement === null) this.agree += 1;
    else if ('alone' in judgement) this.leave(judgement.alone);
    else {
      const count = (this.counts[judgement.what] ?? 0) + 1;
      this.counts[judgement.what] = count;
      if (count <= SHOWN) this.differences.push({ ...about, ...judgement });
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
  private readonly alone: Alone;

  constructor(
    private readonly deps: Deps,
    private readonly sentry: Sentry,
    private readonly input: AuditInput,
  ) {
    this.alone = new Alone(sentry);
  }

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
    for (const list of LISTS) {
      for await (const { issues, unreadable = 0 } of eachPage(this.sentry, list, 'is:unresolved')) {
        this.beat();
        for (let i = 0; i < unreadable; i += 1) this.tally.leave(UNREADABLE);
        const runs = await this.deps.ledger.latestRuns(issues.map(({ ref }) => workflowIdOf(ref)));
        for (const issue of issues) this.oneIssue(issue, groups.get(workflowIdOf(issue.ref)) ?? [], runs);
      }
    }
  }

  private oneIssue(issue: IssueSnapshot, tasks: OurTask[], runs: Map<string, LatestRun>): void {
    const id = workflowIdOf(issue.ref);
    if (this.seen.has(id)) return;
    this.seen.add(id);
    const judgement = judgeIssue(issue, tasks, runs.get(id), this.input.floor, this.began, this.nameOf);
    const { shortId = null, url } = issue;
    this.note(judgement, { issue: id, shortId, url, task: tasks[0]?.task.url ?? null });
  }

  /** Tasks whose issue is not in the list: that alone says nothing, so each that is open is asked for by its id. */
  private async others(groups: Map<string, OurTask[]>): Promise<void> {
    const rest = [...groups].filter(([marker]) => !this.seen.has(marker));
    for (let i = 0; i < rest.length; i += BY_ID) {
      const some = rest.slice(i, i + BY_ID);
      const runs = await this.deps.ledger.latestRuns(some.map(([marker]) => marker));
      const open = some.filter(([, tasks]) => tasks.some((t) => !t.completed));
      const refs = open.flatMap(([marker]) => refOf(marker) ?? []);
      const shown = await shownById(this.sentry, refs, () => this.beat());
      for (const [marker, tasks] of some) await this.oneGroup(marker, tasks, runs.get(marker), shown);
    }
  }

  private async oneGroup(
    marker: string,
    tasks: OurTask[],
    run: LatestRun | undefined,
    shown: Map<string, IssueSnapshot>,
  ): Promise<void> {
    const { shortId = null, url = null } = run?.row ?? {};
    const open = tasks.find((t) => !t.completed);
    const about = { issue: marker, shortId, url, task: (open ?? tasks[0])?.task.url ?? null };
    if (tasks.length > 1) return this.note({ what: 'two_tasks', detail: `${tasks.length} tasks carry its id` }, about);
    if (!open) return this.note(null, about);
    const issue = shown.get(marker) ?? (await this.readOne(marker));
    if (typeof issue === 'object' && issue.status === 'unresolved' && !issue.mergedInto) {
      this.seen.add(marker);
      return this.note(judgeIssue(issue, [open], run, this.input.floor, this.began, this.nameOf), about);
    }
    const { onArchive, sync } = this.deps.rules().settings;
    const keeps = !sync.toTracker || (onArchive === 'comment' && run?.mark?.status === 'archived');
    this.note(judgeTask(issue, run, { keeps }, this.began), about);
  }

  private async readOne(marker: string): Promise<IssueSnapshot | 'missing' | 'failed' | undefined> {
    const ref = refOf(marker);
    if (!ref || this.read >= READ_MAX) return undefined;
    this.read += 1;
    const issue = await this.alone.look(ref);
    this.beat();
    return issue instanceof ErrandError ? 'failed' : issue;
  }

  private note(judgement: Judgement, about: Omit<Difference, 'what' | 'detail'>): void {
    if (this.blind && judgement && 'what' in judgement && judgement.what === 'no_task')
      return this.note({ alone: 'not known: a project could not be read' }, about);
    this.tally.note(judgement, about);
  }

  private readonly nameOf = (person: PersonKey): string => nameOf(this.deps, person) ?? person;

  private beat(): void {
    this.pages += 1;
    Context.current().heartbeat({ pages: this.pages, signals: 0 });
  }
}
