/**
 * Total parsers for what people type into Temporal's Web UI or `temporal workflow signal`, and for what the dispatcher
 * sends. Hand-written, because no schema library belongs into the workflow bundle. Nothing here throws.
 */
import type { OperatorAct } from '../contract';
import type { Ask, Command, Hint, Instant } from '../types';
import { HOUR, plus } from './cadence';

export type Parsed = { command: Command } | { ask: Ask } | { reject: string };

const ID_MAX = 100;
const NAME_MAX = 100;
const UNITS: Record<string, number> = { m: HOUR / 60, h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };
const MUTE_DEFAULT = 24 * HOUR;
/** A longer silence is better said in Sentry, by archiving. */
const MUTE_MAX = 90 * 24 * HOUR;

export function isObject(x: unknown): x is Record<string, unknown> {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function text(x: unknown, max: number): string | undefined {
  return typeof x === 'string' && x.trim() !== '' && x.length <= max ? x.trim() : undefined;
}

/** What was typed, short enough for the list of rejects. */
export function shown(input: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(input);
  } catch {
    json = undefined;
  }
  return (json ?? String(input)).slice(0, 120);
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
      if (input !== undefined && input !== null && input !== '' && !isObject(input))
        return { reject: `${act}: needs no input, got ${shown(input)}` };
      return { command: { id, by, do: act } };
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

function duration(x: unknown): number | undefined {
  const match = typeof x === 'string' ? /^(\d{1,4})([mhdw])$/.exec(x.trim()) : null;
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) return undefined;
  const ms = Number(match[1]) * unit;
  return ms > 0 && ms <= MUTE_MAX ? ms : undefined;
}

/** The hints among whatever a `hints` signal carried; the rest is counted. */
export function parseHints(input: unknown): { hints: Hint[]; garbage: number } {
  if (!Array.isArray(input)) return { hints: [], garbage: 1 };
  const hints = input.filter(isHint);
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
    (x.installation === undefined || typeof x.installation === 'string') &&
    (x.seed === undefined || isSnapshot(x.seed))
  );
}

function isSnapshot(x: unknown): boolean {
  return (
    isObject(x) &&
    typeof x.title === 'string' &&
    typeof x.status === 'string' &&
    typeof x.readAt === 'string' &&
    typeof x.lastSeen === 'string' &&
    Array.isArray(x.environments) &&
    isObject(x.tags)
  );
}
