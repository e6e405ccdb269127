/**
 * What no single value shows: names that must exist, names given twice, the order of rules and projects, keys that exclude
 * each other. Works on the values as read, so that it lists its mistakes beside those of form, whatever shape they have.
 */
import { valueAt } from './describe';
import type { Mistake } from './mistakes';
import { didYouMean, quote } from './mistakes';
import { MAX_RULES } from './schema';
import type { Path, Source } from './source';
import { key, milliseconds, projectGlob } from './values';

/** Where a name was given. */
type Spot = { source: Source; path: Path };
type Names = Map<string, Spot>;
type Defined = { people: Names; teams: Names; rules: Names };

/** All mistakes between values, over all files in their order. */
export function crossMistakes(sources: Source[]): Mistake[] {
  const mistakes: Mistake[] = [];
  const add = (m: Mistake) => void mistakes.push(m);
  const defined = {
    people: named(sources, 'people', add),
    teams: named(sources, 'teams', add),
    rules: new Map<string, Spot>(),
  };
  named(sources, 'settings', add);
  once(sources, 'timezone', add);
  version(sources, add);
  projects(sources, named(sources, 'projects', add), add);
  rules(sources, defined, add);
  for (const source of sources) {
    for (const [path] of entries(source, ['teams'])) {
      reference(source, defined.people, [...path, 'lead'], 'people', add);
      each(source, [...path, 'members'], (p) => reference(source, defined.people, p, 'people', add));
      unique(source, [...path, 'members'], add);
    }
    settings(source, add);
    tests(source, defined, add);
  }
  return mistakes;
}

type Add = (m: Mistake) => void;

/** Names under `section` in all files; each may be given once. */
function named(sources: Source[], section: string, add: Add): Names {
  const names: Names = new Map();
  for (const source of sources) {
    for (const name of source.keys([section])) {
      const path = [section, name];
      const first = names.get(name);
      if (first) add(source.at(path, 'key', `${quote(name)} is given twice; first at ${where(first)}`));
      else names.set(name, { source, path });
      if (section === 'people' || section === 'teams') badName(source, path, key, add);
      if (section === 'projects') badName(source, path, projectGlob, add);
    }
  }
  return names;
}

function badName(source: Source, path: Path, schema: typeof key, add: Add): void {
  const problem = schema.safeParse(path.at(-1)).error?.issues[0];
  if (!problem) return;
  const message = problem.code === 'invalid_format' ? problem.message : 'must be a short name';
  add(source.at(path, 'key', `${quote(String(path.at(-1)))} ${message}`));
}

function where({ source, path }: Spot, on: 'key' | 'value' = 'key'): string {
  const { file, line, column } = source.at(path, on, '');
  return `${file}:${line}:${column}`;
}

function once(sources: Source[], section: string, add: Add): void {
  const given = sources.filter((s) => s.keys([]).includes(section));
  for (const source of given.slice(1)) {
    const first = given[0];
    if (first)
      add(
        source.at(
          [section],
          'key',
          `${quote(section)} is given twice; first at ${where({ source: first, path: [section] })}`,
        ),
      );
  }
}

function version(sources: Source[], add: Add): void {
  const first = sources[0];
  if (first && !sources.some((s) => s.keys([]).includes('version'))) {
    add(first.at([], 'value', '"version" is missing; write `version: 1` at the top'));
  }
}

/** A project after `*` would never be reached. */
function projects(sources: Source[], names: Names, add: Add): void {
  if (names.size === 0 && sources[0]) add(sources[0].at([], 'value', '"projects" is missing: where tasks are made'));
  let all: Spot | undefined;
  for (const [name, spot] of names) {
    if (all)
      add(
        spot.source.at(
          spot.path,
          'key',
          `${quote(name)} is never reached: ${quote('*')} at ${where(all)} takes every project`,
        ),
      );
    else if (/^\*+$/.test(name)) all = spot;
  }
}

/** Ids once, the catch-all last, and each rule's own exclusions and references. */
function rules(sources: Source[], defined: Defined, add: Add): void {
  let count = 0;
  let last: Spot | undefined;
  let catchAll: Spot | undefined;
  for (const source of sources) {
    each(source, ['rules'], (path, value) => {
      last = { source, path };
      if (++count === MAX_RULES + 1) add(source.at(path, 'value', `is rule ${count}; at most ${MAX_RULES} are read`));
      const id = valueAt(value, ['id']);
      if (typeof id === 'string') {
        const first = defined.rules.get(id);
        if (first)
          add(source.at([...path, 'id'], 'value', `${quote(id)} is given twice; first at ${where(first, 'value')}`));
        else defined.rules.set(id, { source, path: [...path, 'id'] });
      }
      if (catchAll) add(source.at(path, 'value', `is never reached: the rule at ${where(catchAll)} takes everything`));
      else if (valueAt(value, ['when']) === 'any' && valueAt(value, ['also']) !== true) catchAll = last;
      oneRule(source, path, defined, add);
    });
  }
  const first = sources[0];
  if (last && !catchAll)
    add(last.source.at(last.path, 'value', 'the last rule must take everything: `when: any`, without `also`'));
  if (!last && first) add(first.at([], 'value', '"rules" is missing: at least one rule, with `when: any`'));
}

