/**
 * No vendor's name stands in the code of the core, the workflows and the rules: any vendor of the registry will do. Comments are not
 * meant: where a decision answers to a vendor's behaviour, they name its source.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '..', '..', 'src');
const NAMES = /asana|sentry|slack|calamari|jira/gi;

/** File → words in which a name may stand there, and why. */
const ALLOWED: Record<string, { why: string; words: string[] }> = {
  'core/issue/settings.ts': {
    why: 'keys under `settings` in the rules, as people write them',
    words: ['toSentry', 'keepSentryAssignee'],
  },
  'core/issue/plan.ts': { why: 'the same keys', words: ['toSentry'] },
  'workflows/defaults.ts': { why: 'the same keys', words: ['toSentry', 'keepSentryAssignee'] },
  'rules/assign.ts': { why: 'the same keys', words: ['keepSentryAssignee'] },
};

/** In the form of the rules besides: what editors show beside a key that holds for whatever vendors there are today. */
const FORM = 'rules/schema.ts';
const IN_FORM = /(?:toSentry|keepSentryAssignee)\b|describe\(\s*(['"]).*?\1\s*\)/gs;

function files(folder: string): string[] {
  return readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
}

/** The code alone. */
function codeOf(file: string): string {
  const { outputText } = ts.transpileModule(readFileSync(join(SRC, file), 'utf8'), {
    compilerOptions: { removeComments: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  return outputText;
}

function typesOf(file: string): string {
  return readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1');
}

test('the code of core, workflows and rules names no vendor', () => {
  const found = [...files('core'), ...files('workflows'), ...files('rules')].flatMap((file) => {
    const { words = [] } = ALLOWED[file] ?? {};
    let code = `${codeOf(file)}\n${typesOf(file)}`;
    if (file === FORM) code = code.replace(IN_FORM, '');
    for (const word of words) code = code.replaceAll(word, '');
    return [...new Set(code.match(NAMES) ?? [])].map((name) => `${file}: ${name}`);
  });
  expect(found).toEqual([]);
});

test('what is allowed is still needed', () => {
  const unused = Object.entries(ALLOWED).flatMap(([file, { words }]) =>
    words.filter((word) => !typesOf(file).includes(word)).map((word) => `${file}: ${word}`),
  );
  expect(unused).toEqual([]);
});
