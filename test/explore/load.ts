/** Loads the product's workflow code over the pretended SDK, some of its texts replaced where a mutation says so. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from '@swc/core';
import type * as Describe from '../../src/core/issue/describe';
import type * as Plan from '../../src/core/issue/plan';
import type * as Defaults from '../../src/workflows/defaults';
import type { Fact } from '../../src/core/issue/facts';
import type { IssueRecord } from '../../src/core/issue/record';
import type { Instant } from '../../src/core/refs';
import { applied, type Replacement } from '../chaos/mutations';
import type { Blind } from './answers';
import { SDK, WorkflowDate } from './sdk';

const ROOT = join(__dirname, '..', '..');
const fromNpm = createRequire(__filename);

export type Reduce = (record: IssueRecord, fact: Fact, now: Instant) => IssueRecord;
/** The modules of the product that an interleaving drives; those of a mutation are broken. */
export type Product = {
  issue: (input: unknown) => Promise<string>;
  plan: typeof Plan;
  describe: typeof Describe;
  defaults: typeof Defaults;
  /** A mutation of the activities, which are played by answers.ts. */
  blind?: Blind;
  /** Told of every fact that the workflow learns. */
  listen: (heard: (fact: Fact, after: IssueRecord) => void) => void;
  /** What `reduce` threw, which is total. */
  failure: () => Error | undefined;
};
type Module = { exports: Record<string, unknown> };

const transpiled = new Map<string, string>();

function codeOf(file: string, replacements: readonly Replacement[]): string {
  const name = relative(ROOT, file);
  const touched = replacements.some((r) => r.file === name);
  const known = transpiled.get(file);
  if (known !== undefined && !touched) return known;
  const text = readFileSync(file, 'utf8');
  const { code } = transformSync(touched ? applied(name, text, replacements) : text, {
    filename: file,
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  if (!touched) transpiled.set(file, code);
  return code;
}

/** @throws Error when a text to be replaced is not there */
export function load(replacements: readonly Replacement[] = [], blind?: Blind): Product {
  const modules = new Map<string, Module>();
  let heard: Parameters<Product['listen']>[0] = () => undefined;
  let failed: Error | undefined;
  const used = new Set<string>();

  const need =
    (from: string) =>
    (name: string): unknown => {
      if (name === '@temporalio/workflow') return SDK;
      if (!name.startsWith('.')) return fromNpm(name) as unknown;
      const path = join(dirname(from), name);
      return run(existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts'));
    };
  const run = (file: string): Record<string, unknown> => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module: Module = { exports: {} };
    modules.set(file, module);
    used.add(relative(ROOT, file));
    const body = codeOf(file, replacements);
    // The same way in which Node makes a module of a text.
    const wrapped = compileFunction(body, ['exports', 'require', 'module', 'Date'], { filename: file }) as (
      ...args: unknown[]
    ) => void;
    wrapped(module.exports, need(file), module, WorkflowDate);
    if (file.endsWith('core/issue/state.ts')) module.exports = listened(module.exports);
    if (file.endsWith('core/issue/describe.ts')) module.exports = { ...module.exports, currentDetailsOf: () => '' };
    return module.exports;
  };
  const listened = (state: Record<string, unknown>): Record<string, unknown> => {
    const reduce = state.reduce as Reduce;
    const heardToo: Reduce = (before, fact, now) => {
      let after: IssueRecord;
      try {
        after = reduce(before, fact, now);
      } catch (e) {
        // Temporal would repeat the workflow task for ever.
        failed ??= e instanceof Error ? e : new Error(String(e));
        return before;
      }
      heard(fact, after);
      return after;
    };
    return { ...state, reduce: heardToo };
  };
  const src = (path: string): never => run(join(ROOT, 'src', path)) as never;
  const product: Product = {
    issue: (src('workflows/issue.ts') as { issue: Product['issue'] }).issue,
    plan: src('core/issue/plan.ts'),
    describe: src('core/issue/describe.ts'),
    defaults: src('workflows/defaults.ts'),
    blind,
    listen: (to) => {
      heard = to;
      failed = undefined;
    },
    failure: () => failed,
  };
  const unused = replacements.find((r) => !used.has(r.file));
  if (unused) throw new Error(`${unused.file} is no part of the workflow.`);
  return product;
}
