/** What the rules want of a task besides its text, its project and its assignee: each thing apart, so that one costs only itself. */
import type { ErrandError, ErrorCode } from '../../errors';
import { truncate } from '../../text/scrub';
import type { TaskSpec } from '../../core/issue/decision';
import type { PersonKey } from '../../core/refs';
import type { MissingDetail } from '../tracker';
import { isDenial, type Json } from './call';
import type { AsanaClient } from './client';
import { dateObject, fieldStanding, fieldValue, VALUE_FIELDS, type Standing } from './fields';
import type { People } from './people';
import type { CustomField, Destinations } from './destinations';
import { unless, type Warn } from '../http/client';
import { asList, asRecord, asText } from '../http/json';

/** One thing that a task is to have. */
export type Detail = {
  /** For people, and the same at every look: `section "Inbox"`. */
  name: string;
  /** What people are shown in place of it: a follower by their name. */
  shown?: string;
  /** Its part of the body of POST /tasks. */
  body: Json;
  /** @param task as {@link DETAIL_FIELDS} show it */
  standing: (task: Json) => Standing;
  /** One idempotent call. @param task gid @returns the task as the answer shows it; undefined when that is empty */
  add: (task: string) => Promise<Json | undefined>;
  /** Whether a person has decided otherwise; asked only of what is missing. @param task gid */
  isTheirs?: (task: string) => Promise<boolean>;
};
/** `unknown`: what cannot even be asked for, since Asana does not know its name. */
export type Wanted = { details: Detail[]; unknown: (MissingDetail & Pick<Detail, 'shown'>)[] };
/** gids */
export type At = { workspace: string; project: string };

/** What `opt_fields` has to name, so that every {@link Detail} can tell how it stands. */
export const DETAIL_FIELDS = [
  'gid',
  'due_on',
  'followers.gid',
  'tags.gid',
  'memberships.project.gid',
  'memberships.section.gid',
  ...VALUE_FIELDS,
].join(',');

/** Definite refusals: nothing was done, and the same request would be refused again. 401 is none: it concerns everything. */
export const REFUSALS: ErrorCode[] = [
  'asana_refused',
  'asana_forbidden',
  'asana_not_found',
  'asana_payment_required',
  'asana_place_unknown',
];
/** The name of a thing comes from the rules, a vendor's reason is a sentence: several fit into one message. */
const NAME_MAX = 80;
const WHY_MAX = 100;

/** Asana's own words of a refusal, without which call it was. */
function whyOf(error: ErrandError): string {
  return truncate((error.detail ?? error.message).replace(/^(GET|POST|PUT) [^:]*: /, ''), WHY_MAX);
}

type Tools = {
  client: AsanaClient;
  destinations: Destinations;
  people: People;
  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  gidOf: (workspace: string, key: PersonKey) => Promise<string | null>;
  /** The Asana address of a person of the rules. */
  addressOf: (key: PersonKey) => string | undefined;
  /** By what name people know a person. */
  called: (key: PersonKey) => string;
  warn?: Warn;
};
export type Details = ReturnType<typeof createDetails>;

/** `said`: what the plan lacks, and was said once. */
type Looking = Tools & { said: Set<string> };

/** Looks up what the rules name. Reads, and makes tags that are missing. */
export function createDetails(tools: Tools) {
  const looking: Looking = { ...tools, said: new Set() };
  return {
    refusal: (name: string, run: () => Promise<unknown>) => refusal(looking, name, run),
    /** Throws what reading throws, except definite refusals, which are in `unknown`. */
    async wanted(spec: TaskSpec, at: At): Promise<Wanted> {
      const all: Wanted = { details: [], unknown: [] };
      await destination(looking, spec, at, all);
      await followers(looking, spec, at, all);
      await tags(looking, spec, at, all);
      dueOn(looking, spec, all);
      await fields(looking, spec, at, all);
      return all;
    },
    /** After a refusal: what the rules name is looked up afresh next time, since somebody is correcting it. */
    forget(spec: TaskSpec, { workspace, project }: At, assignee: PersonKey | null = null): void {
      tools.destinations.forgetFields(project);
      for (const key of [...spec.followers, ...(assignee === null ? [] : [assignee])]) {
        const address = tools.addressOf(key);
        if (address !== undefined) tools.people.forget(workspace, address);
      }
    },
  };
}

/** A feature that the plan lacks (402) is no detail that somebody could put right: it is logged once, and nothing waits for it. */
function notInPlan({ said, warn }: Looking, name: string, error: ErrandError): void {
  if (said.has(name)) return;
  said.add(name);
  warn?.('Asana’s plan does not include this; tasks are made without it', { what: name, said: whyOf(error) });
}

/** The words of a definite refusal; undefined for 402. Throws anything else. */
async function refusal(looking: Looking, name: string, run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (!isDenial(error, REFUSALS)) throw error;
    if (error.code !== 'asana_payment_required') return whyOf(error);
    notInPlan(looking, name, error);
    return undefined;
  }
}

/** Its place: the project, and the section in it. */
async function destination(
  looking: Looking,
  { project: name, section: wanted }: TaskSpec,
  { project }: At,
  all: Wanted,
): Promise<void> {
  const { client, destinations } = looking;
  const title = wanted === undefined ? nameOf('project', name) : nameOf('section', wanted);
  let section: string | undefined;
  const why = await refusal(looking, title, async () => {
    section = wanted === undefined ? undefined : await destinations.section(project, wanted);
  });
  if (why !== undefined) all.unknown.push({ name: title, why });
  if (wanted !== undefined && section === undefined) return;
  all.details.push({
    name: title,
    body: section === undefined ? {} : { memberships: [{ project, section }] },
    standing: ({ memberships }) => {
      if (!Array.isArray(memberships)) return 'unknown';
      const here = memberships.map(asRecord).find((one) => asText(asRecord(one['project'])['gid']) === project);
      if (!here) return memberships.length === 0 ? 'missing' : 'other';
      return section === undefined || asText(asRecord(here['section'])['gid']) === section ? 'there' : 'missing';
    },
    add: async (task) => {
      await client.addProject(task, project, section);
      return undefined;
    },
    // New tasks lie in some section of their project by themselves, so that another one alone does not tell.
    isTheirs: async (task) =>
      (await client.stories(task)).some((story) => MOVES.includes(asText(story['resource_subtype']) ?? '')),
  });
}

