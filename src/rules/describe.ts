/** What zod found, in words, each with its place in the file. */
import type { z } from 'zod';
import { laterValue, LATER_KEYS, keyOf, refusal } from './later';
import type { Mistake } from './mistakes';
import { didYouMean, quote } from './mistakes';
import { jsonSchema, type Form } from './schema';
import type { Path, Source } from './source';

type Issue = z.core.$ZodIssue;

/** Every mistake of form in one file: unknown keys, wrong types, bad single values. */
export function formMistakes(source: Source, form: Form): Mistake[] {
  const { success, error } = form.safeParse(source.value ?? {});
  return success ? [] : error.issues.flatMap((issue) => describe(source, issue, [], form));
}

function describe(source: Source, issue: Issue, around: Path, form: Form): Mistake[] {
  const path = [...around, ...(issue.path as Path)];
  const value = valueAt(source.value, path);
  const later = laterValue(path, value);
  if (later !== null) return [source.at(path, 'value', refusal(later))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => source.at([...path, key], 'key', unknownKey(path, key, form)));
  }
  if (issue.code === 'invalid_union') {
    // The option whose type fits is the one that was meant; without one, the union speaks.
    const meant = (issue.errors as Issue[][]).find(
      (option) => !option.some((o) => o.path.length === 0 && isMismatch(o)),
    );
    if (meant) return meant.flatMap((inner) => describe(source, inner, path, form));
  }
  const last = path.at(-1);
  if (value === undefined && typeof last === 'string') return [source.at(path, 'value', `${quote(last)} is missing`)];
  // In a list the key that holds it is what people look for.
  const subject = path.findLast((step) => typeof step === 'string');
  const said = sentence(issue, value);
  return [source.at(path, 'value', subject === undefined ? said : `${quote(subject)} ${said}`)];
}

function isMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
}

function unknownKey(path: Path, key: string, form: Form): string {
  const known = knownKeys(path, form);
  const written = keyOf([...path, key]);
  if (LATER_KEYS.has(written)) return refusal(key);
  return `${quote(key)} is not a key here${didYouMean(key, known) || among(known)}`;
}

function sentence(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return mustBe([TYPES[issue.expected] ?? issue.expected], value);
    case 'invalid_value':
      return `${mustBe(
        issue.values.map((v) => (typeof v === 'string' ? quote(v) : String(v))),
        value,
      )}${typeof value === 'string' ? didYouMean(value, issue.values.map(String)) : ''}`;
    case 'invalid_union':
      return issue.message === 'Invalid input' ? mustBe(wanted(issue), value) : issue.message;
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : issue.origin === 'array'
          ? `has more than ${issue.maximum} entries`
          : `must be at most ${issue.maximum}`;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
  }
}

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map (key: value)',
  record: 'a map (key: value)',
};

function wanted(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [TYPES[issue.expected] ?? issue.expected];
  if (issue.code === 'invalid_value') return issue.values.map((v) => quote(String(v)));
  if (issue.code === 'invalid_union') return [...new Set((issue.errors as Issue[][]).flat().flatMap(wanted))];
  return [];
}

function mustBe(options: string[], value: unknown): string {
  const hint =
    options.includes('text') && (typeof value === 'number' || typeof value === 'boolean') ? '; put it in quotes' : '';
  return `must be ${options.join(' or ')}, not ${shown(value)}${hint}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

function among(keys: string[]): string {
  return keys.length === 0 ? '' : `; known here: ${keys.join(', ')}`;
}

type Node = {
  properties?: Record<string, Node>;
  additionalProperties?: Node | false;
  items?: Node;
  anyOf?: Node[];
};
/** Made once: a large file may have an unknown key in every line. */
const nodes = new WeakMap<Form, Node>();

/** Keys that the form knows in the map at `path`, read from the JSON Schema. */
function knownKeys(path: Path, form: Form): string[] {
  const top: Node = nodes.get(form) ?? jsonSchema(form);
  nodes.set(form, top);
  let here = [top];
  for (const step of path) {
    const options = here.flatMap((n) => [n, ...(n.anyOf ?? [])]);
    here = options.flatMap((n) => {
      const next =
        typeof step === 'number' ? n.items : (own(n.properties, step) ?? (n.additionalProperties || undefined));
      return next ? [next] : [];
    });
  }
  return here.flatMap((n) => [n, ...(n.anyOf ?? [])]).flatMap((n) => Object.keys(n.properties ?? {}));
}

function own<T>(map: Record<string, T> | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** What stands at `path`, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}
