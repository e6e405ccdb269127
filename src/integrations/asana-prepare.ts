/** A draft as Asana's gids, before anything is made. */
import type { ErrorCode } from '../errors';
import type { PersonKey, TaskDraft } from '../types';
import { fieldValue, type BodyParts } from './asana-body';
import type { Json } from './asana-client';
import type { Places } from './asana-places';
import { unless } from './http';

/** Definite refusals: nothing was made, and the same request would be refused again. */
const REFUSALS: ErrorCode[] = [
  'asana_refused',
  'asana_forbidden',
  'asana_not_found',
  'asana_payment_required',
  'asana_place_unknown',
];

type Prepare = (
  draft: TaskDraft,
  to: Pick<BodyParts, 'marker' | 'workspace' | 'project'>,
  leftOut: string[],
) => Promise<BodyParts>;

/**
 * @param gidOf the gid of a person in a workspace; null when the rules or Asana do not know them there
 * @returns looks up everything that a draft names; what Asana does not know is left out and named in `leftOut`.
 *   Throws what {@link Places} throws, except the refusals of tags and fields
 */
export function createPrepare(
  places: Places,
  gidOf: (workspace: string, key: PersonKey) => Promise<string | null>,
): Prepare {
  async function fieldValues(draft: TaskDraft, project: string, leftOut: string[]): Promise<Json> {
    const { fields, priority } = draft.spec;
    const wanted = new Map(Object.entries(fields));
    // The rules' priority goes into the field of that name where the project has one; nobody asked for the field itself.
    const asked = new Set(wanted.keys());
    const lower = (name: string): string => name.trim().toLowerCase();
    if (priority !== undefined && ![...asked].some((name) => lower(name) === 'priority'))
      wanted.set('Priority', priority);
    if (wanted.size === 0) return {};
    const defined = await unless(REFUSALS, () => places.fields(project));
    const values: Json = {};
    for (const [name, value] of wanted) {
      const field =
        defined?.find((one) => one.name === name || one.gid === name) ??
        defined?.find((one) => lower(one.name) === lower(name));
      const fit = field ? fieldValue(field, value) : undefined;
      if (field && fit !== undefined) values[field.gid] = fit;
      else if (asked.has(name))
        leftOut.push(field ? `custom field "${name}" (no such option or value)` : `custom field "${name}"`);
    }
    return values;
  }

  return async (draft, { marker, workspace, project }, leftOut) => {
    const { spec } = draft;
    const section = spec.section === undefined ? undefined : await places.section(project, spec.section);
    const assignee = draft.assignee === null ? null : await gidOf(workspace, draft.assignee);
    const followers: string[] = [];
    for (const key of new Set(spec.followers)) {
      const gid = await gidOf(workspace, key);
      if (gid) followers.push(gid);
      else leftOut.push(`follower ${key}`);
    }
    const tags: string[] = [];
    for (const name of new Set(spec.tags)) {
      const gid = await unless(REFUSALS, () => places.tag(workspace, name));
      if (gid) tags.push(gid);
      else leftOut.push(`tag "${name}"`);
    }
    const fields = await fieldValues(draft, project, leftOut);
    return { draft, marker, workspace, project, section, assignee, followers: [...new Set(followers)], tags, fields };
  };
}
