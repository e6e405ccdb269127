/**
 * Strings that match: a glob (whole value, case-insensitive, `*` any run, `?` one character), `/…/i` a regular expression
 * of RE2 (found anywhere, linear time, so no back references and no look-around), a leading `!` turns either round.
 * https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from 're2js';
import { truncate } from './mistakes';

export type Pattern = { negative: boolean; matches: (value: string) => boolean };

/** Steps of a compiled expression: each costs one visit per character, and 70 times `x{1000}` fit into 500 characters. */
const MAX_PROGRAM = 5_000;
const REGEX = /^\/(.+)\/(i?)$/s;
/** Ends like a JavaScript expression with flags that RE2 or our matching do not have. */
const OTHER_FLAGS = /^\/.+\/([gimsuy]{1,3})$/s;

/** Why `written` is no pattern, or null. */
export function patternProblem(written: string): string | null {
  const body = written.startsWith('!') ? written.slice(1) : written;
  if (body === '') return written === '' ? null : 'has nothing after the "!"';
  if (body.startsWith('!')) return 'begins with two "!"; write one, or none';
  const regex = REGEX.exec(body);
  if (!regex) {
    const flags = OTHER_FLAGS.exec(body)?.[1];
    return flags === undefined ? null : `ends in "/${flags}", but "i" is the only flag a regular expression has here`;
  }
  try {
    if (compile(regex).programSize() > MAX_PROGRAM)
      return 'is too large a regular expression; use fewer or smaller {repeats}';
    return null;
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error))
      .replace(/^error parsing regexp: /, '')
      .replace('`(?i)', '`');
    return `is no regular expression here: ${truncate(why, 120)} (RE2 syntax: no back references, no look-around)`;
  }
}

/** A pattern ready to use. One that patternProblem refuses matches nothing. */
export function compilePattern(written: string): Pattern {
  const negative = written.startsWith('!');
  const body = negative ? written.slice(1) : written;
  const regex = REGEX.exec(body);
  if (!regex) {
    const glob = [...body.toLowerCase()];
    return { negative, matches: (value) => globMatches(glob, [...value.toLowerCase()]) };
  }
  try {
    const compiled = compile(regex);
    return { negative, matches: (value) => compiled.matcher(value).find() };
  } catch {
    return { negative, matches: () => false };
  }
}

/** Does the glob take the whole value? Case-insensitive. */
export function matchesGlob(glob: string, value: string): boolean {
  return globMatches([...glob.toLowerCase()], [...value.toLowerCase()]);
}

function compile(regex: RegExpExecArray): RE2JS {
  return RE2JS.compile(regex[1] ?? '', regex[2] === 'i' ? RE2JS.CASE_INSENSITIVE : 0);
}

/** Two pointers and one remembered star: at most glob × value steps, no recursion. */
function globMatches(glob: string[], value: string[]): boolean {
  let g = 0;
  let v = 0;
  let star = -1;
  let resume = 0;
  while (v < value.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = v;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === value[v])) {
      g++;
      v++;
    } else if (star >= 0) {
      g = star + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
