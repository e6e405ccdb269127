/** People: the address that the rules give for a person, found in an Asana workspace. */
import { isDenial, type Json } from './call';
import type { AsanaClient } from './client';
import { asList, asRecord, asText } from '../http/json';
import { createMemory } from '../http/memory';
import { say } from '../../text/say';
import { isGid } from './destinations';

const KNOWN_MS = 60 * 60_000;
/** Somebody is correcting the rules or inviting the person. */
const UNKNOWN_MS = 2 * 60_000;
/** As long as one of the rules may be. */
const NAME_MAX = 100;

export type People = ReturnType<typeof createPeople>;

/** Looks people up, remembering who is known for an hour and who is not for 2 minutes. */
export function createPeople(client: AsanaClient, now: () => number) {
  const memory = createMemory<string | null>({ now, ttlMs: (gid) => (gid === null ? UNKNOWN_MS : KNOWN_MS) });
  /** Address → name, of those found: as many as the rules name. */
  const names = new Map<string, string>();

  const lists = createMemory<Json[]>({ now, ttlMs: () => UNKNOWN_MS });

  async function lookUp(workspace: string, address: string): Promise<string | null> {
    // Preferred, because it pins the workspace.
    const inWorkspace = await found(() => client.userIn(workspace, address));
    const gid = known(address, inWorkspace);
    if (gid) return gid;
    const anywhere = await found(() => client.user(address));
    if (!anywhere) return listed(workspace, address);
    const shared = asList(anywhere?.['workspaces']).map((one) => asText(asRecord(one)['gid']));
    // The answer lists only workspaces that the bot user shares; none listed proves nothing.
    if (shared.length > 0 && !shared.includes(workspace)) return null;
    return known(address, anywhere) ?? null;
  }

  /** Both routes by address deny it; the list is the last word, since an address may be kept in another spelling. */
  async function listed(workspace: string, address: string): Promise<string | null> {
    const everybody = await lists.get(workspace, async () => (await found(() => client.usersIn(workspace))) ?? []);
    const wanted = address.toLowerCase();
    const user = everybody.find(
      (one) => asText(one['gid']) === address || asText(one['email'])?.toLowerCase() === wanted,
    );
    return known(address, user) ?? null;
  }

  /** The gid of a user as Asana shows them; their name is kept. */
  function known(address: string, user: Json | undefined): string | undefined {
    const gid = asText(user?.['gid']);
    const name = asText(user?.['name']);
    // Who was invited and never came is called by the address, which is not for everybody's eyes.
    if (gid && name && !name.includes('@')) names.set(keyOf(address), say(name, NAME_MAX));
    return gid;
  }

  return {
    /** The user's gid in this workspace (gid); null when Asana knows no such person there. `address`: e-mail or gid. */
    find: (workspace: string, address: string): Promise<string | null> => {
      const key = keyOf(address);
      return memory.get(`${workspace} ${key}`, () => lookUp(workspace, isGid(key) ? key : address.trim()));
    },
    /** After Asana refused somebody. */
    forget: (workspace: string, address: string): void => memory.forget(`${workspace} ${keyOf(address)}`),
    /** The name of somebody who was found; asks nobody. */
    nameOf: (address: string): string | undefined => names.get(keyOf(address)),
  };
}

/** As one person is written in different ways. */
const keyOf = (address: string): string => address.trim().toLowerCase();

/** Asana answers 404 to an unknown address, 400 to one that it does not take for an address, 403 to a stranger's. */
async function found<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isDenial(error, ['asana_not_found', 'asana_refused', 'asana_forbidden'])) return undefined;
    throw error;
  }
}
