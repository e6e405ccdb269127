/** All tasks of ours, in every place that the rules name. */
import { refOf } from '../contract';
import { ErrandError } from '../errors';
import { decodeDestination, destinationOf } from '../core/issue/destination';
import type { Instant } from '../core/refs';
import { oldestFirst, type OurTask } from '../vendors/tracker';
import type { LatestRun, Ledger } from '../temporal/client/ledger';
import { trackerOf, type Deps } from './deps';
import { SWEPT } from './sentry-pages';

/** Ids that one question to visibility may name. */
const PAGE = 100;
/** Before Asana was: everything. */
export const EVER: Instant = '2008-01-01T00:00:00.000Z';

/**
 * @param pageRead called after each page: a project of 40,000 tasks takes longer than a heartbeat may
 * @throws ErrandError when no project could be read, or the tracker is away
 * @returns tasks whose marker names an issue of `org`, oldest first within a place; `unread`: places that could not be read, and why
 */
export async function tasksOfOurs(
  deps: Pick<Deps, 'trackers' | 'rules'>,
  org: string,
  since: Instant,
  pageRead: () => void,
): Promise<{ tasks: OurTask[]; unread: string[] }> {
  const tasks = new Map<string, OurTask>();
  const unread: string[] = [];
  let failure: ErrandError | undefined;
  for (const destination of new Set(deps.rules().projects.map((p) => destinationOf(p.destination)))) {
    try {
      for (const task of await trackerOf(deps, decodeDestination(destination).tracker).listTasks(
        destination,
        since,
        pageRead,
      )) {
        const ref = refOf(task.marker);
        if (ref?.source === SWEPT && ref.scope === org) tasks.set(task.task.id, task);
      }
    } catch (e) {
      // One project that the bot user has left must not hide the others; an outage concerns all of them.
      if (!(e instanceof ErrandError) || e.entry.retry) throw e;
      failure ??= e;
      unread.push(`${destinationWords(destination)}: ${e.message}`);
    }
  }
  // Nothing is known at all: that is no answer.
  if (failure && tasks.size === 0) throw failure;
  return { tasks: [...tasks.values()], unread };
}

/** `Acme / Errors` */
function destinationWords(destination: string): string {
  const { workspace, project } = decodeDestination(destination);
  return `${workspace} / ${project}`;
}

/** Marker → its tasks, in the order given. */
export function byMarker(tasks: OurTask[]): Map<string, OurTask[]> {
  const groups = new Map<string, OurTask[]>();
  for (const task of tasks) groups.set(task.marker, [...(groups.get(task.marker) ?? []), task]);
  return groups;
}

/** Oldest first: the one that stays. */
export const byAge = oldestFirst(({ createdAt, task }: OurTask) => ({ createdAt, id: task.id }));

/** Each marker with its tasks and what is known of its issue, asked for shortly before: a page of them at a time. */
export async function* followed(
  ledger: Ledger,
  groups: [marker: string, tasks: OurTask[]][],
): AsyncGenerator<[marker: string, tasks: OurTask[], known: LatestRun | undefined]> {
  for (let i = 0; i < groups.length; i += PAGE) {
    const page = groups.slice(i, i + PAGE);
    const known = await ledger.latestRuns(page.map(([marker]) => marker));
    for (const [marker, tasks] of page) yield [marker, tasks, known.get(marker)];
  }
}
