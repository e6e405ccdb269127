/**
 * The tracker of Asana: one task per marker, and what is done to it afterwards. Every method looks before it makes
 * anything that Asana would make twice, so each is safe to repeat.
 */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import type { PersonKey, TaskRef } from '../../core/refs';
import type { Tracker } from '../tracker';
import { isDenial, type AsanaClientOptions } from './call';
import { checkAsana, type CheckedDestination, type Finding } from './check';
import { createAsanaClient } from './client';
import { createEnsureDetails } from './complete';
import { createDetails } from './details';
import { createLookup } from './lookup';
import { createEnsureTask } from './make';
import { createMemory } from '../http/memory';
import { createPeople } from './people';
import { createOurs } from './ours';
import { decodeDestination } from '../../core/issue/destination';
import { createDestinations } from './destinations';
import { carries, markerIn, refOfTask, told, type AsanaTask } from './task';
import { createWrites } from './writes';
import { unless } from '../http/client';
import { asText } from '../http/json';

export type { CheckedDestination, Finding } from './check';

export type AsanaTrackerOptions = AsanaClientOptions & {
  /** The Asana e-mail or gid of a person of the rules; undefined when the rules give none. */
  person: (key: PersonKey) => { asana: string; name?: string | undefined } | undefined;
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
/** What changed in a week is a few pages of a list, and a task that is looked for after minutes was made in it. */
const LISTED_MS = 7 * 24 * 60 * 60_000;
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
  const details = createDetails({ client, destinations, people, gidOf, addressOf, called, warn });

  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  async function gidOf(workspace: string, key: PersonKey): Promise<string | null> {
    const address = addressOf(key);
    return address ? people.find(workspace, address) : null;
  }

  /** A task that the state or a link in Sentry names, if it is ours: by its marker, or without any by its author. */
  async function known(ref: TaskRef, marker: string): Promise<AsanaTask | undefined> {
    // A link may hold anything: what Asana does not take for a task of ours is not one.
    const task = await lookup.read(ref.id).catch((error: unknown) => {
      if (isDenial(error, ['asana_not_found', 'asana_forbidden', 'asana_refused'])) return undefined;
      throw error;
    });
    if (!task) return undefined;
    if (carries(task.notes, marker)) return task;
    // A person may have deleted the marker; another marker, or another author or none, makes it another task.
    const ours = markerIn(task.notes) === undefined && task.createdBy === (await me());
    return ours ? task : undefined;
  }

  /** @param project the gid of the place where the task would be made, looked at first */
  async function find(input: Parameters<Tracker['findTask']>[0], project?: string): Promise<AsanaTask | undefined> {
    for (const ref of input.known) {
      const task = ref.tracker === 'asana' ? await known(ref, input.marker) : undefined;
      if (task) return task;
    }
    const here = project === undefined ? undefined : await lookup.find(project, input.marker, input.since);
    if (here) return here;
    const looked = new Set([project]);
    for (const destination of input.destinations) {
      // A project that is gone took its tasks with it. One that is only closed to us (403) may hide the task: that throws.
      const task = await unless(['asana_place_unknown', 'asana_not_found'], async () => {
        const gid = await destinations.project(decodeDestination(destination));
        if (looked.has(gid)) return undefined;
        looked.add(gid);
        return lookup.find(gid, input.marker, input.since);
      });
      if (task) return task;
    }
    return undefined;
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

    /**
     * Reads only. A 404 alone may be a lost right, or wrong: it counts only while the project (or, without one, the token) works, and its
     * list does not show the task either.
     */
    async verifyTask(task, destination) {
      const there = await unless(['asana_not_found'], () => client.task(task.id, 'gid'));
      if (there) return 'there';
      if (destination === undefined) {
        await client.me();
        return 'gone';
      }
      const project = await destinations.project(decodeDestination(destination));
      const is = asText((await client.project(project))['gid']);
      if (is !== project)
        throw new ErrandError('asana_unavailable', `GET projects/${project}: the answer is about ${is}.`);
      const since = new Date((now ?? Date.now)() - LISTED_MS).toISOString();
      const listed = await client.tasksSince(project, since, 'gid');
      if (listed.some((one) => one['gid'] === task.id))
        throw new ErrandError('asana_unavailable', `GET tasks/${task.id}: 404, and its project's list shows it.`);
      return 'gone';
    },

    nameOf,
    ...createWrites({ client, me, gidOf, called }),
    ...createOurs({ client, lookup, destinations, namedIn, warn }),

    check: (where, who) => checkAsana({ client, destinations, people, person }, where, who),
    close: () => client.close(),
  };
}
