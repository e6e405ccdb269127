/** What the cluster suite says when it cannot run here; it needs neither Postgres nor Temporal to say so. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD, findNeeds } from '../cluster/needs';

const ROOT = join(__dirname, '..', '..');
const NOWHERE = {
  PATH: '',
  POSTGRES_BIN_DIR: '/nowhere/postgres',
  TEMPORAL_SERVER_BIN_DIR: '/nowhere/server',
  TEMPORAL_CLI_PATH: '/nowhere/temporal',
};
const NAMES = ['initdb', 'postgres', 'pg_isready', 'server', 'sql', 'temporal'];
/** Of no account here: whom Postgres runs as. */
const NOT_ROOT = 1_000;

const dir = mkdtempSync(join(tmpdir(), 'errand-needs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('everything that is missing is named at once, with where it was looked for and what gets it', () => {
  const said = ((): string => {
    try {
      return JSON.stringify(findNeeds(NOWHERE, NOT_ROOT));
    } catch (e) {
      return e instanceof Error ? e.message : String(e);
    }
  })();
  for (const name of NAMES) expect(said).toMatch(new RegExp(`^ {2}- ${name}, .*looked for `, 'm'));
  for (const how of [
    'apt-get install postgresql',
    BUILD,
    'POSTGRES_BIN_DIR',
    'TEMPORAL_SERVER_BIN_DIR',
    'docs/developing/cluster-tests.md',
  ])
    expect(said).toContain(how);
});

it('what is there is found where the variables say', () => {
  for (const name of NAMES) {
    writeFileSync(join(dir, name), '');
    chmodSync(join(dir, name), 0o755);
  }
  const env = { POSTGRES_BIN_DIR: dir, TEMPORAL_SERVER_BIN_DIR: dir, TEMPORAL_CLI_PATH: join(dir, 'temporal') };
  expect(Object.values(findNeeds(env, NOT_ROOT)).sort()).toEqual(NAMES.map((name) => join(dir, name)).sort());
  rmSync(join(dir, 'sql'));
  expect(() => findNeeds(env, NOT_ROOT)).toThrow(/^ {2}- sql, looked for in/m);
  expect(() => findNeeds(env, NOT_ROOT)).not.toThrow(/ - initdb/);
});

it('npm run test:cluster says it before it builds anything', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['pretest:cluster']).toBe('tsx test/cluster/needs.ts && npm run build');
  const said = spawnSync(process.execPath, ['--import', 'tsx', 'test/cluster/needs.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...NOWHERE, PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  expect(said.status).toBe(1);
  expect(said.stdout).toBe('');
  expect(said.stderr).toContain('installs nothing by itself, and this is missing');
  expect(said.stderr).not.toMatch(/^ +at /m);
});

it('the docs have the same command', () => {
  expect(readFileSync(join(ROOT, 'docs', 'developing', 'cluster-tests.md'), 'utf8')).toContain(BUILD);
});
