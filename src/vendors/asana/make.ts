/** Making the one task of a marker, or finding it. */
import { stopwatch } from '../../process/clock';
import { ErrandError } from '../../errors';
import type { PersonKey } from '../../core/refs';
import type { TaskDraft, Tracker } from '../tracker';
import { nameOf, taskBody, type BodyParts } from './body';
import type { Json } from './call';
import type { AsanaClient } from './client';
import { bodyOf, DETAIL_FIELDS, REFUSALS, type Details } from './details';
import { isGid, type Destinations } from './destinations';
import { carries, notesOf, refOfTask, taskOf, told, type AsanaTask } from './task';
import { unless } from '../http/client';
import { asText } from '../http/json';

type Ensure = Tracker['ensureTask'];
type Parts = {
  client: AsanaClient;
  destinations: Destinations;
  details: Details;
  find: (input: Parameters<Ensure>[0], project: string) => Promise<AsanaTask | undefined>;
  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  gidOf: (workspace: string, key: PersonKey) => Promise<string | null>;
  /** The person of the rules who has the task; null for nobody, or somebody whom the rules do not name. */
  namedIn: (task: AsanaTask) => PersonKey | null;
  /** In place of both clocks, for tests. */
  now?: () => number;
};

/** No POST of a task later than this after the attempt began: see the proof at {@link createEnsureTask}. */
const CREATE_WITHIN_MS = 20_000;
/** What the answer to the POST is asked for: whom and what to compare it with. */
const MADE_FIELDS = `${DETAIL_FIELDS},name,notes,permalink_url,completed,assignee.gid,assignee.email`;

/**
 * Exactly one task per marker. Asana has no idempotency key, so the order of events must do it:
 * 1. One workflow per issue, hence one attempt at a time; the place is in its state before the attempt begins.
 * 2. Every attempt looks before it makes: the ids known, then all tasks in every place that the issue was
 *    ever sent to. Listing by project and `modified_since` reads its own writes (search and typeahead do not), and
 *    being made counts as modified. `since` lies before the issue began, so no task of it is older.
 * 3. An attempt that ends without a definite "no" says `asana_outcome_unknown`, and the next one begins at least
 *    30 s later. An attempt that is cut off (60 s) has sent its last POST 40 s before: none is sent later than 20 s
 *    after the beginning, checked before each, after all waiting, right before the request, by two clocks, so that one that
 *    is set back does not hide how late it is. `admit` is asked before that check, so its wait counts, too. So at least 30 s
 *    lie between the sending of a POST and the look that must find its task.
 * 4. Within one attempt a further POST follows only a definite refusal (a 4xx other than 401, 408, 425 and 429, in Asana's own
 *    words), which made nothing: at most three, all of it, the bare task, and the bare task in plain text. Whatever is not such a
 *    refusal ends the attempt, so at most one POST of an attempt has made something.
 * Remaining window: Asana commits a POST more than 30 s after it was sent, and after the next look; or the process
 * is stopped for more than that between the check and the sending; or a person moves the task to a project that
 * the issue was never sent to, or edits the marker out, before its id is known. Then there are duplicates. All but the
 * last kind carry the marker in a place of the rules, and the sweep, which asks Asana every five minutes for what
 * changed, keeps the oldest of them (activities/duplicates.ts).
 *
 * What a POST asks for is compared with its answer, and with nothing later: Asana's own rules may act then.
 */
export function createEnsureTask({ client, destinations, details, find, gidOf, namedIn, now }: Parts): Ensure {
  /** The person of the rules who has the task; the draft's own is recognised also by another address. */
  async function assigneeOf(task: AsanaTask, workspace: string, draft: TaskDraft): Promise<PersonKey | null> {
    if (!task.assignee) return null;
    if (draft.assignee !== null && (await gidOf(workspace, draft.assignee)) === task.assignee.gid)
      return draft.assignee;
    return namedIn(task);
  }

  /** @param more what it is to have besides; without any of it when that is refused */
  async function create(parts: BodyParts, more: Json, tooLate: () => boolean): Promise<Json> {
    const send = (body: Json): Promise<Json> => client.createTask(body, MADE_FIELDS, tooLate);
    if (Object.keys(more).length > 0) {
      // Which part of it is refused does not matter: each is asked for alone, later.
      const whole = await unless(REFUSALS, () => send(taskBody(parts, 'rich', more)));
      if (whole) return whole;
      details.forget(parts.draft.spec, parts, parts.draft.assignee);
    }
    const bare = await unless(['asana_refused'], () => send(taskBody(parts, 'rich')));
    return bare ?? send(taskBody(parts, 'plain'));
  }

  return async (input) => {
    const elapsed = stopwatch(now);
    const { draft, marker } = input;
    const workspace = await destinations.workspace(draft.spec.workspace);
    const project = await destinations.project(draft.spec);

    const found = await find(input, project);
    if (found) {
      const assignee = await assigneeOf(found, workspace, draft);
      const completed = told(found, 'completed');
      return { task: refOfTask(found), assignee, completed, made: false, incomplete: false };
    }
    const assignee = draft.assignee === null ? null : await gidOf(workspace, draft.assignee);
    const wanted = await details.wanted(draft.spec, { workspace, project });
    const more = { ...bodyOf(wanted.details), ...(assignee === null ? {} : { assignee }) };
    await input.admit?.();
    const parts = { draft, marker, workspace, project, assignee };
    const answer = await create(parts, more, () => elapsed() > CREATE_WITHIN_MS);
    const made = await madeOf(answer, parts, client);
    return {
      task: refOfTask(made),
      assignee: await assigneeOf(made, workspace, draft),
      completed: told(made, 'completed'),
      made: true,
      incomplete: wanted.unknown.length > 0 || wanted.details.some((one) => one.standing(answer) !== 'there'),
    };
  };
}

/**
 * The task that a 201 names. Another's gid, taken for ours, would have us write into somebody's task: the next attempt looks.
 * Our marker or our name must be shown, and one of them is enough, since either may come back in another form than it was sent.
 * Where the answer shows neither, or not whether the task is completed, the task is read once.
 */
async function madeOf(answer: Json, parts: BodyParts, client: AsanaClient): Promise<AsanaTask> {
  const made = taskOf(answer, client.hosts);
  if (!made || !isGid(made.gid))
    throw new ErrandError('asana_outcome_unknown', 'POST tasks: the answer names no task.');
  if (isOurs(answer, parts) && made.completed !== undefined) return made;
  // A read that fails says nothing of the POST.
  const read = await client.task(made.gid, MADE_FIELDS).catch((error: unknown) => {
    if (error instanceof ErrandError) return {};
    throw error;
  });
  const there = taskOf(read, client.hosts);
  if (!there || !(isOurs(answer, parts) || isOurs(read, parts)))
    throw new ErrandError('asana_outcome_unknown', 'POST tasks: the answer is about another task.');
  if (there.completed === undefined)
    throw new ErrandError('asana_outcome_unknown', 'POST tasks: the answer does not tell whether it is completed.');
  return there;
}

function isOurs(task: Json, { draft, marker }: BodyParts): boolean {
  return asText(task['name']) === nameOf(draft) || carries(notesOf(task), marker);
}
