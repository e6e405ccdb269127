/** What is done to a task that is there: each a look and a write, safe to repeat. */
import { createHash } from 'node:crypto';
import { ErrandError } from '../../errors';
import { toAsanaHtml, toAsanaText } from '../../text/markup';
import type { PersonKey, TaskRef } from '../../core/refs';
import type { Markup } from '../../text/fit';
import type { Tracker } from '../tracker';
import type { Json } from './call';
import type { AsanaClient } from './client';
import { unless } from '../http/client';
import { asRecord, asText } from '../http/json';

type Parts = {
  client: AsanaClient;
  /** gid of the token's own user */
  me: () => Promise<string>;
  /** The gid of a person in a workspace; null when the rules or Asana do not know them there. */
  gidOf: (workspace: string, key: PersonKey) => Promise<string | null>;
  /** By what name people know a person. */
  called: (key: PersonKey) => string;
};

/** Each a look and a write. */
export function createWrites(
  parts: Parts,
): Pick<Tracker, 'ensureSubtasks' | 'assignTask' | 'completeTask' | 'rewriteTask' | 'comment'> {
  return {
    ensureSubtasks: (task, titles) => ensureSubtasks(parts, task, titles),
    assignTask: (task, to, from) => assignTask(parts, task, to, from),
    /** PUT. `asana_ignored`: taken, and the task is as before. */
    completeTask: (task, completed) => complete(parts.client, task.id, completed),
    rewriteTask: (task, body) => rewriteTask(parts, task, body),
    comment: (task, key, body) => comment(parts, task, key, body),
  };
}

/**
 * Those of `titles` that are missing, in order. Serial attempts of one workflow, each of which looks first. `asana_ignored`: what
 * was made is not in the list afterwards, neither by its gid nor by its name. A name that Asana shows in another form is no
 * reason to make it again.
 */
async function ensureSubtasks({ client }: Parts, task: TaskRef, titles: string[]): Promise<void> {
  const there = new Set((await client.subtasks(task.id)).map((one) => asText(one['name'])?.trim()));
  const made: { title: string; gid: string | undefined }[] = [];
  for (const title of new Set(titles.map((one) => one.trim()))) {
    if (title === '' || there.has(title)) continue;
    made.push({ title, gid: asText((await client.createSubtask(task.id, { name: title }))['gid']) });
  }
  if (made.length === 0) return;
  const after = await client.subtasks(task.id);
  const missing = made.filter(
    ({ title, gid }) =>
      !after.some((one) => asText(one['name'])?.trim() === title || (gid !== undefined && asText(one['gid']) === gid)),
  );
  if (missing.length > 0)
    throw new ErrandError('asana_ignored', `Task ${task.id} lacks ${missing.length} of ${made.length} subtasks made.`);
}

/**
 * PUT; nothing is sent when the task is already assigned so. `asana_not_assigned`: taken, and the task is not assigned so.
 */
async function assignTask(
  { client, gidOf, called }: Parts,
  task: TaskRef,
  to: PersonKey | null,
  from: PersonKey | null = null,
): Promise<void> {
  const is = await client.task(task.id, 'gid,assignee.gid,workspace.gid');
  const has = assigneeIn(is);
  let assignee: string | null = null;
  if (to !== null) {
    assignee = await gidOf(workspaceOf(is), to);
    if (assignee === null) throw new ErrandError('unknown_person', `${called(to)} is not known to Asana.`);
  }
  // A person has taken the task from whom it was to be taken: that stands.
  const theirs = to === null && from !== null ? await gidOf(workspaceOf(is), from) : has;
  if (has === assignee || has !== theirs) return;
  const now = await putAndSee(client, task.id, { assignee }, 'assignee.gid');
  if (assigneeIn(now) !== assignee)
    throw new ErrandError(
      'asana_not_assigned',
      to === null ? 'It is still assigned.' : `It was to be for ${called(to)}.`,
    );
}

/** PUT; as plain text when Asana does not take the rich one (400). Text may come back in another form: not compared. */
async function rewriteTask({ client }: Parts, task: TaskRef, body: Markup): Promise<void> {
  const rich = await unless(['asana_refused'], () =>
    client.updateTask(task.id, { html_notes: toAsanaHtml(body) }, 'gid'),
  );
  if (!rich) await client.updateTask(task.id, { notes: toAsanaText(body) }, 'gid');
}

/** Carries {@link keyLine} on its last line; one that is there already is not said again. */
async function comment({ client, me }: Parts, task: TaskRef, key: string, body: Markup): Promise<void> {
  const marker = keyLine(key);
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
}

/**
 * The last line of our comment, by which it is found again. It is unique within its task: a key names the note and the second in which that life of
 * the issue began, a task has one life at a time, and of a thousand comments two have the same seven characters of base 36
 * once in a hundred thousand tasks (1,000² / 2 / 36⁷).
 */
export function keyLine(key: string): string {
  const digest = createHash('sha256').update(key).digest().readUIntBE(0, DIGEST_BYTES);
  return `Errand ${digest.toString(36).padStart(KEY_LENGTH, '0').slice(-KEY_LENGTH)}`;
}
const KEY_LENGTH = 7;
/** The most that a number holds exactly. */
const DIGEST_BYTES = 6;

/**
 * Puts `change` and answers the task as it is then: as the answer shows it, or, where that does not say, as one read more does.
 * @param field what is looked at, as `opt_fields` names it
 */
async function putAndSee(client: AsanaClient, task: string, change: Json, field: string): Promise<Json> {
  const fields = `gid,${field}`;
  const answer = await client.updateTask(task, change, fields);
  return (field.split('.')[0] ?? field) in answer ? answer : client.task(task, fields);
}

/** Throws `asana_ignored` when Asana took it and did not do it. */
export async function complete(client: AsanaClient, task: string, completed: boolean): Promise<void> {
  const now = await putAndSee(client, task, { completed }, 'completed');
  if (now['completed'] !== completed)
    throw new ErrandError('asana_ignored', `Task ${task} is ${completed ? 'not completed' : 'still completed'}.`);
}

function assigneeIn(task: Json): string | null {
  return asText(asRecord(task['assignee'])['gid']) ?? null;
}

function workspaceOf(task: Json): string {
  const gid = asText(asRecord(task['workspace'])['gid']);
  if (gid === undefined) throw new ErrandError('asana_unavailable', 'GET tasks: the answer names no workspace.');
  return gid;
}
