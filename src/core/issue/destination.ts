/** A tracker project as one text. */
import type { TaskSpec } from './decision';

/** A workspace and a project as the rules name them (name or id). */
export type Destination = Pick<TaskSpec, 'workspace' | 'project'>;

/** JSON, because the names of workspaces and projects may hold any character. */
export function destinationOf({ workspace, project }: Destination): string {
  return JSON.stringify([workspace, project]);
}

/** The reverse of `placeOf`; a text of another form is read as `workspace/project`. */
export function decodeDestination(destination: string): Destination {
  try {
    const parsed: unknown = JSON.parse(destination);
    if (Array.isArray(parsed) && parsed.length === 2 && parsed.every((part) => typeof part === 'string')) {
      const [workspace = '', project = ''] = parsed;
      return { workspace, project };
    }
  } catch {
    // Not JSON: the other form.
  }
  const slash = destination.indexOf('/');
  return { workspace: destination.slice(0, Math.max(0, slash)), project: destination.slice(slash + 1) };
}
