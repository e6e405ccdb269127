/** One attempt to be done with what waits for a workflow: it is sent, unless it is the echo of our own assignment. */
import { isKnown, waitOf, type Standing } from '../../core/issue/echo';
import type { Hint } from '../../core/issue/hint';
import { onlyAssigned, type Pending } from '../inbox/pending';
import { DEADLINE } from './bounds';
import type { Group } from './group';
import { Abandoned } from './time';
import type { DispatcherOptions } from './types';

/** `wait`: milliseconds until it is to be attempted again. */
export type Attempted = 'sent' | 'unchanged' | { wait: number };

/**
 * An assignment that came alone is compared with what the workflow knows, in its first minute only at the end of that. Nothing but
 * the row says that it waits, so a restart judges it anew, and where Temporal knows of no such workflow, as after its database was
 * lost, it is sent like any other.
 * @param now milliseconds by which signals have their deadline
 * @throws what `send` throws
 */
export async function attempt(
  { send, assigned, wall = Date.now }: Pick<DispatcherOptions, 'send' | 'assigned' | 'wall'>,
  { id, comparedAt }: Pick<Group, 'id' | 'comparedAt'>,
  { row, hints }: { row: Pending; hints: Hint[] },
  now: () => number,
): Promise<Attempted> {
  const assignment = assigned && onlyAssigned(row);
  if (assignment) {
    if (comparedAt !== undefined && comparedAt > now()) return { wait: comparedAt - now() };
    // What cannot be read is sent, and says then what is wrong.
    const known: Standing | undefined = await assigned.standing(id).catch(() => undefined);
    // It waits once: the two clocks may differ, or one of them may be set back.
    const wait = comparedAt === undefined ? waitOf(known, assigned.wait(), wall()) : 0;
    if (wait > 0) return { wait };
    if (isKnown(assignment, known)) return 'unchanged';
  }
  await send(id, row.ref, hints, now() + DEADLINE);
  return 'sent';
}

/** What became of one that failed: see {@link DispatcherOptions.classify}. */
export function verdictOf(error: unknown, classify: DispatcherOptions['classify']): 'pause' | 'busy' | 'invalid' {
  if (error instanceof Abandoned) return 'pause';
  try {
    return classify(error);
  } catch {
    return 'pause';
  }
}
