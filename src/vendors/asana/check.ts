/** The start-up check of what the rules name in Asana: every mistake at once, each with what to do about it. */
import { ErrandError, todoAtStart } from '../../errors';
import type { PersonKey } from '../../core/refs';
import type { AsanaClient } from './client';
import type { People } from './people';
import type { Place } from '../../core/issue/place';
import type { Places } from './places';
import { asRecord, asText } from '../http/json';
import type { Finding } from '../vendor';

/** A place of the rules, with the names of the custom fields that they fill there. */
export type CheckPlace = Omit<Place, 'tracker'> & { section?: string; fields?: string[] };
type CheckTools = {
  client: AsanaClient;
  places: Places;
  people: People;
  person: (key: PersonKey) => { asana?: string } | undefined;
};

/**
 * Asks Asana about the token, then about each place and person. An outage is one warning: it is no mistake of the
 * rules. Reads only.
 */
export async function checkAsana(tools: CheckTools, where: CheckPlace[], who: PersonKey[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  /** Runs one question; undefined after a finding. Ends the whole check when Asana cannot be asked. */
  async function ask<T>(
    what: string,
    run: () => Promise<T>,
    level: Finding['level'] = 'error',
  ): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ErrandError) || error.entry.retry) throw error;
      findings.push({ level, what: `${what}: ${error.message}`, todo: todoAtStart(error.entry) });
      return undefined;
    }
  }

  try {
    if (!(await ask('ASANA_ACCESS_TOKEN', () => tools.client.me()))) return findings;
    const workspaces = new Set<string>();
    for (const place of unique(where)) {
      const workspace = await checkPlace(tools, place, ask, findings);
      if (workspace) workspaces.add(workspace);
    }
    for (const key of new Set(who)) {
      for (const workspace of workspaces) await checkPerson(tools, key, workspace, findings);
    }
  } catch (error) {
    if (!(error instanceof ErrandError)) throw error;
    const what = `Asana could not be asked: ${error.message}`;
    findings.push({ level: 'warning', what, todo: todoAtStart(error.entry), unreachable: true });
  }
  return findings;
}

/** Answers the gid of the workspace when that could be found. */
async function checkPlace(
  { client, places }: CheckTools,
  place: CheckPlace,
  ask: <T>(what: string, run: () => Promise<T>, level?: Finding['level']) => Promise<T | undefined>,
  findings: Finding[],
): Promise<string | undefined> {
  const at = `project "${place.project}" of workspace "${place.workspace}"`;
  const gid = await ask(at, () => places.project(place));
  if (gid === undefined) return undefined;
  const project = await ask(at, () => client.project(gid));
  if (!project) return undefined;
  if (project['archived'] === true) {
    findings.push({ level: 'warning', what: `${at} is archived.`, todo: 'Unarchive it or name another in the rules.' });
  }
  const workspace = await ask(at, () => places.workspace(place.workspace));
  const lies = asText(asRecord(project['workspace'])['gid']);
  if (workspace && lies && lies !== workspace) {
    findings.push({
      level: 'error',
      what: `${at} lies in another workspace (${lies}).`,
      todo: 'Correct the workspace in the rules.',
    });
    return lies;
  }
  const { section, fields = [] } = place;
  // Tasks are made without it.
  if (section !== undefined) await ask(at, () => places.section(gid, section), 'warning');
  if (fields.length > 0) await checkFields(places, gid, at, fields, findings);
  return workspace ?? lies;
}

async function checkFields(places: Places, project: string, at: string, names: string[], findings: Finding[]) {
  let known: string[];
  try {
    known = (await places.fields(project)).flatMap((field) => [field.name.trim().toLowerCase(), field.gid]);
  } catch (error) {
    if (!(error instanceof ErrandError) || error.entry.retry) throw error;
    findings.push({
      level: 'warning',
      what: `custom fields of ${at}: ${error.message}`,
      todo: todoAtStart(error.entry),
    });
    return;
  }
  for (const name of names.filter((one) => !known.includes(one.trim().toLowerCase()))) {
    findings.push({
      level: 'warning',
      what: `custom field "${name}" is not in ${at}; tasks are made without it.`,
      todo: 'Add the field to the project in Asana, or correct its name in the rules.',
    });
  }
}

async function checkPerson({ people, person }: CheckTools, key: PersonKey, workspace: string, findings: Finding[]) {
  const address = person(key)?.asana;
  const found = address ? await people.find(workspace, address) : null;
  if (found) return;
  findings.push({
    level: 'warning',
    what: address
      ? `"${key}": Asana knows nobody of this address in workspace ${workspace}; their tasks are made unassigned.`
      : `"${key}" has no asana address; their tasks are made unassigned.`,
    todo: `Correct people.${key}.asana in the rules, or invite the person to the workspace.`,
  });
}

function unique(places: CheckPlace[]): CheckPlace[] {
  const seen = new Map<string, CheckPlace>();
  for (const place of places) {
    const key = JSON.stringify([place.workspace, place.project, place.section ?? null]);
    const before = seen.get(key);
    seen.set(key, { ...place, fields: [...new Set([...(before?.fields ?? []), ...(place.fields ?? [])])] });
  }
  return [...seen.values()];
}
