/** After Temporal's database was lost: the tasks that lie in the tracker are given back to the workflows of their issues. */
import { Context } from '@temporalio/activity';
import { refOf, workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import type { Sentry } from '../vendors/sentry/client';
import type { FeedReads } from '../core/feed/activities';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { IssueRef, TaskRef } from '../core/refs';
import type { Deps } from './deps';
import { coded } from './failure';
import { sendHint } from './hint';
import { Alone, shownById } from './sentry-pages';
import { byAge, byMarker, EVER, followed, tasksOfOurs } from './tracker-list';

/** Issues that Sentry does not show by their id, and that are read one by one: each is a request at 4 a second, so two minutes. */
const READ_MAX = 500;
const ASK_LATER = 'Sentry was not asked for so many one by one; rebuild once more later';

/**
 * Makes no task: an issue is told only of a task that is there, and begins with it. Of duplicates the oldest is given back;
 * the next sweep merges them.
 */
export function rebuild(deps: Deps): FeedReads['rebuild'] {
  const { ledger, rules, listed: sentry } = deps;
  return coded(async ({ org, dryRun }) => {
    if (!sentry) throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set, so no issue can be read.');
    const startedAt = new Date().toISOString();
    let pages = 0;
    let adopted = 0;
    let known = 0;
    const leftAlone: Record<string, number> = {};
    const leave = (why: string): void => void (leftAlone[why] = (leftAlone[why] ?? 0) + 1);
    const { linger } = rules().settings;
    const beat = (): void => Context.current().heartbeat({ pages, signals: adopted });
    const pageRead = (): void => {
      pages += 1;
      beat();
    };
    const adopt = async (ref: IssueRef, task: TaskRef): Promise<void> => {
      adopted += 1;
      if (dryRun) return;
      beat();
      await sendHint(deps, ref, 'rebuilt', { task });
    };
    const completed: { ref: IssueRef; task: TaskRef }[] = [];
    const { tasks, unread } = await tasksOfOurs(deps, org, EVER, pageRead);
    for await (const [marker, duplicates, run] of followed(ledger, [...byMarker(tasks)])) {
      const [oldest] = [...duplicates].sort(byAge);
      const ref = refOf(marker);
      if (!oldest || !ref) continue;
      if (run && !run.over) known += 1;
      else if (run?.row?.state === 'done') leave('its issue is over');
      else if (duplicates.every((t) => t.completed && Date.parse(t.changedAt) + linger < Date.now()))
        leave('completed long ago; found again should its issue come back');
      else if (oldest.completed) completed.push({ ref, task: oldest.task });
      else await adopt(ref, oldest.task);
    }
    // The rules would reopen such a task, and that is a person's decision. Sentry's list hides some issues, so each is asked for.
    const shown = await shownById(
      sentry,
      completed.map(({ ref }) => ref),
      pageRead,
    );
    const readOne = oneByOne(sentry, beat);
    for (const { ref, task } of completed) {
      const issue = shown.get(workflowIdOf(ref)) ?? (await readOne(ref));
      if (issue instanceof Unknown) leave(`completed in Asana, and not known: ${issue.why}`);
      else if (issue === 'missing') leave('completed in Asana, and not shown by Sentry');
      else if (issue.status === 'unresolved' || issue.status === 'unknown')
        leave('completed in Asana, and unresolved in Sentry');
      else await adopt(ref, task);
    }
    const endedAt = new Date().toISOString();
    return { startedAt, endedAt, tasks: tasks.length, known, adopted, leftAlone, unread, dryRun };
  });
}

class Unknown {
  constructor(readonly why: string) {}
}

/** Each is told of, and one that cannot be read holds up nobody else: what was found of the others would be lost with it. */
function oneByOne(sentry: Sentry, read: () => void): (ref: IssueRef) => Promise<IssueSnapshot | 'missing' | Unknown> {
  const alone = new Alone(sentry);
  let reads = 0;
  let away: Unknown | undefined;
  const unknown = ({ code }: ErrandError): Unknown =>
    new Unknown(`Sentry could not be asked (${code}); rebuild once more later`);
  return async (ref) => {
    if (away) return away;
    if (reads >= READ_MAX) return new Unknown(ASK_LATER);
    reads += 1;
    try {
      const issue = await alone.look(ref);
      return issue instanceof ErrandError ? unknown(issue) : issue;
    } catch (e) {
      if (!(e instanceof ErrandError)) throw e;
      // Each of the rest would wait for its time-out.
      away = unknown(e);
      return away;
    } finally {
      read();
    }
  };
}
