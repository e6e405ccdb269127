/** Our own tasks as they lie in Asana, whoever follows them: for sweeps, audits and rebuilds. */
import { ErrandError } from '../../errors';
import type { PersonKey } from '../../core/refs';
import type { OurTask, Tracker } from '../tracker';
import type { AsanaClient } from './client';
import type { createLookup } from './lookup';
import { decodeDestination } from '../../core/issue/destination';
import type { Destinations } from './destinations';
import { markersIn, refOfTask, told, type AsanaTask } from './task';
import { complete } from './writes';
import { type Warn } from '../http/client';
import { asText } from '../http/json';

type Parts = {
  client: AsanaClient;
  lookup: ReturnType<typeof createLookup>;
  destinations: Destinations;
  /** The person of the rules who has the task. */
  namedIn: (task: AsanaTask) => PersonKey | null;
  warn?: Warn;
};

/** What stands where the marker was. */
const RETIRED = 'Errand follows another task of this issue; see the comment.';

export function createOurs({
  client,
  lookup,
  destinations,
  namedIn,
  warn,
}: Parts): Pick<Tracker, 'listTasks' | 'readTask' | 'unmarkTask'> {
  const ours = (task: AsanaTask): OurTask[] => {
    const [marker, another] = markersIn(task.notes);
    if (marker === undefined) return [];
    // Which of them a person wrote is not known, and a duplicate that is merged is completed: neither issue loses its task.
    if (another !== undefined) {
      warn?.('A task carries the ids of several issues, so it is not merged: take the wrong line out of its text', {
        task: task.url,
        ids: `${marker}, ${another}`,
      });
      return [];
    }
    const createdAt = told(task, 'createdAt');
    const changedAt = told(task, 'modifiedAt');
    const completed = told(task, 'completed');
    return [{ marker, task: refOfTask(task), createdAt, changedAt, completed, assignee: namedIn(task) }];
  };
  return {
    async listTasks(destination, since, pageRead) {
      return (await lookup.oursIn(await destinations.project(decodeDestination(destination)), since, pageRead)).flatMap(
        ours,
      );
    },

    async readTask(ref) {
      try {
        const task = await lookup.read(ref.id);
        return task && ours(task)[0];
      } catch (e) {
        if (e instanceof ErrandError && e.code === 'asana_not_found') return undefined;
        throw e;
      }
    },

    /**
     * Two PUTs, safe to repeat. The marker goes last, so that a duplicate that stays open is found again. It is our own line, so the rest
     * of the rich text stays as people left it. `asana_ignored`: taken, and the task is not completed.
     */
    async unmarkTask(ref, marker) {
      const html = asText((await client.task(ref.id, 'gid,html_notes'))['html_notes']) ?? '';
      await complete(client, ref.id, true);
      const at = html.lastIndexOf(marker);
      if (at < 0) return;
      const notes = html.slice(0, at) + RETIRED + html.slice(at + marker.length);
      await client.updateTask(ref.id, { html_notes: notes }, 'gid');
    },
  };
}
