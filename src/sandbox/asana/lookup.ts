import { asanaError, refuse } from './errors';
import type { AsanaProject, AsanaSection, AsanaTag, AsanaTask, AsanaUser } from '../records';
import { BOT } from '../seed';
import { Refusal } from '../serve';
import type { World } from '../world';

type Where = 'path' | 'body';

/** What Asana says of a gid it does not know: 404 in the path or the query, 400 in a body; 400 for what is no gid at all. */
function unknown(name: string, gid: string, where: Where): Refusal {
  if (where === 'path' && !/^\d+$/.test(gid)) return refuse(400, `${name}: Not a Long: ${gid}`);
  return new Refusal(asanaError(where === 'path' ? 404 : 400, `${name}: Unknown object: ${gid}`));
}

/** `me`, an e-mail address or a gid, as everywhere in Asana (https://developers.asana.com/reference/getuser). */
export function findUser(world: World, key: string): AsanaUser | undefined {
  if (key === 'me') return world.asana.users.get(BOT);
  if (!key.includes('@')) return world.asana.users.get(key);
  const wanted = key.toLowerCase();
  return world.asana.users.all().find(({ email }) => email.toLowerCase() === wanted);
}

export function userOf(world: World, key: string, name: string, where: Where): AsanaUser {
  const found = findUser(world, key);
  if (found !== undefined) return found;
  if (key.includes('@')) throw refuse(where === 'path' ? 404 : 400, `${name}: Unknown object: ${key}`);
  throw unknown(name, key, where);
}

export function taskOf(world: World, gid: string, name = 'task', where: Where = 'path'): AsanaTask {
  const found = world.asana.tasks.get(gid);
  if (found === undefined) throw unknown(name, gid, where);
  return found;
}

export function projectOf(world: World, gid: string, name = 'project', where: Where = 'path'): AsanaProject {
  const found = world.asana.projects.get(gid);
  if (found === undefined) throw unknown(name, gid, where);
  return found;
}

export function sectionOf(world: World, gid: string, name = 'section', where: Where = 'path'): AsanaSection {
  const found = world.asana.sections.get(gid);
  if (found === undefined) throw unknown(name, gid, where);
  return found;
}

export function tagOf(world: World, gid: string, name = 'tag', where: Where = 'path'): AsanaTag {
  const found = world.asana.tags.get(gid);
  if (found === undefined) throw unknown(name, gid, where);
  return found;
}

export function workspaceOf(world: World, gid: string, where: Where = 'path'): string {
  if (!world.asana.workspaces.has(gid)) throw unknown('workspace', gid, where);
  return gid;
}

/** The sections of a project, in order. */
export function sectionsOf(world: World, project: string): AsanaSection[] {
  return world.asana.sections.all().filter((section) => section.project === project);
}