const ADDITIVE = ['followers', 'addTags'];

function oneRule(source: Source, path: Path, defined: Defined, add: Add): void {
  const then = [...path, 'then'];
  const given = source.keys(then);
  const when = [...path, 'when'];
  if (isMap(valueAt(source.value, when)) && source.keys(when).length === 0) {
    add(source.at(when, 'value', 'has no condition; write `any` to take everything'));
  }
  if (valueAt(source.value, [...path, 'also']) === true) {
    for (const name of given.filter((k) => !ADDITIVE.includes(k) && KNOWN_THEN.includes(k))) {
      add(
        source.at(
          [...then, name],
          'key',
          `${quote(name)} has no place in an \`also\` rule, which only adds followers and tags`,
        ),
      );
    }
  } else if (given.includes('skip')) {
    for (const name of given.filter((k) => k !== 'skip' && KNOWN_THEN.includes(k))) {
      add(source.at([...then, name], 'key', `${quote(name)} has no place beside \`skip\`, which makes no task`));
    }
  }
  const assign = [...then, 'assign'];
  target(source, assign, defined, add);
  each(source, [...assign, 'fallback'], (p) => target(source, p, defined, add));
  each(source, [...then, 'followers'], (p) => reference(source, defined.people, p, 'people', add));
  exactlyOne(source, [...then, 'due'], ['workingDays', 'days', 'hours'], add);
}

const KNOWN_THEN = ['skip', 'assign', 'followers', 'addTags', 'priority', 'due', 'verify'];

function target(source: Source, path: Path, defined: Defined, add: Add): void {
  exactlyOne(source, path, ['team', 'person'], add);
  reference(source, defined.teams, [...path, 'team'], 'teams', add);
  reference(source, defined.people, [...path, 'person'], 'people', add);
}

function exactlyOne(source: Source, path: Path, options: string[], add: Add): void {
  if (!isMap(valueAt(source.value, path))) return;
  const given = source.keys(path).filter((k) => options.includes(k));
  if (given.length !== 1) add(source.at(path, 'value', `must have exactly one of ${options.map(quote).join(', ')}`));
}

/** Waits that Temporal and the quiet period could not keep. */
function settings(source: Source, add: Add): void {
  for (const section of ['retry', 'quiet']) {
    const [first, max] = ['first', 'max'].map((k) => {
      const value = valueAt(source.value, ['settings', section, k]);
      return typeof value === 'string' || typeof value === 'number' ? milliseconds(value) : undefined;
    });
    if (first !== undefined && max !== undefined && first > max) {
      add(source.at(['settings', section, 'max'], 'value', 'must not be shorter than `first`'));
    }
  }
}

function tests(source: Source, defined: Defined, add: Add): void {
  each(source, ['tests'], (path) => {
    each(source, [...path, 'away'], (p) => reference(source, defined.people, p, 'people', add));
    each(source, [...path, 'expect', 'followers'], (p) => reference(source, defined.people, p, 'people', add));
    reference(source, defined.people, [...path, 'expect', 'assignee'], 'people', add);
    reference(source, defined.rules, [...path, 'expect', 'rule'], 'rules', add);
  });
}

function reference(source: Source, names: Names, path: Path, section: string, add: Add): void {
  const value = valueAt(source.value, path);
  if (typeof value !== 'string' || names.has(value)) return;
  add(source.at(path, 'value', `${quote(value)} is not among the ${section}${didYouMean(value, names.keys())}`));
}

function unique(source: Source, path: Path, add: Add): void {
  const seen = new Set<unknown>();
  each(source, path, (p, value) => {
    if (seen.has(value)) add(source.at(p, 'value', `${quote(String(value))} is in the list twice`));
    seen.add(value);
  });
}

function each(source: Source, path: Path, visit: (path: Path, value: unknown) => void): void {
  const list = valueAt(source.value, path);
  if (Array.isArray(list)) list.forEach((value: unknown, i) => visit([...path, i], value));
}

function entries(source: Source, path: Path): [Path, unknown][] {
  return source.keys(path).map((name) => [[...path, name], valueAt(source.value, [...path, name])]);
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
