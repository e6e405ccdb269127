/**
 * Total parsers for what people type into Temporal's Web UI or `temporal workflow signal`, and for what the dispatcher
 * sends. Hand-written, because no schema library belongs into the workflow bundle. Nothing here throws.
 */
import type { OperatorAct } from '../../contract';
import type { Instant, TaskRef } from '../refs';
import type { Ask, Command } from './facts';
import type { Hint, Repeated } from './hint';
import { HOUR } from './cadence';
import { durationMs, plus } from '../time';

export type Parsed = { command: Command } | { ask: Ask } | { reject: string };

const ID_MAX = 100;
const NAME_MAX = 100;
const SHOWN_MAX = 120;
/** Of each text in a hint. They are kept in lists that cross continue-as-new, so a hand-typed one must be small, too. */
const HINT_TEXT_MAX = 200;
/** A seed is at most 8 KiB where it is made. */
const SEED_MAX = 32 * 1024;
const MUTE_DEFAULT = 24 * HOUR;
/** A longer silence is better said in Sentry, by archiving. */
const MUTE_MAX = 90 * 24 * HOUR;

/** An object with named fields; not a list, and not bytes, which `binary/plain` decodes to. */
export function isObject(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x);
}

function text(x: unknown, max: number): string | undefined {
  return typeof x === 'string' && x.trim() !== '' && x.length <= max ? x.trim() : undefined;
}

/** What was typed, short enough for the list of rejects. */
export function shown(input: unknown): string {
  if (ArrayBuffer.isView(input)) return `${input.byteLength} bytes`;
  try {
    return (JSON.stringify(input) ?? 'undefined').slice(0, SHOWN_MAX);
  } catch {
    // Nested too deeply for the stack; `String` would recurse as well.
    return 'something that cannot be shown';
  }
}

/**
 * @param act    name of the signal or update
 * @param input  whatever was sent: nothing, text, or an object with `to`, `for`, and optionally `id` and `by`
 * @param fallbackId  makes the command unique when the sender gave no id
 */
export function parseAct(act: OperatorAct, input: unknown, fallbackId: string, now: Instant): Parsed {
  if (isObject(input) && 'undecodable' in input) return { reject: `${act}: input that could not be decoded` };
  const fields = isObject(input) ? input : {};
  const id = text(fields.id, ID_MAX) ?? fallbackId;
  const by = text(fields.by, NAME_MAX) ?? 'an operator';
  switch (act) {
    case 'resolve':
    case 'retry':
    case 'recheck':
    case 'unmute':
      if (input !== undefined && input !== null && input !== '' && !isObject(input))
        return { reject: `${act}: needs no input, got ${shown(input)}` };
      return { command: act === 'retry' ? { id, by, do: act, ...ofRetry(fields) } : { id, by, do: act } };
    case 'reassign': {
      const to = text(input, NAME_MAX) ?? text(fields.to, NAME_MAX);
      return to ? { ask: { id, by, to } } : { reject: `reassign: needs {"to":"anna"} or "anna", got ${shown(input)}` };
    }
    case 'mute': {
      const typed =
        input === undefined || input === null ? undefined : (fields.for ?? (isObject(input) ? undefined : input));
      const ms = typed === undefined ? MUTE_DEFAULT : duration(typed);
      return ms === undefined
        ? { reject: `mute: needs nothing or {"for":"1d"}, got ${shown(input)}` }
        : { command: { id, by, do: 'mute', until: plus(now, ms) } };
    }
  }
}

/** `{"code":"asana_unauthorized"}`: only what failed with it. */
function ofRetry({ released, code }: Record<string, unknown>): { released?: true; code?: string } {
  const only = text(code, NAME_MAX);
  return { ...(released === true ? { released } : {}), ...(only === undefined ? {} : { code: only }) };
}

function duration(x: unknown): number | undefined {
  const ms = typeof x === 'string' ? durationMs(x) : undefined;
  return ms !== undefined && ms > 0 && ms <= MUTE_MAX ? ms : undefined;
}

