/** Reading tasks of Asana: the marker that makes a task ours, and the few fields that we use. */
import { ErrandError } from '../../errors';
import type { Instant, TaskRef } from '../../core/refs';
import type { Json } from './call';
import { taskUrl } from './hosts';
import { asRecord, asText } from '../http/json';

/** What is read of a task; `null`: unassigned; undefined: the answer does not say, which {@link told} takes for no answer. */
export type AsanaTask = {
  gid: string;
  url: string;
  notes?: string;
  createdAt?: Instant;
  modifiedAt?: Instant;
  createdBy?: string;
  completed?: boolean;
  assignee?: { gid: string; email?: string } | null;
};

export const TASK_FIELDS =
  'gid,notes,created_at,modified_at,created_by.gid,completed,permalink_url,assignee.gid,assignee.email';

/**
 * Tolerant of missing fields; undefined without a gid. A `permalink_url` that leads elsewhere is not passed on: people would
 * follow it from Sentry and the chat, and nobody would know it for a task again.
 * @param hosts see `asanaHosts`
 */
export function taskOf(json: Json, hosts: ReadonlySet<string>): AsanaTask | undefined {
  const gid = asText(json['gid']);
  if (!gid) return undefined;
  const assigneeGid = asText(asRecord(json['assignee'])['gid']);
  return {
    gid,
    url: pageOf(json['permalink_url'], hosts) ?? taskUrl(gid),
    notes: notesOf(json),
    createdAt: timeOf(json['created_at']),
    modifiedAt: timeOf(json['modified_at']) ?? timeOf(json['created_at']),
    createdBy: asText(asRecord(json['created_by'])['gid']),
    completed: typeof json['completed'] === 'boolean' ? json['completed'] : undefined,
    assignee: assigneeGid
      ? { gid: assigneeGid, email: asText(asRecord(json['assignee'])['email']) }
      : json['assignee'] === null
        ? null
        : undefined,
  };
}

export function notesOf(json: Json): string | undefined {
  return asText(json['notes']) ?? plain(asText(json['html_notes']));
}

function pageOf(given: unknown, hosts: ReadonlySet<string>): string | undefined {
  const url = asText(given);
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  return hosts.has(new URL(url).hostname) ? url : undefined;
}

export function refOfTask(task: AsanaTask): TaskRef {
  return { tracker: 'asana', id: task.gid, url: task.url };
}

function timeOf(value: unknown): Instant | undefined {
  const text = asText(value);
  return text !== undefined && Number.isFinite(Date.parse(text)) ? text : undefined;
}

/**
 * What must be known of a task before anything is done because of it: one that is not said to be completed may be so, and
 * one without a date is not the oldest of duplicates.
 * @throws ErrandError `asana_unavailable` when Asana's answer leaves it out
 */
export function told<K extends 'completed' | 'createdAt' | 'modifiedAt'>(
  task: AsanaTask,
  name: K,
): NonNullable<AsanaTask[K]> {
  const value = task[name];
  if (value !== undefined) return value;
  throw new ErrandError('asana_unavailable', `Task ${task.gid}: the answer does not tell ${SAID[name]}.`);
}

const SAID = { completed: 'whether it is completed', createdAt: 'when it was made', modifiedAt: 'when it changed' };

/**
 * A marker is the id of what the task is of, standing alone: `sentry:acme:4711`, `storm:acme:shop/…` (contract.ts). Other lines of that
 * form are people's.
 */
const MARKER = /^(?:sentry|alert|storm):(?!\/\/)[^:\s]+:[^:\s]+$/;

/** All different markers in a text, each on a line of its own, in their order. */
export function markersIn(notes: string | undefined): string[] {
  return [...new Set(linesOf(notes).filter((line) => MARKER.test(line)))];
}

/** The marker of a task: the last line that has the form of one. Text that people add below it does no harm. */
export function markerIn(notes: string | undefined): string | undefined {
  return linesOf(notes).findLast((line) => MARKER.test(line));
}

/**
 * Whether `notes` carry this marker on a line of its own, whatever people wrote below it, a line of the same form included. Event
 * text is never alone on a line (text/task.ts), so it is not taken for a marker. One of another form than a workflow id counts on
 * the last line only.
 */
export function carries(notes: string | undefined, marker: string): boolean {
  return MARKER.test(marker) ? linesOf(notes).includes(marker) : endsWith(notes, marker);
}

/** Whether the last line that is not empty is this one. */
export function endsWith(notes: string | undefined, line: string): boolean {
  return linesOf(notes?.trimEnd()).at(-1) === line;
}

function linesOf(text: string | undefined): string[] {
  return (text ?? '').split(/\r?\n/).map((line) => line.trim());
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of rich notes; line breaks are characters there, list items stand on lines of their own. */
function plain(html: string | undefined): string | undefined {
  return html
    ?.replace(/<\/(li|ul|ol|h1|h2|p|div|pre|blockquote)>|<(br|hr)\s*\/?>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
}
