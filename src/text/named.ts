/**
 * What only its name shows to be a secret or a person: a tag `password: hunter2` looks like any other word. Names are taken
 * apart into words, so that `dbPassword`, `DB_PASSWORD` and `db.password` are one.
 */
import { EMPTY } from './secrets';

const SECRET = '[secret]';
const PERSON = '[person]';

/** Wherever they stand in a name, also glued to other words. */
const SECRET_PARTS = [
  'password|passwd|passphrase|passcode|secret|credential|authorization|bearer|cookie|csrf|xsrf|jwt|sessid',
  '(?:api|access|account|private|signing|encryption|licen[cs]e)_?key|session_?id|connection_?string',
].join('|');
/** Whole words. `token` and `auth` only at the end: `auth_method` and `total_tokens` are told to everybody. */
const SECRET_WORDS =
  'pwd|pw|pass|sid|otp|pin|cvv|cvc|dsn|(?:token|auth|session)(?=_$)|token_(?:id|value|hash|key|secret)(?=_$)';
const IS_SECRET = new RegExp(`${SECRET_PARTS}|_(?:${SECRET_WORDS})_`);

/** Whole words of a name; `user_agent` and `users` name nobody. */
const PERSON_WORDS = [
  'username|user_name|user_?id|enduser|login|e_?mail|phone|mobile|nickname|ssn|pesel|passport|uid',
  '(?:first|last|full|family|given)_?name|surname|(?:remote|client|user|ip)_(?:addr|address|ip)|user(?=_$)',
].join('|');
const IS_PERSON = new RegExp(`_(?:${PERSON_WORDS})_|^_(?:ip|mail|name)_$`);
/** All that Sentry's SDKs put below `user`; `sentry:user` is the older name of `user`. */
const OF_USER = /^(?:sentry:)?user(?:\.|$)/i;

/** What a name says of its value; undefined: nothing. Linear in the length of the name. */
export function kindOf(name: string): 'secret' | 'person' | undefined {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  const joined = `_${words
    .split(/[^a-z\d]+/)
    .filter(Boolean)
    .join('_')}_`;
  if (IS_SECRET.test(joined)) return 'secret';
  return OF_USER.test(name) || IS_PERSON.test(joined) ? 'person' : undefined;
}

/** `value`, or `[secret]` or `[person]` where its name asks for that; what says that there is none stays. */
export function maskNamed(name: string, value: string): string {
  const kind = EMPTY.test(value.trim()) || value.trim() === '' ? undefined : kindOf(name);
  if (kind === undefined) return value;
  return kind === 'secret' ? SECRET : PERSON;
}

/** @param keep names whose values somebody still has to look at */
export function maskTags(tags: Record<string, string>, keep: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [name, keep(name) ? value : maskNamed(name, value)]),
  );
}
