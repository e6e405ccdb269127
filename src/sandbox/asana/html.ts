/**
 * Asana's rich text: well-formed XML under one `<body>`, from a fixed list of elements
 * (https://developers.asana.com/docs/rich-text). Anything else is refused with 400.
 */
const COMMON = ['body', 'strong', 'em', 'u', 's', 'code', 'ol', 'ul', 'li', 'a', 'pre', 'blockquote', 'hr', 'img'];
const ALLOWED = { task: new Set([...COMMON, 'h1', 'h2']), comment: new Set(COMMON) };
const ATTRIBUTED = new Set(['a', 'img']);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ATTRIBUTE = /^\s+([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/;

type RichText = { html: string; text: string; mentions: string[] };
export type Kind = keyof typeof ALLOWED;

class Malformed extends Error {}

function isXmlCharacter(code: number): boolean {
  if (code === 9 || code === 10 || code === 13) return true;
  return (
    (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  );
}

function characters(raw: string): string {
  for (const character of raw) {
    if (!isXmlCharacter(character.codePointAt(0) ?? 0)) throw new Malformed('a character that XML does not allow');
  }
  if (raw.includes(']]>')) throw new Malformed(']]> in text');
  return raw.replace(/&([^;&\s]*;?)/g, (_all, name: string) => {
    const numeric = /^#(?:x([0-9a-fA-F]+)|(\d+));$/.exec(name);
    if (numeric !== null) {
      const code = numeric[1] === undefined ? Number(numeric[2]) : parseInt(numeric[1], 16);
      if (!isXmlCharacter(code)) throw new Malformed('a character reference that XML does not allow');
      return String.fromCodePoint(code);
    }
    const entity = name.endsWith(';') ? ENTITIES[name.slice(0, -1)] : undefined;
    if (entity === undefined) throw new Malformed(`an unescaped ampersand near "&${name.slice(0, 20)}"`);
    return entity;
  });
}

function attributes(source: string): Map<string, string> {
  const found = new Map<string, string>();
  let rest = source;
  while (rest.trim() !== '') {
    const match = ATTRIBUTE.exec(rest);
    if (match?.[1] === undefined) throw new Malformed('an attribute that is not name="value"');
    if (found.has(match[1])) throw new Malformed('an attribute given twice');
    found.set(match[1], characters(match[2] ?? match[3] ?? ''));
    rest = rest.slice(match[0].length);
  }
  return found;
}

/** Reads rich text, or says in one sentence why it is refused. */
export function readRichText(source: string, kind: Kind): RichText | { problem: string } {
  try {
    return scan(source, kind);
  } catch (error) {
    if (error instanceof Malformed) return { problem: `XML is invalid: ${error.message}` };
    throw error;
  }
}

function scan(source: string, kind: Kind): RichText {
  const open: string[] = [];
  const mentions: string[] = [];
  let text = '';
  let roots = 0;
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    const end = next === -1 ? source.length : next;
    const run = characters(source.slice(at, end));
    if (open.length === 0 && run.trim() !== '') throw new Malformed('text outside <body>');
    if (open.length > 0) text += run;
    if (next === -1) break;
    const close = endOfTag(source, next);
    const tag = /^<(\/?)([A-Za-z][A-Za-z0-9]*)([^]*?)(\/?)>$/.exec(source.slice(next, close + 1));
    if (tag === null) throw new Malformed('a bare "<"');
    const [, closing, name = '', rest = '', selfClosing] = tag;
    at = close + 1;
    if (!ALLOWED[kind].has(name)) throw new Malformed(`the element <${name}> is not supported`);
    if (closing === '/') {
      if (rest.trim() !== '' || open.pop() !== name) throw new Malformed(`</${name}> closes nothing`);
      text = closed(name, text);
      continue;
    }
    if (open.length === 0) {
      roots += 1;
      if (name !== 'body' || roots > 1) throw new Malformed('the root has to be one <body>');
    } else if (name === 'body') throw new Malformed('<body> inside <body>');
    const given = attributes(rest);
    if (given.size > 0 && !ATTRIBUTED.has(name)) throw new Malformed(`<${name}> takes no attributes`);
    text = opened(name, text, given, mentions);
    if (selfClosing !== '/') open.push(name);
  }
  if (open.length > 0) throw new Malformed(`<${open[open.length - 1]}> is not closed`);
  if (roots === 0) throw new Malformed('the root has to be one <body>');
  return { html: source.trim(), text: text.replace(/^\n+/, ''), mentions };
}

function endOfTag(source: string, from: number): number {
  let quote = '';
  for (let index = from + 1; index < source.length; index += 1) {
    const character = source.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return index;
    else if (character === '<') throw new Malformed('a bare "<"');
  }
  throw new Malformed('a bare "<"');
}

const ownLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function opened(name: string, text: string, given: Map<string, string>, mentions: string[]): string {
  if (name === 'a') {
    const gid = given.get('data-asana-gid');
    const href = given.get('href');
    if (gid === undefined && (href === undefined || href === '')) throw new Malformed('a link without href');
    if (gid !== undefined) mentions.push(gid);
    return text;
  }
  if (name === 'hr') return `${ownLine(text)}-----\n`;
  if (name === 'li' || name === 'h1' || name === 'h2' || name === 'pre' || name === 'blockquote') return ownLine(text);
  return text;
}

function closed(name: string, text: string): string {
  return ['li', 'ul', 'ol', 'h1', 'h2', 'pre', 'blockquote'].includes(name) ? ownLine(text) : text;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Plain text as rich text. */
export function toRichText(plain: string): string {
  return `<body>${plain.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)}</body>`;
}
