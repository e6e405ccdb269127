/** The body of the one POST that makes a task. */
import { truncate } from '../../text/scrub';
import { toAsanaHtml, toAsanaText } from '../../text/markup';
import type { Markup } from '../../text/fit';
import type { TaskDraft } from '../tracker';
import type { Json } from './call';
import { endsWith } from './task';

export type BodyParts = {
  draft: TaskDraft;
  marker: string;
  /** gids */
  workspace: string;
  project: string;
  /** null: nobody, or nobody whom Asana knows. */
  assignee: string | null;
};

/** No maximum is documented; longer names are of no use to anybody. */
const NAME_MAX = 1_000;

/** The text of the task with the marker alone on its last line. */
export function withMarker(body: Markup, marker: string): Markup {
  return endsWith(toAsanaText(body), marker) ? body : [...body, `\n\n${marker}`];
}

/** The text of the draft; it says so when Asana does not know the person whom the task is for. */
function textOf({ draft, marker, assignee }: BodyParts): Markup {
  const isUnknown = draft.assignee !== null && assignee === null;
  return withMarker((isUnknown ? draft.unassignedBody : undefined) ?? draft.body, marker);
}

/**
 * The body of POST /tasks: name, text and place. `projects` is what every reader understands; `more`: what else it is to have,
 * nothing for the bare task.
 */
export function taskBody(parts: BodyParts, notes: 'rich' | 'plain', more: Json = {}): Json {
  const { draft, workspace, project } = parts;
  const text = textOf(parts);
  return {
    name: nameOf(draft),
    ...(notes === 'rich' ? { html_notes: toAsanaHtml(text) } : { notes: toAsanaText(text) }),
    workspace,
    projects: [project],
    ...more,
  };
}

export function nameOf({ title }: TaskDraft): string {
  return truncate(title, NAME_MAX);
}
