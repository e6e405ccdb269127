/**
 * What a secret or an address looks like. Linear by construction: in every pattern all repetition is bounded, except
 * one at its very end, which cannot fail any more; so no character is looked at more than a fixed number of times.
 * A test reads the patterns and holds them to this. Repeated groups are bounded also at the end, because the regular
 * expression engine keeps a stack entry per turn: 20,000 is longer than any key (RSA with 16,384 bits: 12,700).
 */
import { isIPv6 } from 'node:net';

export type Rule = {
  name: string;
  find: RegExp;
  /** One of these stands in all that `find` finds. Looking for it costs a hundredth. */
  needs?: readonly string[];
  /** What stands there instead; null: this match is harmless after all. */
  swap: (match: RegExpExecArray) => string | null;
};

const EMAIL = '[email]';
const IP = '[ip]';
const TOKEN = '[token]';
const SECRET = '[secret]';
const CARD = '[card]';

/** Says that there is no secret, which is what one wants to read at night. */
export const EMPTY = /^(?:null|undefined|none|nil|nan|true|false|\*{2,}.{0,9}|\[?(?:filtered|redacted)\]?)$/i;

/** The rest of a path, up to the name of a file of code. */
const SOURCE_FILE = /^[\w./@+-]{0,200}?\.(?:[cm]?[jt]sx?|css|py|rb|php|go|rs|java|kt|cs|vue|wasm|map)(?!\w)/;

const before = (match: RegExpExecArray, length: number) =>
  match.input.slice(Math.max(0, match.index - length), match.index);
const after = (match: RegExpExecArray) => match.input.charAt(match.index + match[0].length);
const following = (match: RegExpExecArray, length: number) =>
  match.input.slice(match.index + match[0].length, match.index + match[0].length + length);
const isWord = (char: string) => /\w/.test(char);

/** How often letters and digits alternate: random text does so all the time, names hardly ever. */
function alternations(text: string): number {
  let count = 0;
  let last: boolean | null = null;
  for (const char of text) {
    const digit = char >= '0' && char <= '9';
    const letter = (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
    if (!digit && !letter) continue;
    if (last !== null && last !== digit) count++;
    last = digit;
  }
  return count;
}

const looksMade = (value: string) => value.length >= 16 || (value.length >= 6 && /\d/.test(value));

/** Luhn's sum over 13–19 digits that begin as the card schemes' numbers do (2–6). */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || !/^[2-6]/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Names whose value is secret whatever it looks like; what follows the name may only be one of these endings. */
const STRONG =
  'pass(?:word|wd|phrase|code)|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|' +
  '(?:access|refresh|auth|id|session|csrf|bearer|api)[_-]?token|client[_-]?secret|sess(?:ion)?[_-]?id|connect\\.sid|' +
  'account[_-]?key|connection[_-]?string';
/** Names that also stand in plain sentences: `Unexpected token: }`; short ones not within a word: `compass: N`. */
const WEAK = 'token|credentials?|authorization|auth|jwt|signature|(?<![a-z])(?:pass|pw|sid|session)';
/** Up to the closing quote, which is itself escaped where the opening one is. */
const QUOTED = ['"', "'"]
  .map((q) => `(?<=\\\\${q})[^${q}\\\\\\n]+|(?<=(?<!\\\\)${q})(?:[^${q}\\\\\\n]|\\\\.){1,20000}`)
  .join('|');
const ENDING = '(?:s|\\d{1,2}|[_-]?(?:hash|key|value|access[_-]?key|id))?';
const IS_WEAK = new RegExp(`^(?:${WEAK})${ENDING}$`, 'i');
/** What stands behind `Bearer` in sentences about it. */
const PROSE =
  /^(?:bearer|tokens?|auth\w*|schemes?|realm|headers?|credentials?|challenge|prefix|format|type|string|errors?|keys?|is|was|are|not|and|or|of|for|from|in|to|with|without|missing|required|expected|invalid|must)\b/i;

function namedSecret(match: RegExpExecArray): string | null {
  const [all, name = '', separator = '', quote = '', value = ''] = match;
  // A closing bracket behind the value belongs to the sentence around it.
  const closing = quote === '' ? (/[)\]}]{1,8}$/.exec(value)?.[0] ?? '') : '';
  const bare = value.slice(0, value.length - closing.length);
  if (bare === '' || EMPTY.test(bare)) return null;
  const weak = IS_WEAK.test(name);
  // `InvalidPassword: too short` is the name of an exception, not of a secret.
  const exception = /^[A-Z]/.test(name) && /[A-Za-z]/.test(before(match, 1));
  if (quote === '' && /[: ]/.test(separator) && (weak || exception) && !looksMade(bare)) return null;
  return all.slice(0, all.length - value.length) + SECRET + closing;
}

/** How often a capital is followed by another or by a digit: in random text all the time, in names and paths hardly ever. */
const crowded = (text: string) => [...text.matchAll(/[A-Z](?=[A-Z\d])/g)].length;

/**
 * An AWS secret access key: 40 characters of base64 (secretlint-rule-aws, there only behind its name). A path of that length is
 * told by its calm, a commit by its single case.
 */
