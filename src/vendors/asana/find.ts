/** Finding the one task of an issue: by what is known of it, then by its marker in every place that it was ever sent to. */
import type { TaskRef } from '../../core/refs';
import { decodeDestination } from '../../core/issue/destination';
import { unless } from '../http/client';
import type { Tracker } from '../tracker';
import { isDenial } from './call';
import type { createLookup } from './lookup';
import type { Destinations } from './destinations';
import { carries, markerIn, type AsanaTask } from './task';

/** What is looked with. `me`: gid of the token's own user */
type Finding = { lookup: ReturnType<typeof createLookup>; destinations: Destinations; me: () => Promise<string> };

/** A task that the state or a link on the issue names, if it is ours: by its marker, or without any by its author. */
async function known({ lookup, me }: Finding, ref: TaskRef, marker: string): Promise<AsanaTask | undefined> {
  // A link may hold anything: what Asana does not take for a task of ours is not one.
  const task = await lookup.read(ref.id).catch((error: unknown) => {
    if (isDenial(error, ['asana_not_found', 'asana_forbidden', 'asana_refused'])) return undefined;
    throw error;
  });
  if (!task) return undefined;
  if (carries(task.notes, marker)) return task;
  // A person may have deleted the marker; another marker, or another author or none, makes it another task.
  const ours = markerIn(task.notes) === undefined && task.createdBy === (await me());
  return ours ? task : undefined;
}

/** @param project the gid of the place where the task would be made, looked at first */
export async function findTask(
  finding: Finding,
  input: Parameters<Tracker['findTask']>[0],
  project?: string,
): Promise<AsanaTask | undefined> {
  const { lookup, destinations } = finding;
  for (const ref of input.known) {
    const task = ref.tracker === 'asana' ? await known(finding, ref, input.marker) : undefined;
    if (task) return task;
  }
  const here = project === undefined ? undefined : await lookup.find(project, input.marker, input.since);
  if (here) return here;
  const looked = new Set([project]);
  for (const destination of input.destinations) {
    // A project that is gone took its tasks with it. One that is only closed to us (403) may hide the task: that throws.
    const task = await unless(['asana_place_unknown', 'asana_not_found'], async () => {
      const gid = await destinations.project(decodeDestination(destination));
      if (looked.has(gid)) return undefined;
      looked.add(gid);
      return lookup.find(gid, input.marker, input.since);
    });
    if (task) return task;
  }
  return undefined;
}
