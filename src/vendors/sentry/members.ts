/** The members of a Sentry organisation, by number and by name. */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import { createMemory } from '../http/memory';
import { CALL_TIMEOUT_MS } from '../http/client';
import { asRecord, asText } from '../http/json';
import { PERMISSION, type CallOptions, type SentryCall } from './call';

/** `names`: `user:<id>` → what else that member is called. `ids`: each of these in lower case → `user:<id>`; a name that two have is left out. */
type Members = { names: Map<string, string[]>; ids: Map<string, string> };

/** Somebody may have come or gone; and a token without `member:read` may have been given it. */
const REMEMBERED_MS = 10 * 60_000;
/** 100 members a page: an organisation of 5,000. */
const PAGES_MAX = 50;

/** Asks for the list (`member:read`) when it is first needed, at most every ten minutes. A token that may not see it knows nobody. */
export function createMembers({ organization, readPage }: SentryCall, now: () => number = steady) {
  const memory = createMemory<Members>({ now, ttlMs: () => REMEMBERED_MS });

  async function readAll({ signal }: CallOptions): Promise<Members> {
    const names = new Map<string, string[]>();
    try {
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const query: Record<string, string> = cursor === undefined ? {} : { cursor };
        // No ClickHouse stands behind these pages, and whoever needs them has 45 s for all that it asks.
        const timeoutMs = CALL_TIMEOUT_MS;
        const answer = await readPage(`${organization}/members/`, {
          query,
          signal,
          needs: PERMISSION.members,
          timeoutMs,
        });
        for (const member of (answer?.rows ?? []).map(asRecord)) {
          const user = asRecord(member['user']);
          const id = asText(user['id']);
          const called = [member['email'], user['email'], user['username'], member['name']];
          if (id)
            names.set(
              `user:${id}`,
              called.flatMap((one) => asText(one) ?? []),
            );
        }
        cursor = answer?.next;
        if (cursor === undefined) break;
      }
    } catch (error) {
      // A wish, not a need: what the token may not see is as if it were not there.
      if (!(error instanceof ErrandError) || error.entry.retry) throw error;
    }
    return { names, ids: byName(names) };
  }

  const members = (options: CallOptions): Promise<Members> => memory.get('all', () => readAll(options));
  return {
    /** What the member of this number (`user:<id>`) is called besides. */
    namesOf: async (user: string, options: CallOptions = {}): Promise<string[]> =>
      (await members(options)).names.get(user) ?? [],
    /** `user:<id>` of an address, a username or a number; undefined when nobody, or more than one, is called so. */
    idOf: async (who: string, options: CallOptions = {}): Promise<string | undefined> => {
      const known = /^(?:user:)?(\d+)$/.exec(who.trim())?.[1];
      return known === undefined ? (await members(options)).ids.get(who.trim().toLowerCase()) : `user:${known}`;
    },
  };
}
export type SentryMembers = ReturnType<typeof createMembers>;

function byName(names: Map<string, string[]>): Map<string, string> {
  const ids = new Map<string, string>();
  const shared = new Set<string>();
  for (const [user, called] of names) {
    for (const name of called.map((one) => one.toLowerCase())) {
      const other = ids.get(name);
      if (other !== undefined && other !== user) shared.add(name);
      ids.set(name, user);
    }
  }
  for (const name of shared) ids.delete(name);
  return ids;
}
