/** Which tracker tasks Sentry's external issues point to. */
import type { TaskRef } from '../../../core/refs';
import { field, link } from './value';
import { asList } from '../../http/json';

/** One link per installed app; more than a handful is somebody playing. */
const LINKS = 10;

/** The task that a web address shows; undefined where it shows none of a tracker in use. */
export type TaskAt = (url: URL) => TaskRef | undefined;

/**
 * The answer of `GET …/issues/{id}/external-issues/` (docs.sentry.io/api/integration/) as tasks, each once. Links of
 * other apps and other trackers are left out.
 */
export function linksOf(externalIssues: unknown, taskAt: TaskAt): TaskRef[] {
  const links = new Map<string, TaskRef>();
  for (const external of asList(externalIssues)) {
    const url = link(field(external, 'webUrl'));
    const task = url && taskAt(url);
    if (task && links.size < LINKS && !links.has(task.id)) links.set(task.id, task);
  }
  return [...links.values()];
}
