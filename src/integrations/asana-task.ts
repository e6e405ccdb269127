/** Reading tasks of Asana: the marker that makes a task ours, and the few fields that we use. */
import type { TaskRef } from '../types';
import type { Json } from './asana-call';
import { asRecord, asText } from './http';

/** What is read of a task; `null`: unassigned; undefined: the answer does not say. */
export type AsanaTask = {
  gid: string;
  url: string;
  notes?: string;
  createdAt: string;
  modifiedAt: string;
  createdBy?: string;
  completed: boolean;
  assignee?: { gid: string; email?: string } | null;
};

export const TASK_FIELDS =
  'gid,notes,created_at,modified_at,created_by.gid,completed,permalink_url,assignee.gid,assignee.email';

/** Tolerant of missing fields and of other hosts in `permalink_url`; undefined without a gid. */
export function taskOf(json: Json): AsanaTask | undefined {
  const gid = asText(json['gid']);
  if (!gid) return undefined;
  const assigneeGid = asText(asRecord(json['assignee'])['gid']);
  return {
    gid,
    url: asText(json['permalink_url']) ?? taskUrl(gid),
    notes: asText(json['notes']) ?? plain(asText(json['html_notes'])),
    createdAt: asText(json['created_at']) ?? '',
    modifiedAt: asText(json['modified_at']) ?? asText(json['created_at']) ?? '',
    createdBy: asText(asRecord(json['created_by'])['gid']),
    completed: json['completed'] === true,
    assignee: assigneeGid
      ? { gid: assigneeGid, email: asText(asRecord(json['assignee'])['email']) }
      : json['assignee'] === null
        ? null
        : undefined,
  };
}

/** Opens the task in Asana's web application wherever it lies. */
function taskUrl(gid: string): string {
  return `https://app.asana.com/0/0/${gid}/f`;
}

export function refOfTask(task: AsanaTask): TaskRef {
  return { tracker: 'asana', id: task.gid, url: task.url };
}

/** Oldest first: by creation, then by gid, which Asana counts upwards. */
export function byAge(a: AsanaTask, b: AsanaTask): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  if (a.gid.length !== b.gid.length) return a.gid.length - b.gid.length;
  return a.gid < b.gid ? -1 : 1;
}

/** A marker is the id of what the task is of, standing alone: `sentry:acme:4711`, `storm:acme:shop/…` (contract.ts). Other lines of that form are people's. */
const MARKER = /^(?:sentry|alert|storm):(?!\/\/)[^:\s]+:[^:\s]+$/;

/**
 * The marker of a task: the last line that has the form of one. Text that people add below it does no harm, and event
 * text that imitates a marker stands above ours, so it is never taken for it.
 */
export function markerIn(notes: string | undefined): string | undefined {
  const lines = (notes ?? '').split(/\r?\n/);
  for (let i = lines.length - 1; i >= 0; i -= 1) {
    const line = lines[i]?.trim() ?? '';
    if (MARKER.test(line)) return line;
  }
  return undefined;
}

/** Whether `notes` carry this marker, also one of another form than a workflow id (then on the last line only). */
export function carries(notes: string | undefined, marker: string): boolean {
  if (MARKER.test(marker)) return markerIn(notes) === marker;
  return (notes ?? '').trimEnd().split(/\r?\n/).at(-1)?.trim() === marker;
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The text of rich notes; line breaks are characters there, list items stand on lines of their own. */
function plain(html: string | undefined): string | undefined {
  return html
    ?.replace(/<\/(li|ul|ol|h1|h2|p|div|pre|blockquote)>|<(br|hr)\s*\/?>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
}
