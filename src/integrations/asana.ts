/**
 * The tracker of Asana: one task per marker, and what is done to it afterwards. Every method looks before it makes
 * anything that Asana would make twice, so each is safe to repeat.
 */
import { steady, stopwatch } from '../clock';
import { ErrandError } from '../errors';
import { toAsanaHtml, toAsanaText } from '../text/markup';
import type { Markup, PersonKey, TaskDraft, TaskRef, Tracker } from '../types';
import { spare, taskBody, type BodyParts } from './asana-body';
import { checkAsana, type CheckPlace, type Finding } from './asana-check';
import { createAsanaClient, type AsanaClientOptions, type Json } from './asana-client';
import { createLookup } from './asana-lookup';
import { createMemory } from './asana-memory';
import { createPeople } from './asana-people';
import { createOurs } from './asana-ours';
import { createPlaces, decodePlace } from './asana-places';
import { createPrepare } from './asana-prepare';
import { markerIn, refOfTask, taskOf, type AsanaTask } from './asana-task';
import { asRecord, asText, unless } from './http';

export { decodePlace } from './asana-places';
export type { CheckPlace, Finding } from './asana-check';

export type AsanaTrackerOptions = AsanaClientOptions & {
  /** The Asana e-mail or gid of a person of the rules; undefined when the rules give none. */
  person: (key: PersonKey) => { asana: string } | undefined;
  /** The reverse: whose e-mail or gid this is. Without it, only the draft's own assignee is recognised. */
  personOf?: (asana: string) => PersonKey | undefined;
};
export type AsanaTracker = Omit<Tracker, 'ensureTask'> & {
  /** As in {@link Tracker}; `leftOut`: what Asana did not take (custom fields, tags, followers), in words. */
  ensureTask(
    input: Parameters<Tracker['ensureTask']>[0],
  ): Promise<{ task: TaskRef; assignee: PersonKey | null; completed: boolean; made: boolean; leftOut: string[] }>;
  /** For the start: token, places, fields and people, with a remedy per finding; empty when all is well. */
  check(places: CheckPlace[], people: PersonKey[]): Promise<Finding[]>;
  /** Closes idle connections. */
  close: () => void;
};

