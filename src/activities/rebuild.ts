/** After Temporal's database was lost: the tasks that lie in the tracker are given back to the workflows of their issues. */
import { Context } from '@temporalio/activity';
import { refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import type { FeedReads } from '../types';
import type { Deps } from './deps';
import { coded, signal } from './failure';
import { sendHint } from './hint';
import { byMarker, EVER, followed, oldestFirst, tasksOfOurs } from './tracker-list';

/**
 * Makes no task: an issue is told only of a task that is there, and begins with it. Of twins the oldest is given back;
 * the next sweep merges them.
 */
export function rebuild(deps: Deps): FeedReads['rebuild'] {
  const { ledger, rules } = deps;
  return coded(async ({ org, dryRun }) => {
    const startedAt = new Date().toISOString();
    let pages = 0;
    let adopted = 0;
    let known = 0;
    const leftAlone: Record<string, number> = {};
    const leave = (why: string): void => void (leftAlone[why] = (leftAlone[why] ?? 0) + 1);
    const { linger } = rules().settings;
    const beat = (): void => Context.current().heartbeat({ pages, signals: adopted });
    const { tasks, unread } = await tasksOfOurs(deps, org, EVER, () => {
      pages += 1;
      beat();
    });
    const unresolved = await unresolvedIn(deps, () => {
      pages += 1;
      beat();
    });
    for await (const [marker, twins, run] of followed(ledger, [...byMarker(tasks)])) {
      const [oldest] = [...twins].sort(oldestFirst);
      const ref = refOf(marker);
      if (!oldest || !ref) continue;
      if (run && !run.over) known += 1;
      else if (run?.row?.state === 'done') leave('its issue is over');
      else if (twins.every((t) => t.completed && Date.parse(t.changedAt) + linger < Date.now()))
        leave('completed long ago; found again should its issue come back');
      // The rules would reopen it, and that is a person's decision.
      else if (oldest.completed && unresolved.has(marker)) leave('completed in Asana, and unresolved in Sentry');
      else {
        adopted += 1;
        if (dryRun) continue;
        beat();
        await sendHint(deps, ref, 'rebuilt', { task: oldest.task });
      }
    }
    const endedAt = new Date().toISOString();
    return { startedAt, endedAt, tasks: tasks.length, known, adopted, leftAlone, unread, dryRun };
  });
}

/** Workflow ids of all that is unresolved in Sentry. */
async function unresolvedIn({ sentry }: Deps, pageRead: () => void): Promise<Set<string>> {
  const ids = new Set<string>();
  if (!sentry) throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set, so no issue can be read.');
  let cursor: string | undefined;
  do {
    const page = await sentry.listIssues('is:unresolved', cursor, { signal: signal() });
    pageRead();
    for (const { ref } of page.issues) ids.add(workflowIdOf(ref));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}
