/**
 * Two tasks of one issue become one: the remaining window of the proof at `ensureTask` is closed afterwards. And tasks
 * that somebody deleted: Asana's lists do not show them.
 */
import { Context } from '@temporalio/activity';
import { refOf } from '../contract';
import { ErrandError } from '../errors';
import { means, type Meaning } from '../core/vendor';
import { renderNote } from '../text/notes';
import type { FeedReads } from '../core/feed/activities';
import type { Instant, IssueRef, TaskRef } from '../core/refs';
import type { OurTask } from '../vendors/tracker';
import { trackerOf, type Deps } from './deps';
import { coded } from './failure';
import { sendHint } from './hint';
import { byAge, byMarker, EVER, followed, tasksOfOurs } from './tracker-list';

/** Clocks differ, and a task may be listed some time after it was made. */
const OVERLAP_MS = 10 * 60_000;

/** Said of one task. The same request would be refused again, and the other tasks are none the worse for it. */
const REFUSALS: Meaning[] = ['ignored', 'refused', 'forbidden', 'not_found', 'payment_required'];

/**
 * The oldest stays. First its issue is told to work on that one, then the others get a comment that points there,
 * are completed and lose their marker: nothing is deleted, and whatever is cut off in between is done again next time. A duplicate that
 * Asana refuses to change is logged and counted; it is tried again when it has changed, and when all are looked at, once a day.
 */
export function mergeDuplicates(deps: Deps): FeedReads['mergeDuplicates'] {
  const { ledger, can, log } = deps;
  return coded(async ({ org, since, dryRun, all = false }) => {
    const began = new Date().toISOString();
    let pages = 0;
    let signals = 0;
    const beat = (): void => Context.current().heartbeat({ pages, signals });
    const from = all ? EVER : new Date(Date.parse(since) - OVERLAP_MS).toISOString();
    const { tasks, unread } = await tasksOfOurs(deps, org, from, () => {
      pages += 1;
      beat();
    });
    let merged = 0;
    let refused = 0;
    for await (const [marker, listed, known] of followed(ledger, [...byMarker(tasks)])) {
      const its = known?.row?.task ?? undefined;
      const duplicates = await unlessRefused(its ?? listed[0]?.task, () => withKnown(listed, its));
      const [keep, ...others] = duplicates ?? [];
      if (!duplicates) refused += 1;
      if (!keep || others.length === 0) continue;
      if (dryRun || !can('').write) {
        merged += others.length;
        continue;
      }
      await tellIssue(marker, keep.task);
      for (const duplicate of others) {
        if (await unlessRefused(duplicate.task, () => retire(duplicate, keep.task))) merged += 1;
        else refused += 1;
        beat();
      }
    }
    const found = { merged, unread, ...(refused === 0 ? {} : { refused }) };
    // A task that was not found may lie where nothing could be read.
    if (!all || unread.length > 0) return found;
    let missed = 0;
    const listed = new Set(tasks.map((one) => one.task.id));
    for await (const [ref, task] of notAmong(listed, began)) {
      missed += 1;
      if (!dryRun) signals += 1;
      beat();
      if (!dryRun) await sendHint(deps, ref, 'missed', { missed: task });
    }
    return { ...found, missed };
  });

  /** Issues in work whose task is not listed. It may have been deleted, or moved to where the rules do not look: the issue finds out. */
  async function* notAmong(listed: Set<string>, began: Instant): AsyncGenerator<[IssueRef, TaskRef]> {
    for await (const issues of ledger.unresolved()) {
      for (const { ref, run: known } of issues) {
        const { row } = known;
        // Its task may have been made after its project was listed.
        if (row?.state !== 'open' || !row.task || row.changedAt >= began) continue;
        if (!listed.has(row.task.id)) yield [ref, row.task];
      }
    }
  }

  /** The task that the issue works on may not have changed lately, and so not be in the list. */
  async function withKnown(listed: OurTask[], task: TaskRef | undefined): Promise<OurTask[]> {
    if (!task || listed.some((one) => one.task.id === task.id)) return [...listed].sort(byAge);
    const its = await trackerOf(deps, task.tracker).readTask(task);
    return [...listed, ...(its && its.marker === listed[0]?.marker ? [its] : [])].sort(byAge);
  }

  async function tellIssue(marker: string, task: TaskRef): Promise<void> {
    const ref = refOf(marker);
    if (ref) await sendHint(deps, ref, 'duplicates', { task });
  }

  /** undefined, once it is logged, when Asana refuses this one task. */
  async function unlessRefused<T>(task: TaskRef | undefined, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ErrandError) || !means(error.code, ...REFUSALS)) throw error;
      log.warn(
        { task: task?.url, code: error.code, said: error.detail },
        'Asana refuses to show or to change a task, so it is not merged',
      );
      return undefined;
    }
  }

  async function retire(duplicate: OurTask, keep: TaskRef): Promise<true> {
    const note = { key: 'duplicate', say: 'duplicate', facts: { url: keep.url } } as const;
    const tracker = trackerOf(deps, duplicate.task.tracker);
    await tracker.comment(duplicate.task, note.key, renderNote(note));
    await tracker.unmarkTask(duplicate.task, duplicate.marker);
    return true;
  }
}