/** No POST of a task later than this after the attempt began: see the proof at `ensureTask`. */
const CREATE_WITHIN_MS = 20_000;
const ME_MS = 60 * 60_000;
/** Makes the tracker of one token. All methods throw {@link ErrandError} with the codes of {@link createAsanaClient}. */
export function createAsanaTracker(options: AsanaTrackerOptions): AsanaTracker {
  const { warn, person, personOf } = options;
  const pace = options.now ?? steady;
  const client = createAsanaClient(options);
  const places = createPlaces(client, pace);
  const people = createPeople(client, pace);
  const mine = createMemory<string>({ now: pace, ttlMs: () => ME_MS });
  const me = (): Promise<string> =>
    mine.get('me', async () => {
      const gid = asText((await client.me())['gid']);
      if (!gid) throw new ErrandError('asana_unavailable', 'GET users/me: the answer names no gid.');
      return gid;
    });
  const lookup = createLookup(client, me, options.now);
  const prepare = createPrepare(places, gidOf);

  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  async function gidOf(workspace: string, key: PersonKey): Promise<string | null> {
    const address = person(key)?.asana;
    return address ? people.find(workspace, address) : null;
  }

  /** A task that the state or a link in Sentry names, if it is ours: its marker is ours, or nothing speaks against it. */
  async function known(ref: TaskRef, marker: string): Promise<AsanaTask | undefined> {
    // A link may hold anything: what Asana does not take for a task of ours is not one.
    const task = await unless(['asana_not_found', 'asana_forbidden', 'asana_refused'], () => lookup.read(ref.id));
    if (!task) return undefined;
    const carried = markerIn(task.notes);
    if (carried === marker) return task;
    // A person may have deleted the marker; another marker, or another author, makes it another task.
    const ours = carried === undefined && (task.createdBy === undefined || task.createdBy === (await me()));
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
    for (const place of input.places) {
      // A project that is gone took its tasks with it. One that is only closed to us (403) may hide the task: that throws.
      const task = await unless(['asana_place_unknown', 'asana_not_found'], async () => {
        const gid = await places.project(decodePlace(place));
        if (looked.has(gid)) return undefined;
        looked.add(gid);
        return lookup.find(gid, input.marker, input.since);
      });
      if (task) return task;
    }
    return undefined;
  }

  /** The person of the rules who has the task; null for nobody, or somebody whom the rules do not name. */
  async function assigneeOf(task: AsanaTask, workspace: string, draft: TaskDraft): Promise<PersonKey | null> {
    if (!task.assignee) return null;
    if (draft.assignee !== null && (await gidOf(workspace, draft.assignee)) === task.assignee.gid)
      return draft.assignee;
    return namedIn(task);
  }

  function namedIn({ assignee }: AsanaTask): PersonKey | null {
    if (!assignee) return null;
    return (assignee.email ? personOf?.(assignee.email) : undefined) ?? personOf?.(assignee.gid) ?? null;
  }

  async function create(parts: BodyParts, tooLate: () => boolean, leftOut: string[]): Promise<[Json, boolean]> {
    const send = (body: Json): Promise<Json> => client.createTask(body, 'gid,permalink_url', tooLate);
    try {
      return [await send(taskBody(parts)), parts.assignee !== null];
    } catch (error) {
      // A definite refusal, so nothing was made, and once more is safe.
      const less = error instanceof ErrandError ? spare(parts, error) : undefined;
      if (!less) throw error;
      leftOut.push(less.without);
      places.forgetFields(parts.project);
      const address = parts.draft.assignee === null ? undefined : person(parts.draft.assignee)?.asana;
      if (less.without === 'assignee' && address) people.forget(parts.workspace, address);
      return [await send(less.body), parts.assignee !== null && less.without !== 'assignee'];
    }
  }

  const tracker: AsanaTracker = {
    /*
     * Exactly one task per marker. Asana has no idempotency key, so the order of events must do it:
     * 1. One workflow per issue, hence one attempt at a time; the place is in its state before the attempt begins.
     * 2. Every attempt looks before it makes: the ids known, then all tasks of ours in every place that the issue was
     *    ever sent to. Listing by project and `modified_since` reads its own writes (search and typeahead do not), and
     *    being made counts as modified. `since` lies before the issue began, so no task of it is older.
     * 3. An attempt that ends without a definite "no" says `asana_outcome_unknown`, and the next one begins at least
     *    30 s later. An attempt that is cut off (60 s) has sent its last POST 40 s before: none is sent later than 20 s
     *    after the beginning, checked after all waiting, right before the request, by two clocks, so that one that is set
     *    back does not hide how late it is. `admit` is asked before that check, so its wait counts, too. So at least 30 s
     *    lie between the sending of a POST and the look that must find its task.
     * 4. A second POST within one attempt follows only a definite 4xx (400 or 402), which made nothing.
     * Remaining window: Asana commits a POST more than 30 s after it was sent, and after the next look; or the process
     * is stopped for more than that between the check and the sending; or a person moves the task to a project that
     * the issue was never sent to, or edits the marker out, before its id is known. Then there are twins. All but the
     * last kind carry the marker in a place of the rules, and the sweep, which asks Asana every five minutes for what
     * changed, keeps the oldest of them (activities/twins.ts).
     */
    async ensureTask(input) {
      const elapsed = stopwatch(options.now);
      const { draft, marker } = input;
      const workspace = await places.workspace(draft.spec.workspace);
      const project = await places.project(draft.spec);
      const leftOut: string[] = [];

      const found = await find(input, project);
      if (found) {
        const assignee = await assigneeOf(found, workspace, draft);
        return { task: refOfTask(found), assignee, completed: found.completed, made: false, leftOut };
      }
      const parts = await prepare(draft, { marker, workspace, project }, leftOut);
      await input.admit?.();
      const [answer, assigned] = await create(parts, () => elapsed() > CREATE_WITHIN_MS, leftOut);
      const made = taskOf(answer);
      if (!made) throw new ErrandError('asana_outcome_unknown', 'POST tasks: the answer names no gid.');
      if (leftOut.length > 0) warn?.('Asana did not take everything', { task: made.gid, leftOut: leftOut.join(', ') });
      const assignee = assigned ? draft.assignee : null;
      return { task: refOfTask(made), assignee, completed: false, made: true, leftOut };
    },

    async findTask(input) {
      const found = await find(input);
      return found ? { task: refOfTask(found), assignee: namedIn(found), completed: found.completed } : null;
    },

    /** Those of `titles` that are missing, in order. Serial attempts of one workflow, each of which looks first. */
    async ensureSubtasks(task, titles) {
      const there = new Set((await client.subtasks(task.id)).map((one) => asText(one['name'])?.trim()));
      for (const title of new Set(titles.map((one) => one.trim()))) {
        if (title !== '' && !there.has(title)) await client.createSubtask(task.id, { name: title });
      }
    },

    /** A read. A 404 alone may be a lost right, so it counts only while the project (or, without one, the token) works. */
    async verifyTask(task, place) {
      const there = await unless(['asana_not_found'], () => client.task(task.id, 'gid'));
      if (there) return 'there';
      if (place === undefined) await client.me();
      else await client.project(await places.project(decodePlace(place)));
      return 'gone';
    },

    /** PUT, safe to repeat; nothing is sent when the task is already assigned so. */
    async assignTask(task, to, from = null) {
      const is = await client.task(task.id, 'gid,assignee.gid,workspace.gid');
      const has = asText(asRecord(is['assignee'])['gid']) ?? null;
      let assignee: string | null = null;
      if (to !== null) {
        assignee = await gidOf(workspaceOf(is), to);
        if (assignee === null) throw new ErrandError('unknown_person', `"${to}" is not known to Asana.`);
      }
      // A person has taken the task from whom it was to be taken: that stands.
      const theirs = to === null && from !== null ? await gidOf(workspaceOf(is), from) : has;
      if (has !== assignee && has === theirs) await client.updateTask(task.id, { assignee });
    },

    /** PUT, safe to repeat. */
    async completeTask(task, completed) {
      await client.updateTask(task.id, { completed });
    },

    /** PUT, safe to repeat; as plain text when Asana does not take the rich one (400). */
    async rewriteTask(task, body) {
      try {
        await client.updateTask(task.id, { html_notes: toAsanaHtml(body) });
      } catch (error) {
        if (!(error instanceof ErrandError) || error.code !== 'asana_refused') throw error;
        await client.updateTask(task.id, { notes: toAsanaText(body) });
      }
    },

    /** Carries `[ref <key>]` on its last line; one that is there already is not said again. */
    async comment(task, key, body) {
      const marker = `[ref ${key}]`;
      const own = await me();
      const said = (await client.stories(task.id)).some((story) => {
        const by = asText(asRecord(story['created_by'])['gid']);
        const last = (asText(story['text']) ?? '').trimEnd().split(/\r?\n/).at(-1);
        return (by === undefined || by === own) && last?.trim() === marker;
      });
      if (said) return;
      const text: Markup = [...body, `\n\n${marker}`];
      try {
        await client.createStory(task.id, { html_text: toAsanaHtml(text) });
      } catch (error) {
        // 400: rich text that Asana does not take; nothing was said.
        if (!(error instanceof ErrandError) || error.code !== 'asana_refused') throw error;
        await client.createStory(task.id, { text: toAsanaText(text) });
      }
    },

    ...createOurs({ client, lookup, places, namedIn }),

    check: (where, who) => checkAsana({ client, places, people, person }, where, who),
    close: () => client.close(),
  };
  return tracker;
}

function workspaceOf(task: Json): string {
  const gid = asText(asRecord(task['workspace'])['gid']);
  if (gid === undefined) throw new ErrandError('asana_unavailable', 'GET tasks: the answer names no workspace.');
  return gid;
}
