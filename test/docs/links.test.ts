/** Nobody gets lost in the docs: no link and no path is dead, every page is reachable from the index, a long page begins with its contents. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const INDEX = join('docs', 'README.md');
/** Two screens: what is longer wants a table of contents. */
const LINES_MAX = 60;
/** Whatever names pages of the docs in its comments or in its words. */
const NAMING = [
  'src',
  'scripts',
  'deploy',
  'bench',
  'rules',
  'test',
  '.env.example',
  'docker-compose.yml',
  'Dockerfile',
];
/** Copies of other people's texts, with paths of their repositories. */
const FOREIGN = join('test', 'fixtures');

/** All files below it, or itself. */
function files(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(join(path, e.name)) : e.isFile() ? [join(path, e.name)] : [],
  );
}

const docs = files('docs').filter((f) => f.endsWith('.md'));
const pages = [
  ...docs,
  ...readdirSync(ROOT).filter((f) => f.endsWith('.md')),
  join('test', 'conformance', 'README.md'),
];

/** The text without code, in which brackets mean something else. */
function prose(page: string): string {
  return read(page)
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()#]/g, ''));
}

/** Links to files and headings of the repository, as `{ file, anchor }`. */
function linksOf(page: string): { target: string; file: string; anchor: string | undefined }[] {
  return [...prose(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => {
    const [path = '', anchor] = target.split('#');
    return { target, file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
  });
}

/** As GitHub names a heading: small letters, no punctuation, hyphens for spaces. */
function slug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function headings(page: string, marks = '#+'): string[] {
  const text = read(page).replace(/^ *```[\s\S]*?^ *```/gm, '');
  return [...text.matchAll(new RegExp(`^${marks} (.+)$`, 'gm'))].map((m) => slug(m[1] ?? ''));
}

test('no link between the pages is dead, and each heading that one names is there', () => {
  const links = pages.flatMap((page) => linksOf(page).map((link) => ({ page, ...link })));
  expect(links.length).toBeGreaterThan(200);
  const dead = links.filter(({ file, anchor }) => {
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !headings(file).includes(anchor);
  });
  expect(dead.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
});

test('no heading stands twice on a page, so that a link to it is sure', () => {
  for (const page of docs)
    expect({ page, twice: headings(page).filter((h, i, all) => all.indexOf(h) !== i) }).toEqual({ page, twice: [] });
});

test('every page is reachable from docs/README.md', () => {
  const seen = new Set<string>();
  const queue = [INDEX];
  for (let page = queue.pop(); page !== undefined; page = queue.pop()) {
    if (seen.has(page)) continue;
    seen.add(page);
    queue.push(...linksOf(page).flatMap(({ file }) => (docs.includes(file) ? [file] : [])));
  }
  expect(docs.filter((page) => !seen.has(page))).toEqual([]);
});

test('docs/README.md has a line of its own for every page', () => {
  const listed = read(INDEX)
    .split('\n')
    .filter((line) => /^(- |\d+\. )/.test(line))
    .map((line) => /\]\(([^)#]+)\)/.exec(line)?.[1] ?? line);
  expect(listed.map((file) => normalize(join('docs', file))).sort()).toEqual(docs.filter((d) => d !== INDEX).sort());
});

test('a page of more than two screens begins with its contents', () => {
  const long = docs.filter(
    (page) => /^docs\/(using|developing)\//.test(page) && read(page).split('\n').length > LINES_MAX,
  );
  expect(long.length).toBeGreaterThan(5);
  for (const page of long) {
    const before = read(page).split(/^## /m)[0] ?? '';
    const listed = [...before.matchAll(/\]\(#([^)]+)\)/g)].map((m) => m[1]);
    expect({ page, missing: headings(page, '##').filter((h) => !listed.includes(h)) }).toEqual({ page, missing: [] });
  }
});

test('every page that a source file names is there', () => {
  const named = NAMING.flatMap(files)
    .filter((file) => !file.startsWith(FOREIGN) && /\.(ts|cjs|mjs|js|ya?ml|md|sh|example)$|Dockerfile$/.test(file))
    .flatMap((file) =>
      // Not after a slash, where it is a vendor's own address.
      [...read(file).matchAll(/(?<![\w/.-])docs\/((?:[\w-]+\/)*[\w-]+(?:\.md)?)/g)].map(([path]) => ({ file, path })),
    );
  expect(named.length).toBeGreaterThan(20);
  // A decision is named by its number alone.
  const there = (path: string): boolean => existsSync(join(ROOT, path)) || docs.some((d) => d.startsWith(`${path}-`));
  expect(named.filter(({ path }) => !there(path))).toEqual([]);
});
