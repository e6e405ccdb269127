/** Places: what the rules call a workspace, a project and a section, found in Asana by gid or by name. */
import type { Destination } from '../../core/issue/destination';

type AsanaDestination = Omit<Destination, 'tracker'>;
import { ErrandError } from '../../errors';
import type { Json } from './call';
import type { AsanaClient } from './client';
import { asRecord, asText } from '../http/json';
import { createMemory } from '../http/memory';

export type CustomField = {
  gid: string;
  name: string;
  /** `text`, `number`, `enum`, `multi_enum`, `date`, `people`, … */
  type: string;
  options: { gid: string; name: string }[];
  /** Decimal places of a number; absent when Asana does not say. */
  precision?: number;
  /** A number that is shown in per cent. */
  percent?: boolean;
};

/** Names change rarely; a name that is not found is looked for again soon, since somebody is correcting it. */
const FOUND_MS = 10 * 60_000;
const MISSING_MS = 30_000;
/** Asana says that definitions may change at any time. */
const FIELDS_MS = 5 * 60_000;

/** The rules name objects by name or gid; gids are all digits. */
export function isGid(name: string): boolean {
  return /^\d+$/.test(name);
}

export type Destinations = ReturnType<typeof createDestinations>;

/** Resolves names to gids, remembering answers for 10 minutes. Misses throw `asana_place_unknown` with what there is. */
export function createDestinations(client: AsanaClient, now: () => number) {
  const lists = createMemory<Json[]>({ now, ttlMs: (list) => (list.length > 0 ? FOUND_MS : MISSING_MS) });
  const fieldLists = createMemory<CustomField[]>({ now, ttlMs: () => FIELDS_MS });

  /** Finds `name` in a remembered list; a miss reads the list again unless it is fresh. */
  async function look(key: string, name: string, read: () => Promise<Json[]>): Promise<string | Json[]> {
    const hit = pick(await lists.get(key, read), name);
    if (hit) return hit;
    if (lists.age(key) > MISSING_MS) lists.forget(key);
    const list = await lists.get(key, read);
    return pick(list, name) ?? list;
  }

  async function find(key: string, kind: string, name: string, read: () => Promise<Json[]>): Promise<string> {
    const hit = await look(key, name, read);
    if (typeof hit === 'string') return hit;
    const known = hit.map((one) => asText(one['name']) ?? '').slice(0, 20);
    throw new ErrandError('asana_place_unknown', `No ${kind} "${name}"; there is: ${known.join(', ') || 'none'}.`);
  }

  const destinations = {
    workspace: async (workspace: string): Promise<string> =>
      isGid(workspace) ? workspace : find('workspaces', 'workspace', workspace, () => client.workspaces()),

    project: async (destination: AsanaDestination): Promise<string> => {
      if (isGid(destination.project)) return destination.project;
      const workspace = await destinations.workspace(destination.workspace);
      return find(`projects ${workspace}`, 'project', destination.project, () => client.projects(workspace));
    },

    section: async (project: string, section: string): Promise<string> =>
      isGid(section)
        ? section
        : find(`sections ${project}`, `section of project ${project}`, section, () => client.sections(project)),

    /** The custom fields of a project. */
    fields: (project: string): Promise<CustomField[]> =>
      fieldLists.get(project, async () => (await client.fields(project)).flatMap(fieldOf)),

    /** After Asana refused a field: the definitions are read afresh next time. */
    forgetFields: (project: string): void => fieldLists.forget(project),

    /** The tag's gid; made when there is none of this name. */
    tag: async (workspace: string, name: string): Promise<string> => {
      const hit = await look(`tags ${workspace}`, name, () => client.tags(workspace));
      if (typeof hit === 'string') return hit;
      // Two workers may both make it; tags of one name do no harm, and the next look takes the first.
      const made = await client.createTag(workspace, name);
      const gid = asText(made['gid']);
      if (!gid) throw new ErrandError('asana_outcome_unknown', 'POST tags: the answer names no gid.');
      hit.push({ gid, name });
      return gid;
    },
  };
  return destinations;
}

/** The exact name first, then the only one that differs by case; archived projects last. */
function pick(list: Json[], name: string): string | undefined {
  const wanted = name.trim().toLowerCase();
  const live = [...list].sort((a, b) => Number(a['archived'] === true) - Number(b['archived'] === true));
  const hit =
    live.find((one) => one['name'] === name) ??
    live.find((one) => asText(one['name'])?.trim().toLowerCase() === wanted);
  return asText(hit?.['gid']);
}

function fieldOf(setting: Json): CustomField[] {
  const field = asRecord(setting['custom_field']);
  const gid = asText(field['gid']);
  const name = asText(field['name']);
  if (!gid || !name) return [];
  const options = (Array.isArray(field['enum_options']) ? (field['enum_options'] as unknown[]) : [])
    .map(asRecord)
    .filter((option) => option['enabled'] !== false)
    .flatMap((option) => {
      const id = asText(option['gid']);
      return id ? [{ gid: id, name: asText(option['name']) ?? '' }] : [];
    });
  const type = asText(field['resource_subtype']) ?? asText(field['type']) ?? 'text';
  const precision = typeof field['precision'] === 'number' ? field['precision'] : undefined;
  return [{ gid, name, type, options, precision, percent: field['format'] === 'percentage' }];
}
