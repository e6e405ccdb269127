/** Which tracker tasks Sentry's external issues point to. */
import type { TaskRef } from '../types';
import { field, link, list } from './sentry-wire-value';

/** One link per installed app; more than a handful is somebody playing. */
const LINKS = 10;
/** `/1/<workspace>/project/<project>/task/<task>` (2025), possibly with `/comment/<story>` behind it. */
const TASK = /\/task\/(\d{6,})(?=\/|$)/;
/** `/0/<project>/<task>`, possibly with `/f` behind it: the last number. Gids have 13 digits and more, test servers' fewer. */
const NUMBERS = /\d{6,}/g;

/** The task's id in its web address: any host, because self-hosted copies and test servers have their own. */
export function taskIdInUrl(value: unknown): string | undefined {
  const path = link(value)?.pathname.replace(/\/+(?:f\/*)?$/, '');
  return path === undefined ? undefined : (TASK.exec(path)?.[1] ?? [...path.matchAll(NUMBERS)].at(-1)?.[0]);
}

/**
 * The answer of `GET …/issues/{id}/external-issues/` (docs.sentry.io/api/integration/) as tasks, each once. Links of
 * other apps that name no task are left out.
 */
export function linksOf(externalIssues: unknown): TaskRef[] {
  const links = new Map<string, TaskRef>();
  for (const external of list(externalIssues)) {
    const url = link(field(external, 'webUrl'));
    const id = taskIdInUrl(field(external, 'webUrl'));
    if (url && id && links.size < LINKS && !links.has(id)) links.set(id, { tracker: 'asana', id, url: url.href });
  }
  return [...links.values()];
}
