/** A tracker project as one text. */
import type { TaskSpec } from './decision';

/** JSON, because the names of workspaces and projects may hold any character. */
export function placeOf({ workspace, project }: Pick<TaskSpec, 'workspace' | 'project'>): string {
  return JSON.stringify([workspace, project]);
}
