/** What is wrong in the rules, and where; and what was probably meant. */

/** `file` is the name inside RULES_DIR; `line` and `column` count from 1, and are 0 where there is no text to point at. */
export type Mistake = { file: string; line: number; column: number; message: string };

/** Longest piece of somebody's text that a message repeats. */
const SHOWN = 80;
/** Longer words are not compared: the comparison costs length × length. */
const COMPARED = 64;

/** One line of text: `rules.yaml:12:7 "enviroment" is not a key here; did you mean "environment"?` */
export function formatMistake(m: Mistake): string {
  return m.line > 0 ? `${m.file}:${m.line}:${m.column} ${m.message}` : `${m.file} ${m.message}`;
}

/** Reading order: by file name, then by place. */
export function byPosition(a: Mistake, b: Mistake): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : Number(a.message > b.message));
}

/** `text` in quotes, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(truncate(text, SHOWN));
}

/** At most `length` characters; what was cut shows as an ellipsis. Never splits a surrogate pair. */
export function truncate(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/** The known word that `word` was probably meant to be, or null. A beginning counts too: "env" for "environment". */
export function closest(word: string, known: Iterable<string>): string | null {
  if (word.length === 0 || word.length > COMPARED) return null;
  const wanted = word.toLowerCase();
  // One slip per three letters, two slips at most for short words: more would suggest at random.
  let limit = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  let best: string | null = null;
  for (const candidate of known) {
    if (candidate.length > COMPARED) continue;
    const other = candidate.toLowerCase();
    const begins = wanted.length >= 3 && other.startsWith(wanted);
    if (!begins && Math.abs(other.length - wanted.length) > limit) continue;
    const distance = begins ? 1 : edits(wanted, other);
    if (distance < limit || (distance === limit && best === null)) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

/** The ending of a message: `; did you mean "anna"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const meant = closest(word, known);
  return meant === null ? '' : `; did you mean ${quote(meant)}?`;
}

/** Levenshtein distance, with a swap of neighbours counted as one slip. */
function edits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: number[], i: number): number {
  return row[i] ?? Infinity;
}
