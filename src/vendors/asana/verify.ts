/** Whether a task is still there. */
import { ErrandError } from '../../errors';
import type { TaskRef } from '../../core/refs';
import { decodeDestination } from '../../core/issue/destination';
import { unless } from '../http/client';
import { asText } from '../http/json';
import type { AsanaClient } from './client';
import type { Destinations } from './destinations';

type Parts = { client: AsanaClient; destinations: Destinations; now?: () => number };

/** What changed in a week is a few pages of a list, and a task that is looked for after minutes was made in it. */
const LISTED_MS = 7 * 24 * 60 * 60_000;

/**
 * Reads only. A 404 alone may be a lost right, or wrong: it counts only while the project (or, without one, the token) works, and its
 * list does not show the task either.
 */
export async function verifyTask(
  { client, destinations, now = Date.now }: Parts,
  task: TaskRef,
  destination?: string,
): Promise<'there' | 'gone'> {
  const there = await unless(['asana_not_found'], () => client.task(task.id, 'gid'));
  if (there) return 'there';
  if (destination === undefined) {
    await client.me();
    return 'gone';
  }
  const project = await destinations.project(decodeDestination(destination));
  const is = asText((await client.project(project))['gid']);
  if (is !== project) throw new ErrandError('asana_unavailable', `GET projects/${project}: the answer is about ${is}.`);
  const since = new Date(now() - LISTED_MS).toISOString();
  const listed = await client.tasksSince(project, since, 'gid');
  if (listed.some((one) => one['gid'] === task.id))
    throw new ErrandError('asana_unavailable', `GET tasks/${task.id}: 404, and its project's list shows it.`);
  return 'gone';
}
