/** A tracker project as one text. */
import type { TaskSpec } from './decision';

/** A workspace and a project as the rules name them (name or id). */
export type Place = Pick<TaskSpec, 'workspace' | 'project'>;

/** JSON, because the names of workspaces and projects may hold any character. */
export function placeOf({ workspace, project }: Place): string {
  return JSON.stringify([workspace, project]);
}

/** The reverse of `placeOf`; a text of another form is read as `workspace/project`. */
export function decodePlace(place: string): Place {
  try {
    const parsed: unknown = JSON.parse(place);
    if (Array.isArray(parsed) && parsed.length === 2 && parsed.every((part) => typeof part === 'string')) {
      const [workspace = '', project = ''] = parsed;
      return { workspace, project };
    }
  } catch {
    // Not JSON: the other form.
  }
  const slash = place.indexOf('/');
  return { workspace: place.slice(0, Math.max(0, slash)), project: place.slice(slash + 1) };
}
