import { createHmac } from 'node:crypto';
import { sentrySource } from '../../../src/vendors/sentry/webhook';
import { legacyTokenMatches, sentryLegacySource } from '../../../src/vendors/sentry/webhook-legacy';
import { verifyHmacSha256Hex } from '../../../src/vendors/http/signature';
import { json } from './webhook-fixtures';

type Vector = Record<
  | 'client_secret'
  | 'raw_body'
  | 'signature_hex'
  | 'wrong_signature_if_reserialized_in_node'
  | 'empty_body_signature_hex',
  string
>;
const VECTOR = json('derived.signature-vector.json') as Vector;
const RAW = Buffer.from(VECTOR.raw_body);
const SECRET = VECTOR.client_secret;

const sign = (body: Buffer | string, secret: string): string => createHmac('sha256', secret).update(body).digest('hex');

describe('verifyHmacSha256Hex', () => {
  test('accepts the exact bytes, with either of two secrets, in either case of the digits', () => {
    expect(verifyHmacSha256Hex(RAW, VECTOR.signature_hex, [SECRET])).toEqual({ ok: true, which: 0 });
    expect(verifyHmacSha256Hex(RAW, VECTOR.signature_hex, ['old', SECRET])).toEqual({ ok: true, which: 1 });
    expect(verifyHmacSha256Hex(RAW, VECTOR.signature_hex.toUpperCase(), [SECRET])).toEqual({ ok: true, which: 0 });
  });

  test('an empty body is signed as the empty text', () => {
    const empty = Buffer.alloc(0);
    expect(verifyHmacSha256Hex(empty, VECTOR.empty_body_signature_hex, [SECRET])).toEqual({ ok: true, which: 0 });
    expect(verifyHmacSha256Hex(Buffer.from('{}'), VECTOR.empty_body_signature_hex, [SECRET]).ok).toBe(false);
  });

  test.each([
    ['no header', undefined, 'no Sentry-Hook-Signature header'],
    ['an empty header', '', 'no Sentry-Hook-Signature header'],
    ['a prefix', `sha256=${'a'.repeat(64)}`, 'not 64 hex characters'],
    ['a digit short', 'a'.repeat(63), 'not 64 hex characters'],
    ['a line end behind', `${'a'.repeat(64)}\n`, 'not 64 hex characters'],
    ['other letters', 'g'.repeat(64), 'not 64 hex characters'],
    ['another digest', 'a'.repeat(64), 'matches neither of 2 secrets'],
  ])('says what is wrong: %s', (_what, header, why) => {
    expect(verifyHmacSha256Hex(RAW, header, [SECRET, 'other'])).toEqual({ ok: false, why });
  });

  test('the number of secrets is told', () => {
    const why = (secrets: string[]): unknown => verifyHmacSha256Hex(RAW, 'a'.repeat(64), secrets);
    expect(why(['one'])).toEqual({ ok: false, why: 'does not match the secret' });
    expect(why(['1', '2', '3'])).toEqual({ ok: false, why: 'matches none of 3 secrets' });
    expect(why([])).toEqual({ ok: false, why: 'no secret is configured' });
  });

  test('a body that was parsed and written again on the way is told apart, but not accepted', () => {
    const why = 'matches when the JSON is re-serialised: a proxy changes the body';
    // The sender signs what our JSON.stringify would give.
    const wrong = VECTOR.wrong_signature_if_reserialized_in_node;
    expect(verifyHmacSha256Hex(RAW, wrong, [SECRET])).toEqual({ ok: false, why });
    // Sentry signs compact ASCII; a proxy writes it out with spaces and with the characters themselves.
    const sent = '{"title":"Gr\\u00f6\\u00dfe \\ud83d\\udd25","n":1}';
    const changed = Buffer.from(JSON.stringify(JSON.parse(sent), null, 2));
    expect(verifyHmacSha256Hex(changed, sign(sent, SECRET), ['old', SECRET])).toEqual({ ok: false, why });
    // What stands in a string stays as it is.
    const odd = '{"a":"x  \\" y","b":"\\\\u00f6 \\u0041"}';
    const spaced = Buffer.from(odd.replaceAll(',', ' ,\n '));
    expect(verifyHmacSha256Hex(spaced, sign(odd, SECRET), [SECRET])).toEqual({ ok: false, why });
  });

  test('a diagnosis holds neither a secret nor a digest, and hostile bodies do not break it', () => {
    const bodies = [
      '',
      'no json',
      '['.repeat(100_000),
      // A string without an end, in which each quote could begin another one.
      '"' + '\\"'.repeat(120_000),
      '"' + '\\'.repeat(200_001),
      ' '.repeat(250_000),
      '"' + 'x'.repeat(400_000) + '"',
      '\u0000\ufffd',
      '{"__proto__":1}',
    ];
    for (const body of bodies) {
      const verdict = verifyHmacSha256Hex(Buffer.from(body), 'b'.repeat(64), [SECRET, 'secret-two']);
      expect(verdict).toEqual({ ok: false, why: 'matches neither of 2 secrets' });
    }
  });
});

describe('the sources', () => {
  const source = sentrySource({ secrets: ['old', SECRET], org: 'acme', person: () => undefined });

  test.each(['sentry-hook-signature', 'sentry-app-signature'])('take %s', (name) => {
    expect(source.verify(RAW, { [name]: VECTOR.signature_hex })).toEqual({ ok: true });
    expect(source.verify(RAW, { [name]: [VECTOR.signature_hex] })).toEqual({ ok: true });
    expect(source.verify(Buffer.concat([RAW, Buffer.from(' ')]), { [name]: VECTOR.signature_hex }).ok).toBe(false);
  });

  test('no header, no entry', () => {
    expect(source.verify(RAW, {})).toEqual({ ok: false, why: 'no Sentry-Hook-Signature header' });
  });

  test('the legacy path has a token of its own', () => {
    expect(legacyTokenMatches('a-long-token', 'a-long-token')).toBe(true);
    expect(legacyTokenMatches('a-long-tokeN', 'a-long-token')).toBe(false);
    expect(legacyTokenMatches('a-long-token-and-more', 'a-long-token')).toBe(false);
    expect(legacyTokenMatches('', '')).toBe(false);
    expect(legacyTokenMatches('x', undefined)).toBe(false);
    const legacy = sentryLegacySource({ org: 'acme', person: () => undefined });
    expect(legacy.verify(Buffer.alloc(0), {})).toEqual({ ok: true });
  });
});