/** The hints among whatever a `hints` signal carried; the rest is counted. */
export function parseHints(input: unknown): { hints: Hint[]; garbage: number } {
  if (!Array.isArray(input)) return { hints: [], garbage: 1 };
  const hints = input.filter(isHint).map(bounded);
  return { hints, garbage: input.length - hints.length };
}

function isHint(x: unknown): x is Hint {
  return (
    isObject(x) &&
    typeof x.delivery === 'string' &&
    typeof x.at === 'string' &&
    typeof x.what === 'string' &&
    typeof x.urgent === 'boolean' &&
    (x.environment === undefined || typeof x.environment === 'string') &&
    (x.installation === undefined || typeof x.installation === 'string')
  );
}

/** Never refuses a hint for what it carries besides: texts are cut, and a seed that is no snapshot is left out, and so is a task that is none. */
function bounded(hint: Hint): Hint {
  const { delivery, at, about, urgent, what, environment, installation, seed, repeated, task, missed, unlisted } = hint;
  return {
    delivery: delivery.slice(0, HINT_TEXT_MAX),
    at: at.slice(0, HINT_TEXT_MAX),
    about,
    urgent,
    what: what.slice(0, HINT_TEXT_MAX),
    ...(environment === undefined ? {} : { environment: environment.slice(0, HINT_TEXT_MAX) }),
    ...(installation === undefined ? {} : { installation: installation.slice(0, HINT_TEXT_MAX) }),
    ...(seed !== undefined && isSnapshot(seed) ? { seed } : {}),
    ...(isRepeated(repeated) ? { repeated } : {}),
    ...(isTask(task) ? { task } : {}),
    ...(isTask(missed) ? { missed } : {}),
    ...((unlisted === 'answered' || unlisted === 'unanswered') && isInstant(at) ? { unlisted } : {}),
  };
}

function isRepeated(x: unknown): x is Repeated {
  if (!isObject(x) || !STATUSES.includes(String(x.status))) return false;
  const { assignee } = x;
  return (
    assignee === undefined || assignee === null || (typeof assignee === 'string' && assignee.length <= HINT_TEXT_MAX)
  );
}

function isTask(x: unknown): x is TaskRef {
  const short = (text: unknown): boolean => typeof text === 'string' && text !== '' && text.length <= HINT_TEXT_MAX;
  return isObject(x) && short(x.tracker) && short(x.id) && short(x.url);
}

const STATUSES = ['unresolved', 'resolved', 'archived', 'gone', 'unknown'];

/** As `toISOString` writes it: another form would compare wrongly, or not be a time at all. */
function isInstant(x: unknown): boolean {
  const ms = typeof x === 'string' ? Date.parse(x) : NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString() === x;
}

/** Every field that the workflow itself reads, because a wrong type there would fail its task for ever. */
function isSnapshot(x: unknown): boolean {
  if (!isObject(x) || !isObject(x.ref) || !isObject(x.tags)) return false;
  const texts = [x.title, x.url, x.project, x.level, x.status, x.readAt, x.ref.source, x.ref.scope, x.ref.id];
  const optional = [x.shortId, x.culprit, x.platform, x.release, x.substatus, x.category].filter(
    (t) => t !== undefined,
  );
  const lists = [x.environments, x.frames, x.owners, x.links];
  if (x.lacks !== undefined) lists.push(x.lacks);
  return (
    [...texts, ...optional].every((t) => typeof t === 'string') &&
    [x.events, x.users].every((n) => n === null || typeof n === 'number') &&
    [x.firstSeen, x.lastSeen].every((at) => at === null || isInstant(at)) &&
    isInstant(x.readAt) &&
    STATUSES.includes(String(x.status)) &&
    lists.every((l) => Array.isArray(l)) &&
    (x.environments as unknown[]).every((e) => typeof e === 'string') &&
    (x.assignee === null || typeof x.assignee === 'string') &&
    (x.mergedInto === undefined || isObject(x.mergedInto)) &&
    JSON.stringify(x).length <= SEED_MAX
  );
}
