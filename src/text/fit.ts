/** Text with structure, and cutting it to what its written form may cost: before anything is escaped, so that no tag and no entity is halved. */
import { clean } from './scrub';

/** Text with structure, rendered to Asana's rich text or Slack's mrkdwn by `text/markup.ts` alone. */
export type Markup = (
  string | { bold: Markup } | { code: string } | { link: string; text: string } | { list: Markup[] }
)[];

/** Upper bounds, in characters of the written form. */
export type Price = {
  char: (char: string) => number;
  /** The marks around bold text, code, a list, or one item of it. */
  node: number;
  /** The marks and the address of a link, without its text. */
  link: (url: string) => number;
};

const ELLIPSIS = '…';
/** A last line that is longer than this is not a marker, and is cut like everything else. */
const TAIL_MAX = 300;

/** Splits off the last line, with the line end before it, if the markup ends with a short one. */
export function keptTail(markup: Markup): { head: Markup; tail: string } {
  const last = markup.at(-1);
  if (typeof last !== 'string') return { head: markup, tail: '' };
  const at = last.lastIndexOf('\n');
  if (at < 0 || last.length - at > TAIL_MAX) return { head: markup, tail: '' };
  return { head: [...markup.slice(0, -1), last.slice(0, at)], tail: last.slice(at) };
}

/** As much of the markup, from its start, as `room` pays for; an ellipsis stands where the rest was. */
export function fit(markup: Markup, room: number, price: Price): Markup {
  // The ellipsis may come to stand alone in an item of a list.
  const left = room - ELLIPSIS.length - price.node;
  return left < 0 ? [] : take(markup, { left, full: false }, price);
}

type Purse = { left: number; full: boolean };

function take(markup: Markup, purse: Purse, price: Price): Markup {
  const out: Markup = [];
  for (const node of markup) {
    if (purse.full) break;
    if (typeof node === 'string') {
      out.push(takeText(node, purse, price));
      continue;
    }
    const cost = 'link' in node ? price.link(node.link) : price.node;
    if (!pay(cost, purse)) {
      out.push(ELLIPSIS);
      break;
    }
    if ('code' in node) out.push({ code: takeText(node.code, purse, price) });
    else if ('link' in node) out.push({ link: node.link, text: takeText(clean(node.text) || node.link, purse, price) });
    else if ('bold' in node) out.push({ bold: take(node.bold, purse, price) });
    else out.push({ list: takeItems(node.list, purse, price) });
  }
  return out;
}

function takeItems(items: Markup[], purse: Purse, price: Price): Markup[] {
  const out: Markup[] = [];
  for (const item of items) {
    if (purse.full) break;
    out.push(pay(price.node, purse) ? take(item, purse, price) : [ELLIPSIS]);
  }
  return out;
}

function takeText(text: string, purse: Purse, price: Price): string {
  let taken = '';
  for (const char of clean(text)) {
    if (!pay(price.char(char), purse)) return taken + ELLIPSIS;
    taken += char;
  }
  return taken;
}

function pay(cost: number, purse: Purse): boolean {
  if (cost > purse.left) purse.full = true;
  else purse.left -= cost;
  return !purse.full;
}
