/** Which tracker tasks Sentry's external issues point to. */
import type { TaskRef } from '../../../core/refs';
import { field, link, list } from './value';

/** One link per installed app; more than a handful is somebody playing. */
const LINKS = 10;
/** `/1/<workspace>/project/<project>/task/<task>` (2025), possibly with `/comment/<story>` behind it. */
const TASK = /\/task\/(\d{6,})(?=\/|$)/;
/** `/0/<project>/<task>`, possibly with `/f` behind it: the last number. Gids have 13 digits and more, test servers' fewer. */
const NUMBERS = /\d{6,}/g;

/**
 * The task's id in its web address.
 * @param hosts names of the hosts that show tasks of the tracker; on another one, another tracker has the number
 */
export function taskIdInUrl(value: unknown, hosts: ReadonlySet<string>): string | undefined {
  const url = link(value);
  const path = url && hosts.has(url.hostname) ? url.pathname.replace(/\/+(?:f\/*)?$/, '') : undefined;
  return path === undefined ? undefined : (TASK.exec(path)?.[1] ?? [...path.matchAll(NUMBERS)].at(-1)?.[0]);
}

/**
 * The answer of `GET …/issues/{id}/external-issues/` (docs.sentry.io/api/integration/) as tasks, each once. Links of
 * other apps and other trackers are left out.
 * @param hosts as above
 */
export function linksOf(externalIssues: unknown, hosts: ReadonlySet<string>): TaskRef[] {
  const links = new Map<string, TaskRef>();
  for (const external of list(externalIssues)) {
    const url = link(field(external, 'webUrl'));
    const id = taskIdInUrl(field(external, 'webUrl'), hosts);
    if (url && id && links.size < LINKS && !links.has(id)) links.set(id, { tracker: 'asana', id, url: url.href });
  }
  return [...links.values()];
}
