/** The start-up check of what the rules name in Asana: every mistake at once, each with what to do about it. */
import { ErrandError, todoAtStart } from '../../errors';
import type { PersonKey } from '../../core/refs';
import type { AsanaClient } from './client';
import type { People } from './people';
import type { Destination } from '../../core/issue/destination';
import type { Destinations } from './destinations';
import { asRecord, asText } from '../http/json';
import type { Finding } from '../finding';

/** A place of the rules, with the names of the custom fields that they fill there. */
export type CheckedDestination = Omit<Destination, 'tracker'> & { section?: string; fields?: string[] };
type CheckTools = {
  client: AsanaClient;
  destinations: Destinations;
  people: People;
  person: (key: PersonKey) => { asana?: string } | undefined;
};

/**
 * Asks Asana about the token, then about each place and person. An outage is one warning: it is no mistake of the
 * rules. Reads only.
 */
export async function checkAsana(tools: CheckTools, where: CheckedDestination[], who: PersonKey[]): Promise<Finding[]> {
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
    for (const destination of unique(where)) {
      const workspace = await checkDestination(tools, destination, ask, findings);
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
async function checkDestination(
  { client, destinations }: CheckTools,
  destination: CheckedDestination,
  ask: <T>(what: string, run: () => Promise<T>, level?: Finding['level']) => Promise<T | undefined>,
  findings: Finding[],
): Promise<string | undefined> {
  const at = `project "${destination.project}" of workspace "${destination.workspace}"`;
  const gid = await ask(at, () => destinations.project(destination));
  if (gid === undefined) return undefined;
  const project = await ask(at, () => client.project(gid));
  if (!project) return undefined;
  if (project['archived'] === true) {
    findings.push({ level: 'warning', what: `${at} is archived.`, todo: 'Unarchive it or name another in the rules.' });
  }
  const workspace = await ask(at, () => destinations.workspace(destination.workspace));
  const lies = asText(asRecord(project['workspace'])['gid']);
  if (workspace && lies && lies !== workspace) {
    findings.push({
      level: 'error',
      what: `${at} lies in another workspace (${lies}).`,
      todo: 'Correct the workspace in the rules.',
    });
    return lies;
  }
  const { section, fields = [] } = destination;
  // Tasks are made without it.
  if (section !== undefined) await ask(at, () => destinations.section(gid, section), 'warning');
  if (fields.length > 0) await checkFields(destinations, gid, at, fields, findings);
  return workspace ?? lies;
}

async function checkFields(
  destinations: Destinations,
  project: string,
  at: string,
  names: string[],
  findings: Finding[],
) {
  let known: string[];
  try {
    known = (await destinations.fields(project)).flatMap((field) => [field.name.trim().toLowerCase(), field.gid]);
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

function unique(destinations: CheckedDestination[]): CheckedDestination[] {
  const seen = new Map<string, CheckedDestination>();
  for (const destination of destinations) {
    const key = JSON.stringify([destination.workspace, destination.project, destination.section ?? null]);
    const before = seen.get(key);
    seen.set(key, { ...destination, fields: [...new Set([...(before?.fields ?? []), ...(destination.fields ?? [])])] });
  }
  return [...seen.values()];
}
