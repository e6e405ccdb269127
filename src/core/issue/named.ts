/** What the vendors of one issue are called, as people read it. */
import { titleOf } from '../vendor';
import { decodeDestination } from './destination';
import type { IssueRecord } from './record';

/** `tracker`: absent while it is not known where the task belongs. */
export type Named = { source: string; tracker?: string };

/** The source of the issue, such as `Sentry`. */
export function sourceOf({ ref }: Pick<IssueRecord, 'ref'>): string {
  return titleOf(ref.source);
}

/** Where its task is or was to be. */
export function namedOf(r: Pick<IssueRecord, 'ref' | 'task' | 'adopt' | 'destinations'>): Named {
  const last = r.destinations.at(-1);
  const tracker = r.task?.tracker ?? r.adopt?.tracker ?? (last === undefined ? '' : decodeDestination(last).tracker);
  return { source: sourceOf(r), ...(tracker === '' ? {} : { tracker: titleOf(tracker) }) };
}

/** `Asana task`; `task` where it is not known in which tracker it is. */
export function taskWords({ tracker }: Pick<Named, 'tracker'>): string {
  return tracker === undefined ? 'task' : `${tracker} task`;
}

/** `an Asana task`. */
export function aTask(named: Pick<Named, 'tracker'>): string {
  const words = taskWords(named);
  return `${/^[aeiou]/i.test(words) ? 'an' : 'a'} ${words}`;
}
