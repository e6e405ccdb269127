/** Whose web address is one of Asana: the real one, or the one in its place. */

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
