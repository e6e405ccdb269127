/**
 * Keys and values that belong to the agreed form but are not acted on yet. They are refused by name, because a rule that
 * silently lacks a condition would send work to the wrong person.
 */

/** Places with `*` for a name or a number: `people.*.hours`. */
export const LATER_KEYS: ReadonlySet<string> = new Set([
  'hours',
  'holidays',
  'people.*.hours',
  'people.*.maxOpen',
  'people.*.github',
  'people.*.telegram',
  'teams.*.hours',
  'projects.*.template',
  'rules.*.when.url',
  'rules.*.when.frames',
  'rules.*.when.seen',
  'rules.*.when.during',
  'rules.*.when.anyOf',
  'rules.*.when.not',
  'rules.*.then.notify',
  'rules.*.then.template',
  'rules.*.then.fields',
  'rules.*.then.exclude',
  'rules.*.then.strictHours',
  'rules.*.then.assign.owners',
  'rules.*.then.due.at',
  'settings.onMerge',
  'settings.onRegression',
]);

/** Values of keys that are acted on, by place. A map or list where a word is wanted counts by its own keys. */
export const LATER_VALUES: Readonly<Record<string, readonly string[]>> = {
  'teams.*.rotation': ['leastLoaded', 'sticky', 'onCall'],
  'projects.*.locale': ['pl', 'uk'],
  'rules.*.when.release': ['package', 'semver'],
};

/** "`hours` is part of the rules form but not acted on by this version; take it out" */
export function refusal(what: string): string {
  return `\`${what}\` is part of the rules form but not acted on by this version; take it out`;
}

/** Place of a path in the tables above: names that people choose, and numbers, become `*`. */
export function keyOf(path: readonly (string | number)[]): string {
  const named = ['people', 'teams', 'projects'].includes(String(path[0]));
  return path.map((step, i) => (typeof step === 'number' || (named && i === 1) ? '*' : step)).join('.');
}

/** The later value in what stands at `path` (a word, or the first key of a map), or null. */
export function laterValue(path: readonly (string | number)[], value: unknown): string | null {
  const later = LATER_VALUES[keyOf(path)];
  if (!later) return null;
  const words =
    typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return words.find((word) => later.includes(word)) ?? null;
}
