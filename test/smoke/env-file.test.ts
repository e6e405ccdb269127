/** `.env` in the working directory, for the program as it is run. */
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpApps, errand, Run, temporaryDir, type Env, type Said } from '../support/app';
import { BIN } from '../support/run';

afterAll(cleanUpApps);

const ROOT = join(__dirname, '..', '..');
const NOWHERE = 'http://127.0.0.1:9';
const REAL = `SENTRY_CLIENT_SECRET=client-canary\nSENTRY_ORG=acme\nSENTRY_BASE_URL=${NOWHERE}\nSENTRY_AUTH_TOKEN=token-canary
ASANA_ACCESS_TOKEN=2/asana-canary\nASANA_BASE_URL=${NOWHERE}/api/1.0\nRULES_DIR=./my-rules\n`;

function folder(text: string): string {
  const dir = temporaryDir();
  writeFileSync(join(dir, '.env'), text, { mode: 0o600 });
  cpSync(join(ROOT, 'rules'), join(dir, 'my-rules'), { recursive: true });
  const file = join(dir, 'my-rules', 'rules.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('anna', 'hanna'));
  return dir;
}
const there = (dir: string, args: string[], env: Env = {}): Promise<Said> =>
  errand(args, { ERRAND_ENV_FILE: undefined, ...env }, [], dir);

it('`npx errand doctor` asks the vendors that it names, as the README says', async () => {
  const dir = folder(REAL);
  const { code, stdout, stderr } = await there(dir, ['doctor']);
  expect(code).toBe(4);
  expect(stdout).toMatch(/^warning: Asana could not be asked/m);
  expect(stderr).toContain(`${join(dir, '.env')} is read; the environment wins.\n`);
  expect(stdout + stderr).not.toContain('canary');
});

it('every command reads it: rules check finds RULES_DIR, issues the address; without a word of it', async () => {
  const dir = folder(`RULES_DIR=./my-rules\nERRAND_URL=${NOWHERE}\n`);
  // There is no ./rules beside it.
  const check = await there(dir, ['rules', 'check']);
  expect(check).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('rules.yaml: fine') as string });
  expect(await there(dir, ['issues'])).toMatchObject({ code: 4, stderr: expect.stringContaining(NOWHERE) as string });
});

it('`up` reads it, says so in its first line, and runs no program that it names', async () => {
  const dir = folder(`${REAL.replace('ASANA_ACCESS_TOKEN=2/asana-canary\n', '')}TEMPORAL_CLI_PATH=/tmp/evil\n`);
  const up = await there(dir, ['up'], { MODE: 'observe' });
  expect(up.code).toBe(3);
  expect(up.stderr).toContain('ASANA_ACCESS_TOKEN is missing');
  expect(up.stdout.split('\n')[0]).toMatch(/\.env is read; the environment wins\. TEMPORAL_CLI_PATH in it is ignored/);
  expect(existsSync(join(dir, 'data'))).toBe(false);
});

it.each(['up', 'api', 'worker', 'doctor', 'issues', 'demo new'])(
  '%s: a bad one is exit 3, all of it, and no stack',
  async (command) => {
    const said = await there(folder('SENTRY_ORG canary\nMODE="live\n'), command.split(' '));
    expect(said).toMatchObject({ code: 3, stdout: '' });
    expect(said.stderr).toMatch(/\.env: line 1 is neither[^]*\.env: line 2: the quote of MODE is not closed/);
    expect(said.stderr).not.toMatch(/canary|^ +at /m);
  },
);

it('one that others may write is not read by any', async () => {
  const dir = folder(REAL);
  chmodSync(join(dir, '.env'), 0o666);
  const said = await there(dir, ['doctor']);
  expect(said).toMatchObject({ code: 3, stdout: '' });
  expect(said.stderr).toContain('chmod 600');
});

it('the sandbox, help and version do without it', async () => {
  const dir = folder('SENTRY_ORG canary\n');
  for (const args of [['version'], ['--help'], ['up', '--help']])
    expect(await there(dir, args)).toMatchObject({ code: 0, stderr: '' });
  const env = { ERRAND_ENV_FILE: undefined, DATA_DIR: temporaryDir() };
  const sandbox = new Run(['sandbox', '--port', '0'], env, [], BIN, ['sh', '-c', 'cd "$0" && exec "$@"', dir]);
  await sandbox.says(/The sandbox is at http/);
  expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });
});
