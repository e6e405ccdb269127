/** The body of the one POST that makes a task. */
import type { ErrandError } from '../errors';
import { cut } from '../text/scrub';
import { toAsanaHtml, toAsanaText } from '../text/markup';
import type { Markup, TaskDraft } from '../types';
import type { Json } from './asana-client';
import type { CustomField } from './asana-places';
import { carries } from './asana-task';

export type BodyParts = {
  draft: TaskDraft;
  marker: string;
  /** gids */
  workspace: string;
  project: string;
  section?: string;
  /** null: nobody, or nobody whom Asana knows. */
  assignee: string | null;
  followers: string[];
  tags: string[];
  fields: Json;
};

/** No maximum is documented; longer names are of no use to anybody. */
const NAME_MAX = 1_000;

/** The text of the task with the marker alone on its last line. */
export function withMarker(body: Markup, marker: string): Markup {
  return carries(toAsanaText(body), marker) ? body : [...body, `\n\n${marker}`];
}

/** `html_notes` and, as a second choice, `notes` of the draft; a task without its wanted assignee says so. */
function textOf({ draft, marker, assignee }: BodyParts): Markup {
  if (draft.assignee === null || assignee !== null) return withMarker(draft.body, marker);
  const said = draft.unassignedBody ?? [
    `Not assigned: Asana does not know the address of ${draft.assignee}.\n\n`,
    ...draft.body,
  ];
  return withMarker(said, marker);
}

/** The body of POST /tasks. `memberships` puts the task into a section; `projects` is what every reader understands. */
export function taskBody(parts: BodyParts, notes: 'rich' | 'plain' = 'rich'): Json {
  const { draft, workspace, project, section, assignee, followers, tags, fields } = parts;
  const text = textOf(parts);
  return {
    name: cut(draft.title, NAME_MAX),
    ...(notes === 'rich' ? { html_notes: toAsanaHtml(text) } : { notes: toAsanaText(text) }),
    workspace,
    projects: [project],
    ...(section === undefined ? {} : { memberships: [{ project, section }] }),
    ...(assignee === null ? {} : { assignee }),
    ...(followers.length > 0 ? { followers } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(draft.spec.dueOn === undefined ? {} : { due_on: draft.spec.dueOn }),
    ...(Object.keys(fields).length > 0 ? { custom_fields: fields } : {}),
  };
}

/**
 * What to send instead after a definite refusal (400 or 402), and what is left out; undefined when nothing can be
 * spared. A refused detail must not cost the task.
 */
export function spare(parts: BodyParts, refusal: ErrandError): { body: Json; without: string } | undefined {
  const said = refusal.detail ?? '';
  const fields = Object.keys(parts.fields).length > 0;
  if (fields && (refusal.code === 'asana_payment_required' || /custom.?field/i.test(said))) {
    return { body: taskBody({ ...parts, fields: {} }), without: 'custom fields' };
  }
  if (refusal.code !== 'asana_refused') return undefined;
  if (/assignee/i.test(said) && parts.assignee !== null) {
    return { body: taskBody({ ...parts, assignee: null }), without: 'assignee' };
  }
  if (/follower/i.test(said) && parts.followers.length > 0) {
    return { body: taskBody({ ...parts, followers: [] }), without: 'followers' };
  }
  if (/\btags?\b/i.test(said) && parts.tags.length > 0) {
    return { body: taskBody({ ...parts, tags: [] }), without: 'tags' };
  }
  return { body: taskBody(parts, 'plain'), without: 'rich text' };
}

/** A date, `YYYY-MM-DD`. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Asana's limit for text fields. */
const TEXT_MAX = 1_024;

/**
 * The value of one custom field as Asana takes it: the gid of the option of this name for enums, a number, `{date}`, or
 * text. undefined when it does not fit.
 */
export function fieldValue(field: CustomField, value: string): unknown {
  const option = (name: string): string | undefined =>
    (
      field.options.find((one) => one.name === name || one.gid === name) ??
      field.options.find((one) => one.name.trim().toLowerCase() === name.trim().toLowerCase())
    )?.gid;
  switch (field.type) {
    case 'enum':
      return option(value);
    case 'multi_enum': {
      const whole = option(value);
      const gids = whole ? [whole] : value.split(',').map((name) => option(name.trim()));
      return gids.includes(undefined) ? undefined : gids;
    }
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case 'date':
      return DATE.test(value) ? { date: value } : undefined;
    case 'text':
      return cut(value, TEXT_MAX);
    default:
      return undefined;
  }
}
