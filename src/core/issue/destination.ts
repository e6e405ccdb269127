/** A tracker project as one text. */
import type { TaskSpec } from './decision';

/** A tracker, and a workspace and a project there as the rules name them (name or id). */
export type Destination = Pick<TaskSpec, 'tracker' | 'workspace' | 'project'>;

/** JSON, because the names of workspaces and projects may hold any character. */
export function destinationOf({ tracker, workspace, project }: Destination): string {
  return JSON.stringify([tracker, workspace, project]);
}

/** The reverse of `destinationOf`; a text of another form is read as `workspace/project`, of no known tracker. */
export function decodeDestination(destination: string): Destination {
  try {
    const parsed: unknown = JSON.parse(destination);
    if (Array.isArray(parsed) && parsed.length === 3 && parsed.every((part) => typeof part === 'string')) {
      const [tracker = '', workspace = '', project = ''] = parsed;
      return { tracker, workspace, project };
    }
  } catch {
    // Not JSON: the other form.
  }
  const slash = destination.indexOf('/');
  return { tracker: '', workspace: destination.slice(0, Math.max(0, slash)), project: destination.slice(slash + 1) };
}
