/** Whose web address is one of Asana: the real one, or the one in its place. */

import type { TaskRef } from '../../core/refs';

/** Where people see their tasks (developers.asana.com, `permalink_url`), whatever stands before the API. */
const REAL = 'app.asana.com';

/**
 * The names of the hosts that show tasks of the Asana in use: its own, and that of its API where it is another one (the sandbox, a test
 * server). Ports do not count: what stands before an API often has another one.
 * @param baseUrl of the API, a real URL; absent: Asana's own
 */
export function asanaHosts(baseUrl?: string): ReadonlySet<string> {
  return new Set([REAL, ...(baseUrl === undefined ? [] : [new URL(baseUrl).hostname])]);
}

/** Opens the task in Asana's web application wherever it lies. */
export function taskUrl(gid: string): string {
  return `https://${REAL}/0/0/${gid}/f`;
}

/** `/1/<workspace>/project/<project>/task/<task>` (2025), possibly with `/comment/<story>` behind it. */
const TASK = /\/task\/(\d{6,})(?=\/|$)/;
/** `/0/<project>/<task>`, possibly with `/f` behind it: the last number. Gids have 13 digits and more, test servers' fewer. */
const NUMBERS = /\d{6,}/g;

/**
 * The task that a web address shows; undefined where it shows none of the Asana in use: on another host, another tracker has the number.
 * @param baseUrl as of {@link asanaHosts}
 */
export function createTaskAt(baseUrl?: string): (url: URL) => TaskRef | undefined {
  const hosts = asanaHosts(baseUrl);
  return (url) => {
    if (!hosts.has(url.hostname)) return undefined;
    const path = url.pathname.replace(/\/+(?:f\/*)?$/, '');
    const id = TASK.exec(path)?.[1] ?? [...path.matchAll(NUMBERS)].at(-1)?.[0];
    return id === undefined ? undefined : { tracker: 'asana', id, url: url.href };
  };
}
