/**
 * The only escaping in the product. Event text is hostile until it has gone through here: a stray `<` costs Asana's 400
 * for the whole task, and a `<!channel>` wakes a company.
 *
 * Asana's rich text: well-formed XML in <body>, line ends are line ends, and of the tags only those that tasks and
 * comments both know. Slack's mrkdwn: `&`, `<` and `>` escaped, and nothing else can be.
 */

import { fit, keptTail, type Markup, type Price } from './fit';
import { clean, truncate } from './scrub';

/**
 * Asana documents no limit, so this is our own, counted as written, with tags and entities: at three bytes a character
 * still below 100 KB. A snapshot has at most 8 KiB, so that only text made to grow by escaping is ever cut.
 */
export const ASANA_MAX = 32_000;
/** Slack: the text of a section has 1–3000 characters. */
export const SLACK_SECTION_MAX = 3000;
/** Slack refuses messages whose blocks together exceed some 13,200 characters (undocumented). */
export const SLACK_MAX = 12_000;
/** Slack cuts longer URLs of buttons; links beyond that are not for people either. */
const URL_MAX = 2000;

type Node = Exclude<Markup[number], string>;
type Dialect = {
  text: (text: string) => string;
  bold: (inner: string) => string;
  code: (text: string) => string;
  link: (url: string, text: string) => string;
  /** `inline`: within bold text, where a block may not stand. */
  list: (items: string[], inline: boolean, before: string) => string;
};

