/**
 * Text of one rules file → plain values, with the place of every key and value. YAML 1.2 (core schema, so that `no` and
 * `on` stay words) through the `yaml` package, which reads JSON too. https://eemeli.org/yaml/#parsing-documents
 */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Mistake } from './mistakes';
import { quote } from './mistakes';

export type Path = readonly (string | number)[];
/** One file, read. `value` is null when the file is empty. */
export type Source = {
  file: string;
  value: unknown;
  /** Syntax errors left holes in `value`: what it seems to lack may be there. */
  broken: boolean;
  mistakes: Mistake[];
  /** A mistake at the value of `path`, or at its key; at the nearest thing around it when there is none. */
  at(path: Path, on: 'key' | 'value', message: string): Mistake;
  /** Keys of the map at `path` in the order written (JavaScript would put `"123"` first). */
  keys(path: Path): string[];
};

/** Aliases followed in one file; each may repeat a large part of it ("billion laughs"). */
const MAX_ALIASES = 100;
/** Values in one file after aliases are followed; 1,000 rules with 30 values each leave room for the rest. */
const MAX_VALUES = 100_000;
/** The deepest key of the form lies 7 levels down; more is a mistake or an attack on the stack. */
const MAX_DEPTH = 30;
/** A broken file produces errors that only follow from the first; more than this helps nobody. */
const MAX_SYNTAX_ERRORS = 20;

type Offsets = { key?: number; value: number };

/** Reads one file. Never throws, whatever the text is. */
export function readSource(file: string, text: string): Source {
  const lines = new LineCounter();
  const mistakes: Mistake[] = [];
  const offsets = new Map<string, Offsets>();
  const order = new Map<string, string[]>();
  const add = (offset: number, message: string) => mistakes.push(mistakeAt(offset, message));
  const mistakeAt = (offset: number, message: string): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const source: Source = {
    file,
    value: null,
    broken: true,
    mistakes,
    at: (path, on, message) => {
      for (let length = path.length; length >= 0; length--) {
        const found = offsets.get(JSON.stringify(path.slice(0, length)));
        // Around a missing thing the key is the better place: it is where its block begins.
        if (found)
          return mistakeAt(on === 'key' || length < path.length ? (found.key ?? found.value) : found.value, message);
      }
      return mistakeAt(0, message);
    },
    keys: (path) => order.get(JSON.stringify(path)) ?? [],
  };
  try {
    const doc = parseDocument(text, {
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
      // The parser compares every key with every other; convert() does it with a set.
      uniqueKeys: false,
    });
    source.broken = syntaxErrors(doc, add);
    if (!source.broken) source.value = convert(doc, { offsets, order, add });
  } catch (error) {
    add(0, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    source.broken = true;
  }
  if (!source.broken && mistakes.length === 0 && file.endsWith('.json')) strictJson(text, add);
  return source;
}

/** Adds a mistake per error of the parser; true when the values cannot be relied on. */
function syntaxErrors(doc: Document, add: (offset: number, message: string) => void): boolean {
  const exhausted = doc.errors.find((e) => e.code === 'RESOURCE_EXHAUSTION');
  if (exhausted) {
    add(exhausted.pos[0], 'is nested too deeply');
    return true;
  }
  for (const e of doc.errors.slice(0, MAX_SYNTAX_ERRORS)) {
    add(e.pos[0], e.code === 'BAD_ALIAS' ? UNQUOTED_STAR : e.message);
  }
  for (const w of doc.warnings.slice(0, MAX_SYNTAX_ERRORS)) {
    add(w.pos[0], w.code === 'TAG_RESOLVE_FAILED' ? UNQUOTED_BANG : w.message);
  }
  if (doc.directives?.yaml.version !== '1.2') add(0, 'is read as YAML 1.2 only; take the %YAML line out');
  return doc.errors.length > 0 || doc.warnings.some((w) => w.code === 'BAD_ALIAS');
}

const UNQUOTED_BANG = 'a value that begins with ! must be in quotes, because YAML takes it for a tag: "!…"';
const UNQUOTED_STAR = 'a value that begins with * must be in quotes, because YAML takes it for an alias: "*…"';

type Sink = {
  offsets: Map<string, Offsets>;
  order: Map<string, string[]>;
  add: (offset: number, message: string) => void;
};

/** The document as plain values; fills in the places and the order of keys. */
function convert(doc: Document, { offsets, order, add }: Sink): unknown {
  let aliases = 0;
  visit(doc, { Alias: () => void aliases++ });
  if (aliases > MAX_ALIASES) {
    add(0, `has ${aliases} aliases (*name); at most ${MAX_ALIASES} are followed`);
    return null;
  }
  let left = MAX_VALUES;
  const walk = (node: Node | null, path: Path, key: number | undefined, aliased: number | undefined): unknown => {
    const offset = aliased ?? node?.range?.[0] ?? key ?? 0;
    offsets.set(JSON.stringify(path), { ...(key !== undefined && { key }), value: offset });
    if (left-- <= 0) {
      if (left === -1) add(offset, `has more than ${MAX_VALUES} values, aliases followed`);
      return null;
    }
    if (path.length > MAX_DEPTH) {
      add(offset, 'is nested too deeply');
      return null;
    }
    if (isAlias(node)) {
      const target = node.resolve(doc);
      if (target) return walk(target, path, key, offset);
      add(offset, UNQUOTED_STAR);
      // What was probably meant, so that no second mistake follows from this one.
      return `*${node.source}`;
    }
    if (isSeq(node)) return node.items.map((item, i) => walk(item as Node | null, [...path, i], undefined, aliased));
    if (!isMap(node)) return isScalar(node) ? node.value : null;
    const value: Record<string, unknown> = {};
    const names: string[] = [];
    for (const pair of node.items) {
      const at = aliased ?? (pair.key as Node | null)?.range?.[0] ?? offset;
      if (!isScalar(pair.key) || pair.key.value === null || pair.key.value === '__proto__') {
        add(at, 'this key must be a word');
        continue;
      }
      const name = typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? '');
      if (Object.hasOwn(value, name)) {
        add(at, 'this key is already given above');
        continue;
      }
      names.push(name);
      value[name] = walk(pair.value as Node | null, [...path, name], at, aliased);
    }
    order.set(JSON.stringify(path), names);
    return value;
  };
  return walk(doc.contents, [], undefined, undefined);
}

/** YAML is wider than JSON: comments or bare words in a `.json` file would break every other reader of it. */
function strictJson(text: string, add: (offset: number, message: string) => void): void {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    add(Number(/position (\d+)/.exec(message)?.[1] ?? 0), `is not JSON: ${quote(message)}`);
  }
}
