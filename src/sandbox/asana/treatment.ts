/**
 * Details of a task that pretend Asana leaves out or refuses when it is told to. By name: `assignee`, `followers`, `tags`,
 * `section`, `due_on`, `completed`, `custom_fields` (all of them), or one custom field by its gid or name.
 *
 * Asana's description promises none of this. That a write may be taken with 2xx and leave something out is known from users
 * only, and no text says whom or what it concerns; nor does any say which status and words a refused detail has (400, 402 and
 * 403 are declared for all of these calls: OpenAPI, responses of createTask and updateTask). So both are a test's choice, and
 * docs/developing/sandbox.md lists them as unknown.
 */
import { refuse } from './errors';
import { findUser } from './lookup';
import type { Treatment } from '../records';
import type { World } from '../world';

type Data = Record<string, unknown>;
/** One detail of a request: what it is called, and the request without it. */
type Part = { names: string[]; without: (data: Data) => Data };

const PLAIN = ['assignee', 'followers', 'tags', 'section', 'due_on', 'completed'];
const AS_ASKED: Treatment = { leaveOut: [], dates: 'string' };

export function treatmentOf(world: World): Treatment {
  return world.meta.details ?? AS_ASKED;
}

/**
 * The data of a write as it is taken: refused with the words that were chosen, or without what is left out.
 * @param data of POST or PUT of a task, or the details that another call concerns, by the same names
 */
export function taken(world: World, data: Data): Data {
  const { leaveOut, refuse: refused } = treatmentOf(world);
  const parts = partsOf(world, data);
  if (refused && parts.some(({ names }) => names.some((name) => refused.details.includes(name))))
    throw refuse(refused.status, refused.message);
  const left = parts.filter(({ names }) => names.some((name) => leaveOut.includes(name)));
  return withoutGuests(
    world,
    left.reduce((rest, { without }) => without(rest), data),
  );
}

function partsOf(world: World, data: Data): Part[] {
  const plain = PLAIN.filter((name) => data[name] !== undefined).map((name) => ({
    names: [name],
    without: (rest: Data) => omit(rest, name),
  }));
  const fields = Object.keys(objectOf(data.custom_fields)).map((gid) => ({
    names: ['custom_fields', gid, world.asana.fields.get(gid)?.name ?? gid],
    without: (rest: Data) => ({ ...rest, custom_fields: omit(objectOf(rest.custom_fields), gid) }),
  }));
  const places = Array.isArray(data.memberships) ? data.memberships.map(objectOf) : [];
  const section = {
    names: ['section'],
    without: (rest: Data) => ({ ...rest, memberships: places.map((one) => omit(one, 'section')) }),
  };
  return [...plain, ...fields, ...(places.some((one) => one.section !== undefined) ? [section] : [])];
}

function withoutGuests(world: World, data: Data): Data {
  const isGuest = (key: unknown): boolean => typeof key === 'string' && findUser(world, key)?.guest === true;
  const rest = isGuest(data.assignee) ? omit(data, 'assignee') : data;
  if (!Array.isArray(rest.followers)) return rest;
  return { ...rest, followers: rest.followers.filter((key) => !isGuest(key)) };
}

function objectOf(value: unknown): Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};
}

function omit(data: Data, name: string): Data {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== name));
}
