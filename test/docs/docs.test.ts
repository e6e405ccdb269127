/** The docs say what the code does: compared both ways. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../src/config/variables';
import { ENVIRONMENT_NAMES } from '../../src/config/env';
import { OPERATOR_ACTS } from '../../src/contract';
import { CATALOGUE } from '../../src/errors';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('every error code has its heading in docs/operating.md, and every heading its code', () => {
  const section = read('docs/operating.md').split('## Error codes')[1] ?? '';
  const headings = [...section.matchAll(/^### (\w+)$/gm)].map((m) => m[1]);
  expect(headings.sort()).toEqual(Object.keys(CATALOGUE).sort());
});

test('every error code says what to do, in the docs as in the catalogue', () => {
  const operating = read('docs/operating.md').replace(/\s+/g, ' ');
  for (const { todo } of Object.values(CATALOGUE)) expect(operating).toContain(todo.replace(/\s+/g, ' '));
});

test('every code that is thrown is in the catalogue', () => {
  const thrown = sources('src').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new ErrandError\(\s*'(\w+)'/g)].map((m) => m[1] ?? ''),
  );
  expect(thrown.length).toBeGreaterThan(10);
  for (const code of thrown) expect(Object.keys(CATALOGUE)).toContain(code);
});

test('every environment variable that is read is described, and no other', () => {
  const cli = ['ERRAND_URL', 'ERRAND_TOKEN'];
  expect(ENVIRONMENT.map((v) => v.name).sort()).toEqual([...ENVIRONMENT_NAMES, ...cli].sort());
});

test('every operators’ act is described with its input', () => {
  for (const act of OPERATOR_ACTS) expect(read('docs/operating.md')).toMatch(new RegExp(`^\\| \`${act}\` `, 'm'));
});

test('links between the documents lead somewhere', () => {
  for (const file of [...documents(), 'README.md']) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect(() => readdirOrFile(join(ROOT, file, '..', target))).not.toThrow();
    }
  }
});

function documents(): string[] {
  return readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.md'))
    .map((f) => join('docs', f));
}

function readdirOrFile(path: string): unknown {
  return path.endsWith('.md') ? readFileSync(path) : readdirSync(path);
}

function sources(dir: string): string[] {
  return readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(ROOT, dir, f));
}
