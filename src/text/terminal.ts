/**
 * The one place where foreign text is made fit for a terminal: ids, names, titles and vendors' words may hold orders to the
 * display (ECMA-48), marks that turn its direction (Unicode UAX #9), and line ends by which one value looks like a line of ours.
 */
import { clean } from './scrub';

/** Direction marks that `clean` leaves, since XML carries them and scripts that run to the left need them. */
const MARKS = /[\u061c\u200e\u200f]/g;
/** Back to the start of the line, to write over it; and what Unicode calls line and paragraph separators. */
const FURTHER_BREAKS = /\r(?!\n)|[\u2028\u2029]/g;
/** Of those above all that JSON may hold as they are (RFC 8259 §7 asks only for C0 to be escaped). */
const UNESCAPED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;
/** Fields of our own answers that are several lines, each made of values on one line: `text` of `explain`. */
const LINES = new Set(['text']);

/** Without orders to the display; line ends and tabs stay. For what is made of our own lines. */
export function terminalText(text: string): string {
  return clean(text.replace(FURTHER_BREAKS, ' ')).replace(MARKS, '');
}

/** The same on one line, for a value that somebody else chose. */
export function terminalLine(value: string): string {
  return terminalText(value).replace(/\s+/gu, ' ').trim();
}

/** The JSON of `text` with what a terminal would obey written as `\u009b`: it means the same to whoever parses it. */
export function escapedJson(text: string): string {
  return text.replace(UNESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** For a program whose output may end on a terminal. @param indent as of JSON.stringify */
export function jsonText(data: unknown, indent?: number): string {
  return escapedJson(JSON.stringify(data, null, indent));
}

/**
 * An answer whose every text, names of fields as well, is on one line and fit for a terminal.
 * @throws SyntaxError when it is no JSON
 */
export function parsedForTerminal(json: string): unknown {
  return JSON.parse(json, (key: string, value: unknown): unknown => {
    if (typeof value === 'string') return LINES.has(key) ? terminalText(value) : terminalLine(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [terminalLine(name), inner as unknown]));
  });
}
