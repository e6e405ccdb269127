/** RULES_DIR → Rules, or every mistake in it. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../core/issue/settings';
import { crossMistakes } from './check';
import { formMistakes } from './describe';
import type { Mistake } from './mistakes';
import { byPosition } from './mistakes';
import type { Case, Person, Project, Rule, RulesFile, Team } from './schema';
import { FORM, type Form } from './schema';
import type { Source } from './source';
import { readSource } from './source';

export type { Mistake } from './mistakes';
export { formatMistake } from './mistakes';

/** A test, and where it stands. */
export type PlacedCase = Case & { file: string; line: number; column: number };
/**
 * What an issue's workflow is told, how often Sentry is swept and how often is looked for what needs a person (ms), and how many
 * new tasks a project may have in how many ms.
 */
export type RulesSettings = Settings & {
  sweepEvery: number;
  assignedWait: number;
  alertEvery: number;
  maxNewTasks: number;
  stormWindow: number;
};

/** The merged document, checked, with defaults filled in. Plain JSON. */
export type Rules = {
  /** RULES_DIR as given; paths in `tests` are relative to it. */
  dir: string;
  /** Names of the files read, in order. */
  files: string[];
  /** First 16 hex digits of the SHA-256 of what the files say; places, order of keys and comments do not count. */
  hash: string;
  timezone: string;
  settings: RulesSettings;
  people: Record<string, Person & { timezone: string }>;
  teams: Record<string, Team>;
  /** In the order written: the first whose glob takes the project's slug. */
  projects: (Project & { glob: string })[];
  rules: Rule[];
  tests: PlacedCase[];
};

/** Rules are written by hand; a larger file is not one. */
const MAX_BYTES = 1024 * 1024;
/** https://nodejs.org/api/errors.html#err_encoding_invalid_encoded_data */
const NOT_UTF8 = 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** One file as it was read. */
export type RulesText = { name: string; text: string };
export type Loaded = { rules: Rules; texts: RulesText[] } | { mistakes: Mistake[] };

/**
 * Reads `*.yaml`, `*.yml` and `*.json` except `*.schema.json` in `dir`, not in folders below it, merged in the order of
 * their names. Never throws, whatever lies there; lists every mistake at once, in reading order.
 * @param form with the pieces of the vendors that there are
 */
export async function loadRules(dir: string, form: Form = FORM): Promise<Loaded> {
  const nowhere = (message: string) => ({ mistakes: [{ file: dir, line: 0, column: 0, message }] });
  let names: string[];
  try {
    names = (await readdir(dir)).filter(isRulesFile).sort();
  } catch (error) {
    return nowhere(`cannot be read as a folder of rules (${errnoOf(error)}); set RULES_DIR`);
  }
  const read = (await Promise.all(names.map((name) => readFileIn(dir, name)))).filter((s) => s !== null);
  if (read.length === 0) return nowhere('has no rules: no *.yaml, *.yml or *.json file');
  const loaded = rulesOf(
    dir,
    read.map((r) => r.source),
    form,
  );
  return 'rules' in loaded
    ? { ...loaded, texts: read.map(({ source, text }) => ({ name: source.file, text })) }
    : loaded;
}

/** The same of texts that were read before, in their order. */
export function rulesFrom(dir: string, texts: RulesText[]): { rules: Rules } | { mistakes: Mistake[] } {
  return rulesOf(
    dir,
    texts.map(({ name, text }) => readSource(name, text)),
    FORM,
  );
}

/** What holds where no file says anything: nobody, no rule, and the defaults of the settings. */
export function noRules(dir: string): Rules {
  return merge(dir, [], FORM);
}

function rulesOf(dir: string, sources: Source[], form: Form): { rules: Rules } | { mistakes: Mistake[] } {
  const mistakes = sources.flatMap((s) => [...s.mistakes, ...(s.broken ? [] : formMistakes(s, form))]);
  // What a broken file would have defined is unknown, so references could only be blamed wrongly.
  if (!sources.some((s) => s.broken)) mistakes.push(...crossMistakes(sources));
  if (mistakes.length > 0) return { mistakes: withoutRepeats(mistakes.sort(byPosition)) };
  return { rules: merge(dir, sources, form) };
}

