/**
 * HMAC-SHA256 over the raw bytes, as Sentry's Integration Platform signs
 * (docs.sentry.io/organization/integrations/integration-platform/webhooks/#verifying-the-signature).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

type Signed = { ok: true; which: number } | { ok: false; why: string };

const HEX_DIGEST = /^[0-9a-f]{64}$/i;
/** Only bodies up to this many bytes are looked at for a better diagnosis; larger ones cost an attacker's price. */
const DIAGNOSED_BYTES = 256 * 1024;

function digest(body: Buffer | string, secret: string): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}

/** The index of the secret that fits, or -1. Every secret is tried, so the time does not tell which. */
function fitting(body: Buffer | string, given: Buffer, secrets: string[]): number {
  return secrets.reduce((found, secret, i) => {
    const fits = timingSafeEqual(digest(body, secret), given);
    return fits && found < 0 ? i : found;
  }, -1);
}

/** Python's `json.dumps` escapes every character beyond ASCII, in lowercase hex. */
function asPythonWritesIt(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As JSON.stringify writes strings. An escaped backslash is no beginning of an escape. */
function unescaped(json: string): string {
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/gi, (all, hex: string | undefined) => {
    const unit = hex === undefined ? 0 : parseInt(hex, 16);
    return unit < FIRST_ESCAPED ? all : String.fromCharCode(unit);
  });
}
const FIRST_ESCAPED = 0x7f;

/** A string, also one without an end, space between two tokens, or a number: each character is looked at once. */
const TOKENS = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|\s+|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

function written(json: string, number: (text: string) => string): string {
  return json.replace(TOKENS, (token) => (token.startsWith('"') ? token : token.trim() === '' ? '' : number(token)));
}

/**
 * Something between Sentry and us parsed the JSON and wrote it again: the commonest cause of a right secret that fails. The
 * text is compared without the spaces between tokens, with and without escapes. It is not parsed: nobody has signed it.
 */
function fitsWhenRewritten(raw: Buffer, given: Buffer, secrets: string[]): boolean {
  if (raw.length > DIAGNOSED_BYTES) return false;
  const text = raw.toString('utf8');
  const compact = written(text, (number) => number);
  const asNodeWritesIt = unescaped(written(text, (number) => String(Number(number))));
  return [compact, asPythonWritesIt(compact), asNodeWritesIt].some((form) => fitting(form, given, secrets) >= 0);
}

function matchesNone(count: number): string {
  if (count === 0) return 'no secret is configured';
  if (count === 1) return 'does not match the secret';
  return count === 2 ? 'matches neither of 2 secrets' : `matches none of ${count} secrets`;
}

/** Why this header is no signature at all, in words for the log; undefined: it has the form of one. */
export function unsigned(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return 'no Sentry-Hook-Signature header';
  return HEX_DIGEST.test(header) ? undefined : 'not 64 hex characters';
}

/**
 * Checks `header` (64 hex characters, no prefix) against the exact bytes received, with each secret. Constant time in
 * what an attacker controls. `which` is the index of the secret that fits; `why` is a diagnosis for the log that holds
 * neither the secret nor a digest. An empty body is signed as the empty text. Never throws.
 */
export function verifyHmacSha256Hex(raw: Buffer, header: string | undefined, secrets: string[]): Signed {
  const why = unsigned(header);
  if (why !== undefined) return { ok: false, why };
  const given = Buffer.from(header ?? '', 'hex');
  const which = fitting(raw, given, secrets);
  if (which >= 0) return { ok: true, which };
  if (fitsWhenRewritten(raw, given, secrets)) {
    return { ok: false, why: 'matches when the JSON is re-serialised: a proxy changes the body' };
  }
  return { ok: false, why: matchesNone(secrets.length) };
}
