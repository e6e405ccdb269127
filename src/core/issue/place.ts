/** A tracker project as one text. */
import type { TaskSpec } from './decision';

/** A tracker, and a workspace and a project there as the rules name them (name or id). */
export type Place = Pick<TaskSpec, 'tracker' | 'workspace' | 'project'>;

/** JSON, because the names of workspaces and projects may hold any character. */
export function placeOf({ tracker, workspace, project }: Place): string {
  return JSON.stringify([tracker, workspace, project]);
}

/** The reverse of `placeOf`; a text of another form is read as `workspace/project`, of no known tracker. */
export function decodePlace(place: string): Place {
  try {
    const parsed: unknown = JSON.parse(place);
    if (Array.isArray(parsed) && parsed.length === 3 && parsed.every((part) => typeof part === 'string')) {
      const [tracker = '', workspace = '', project = ''] = parsed;
      return { tracker, workspace, project };
    }
  } catch {
    // Not JSON: the other form.
  }
  const slash = place.indexOf('/');
  return { tracker: '', workspace: place.slice(0, Math.max(0, slash)), project: place.slice(slash + 1) };
}