function isRulesFile(name: string): boolean {
  // Editors keep locks and copies under names that begin with a dot.
  return /\.(yaml|yml|json)$/.test(name) && !name.endsWith('.schema.json') && !name.startsWith('.');
}

type Read = { source: Source; text: string };

/** null for a folder. */
async function readFileIn(dir: string, name: string): Promise<Read | null> {
  try {
    const path = join(dir, name);
    const info = await stat(path);
    if (info.isDirectory()) return null;
    if (!info.isFile() || info.size > MAX_BYTES) return unreadable(name, `is no file of at most ${MAX_BYTES} bytes`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return { source: readSource(name, text), text };
  } catch (error) {
    return unreadable(name, errnoOf(error) === NOT_UTF8 ? 'is not UTF-8 text' : `cannot be read (${errnoOf(error)})`);
  }
}

function unreadable(file: string, message: string): Read {
  const source = { ...readSource(file, ''), broken: true, mistakes: [{ file, line: 0, column: 0, message }] };
  return { source, text: '' };
}

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? 'unknown reason';
}

function withoutRepeats(sorted: Mistake[]): Mistake[] {
  return sorted.filter((m, i) => i === 0 || byPosition(m, sorted[i - 1] ?? m) !== 0);
}

/** Only for sources without a mistake. */
function merge(dir: string, sources: Source[], form: Form): Rules {
  const parsed = sources.map((source) => ({ source, file: form.parse(source.value ?? {}) }));
  const files = parsed.map((p) => p.file);
  const timezone = files.find((f) => f.timezone !== undefined)?.timezone ?? 'UTC';
  const people = joined(files, (f) => f.people);
  const content = {
    timezone,
    // Read again as one, because each file alone had the other files' settings filled in with defaults.
    settings: settingsOf(sources),
    people: Object.fromEntries(Object.entries(people).map(([k, p]) => [k, { ...p, timezone: p.timezone ?? timezone }])),
    teams: joined(files, (f) => f.teams),
    projects: parsed.flatMap(({ source, file }) =>
      source.keys(['projects']).flatMap((glob) => {
        const project = file.projects?.[glob];
        return project ? [{ glob, ...project }] : [];
      }),
    ),
    rules: files.flatMap((f) => f.rules ?? []),
  };
  const tests = parsed.flatMap(({ source, file }) =>
    (file.tests ?? []).map((test, i) => {
      const { line, column } = source.at(['tests', i, 'issue'], 'value', '');
      return { ...test, file: source.file, line, column };
    }),
  );
  return {
    dir,
    files: sources.map((s) => s.file),
    hash: hashOf({ ...content, projects: content.projects.map(asWritten), tests: files.flatMap((f) => f.tests ?? []) }),
    ...content,
    settings: { ...content.settings, timezone },
    tests,
  };
}

/** With the tracker's key again, so that the hash is of what the files say. */
function asWritten({ destination: { tracker, ...destination }, ...rest }: Rules['projects'][number]): object {
  return { ...rest, [tracker]: destination };
}

function joined<T>(files: RulesFile[], part: (file: RulesFile) => Record<string, T> | undefined): Record<string, T> {
  return Object.assign({}, ...files.map((f) => part(f) ?? {})) as Record<string, T>;
}

function settingsOf(sources: Source[]): RulesSettings {
  const written = sources.map((s) => (s.value as { settings?: object } | null)?.settings ?? {});
  return FORM.parse({ settings: Object.assign({}, ...written) as object }).settings as RulesSettings;
}

/** SHA-256 over JSON with sorted keys, first 16 hex digits: enough to tell two documents apart, short enough to read. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const map = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((k) => [k, sorted(map[k])]),
  );
}