/** The address itself, in the form that browsers give it, if it is one for people to follow; else null. */
export function safeUrl(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  if (!/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') return null;
  const href = parsed.href.replace(/[|<>"'`\\^{}*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return href.length > URL_MAX ? null : href;
}

function render(markup: Markup, dialect: Dialect, inline = false): string {
  let out = '';
  for (const node of markup) out += typeof node === 'string' ? dialect.text(clean(node)) : piece(node, out);
  return out;

  function piece(node: Node, before: string): string {
    if ('code' in node) return node.code === '' ? '' : dialect.code(clean(node.code));
    if ('link' in node) {
      const url = safeUrl(node.link);
      const text = clean(node.text) || clean(node.link);
      return url === null ? dialect.text(text) : dialect.link(url, text);
    }
    if ('bold' in node) {
      const inner = render(node.bold, dialect, true);
      return inline || inner.trim() === '' ? inner : dialect.bold(inner);
    }
    const items = node.list.map((item) => render(item, dialect, inline)).filter((item) => item.trim() !== '');
    return items.length === 0 ? '' : dialect.list(items, inline, before);
  }
}

/** Without the line end of a list that stands last in it. */
const withoutEnd = (item: string) => (item.endsWith('\n') ? item.slice(0, -1) : item);

/** A list as lines, beginning on a line of its own. */
function lines(items: string[], before: string): string {
  const start = before === '' || before.endsWith('\n') ? '' : '\n';
  return start + items.map((item) => `• ${withoutEnd(item)}\n`).join('');
}

const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const xml = (text: string) => text.replace(/[&<>"]/g, (char) => XML[char] ?? char);

const ASANA: Dialect = {
  text: xml,
  bold: (inner) => `<strong>${inner}</strong>`,
  code: (text) => `<code>${xml(text)}</code>`,
  link: (url, text) => `<a href="${xml(url)}">${xml(text)}</a>`,
  list: (items, inline, before) =>
    inline ? lines(items, before) : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`,
};
const PLAIN: Dialect = {
  text: (text) => text,
  bold: (inner) => inner,
  code: (text) => text,
  link: (url, text) => (text === url ? url : `${text} (${url})`),
  list: (items, _inline, before) => lines(items, before),
};

/** What a character or a tag may cost at most, so that text is cut before it is escaped and never within a tag. */
const ASANA_PRICE: Price = {
  char: (char) => (XML[char] ?? char).length,
  node: '<strong></strong>'.length,
  link: (url) => '<a href=""></a>'.length + xml(safeUrl(url) ?? '').length,
};

/**
 * Asana's `html_notes` and `html_text`: `<body>…</body>` of at most `ASANA_MAX` characters. Only strong, code, ul, li
 * and a occur; only http and https links stay links. A body that is too long loses its end, but never its last line.
 */
export function toAsanaHtml(markup: Markup): string {
  return `<body>${render(shorten(markup, ASANA_MAX - '<body></body>'.length, ASANA_PRICE), ASANA)}</body>`;
}

/** The same as plain text, for `notes` when Asana refuses the rich text; the same parts are cut. */
export function toAsanaText(markup: Markup): string {
  return render(shorten(markup, ASANA_MAX - '<body></body>'.length, ASANA_PRICE), PLAIN);
}

function shorten(markup: Markup, max: number, price: Price): Markup {
  const { head, tail } = keptTail(markup);
  const cost = [...clean(tail)].reduce((sum, char) => sum + price.char(char), 0);
  return [...fit(head, max - cost, price), tail];
}

const MRKDWN: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Slack makes no mention of a plain `@here`, unless a client or a workspace setting does: so it is broken up. */
const mrkdwn = (text: string) =>
  text.replace(/[&<>]/g, (char) => MRKDWN[char] ?? char).replace(/@(?=(?:here|channel|everyone|group)\b)/gi, '@\u200b');
/** Formatting marks end at the line, and no mark can be escaped: look-alikes stand in for them. */
const oneLine = (text: string) =>
  text
    .split('\n')
    .map((line, i) => (i === 0 ? line.trimEnd() : line.trim()))
    .join(' ');

const SLACK: Dialect = {
  text: mrkdwn,
  bold: (inner) => {
    const core = inner.trim();
    const start = inner.slice(0, inner.indexOf(core));
    const end = inner.slice(start.length + core.length);
    return `${start}*${oneLine(core).replace(/\*/g, '∗')}*${end}`;
  },
  code: (text) => `\`${mrkdwn(oneLine(text)).replace(/`/g, 'ˋ')}\``,
  link: (url, text) => `<${mrkdwn(url)}|${mrkdwn(oneLine(text))}>`,
  list: (items, _inline, before) => lines(items, before),
};
const SLACK_PRICE: Price = {
  // The worst of escaping and of breaking up a mention.
  char: (char) => (char === '@' ? 2 : (MRKDWN[char] ?? char).length),
  node: 4,
  link: (url) => '<|>'.length + mrkdwn(safeUrl(url) ?? '').length,
};

/** Slack's mrkdwn, at most `max` characters (of a section, unless told otherwise). */
export function toSlackMrkdwn(markup: Markup, max = SLACK_SECTION_MAX): string {
  return render(fit(markup, max, SLACK_PRICE), SLACK);
}

const TERMINAL: Dialect = {
  text: (text) => text,
  bold: (inner) => inner,
  code: (text) => `\`${oneLine(text)}\``,
  link: (_url, text) => oneLine(text),
  list: (items, _inline, before) => lines(items, before),
};

/** For a terminal: links are their text, code stands between backticks. */
export function toTerminal(markup: Markup): string {
  return render(markup, TERMINAL);
}

export type SlackSection = { type: 'section'; text: { type: 'mrkdwn'; text: string; verbatim: true } };

/** Sections of at most 3000 characters and 12,000 in all, broken at line ends; [] for an empty text. */
export function toSlackBlocks(markup: Markup): SlackSection[] {
  const sections: string[] = [];
  let room = SLACK_MAX;
  for (const line of topLines(markup)) {
    const text = toSlackMrkdwn(line, Math.min(SLACK_SECTION_MAX, room));
    const last = sections.at(-1);
    if (text === '') continue;
    if (last !== undefined && last.length + text.length <= SLACK_SECTION_MAX)
      sections[sections.length - 1] = last + text;
    else if (text.trim() !== '') sections.push(text);
    room -= text.length;
    if (room <= 0) break;
  }
  // Verbatim: Slack makes no link, channel or person of what stands in an error's text (docs.slack.dev, text object).
  return sections.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
}

/** The same markup, one per line of its outermost text; each keeps its line end. */
function topLines(markup: Markup): Markup[] {
  const out: Markup[] = [[]];
  for (const node of markup) {
    if (typeof node !== 'string') {
      out.at(-1)?.push(node);
      if ('list' in node) out.push([]);
      continue;
    }
    clean(node)
      .split(/(?<=\n)/)
      .forEach((line) => {
        out.at(-1)?.push(line);
        if (line.endsWith('\n')) out.push([]);
      });
  }
  return out.filter((line) => line.length > 0);
}

/**
 * The body of a task: what is to be read, then the marker alone on the last line, by which a later attempt knows its
 * own task. Capping keeps the last line.
 */
export function taskBody(markup: Markup, marker: string): Markup {
  return [...markup, `\n${truncate(oneLine(clean(marker)), 255)}`];
}