function isAwsSecret(match: RegExpExecArray): boolean {
  const [run] = match;
  if (/^\.\w/.test(following(match, 2))) return false;
  return /[a-z]/.test(run) && /\d/.test(run) && crowded(run) >= 4;
}

const always = (by: string) => () => by;
const keepFirst = (by: string) => (match: RegExpExecArray) => (match[1] ?? '') + by;

/** In this order: what is named goes first and whole, so that no half of a value is left over. */
export const RULES: Rule[] = [
  {
    name: 'private key',
    needs: ['-----'],
    find: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:\\[nr]|[A-Za-z0-9+/=\s]|-(?!----)|[:,]){0,20000}/g,
    swap: always(SECRET),
  },
  { name: 'user in a URL', needs: ['://'], find: /(:\/\/)[^\s/?#"'<>]{1,512}(?=@)/g, swap: keepFirst(SECRET) },
  { name: 'Slack webhook', find: /(hooks\.slack\.com\/)[\w/-]+/gi, swap: keepFirst(SECRET) },
  {
    name: 'secret in a query',
    needs: ['='],
    find: /([?&;](?:[\w.-]{0,40}(?:token|key|secret|passw|pwd|sig|credential|auth|session|jwt|otp)[\w.-]{0,40}|code|sid)=)[^&#\s"'<>]+/gi,
    swap: keepFirst(SECRET),
  },
  {
    name: 'cookie',
    needs: ['='],
    find: /((?:set-)?cookie\\?["']?\s{0,2}[:=]\s{0,2}\\?["']?)[\w.-]{1,64}=[^\r\n"']*/gi,
    swap: keepFirst(SECRET),
  },
  {
    name: 'short bearer',
    find: /((?:authorization\\?["']?\s{0,2}[:=]\s{0,2}\\?["']?)?\bbearer\s{1,3})([\w.~+/=:-]+)/gi,
    swap: ([, scheme = '', value = '']) =>
      /^authorization/i.test(scheme) || (!PROSE.test(value) && (/\d/.test(value) || scheme.startsWith('Bearer')))
        ? scheme + TOKEN
        : null,
  },
  {
    name: 'authorization',
    find: /\b((?:bearer|basic|digest|token|apikey|negotiate)\s{1,3})([\w.~+/=:-]{6,})/gi,
    swap: ([, scheme = '', value = '']) =>
      /\d/.test(value) || value.length >= 24 || /[a-z][A-Z]|=$/.test(value) ? scheme + TOKEN : null,
  },
  {
    name: 'element',
    find: new RegExp(
      `((?:<|&lt;)[\\w.:-]{0,40}?(${STRONG}|${WEAK})[\\w.-]{0,20}(?:\\s[^<>]{0,200})?(?:>|&gt;))` +
        '(?!&lt;)[^<\\s](?:[^<&\\r\\n]|&(?!lt;)){0,20000}',
      'gi',
    ),
    swap: (match) => {
      const [all, start = '', name = ''] = match;
      const value = all.slice(start.length);
      const closed = /^(?:<|&lt;)\//.test(following(match, 5));
      if (EMPTY.test(value) || (IS_WEAK.test(name) && !closed && !looksMade(value))) return null;
      return start + SECRET;
    },
  },
  {
    name: 'named and quoted',
    needs: [':', '='],
    find: new RegExp(
      `((?:${STRONG}|${WEAK})${ENDING})(\\\\?["']?\\s{0,2}(?:=>|[:=])\\s{0,2})(\\\\?["'])(${QUOTED})`,
      'gi',
    ),
    swap: namedSecret,
  },
  {
    name: 'named',
    needs: [':', '='],
    find: new RegExp(
      `((?:${STRONG}|${WEAK})${ENDING})(\\\\?["']?\\s{0,2}(?:=>|[:=])[ \\t]{0,2})()([^\\s"'&,;<>\\\\]+)`,
      'gi',
    ),
    swap: namedSecret,
  },
  { name: 'JWT', find: /(?<![A-Za-z0-9])eyJ[\w.-]{17,}/g, swap: always(TOKEN) },
  {
    name: 'AWS key',
    find: /(?<![A-Z0-9])A(?:KIA|SIA|ROA|IDA|IPA|GPA|NPA|NVA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{16}(?![A-Z0-9])/g,
    swap: always(TOKEN),
  },
  {
    name: 'AWS secret',
    find: /(?<![A-Za-z0-9+/=._-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])/g,
    swap: (match) => (isAwsSecret(match) ? TOKEN : null),
  },
  { name: 'Slack token', find: /(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{8,}/g, swap: always(TOKEN) },
  {
    name: 'code host token',
    find: /(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-)[\w-]{16,}/g,
    swap: always(TOKEN),
  },
  {
    name: 'Stripe key',
    find: /(?<![A-Za-z0-9])(?:[spr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{8,}/g,
    swap: always(TOKEN),
  },
  {
    name: 'Asana token',
    needs: ['/'],
    find: /(?<!\d)[0-2]\/\d{10,20}(?:\/\d{10,20})?:[0-9a-f]{16,}/gi,
    swap: always(TOKEN),
  },
  { name: 'Sentry token', find: /(?<![A-Za-z0-9])sntry[a-z]{1,2}_[\w=+/-]{8,}/g, swap: always(TOKEN) },
  {
    name: 'other keys',
    find: /(?<![A-Za-z0-9])(?:AIza[\w-]{8}|ya29\.[\w-]|sk-[\w-]{16}|SG\.[\w-]{16}|\d{8,10}:AA[\w-]{30})[\w.-]*/g,
    swap: always(TOKEN),
  },
  {
    // Vendors of secretlint's recommended rules. Names of variables begin so, too: `hf_model_configuration`.
    name: 'keys with a prefix',
    find: /(?<![A-Za-z0-9])(?:shp(?:at|ca|pa|ss)_|lin_api_|ntn_|figd_|glsa_|glc_|hv[sb]\.|hf_|dckr_pat_|dop_v1_|dapi)[\w-]{16,}/g,
    swap: ([key]) => (alternations(key) >= 4 ? TOKEN : null),
  },
  {
    // Not `pkg@1.2.beta`: what begins like a version is one.
    name: 'e-mail',
    needs: ['@', '%40'],
    find: /[\p{L}\p{N}._%+'-]{0,63}[\p{L}\p{N}_%+-](?:@|%40)(?!v?\d{1,9}\.\d)(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,}/giu,
    swap: always(EMAIL),
  },
  {
    name: 'IPv6',
    needs: [':'],
    find: /(?<![\w:])(?=[0-9a-f]{0,4}:)[0-9a-f:.]{3,}/gi,
    swap: (match) => {
      const address = match[0].replace(/[.:]$/, '');
      const colons = address.split(':').length - 1;
      // `Api1::V2` is a class, not an address; ::1 is this machine itself and tells nothing.
      if (isWord(after(match)) || !/\d/.test(address) || address === '::1' || !isIPv6(address)) return null;
      return colons >= 3 || /^[0-9a-f]{4}:|^::ffff:/i.test(address) ? IP + match[0].slice(address.length) : null;
    },
  },
  {
    // A version in four parts is told by what stands before it.
    name: 'IPv4',
    needs: ['.'],
    find: /(?<!\d|\d\.)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?!\d|\.\d)/g,
    swap: (match) => {
      if (/\w@v?$|(?<![a-z])v$|version["']?[ =:]{1,3}["']?v?$|[\d.][-+_]$/i.test(before(match, 16))) return null;
      if (/(?:chrome|chromium|crios|edge?|edga|opr|opera|vivaldi|electron|browser|brave)[ /]$/i.test(before(match, 16)))
        return null;
      return /^(?:127\.|0\.0\.0\.0$)/.test(match[0]) ? null : IP;
    },
  },
  { name: 'IPv4 in a host name', find: /(?<!\w)ip(?:-\d{1,3}){4}(?!\d)/gi, swap: always(IP) },
  {
    name: 'card number',
    find: /(?<![\d.])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})(?!\d)/g,
    swap: (match) => (isCard(match[0]) ? CARD : null),
  },
  {
    name: 'long hexadecimal',
    find: /(?<![A-Za-z0-9])[0-9a-f]{32,}/gi,
    swap: (match) => {
      const [hex] = match;
      if (/[A-Za-z0-9]/.test(after(match)) || !/\d/.test(hex) || !/[a-f]/i.test(hex)) return null;
      // The hash of a build, in the path of a source file.
      if (/[/.-]$/.test(before(match, 1)) && SOURCE_FILE.test(following(match, 200))) return null;
      // A commit, most often as a release; a digest; an id that one looks things up by.
      if (/^[0-9a-f]{40}$/.test(hex) || /sha(?:1|256|512)[:-]$/i.test(before(match, 8))) return null;
      return /(?:event|trace|span|request|transaction|correlation|issue|group)[ _-]?id["']?[ =:]{1,3}["']?$/i.test(
        before(match, 24),
      )
        ? null
        : TOKEN;
    },
  },
  {
    name: 'long random text',
    find: /(?<![A-Za-z0-9+_=-])[A-Za-z0-9+_=-]{32,}/g,
    swap: (match) => {
      const [run] = match;
      if (/^[0-9a-f-]+$/i.test(run)) return null;
      const mixed = /[a-z]/.test(run) && /[A-Z]/.test(run);
      const glued = /^[A-Za-z0-9]+=*$/.test(run);
      return alternations(run) >= (glued ? 6 : 8) && (mixed || glued) ? TOKEN : null;
    },
  },
  {
    // With slashes it may as well be a path, so it has to alternate more, and no file name may follow.
    name: 'base64 with slashes',
    needs: ['/'],
    find: /(?<![A-Za-z0-9+/=._-])[A-Za-z0-9][A-Za-z0-9+/=]{39,}/g,
    swap: (match) => {
      const [run] = match;
      if (!run.includes('/') || /[.\w:-]/.test(after(match)) || !/[a-z]/.test(run) || !/[A-Z]/.test(run)) return null;
      return alternations(run) >= 8 || /[+=]/.test(run) ? TOKEN : null;
    },
  },
];
