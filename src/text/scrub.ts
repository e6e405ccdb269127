/**
 * What may leave the house: text of an event without addresses and secrets, and cut to size. Event text is written by
 * whoever can make a program fail, so nothing here may hang on it or throw.
 */
import { RULES, type Rule } from './secrets';

/** What the rules leave behind; never looked into again, so that scrubbing twice is scrubbing once. */
const MARK = /(\[(?:email|ip|token|secret|card|person)\])/;
/** A mark may lay bare what stood beside it. Two rounds settle all that was ever seen; the others are reserve. */
const ROUNDS = 5;

/**
 * Twice the longest text that is written anywhere (a task's notes, 32,000). On a megabyte the regular expressions of V8 can
 * run out of stack.
 */
const SCRUB_MAX = 64 * 1024;

/**
 * As far as a pattern looks for what tells it that this is a secret: the user in a URL 512 characters for its `@`, an address
 * 64 for it and 576 more for its domain. A secret that begins earlier is complete enough to be seen.
 */
const REACH = 700;

/** Sequences by which terminals colour text; without their ESC they would stay as `[31m`. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ANSI = /\u001b\[[0-9;?]{0,32}[A-Za-z]/g;
/**
 * Not characters of XML 1.0 (§2.2 there), or invisible orders to the display: C0 but tab, LF and CR; DEL and C1; lone
 * surrogates; the bidirectional embeddings and overrides that make text read otherwise than it is; noncharacters.
 */
const ILLEGAL =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Cs}/gu;

/** Characters that XML 1.0 allows and that show what they are; line ends become LF, as an XML reader would make them. */
export function clean(text: string): string {
  return text.replace(ANSI, '').replace(/\r\n?/g, '\n').replace(ILLEGAL, '');
}

/**
 * Masks what must not leave: addresses, tokens, keys, passwords and card numbers become `[email]`, `[ip]`, `[token]`,
 * `[secret]` and `[card]`; characters that XML cannot carry are dropped. Stack traces, paths, line numbers, versions,
 * UUIDs, commit ids and loopback addresses stay. Linear in the length of the text, idempotent, never throws. Text beyond
 * 64 Ki characters is dropped, with the end before it in which half a secret could stand unseen.
 */
export function scrub(text: string): string {
  return scrubStart(text, SCRUB_MAX);
}

/** The same of the first `max` characters, for who keeps only the beginning of a long text. */
export function scrubStart(text: string, max: number): string {
  const whole = masked(text.slice(0, max));
  if (text.length <= max) return whole;
  const last = whole.split(MARK).at(-1) ?? '';
  return whole.slice(0, whole.length - Math.min(last.length, REACH));
}

function masked(text: string): string {
  let now = clean(text);
  for (let round = 0; round < ROUNDS; round++) {
    const before = now;
    now = RULES.reduce(applyBetweenMarks, before);
    if (now === before) break;
  }
  return now;
}

function applyBetweenMarks(text: string, rule: Rule): string {
  if (rule.needs && !rule.needs.some((part) => text.includes(part))) return text;
  // Most text has no mark, and is one piece.
  if (!text.includes('[')) return apply(text, rule);
  const pieces = text.split(MARK);
  return pieces.map((piece, i) => (i % 2 === 1 || piece === '' ? piece : apply(piece, rule))).join('');
}

function apply(text: string, { find, swap }: Rule): string {
  let out = '';
  let from = 0;
  find.lastIndex = 0;
  for (let match = find.exec(text); match !== null; match = find.exec(text)) {
    const by = swap(match);
    if (by === null) {
      // A harmless `token: token=abc` hides a second name in its value. Refused values are short, see secrets.ts.
      find.lastIndex = match.index + (match[1] || match[0]).length;
      continue;
    }
    out += text.slice(from, match.index) + by;
    from = match.index + match[0].length;
  }
  return from === 0 ? text : out + text.slice(from);
}

/** At most `max` code points, the last one an ellipsis when something was cut; never half a surrogate pair. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < 1) return '';
  let end = 0;
  let points = 0;
  let room = 0;
  while (end < text.length) {
    if (points === max - 1) room = end;
    if (points === max) return text.slice(0, room) + '…';
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    points++;
  }
  return text;
}
