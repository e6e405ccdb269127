/** What an operator's POST asks for: the body of each act, and the key that makes it one command. Refused in words before anything is sent. */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { OperatorAct } from '../../contract';
import { CATALOGUE, ErrandError } from '../../errors';
import { parseAct } from '../../core/issue/commands';
import type { Rules } from '../../rules/load';
import { quote } from '../../rules/mistakes';
import { findPerson } from '../../rules/people';
import { maskNamed } from '../../text/named';
import { say } from '../../text/say';
import type { PersonKey } from '../../core/refs';
import { valid } from './valid';

/** What the act is given besides who asks: the field of the body, as it was sent. */
export type ActInput = { to?: string; for?: string; code?: string };

/** Longer than any key or address; the workflow takes no longer name either. */
const NAME_MAX = 100;
const KEY = /^[\x20-\x7e]{1,100}$/;
export const KEY_WORDS = 'must have 1 to 100 printable ASCII characters';
export const isCommandKey = (text: string): boolean => KEY.test(text);
/** Of SHA-256; 128 bits leave no room for two keys that look alike. */
const ID_LENGTH = 32;

const nothing = z.strictObject({});
const BODY: Record<OperatorAct, { schema: z.ZodType<ActInput>; takes: string }> = {
  resolve: { schema: nothing, takes: 'no body' },
  retry: {
    schema: z.strictObject({
      code: z
        .string()
        .refine((code) => code in CATALOGUE, 'must be a code as GET /issues?attention=true shows it')
        .optional(),
    }),
    takes: 'nothing, or {"code":"<only what failed with this code>"}',
  },
  recheck: { schema: nothing, takes: 'no body' },
  unmute: { schema: nothing, takes: 'no body' },
  reassign: {
    schema: z.strictObject({ to: z.string().trim().min(1).max(NAME_MAX) }),
    takes: '{"to":"<a key under people in the rules>"}',
  },
  mute: {
    schema: z.strictObject({
      for: z
        .string()
        .trim()
        .refine(isDuration, 'must be a number with m, h, d or w, such as "4h" or "1d"; at most 90d'),
    }),
    takes: '{"for":"1d"}',
  },
};

/** The workflow's own parser decides, so that both take the same. */
function isDuration(text: string): boolean {
  return 'command' in parseAct('mute', { for: text }, '', new Date(0).toISOString());
}

/**
 * @param raw the body as text; undefined when there was none
 * @throws ErrandError `invalid` that says what the act takes
 */
export function actInput(act: OperatorAct, raw: string | undefined): ActInput {
  const { schema, takes } = BODY[act];
  try {
    return valid(schema, bodyOf(raw));
  } catch (e) {
    if (e instanceof ErrandError) throw new ErrandError('invalid', `${e.detail} ${act} takes ${takes}.`);
    throw e;
  }
}

/** No body and an empty one are the empty object: clients send `content-type: application/json` without anything behind it. */
export function bodyOf(sent: unknown): unknown {
  const raw = typeof sent === 'string' ? sent : '';
  if (raw.trim() === '') return {};
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    throw new ErrandError('invalid', 'The body is not JSON.');
  }
}

/** Of what was sent, in the log of acts. */
const SHOWN_FIELDS = 5;
const SHOWN_CHARS = 100;

/** What was sent, understood or not, as the log of acts keeps it: few fields, each short, on one line, without secrets. */
export function shownInput(sent: unknown): Record<string, string> {
  const raw = typeof sent === 'string' ? sent : '';
  let body: unknown;
  try {
    body = bodyOf(raw);
  } catch {
    body = raw;
  }
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.entries(body) : [];
  if (fields.length === 0 && raw.trim() !== '' && raw.trim() !== '{}') return { body: say(raw, SHOWN_CHARS) };
  return Object.fromEntries(
    fields
      .slice(0, SHOWN_FIELDS)
      .map(([name, value]) => [
        say(name, SHOWN_CHARS),
        say(maskNamed(name, typeof value === 'string' ? value : JSON.stringify(value)), SHOWN_CHARS),
      ]),
  );
}

/** @throws ErrandError `unknown_person`, with who was probably meant */
export function knownPerson(rules: Rules, name: string): PersonKey {
  const found = findPerson(rules, name);
  if ('key' in found) return found.key;
  const meant = found.didYouMean === null ? '.' : `; did you mean ${quote(found.didYouMean)}?`;
  throw new ErrandError('unknown_person', `There is no ${quote(name)}${meant} People: ${found.people}.`);
}

/**
 * The sender's `Idempotency-Key`, or a fresh one.
 * @throws ErrandError `invalid`
 */
export function commandKey(header: string | string[] | undefined): string {
  if (header === undefined) return randomUUID();
  if (typeof header === 'string' && isCommandKey(header)) return header;
  throw new ErrandError('invalid', `Idempotency-Key: ${KEY_WORDS}.`);
}

/**
 * The command's id in the record. A key means "this once more" only with the same act, input and sender:
 * otherwise a key used again for something else would answer 200 and do nothing.
 */
export function commandId(act: OperatorAct, input: ActInput, by: string, key: string): string {
  return `${act}-${digest([act, input.to ?? input.for ?? input.code ?? null, by, key])}`;
}

/** The same for the release of what a storm workflow holds. */
export function releaseId(storm: string, by: string, key: string): string {
  return `release-${digest([storm, by, key])}`;
}

function digest(scope: (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, ID_LENGTH);
}