async function followers(looking: Looking, spec: TaskSpec, { workspace }: At, all: Wanted): Promise<void> {
  const { client, gidOf, called } = looking;
  for (const key of new Set(spec.followers)) {
    const name = nameOf('follower', key);
    const gid = await gidOf(workspace, key);
    const shown = nameOf('follower', called(key));
    if (gid === null) all.unknown.push({ name, shown, why: 'Asana does not know their address' });
    else
      all.details.push({
        name,
        shown,
        body: { followers: [gid] },
        standing: ({ followers: list }) => inList(list, gid),
        add: (task) => client.addFollower(task, gid, DETAIL_FIELDS),
      });
  }
}

async function tags(looking: Looking, spec: TaskSpec, { workspace }: At, all: Wanted): Promise<void> {
  const { client, destinations } = looking;
  for (const tag of new Set(spec.tags)) {
    const name = nameOf('tag', tag);
    let gid: string | undefined;
    const why = await refusal(looking, name, async () => (gid = await destinations.tag(workspace, tag)));
    if (why !== undefined) all.unknown.push({ name, why });
    if (gid === undefined) continue;
    const found = gid;
    all.details.push({
      name,
      body: { tags: [found] },
      standing: ({ tags: list }) => inList(list, found),
      add: async (task) => {
        await client.addTag(task, found);
        return undefined;
      },
    });
  }
}

function dueOn({ client }: Looking, { dueOn: date }: TaskSpec, all: Wanted): void {
  if (date === undefined) return;
  all.details.push({
    name: `due date ${date}`,
    body: { due_on: date },
    standing: ({ due_on: has }) =>
      has === undefined ? 'unknown' : has === null ? 'missing' : has === date ? 'there' : 'other',
    add: (task) => client.updateTask(task, { due_on: date }, DETAIL_FIELDS),
  });
}

async function fields(
  looking: Looking,
  { fields: named, priority }: TaskSpec,
  { project }: At,
  all: Wanted,
): Promise<void> {
  const { client, destinations } = looking;
  const wanted = new Map(Object.entries(named).filter(([, value]) => value.trim() !== ''));
  // The rules' priority goes into the field of that name where the project has one; nobody asked for the field itself.
  const asked = new Set([...wanted.keys()].map(lower));
  if (priority !== undefined && !asked.has(lower(PRIORITY))) wanted.set(PRIORITY, priority);
  if (wanted.size === 0) return;
  let defined: CustomField[] | undefined;
  const why = await refusal(looking, 'custom fields', async () => (defined = await destinations.fields(project)));
  // The plan has none: said once, see notInPlan.
  if (defined === undefined && why === undefined) return;
  for (const [title, value] of wanted) {
    const name = nameOf('custom field', title);
    const field =
      defined?.find((one) => one.name === title || one.gid === title) ??
      defined?.find((one) => lower(one.name) === lower(title));
    const fit = field ? fieldValue(field, value) : undefined;
    if (field && fit !== undefined) all.details.push(fieldDetail(client, name, field, fit));
    else if (field) all.unknown.push({ name, why: unfit(field, value) });
    else if (asked.has(lower(title))) all.unknown.push({ name, why: why ?? 'the project has none of this name' });
  }
}

function fieldDetail(client: AsanaClient, name: string, field: CustomField, value: unknown): Detail {
  const put = (given: unknown): ((task: string) => Promise<Json>) => {
    return (task) => client.updateTask(task, { custom_fields: { [field.gid]: given } }, DETAIL_FIELDS);
  };
  const object = dateObject(field, value);
  return {
    name,
    body: { custom_fields: { [field.gid]: value } },
    standing: (task) => fieldStanding(field, value, task),
    add: async (task) => {
      const answer = object === undefined ? undefined : await unless(['asana_refused'], () => put(value)(task));
      return answer ?? put(object ?? value)(task);
    },
  };
}

/** The body of POST /tasks that asks for all of them. */
export function bodyOf(details: Detail[]): Json {
  const all: Json = {};
  for (const { body } of details) {
    for (const [key, part] of Object.entries(body)) {
      const before = all[key];
      if (Array.isArray(part)) all[key] = [...new Set([...asList(before), ...asList(part)])];
      else all[key] = typeof part === 'object' ? { ...asRecord(before), ...asRecord(part) } : part;
    }
  }
  return all;
}

const PRIORITY = 'Priority';
/** Stories of a task that somebody moved. */
const MOVES = ['section_changed', 'removed_from_project'];

const lower = (name: string): string => name.trim().toLowerCase();
const nameOf = (kind: string, name: string): string => `${kind} "${truncate(name, NAME_MAX)}"`;

function inList(list: unknown, gid: string): Standing {
  if (!Array.isArray(list)) return 'unknown';
  return list.some((one) => asText(asRecord(one)['gid']) === gid) ? 'there' : 'missing';
}

function unfit({ type }: CustomField, value: string): string {
  return ['enum', 'multi_enum'].includes(type)
    ? `no such option: "${truncate(value, NAME_MAX)}"`
    : `"${truncate(value, NAME_MAX)}" is no value of a field of type ${type}`;
}
