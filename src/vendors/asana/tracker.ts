/**
 * The tracker of Asana: one task per marker, and what is done to it afterwards. Every method looks before it makes
 * anything that Asana would make twice, so each is safe to repeat.
 */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import type { PersonKey } from '../../core/refs';
import type { Tracker } from '../tracker';
import type { AsanaClientOptions } from './call';
import type { Finding } from '../finding';
import { checkAsana, type CheckedDestination } from './check';
import { createAsanaClient } from './client';
import { createEnsureDetails } from './complete';
import { createDetails } from './details';
import { findTask } from './find';
import { createLookup } from './lookup';
import { createEnsureTask } from './make';
import { createMemory } from '../http/memory';
import { createPeople } from './people';
import { createOurs } from './ours';
import { createDestinations } from './destinations';
import { refOfTask, told, type AsanaTask } from './task';
import { verifyTask } from './verify';
import { createWrites } from './writes';
import { asText } from '../http/json';

export type AsanaTrackerOptions = AsanaClientOptions & {
  /** The Asana e-mail or gid of a person of the rules; undefined when the rules give none. */
  person: (key: PersonKey) => { asana?: string; name?: string | undefined } | undefined;
  /** The reverse: whose e-mail or gid this is. Without it, only the draft's own assignee is recognised. */
  personOf?: (asana: string) => PersonKey | undefined;
};
export type AsanaTracker = Tracker & {
  /** For the start: token, places, fields and people, with a remedy per finding; empty when all is well. */
  check(destinations: CheckedDestination[], people: PersonKey[]): Promise<Finding[]>;
  /** Closes idle connections. */
  close: () => void;
};

const ME_MS = 60 * 60_000;
/** Makes the tracker of one token. All methods throw {@link ErrandError} with the codes of {@link createAsanaClient}. */
export function createAsanaTracker(options: AsanaTrackerOptions): AsanaTracker {
  const { warn, person, personOf, now } = options;
  const pace = now ?? steady;
  const client = createAsanaClient(options);
  const destinations = createDestinations(client, pace);
  const people = createPeople(client, pace);
  const mine = createMemory<string>({ now: pace, ttlMs: () => ME_MS });
  const me = (): Promise<string> =>
    mine.get('me', async () => {
      const gid = asText((await client.me())['gid']);
      if (!gid) throw new ErrandError('asana_unavailable', 'GET users/me: the answer names no gid.');
      return gid;
    });
  const lookup = createLookup(client, me, now);
  const addressOf = (key: PersonKey): string | undefined => person(key)?.asana;
  const find = (input: Parameters<Tracker['findTask']>[0], project?: string) =>
    findTask({ lookup, destinations, me }, input, project);
  const details = createDetails({ client, destinations, people, gidOf, addressOf, called, warn });

  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  async function gidOf(workspace: string, key: PersonKey): Promise<string | null> {
    const address = addressOf(key);
    return address ? people.find(workspace, address) : null;
  }

  /** The person of the rules who has the task; null for nobody, or somebody whom the rules do not name. */
  function namedIn({ assignee }: AsanaTask): PersonKey | null {
    if (!assignee) return null;
    return (assignee.email ? personOf?.(assignee.email) : undefined) ?? personOf?.(assignee.gid) ?? null;
  }

  /** Asana's own name of a person whom it was asked for. */
  function nameOf(key: PersonKey): string | undefined {
    const address = addressOf(key);
    return address === undefined ? undefined : people.nameOf(address);
  }

  /** By what name people know a person: that of the rules, else Asana's, else the key. */
  function called(key: PersonKey): string {
    return person(key)?.name ?? nameOf(key) ?? key;
  }

  return {
    ensureTask: createEnsureTask({ client, destinations, details, find, gidOf, namedIn, now }),
    ensureDetails: createEnsureDetails({ client, destinations, details }),

    async findTask(input) {
      const found = await find(input);
      return found ? { task: refOfTask(found), assignee: namedIn(found), completed: told(found, 'completed') } : null;
    },

    verifyTask: (task, destination) => verifyTask({ client, destinations, now }, task, destination),
    nameOf,
    ...createWrites({ client, me, gidOf, called }),
    ...createOurs({ client, lookup, destinations, namedIn, warn }),

    check: (where, who) => checkAsana({ client, destinations, people, person }, where, who),
    close: () => client.close(),
  };
}
