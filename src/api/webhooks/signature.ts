/**
 * HMAC-SHA256 over the raw bytes, as Sentry's Integration Platform signs
 * (docs.sentry.io/organization/integrations/integration-platform/webhooks/#verifying-the-signature).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

type Signed = { ok: true; which: number } | { ok: false; why: string };

const HEX_DIGEST = /^[0-9a-f]{64}$/i;
/** Only bodies up to this many bytes are serialised again for a better diagnosis; larger ones cost an attacker's price. */
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

/** Something between Sentry and us parsed the JSON and wrote it again: the commonest cause of a right secret that fails. */
function fitsWhenRewritten(raw: Buffer, given: Buffer, secrets: string[]): boolean {
  if (raw.length > DIAGNOSED_BYTES) return false;
  try {
    const rewritten = JSON.stringify(JSON.parse(raw.toString('utf8')));
    return fitting(rewritten, given, secrets) >= 0 || fitting(asPythonWritesIt(rewritten), given, secrets) >= 0;
  } catch {
    return false;
  }
}

function matchesNone(count: number): string {
  if (count === 0) return 'no secret is configured';
  if (count === 1) return 'does not match the secret';
  return count === 2 ? 'matches neither of 2 secrets' : `matches none of ${count} secrets`;
}

/**
 * Checks `header` (64 hex characters, no prefix) against the exact bytes received, with each secret. Constant time in
 * what an attacker controls. `which` is the index of the secret that fits; `why` is a diagnosis for the log that holds
 * neither the secret nor a digest. An empty body is signed as the empty text. Never throws.
 */
export function verifyHmacSha256Hex(raw: Buffer, header: string | undefined, secrets: string[]): Signed {
  if (header === undefined || header === '') return { ok: false, why: 'no Sentry-Hook-Signature header' };
  if (!HEX_DIGEST.test(header)) return { ok: false, why: 'not 64 hex characters' };
  const given = Buffer.from(header, 'hex');
  const which = fitting(raw, given, secrets);
  if (which >= 0) return { ok: true, which };
  if (fitsWhenRewritten(raw, given, secrets)) {
    return { ok: false, why: 'matches when the JSON is re-serialised: a proxy changes the body' };
  }
  return { ok: false, why: matchesNone(secrets.length) };
}
