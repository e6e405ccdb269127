/** Every suite is run by `npm test`, or else by `npm run test:all`, and never by both parts of it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const JEST = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const inTest = (file: string): string => relative(join(ROOT, 'test'), file).replace(/\.test\.ts$/, '');
/** As jest itself lists them. */
function listed(...args: string[]): string[] {
  const said = execFileSync(process.execPath, [JEST, '--listTests', ...args], { cwd: ROOT, encoding: 'utf8' });
  // Beside the files it says which project it lists.
  const files = said.split('\n').filter((line) => line.endsWith('.test.ts'));
  return files.map(inTest).sort();
}

const all = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => inTest(join(ROOT, 'test', file)))
  .sort();
const ofCluster = all.filter((name) => name.startsWith('cluster/'));
const quick = listed('--selectProjects', 'quick');
const slow = listed('--selectProjects', 'slow');

test('each is quick or slow, and not both; only those of the cluster are neither', () => {
  expect([...quick, ...slow, ...ofCluster].sort()).toEqual(all);
});

test('whatever is listed as slow is there, and says why', () => {
  const reasons = jest.requireActual<Record<string, string>>('../../jest.slow.cjs');
  expect(slow).toEqual(Object.keys(reasons).sort());
  for (const [name, why] of Object.entries(reasons))
    expect({ name, why }).toEqual({ name, why: expect.stringMatching(/\w+ \w+/) as string });
});

test('the cluster runs its own and those of the smoke tests that it does not leave out', () => {
  const run = listed('--config', 'jest.cluster.config.cjs');
  expect(run).toEqual(expect.arrayContaining(ofCluster));
  expect(run.filter((name) => !/^(cluster|smoke)\//.test(name))).toEqual([]);
});

test('every promise has a quick suite', () => {
  const [, table = ''] = read('CONTRIBUTING.md').split('## Promises and their tests\n');
  const rows = [...table.matchAll(/^\| (\d)\. [^|]+\| ([^|]+) \|/gm)];
  expect(rows.map(([, n]) => n)).toEqual(['1', '2', '3', '4', '5', '6']);
  for (const [, n, suites = ''] of rows) {
    const named = [...suites.matchAll(/`test\/([^`]+)`/g)].map(([, name]) => name);
    expect({ n, named: named.length > 0 }).toEqual({ n, named: true });
    for (const name of named) expect(quick).toContain(name);
  }
});
