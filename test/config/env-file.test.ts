/** `.env`: what it sets, what stands over it, and what is said of a bad one. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/errors';
import { mistakesIn, readEnvFile } from '../../src/config/env-file';
import { loadEnv } from '../../src/config/env';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'errand-env-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** @returns the environment afterwards, and what was said */
function read(
  text: string,
  env: NodeJS.ProcessEnv = {},
  mode = 0o600,
): { env: NodeJS.ProcessEnv; said: string | undefined } {
  const file = join(dir, '.env');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return { said: readEnvFile(dir, env), env };
}
function problems(act: () => unknown): string[] {
  try {
    act();
  } catch (e) {
    if (e instanceof EnvironmentError) return e.problems;
    throw e;
  }
  return [];
}

describe('who wins', () => {
  it('the environment, also where it is empty; and what it does not have comes from the file', () => {
    const { env, said } = read('SENTRY_ORG=file\nMODE=observe\nPORT=1\nDATA_DIR="my data"\n', {
      SENTRY_ORG: 'env',
      MODE: '',
    });
    expect(env).toEqual({ SENTRY_ORG: 'env', MODE: '', PORT: '1', DATA_DIR: 'my data' });
    expect(said).toBe(`${join(dir, '.env')} is read; the environment wins, here for 2.`);
  });

  it('a NAME_FILE of the environment over a NAME of the file, and the other way round', () => {
    const secret = join(dir, 'asana');
    writeFileSync(secret, '2/from-the-file-of-the-environment\n');
    const { env } = read('ASANA_ACCESS_TOKEN=2/of-dotenv\nSENTRY_CLIENT_SECRET_FILE=/no/such\nSENTRY_ORG=acme\n', {
      ASANA_ACCESS_TOKEN_FILE: secret,
      SENTRY_CLIENT_SECRET: 'given',
    });
    expect(env).not.toHaveProperty('ASANA_ACCESS_TOKEN');
    expect(env).not.toHaveProperty('SENTRY_CLIENT_SECRET_FILE');
    expect(loadEnv(env).vendors).toMatchObject({
      asana: { accessToken: '2/from-the-file-of-the-environment' },
      sentry: { clientSecrets: ['given'], org: 'acme' },
    });
  });

  it('an empty NAME of the environment takes back a NAME_FILE of the file, too', () => {
    const { env, said } = read('SLACK_BOT_TOKEN_FILE=/no/such\n', { SLACK_BOT_TOKEN: '' });
    expect(env).toEqual({ SLACK_BOT_TOKEN: '' });
    expect(said).toMatch(/here for 1\.$/);
    expect(loadEnv(env).slack).toBeUndefined();
  });

  it('an empty NAME_FILE of the environment is none', () => {
    expect(read('ASANA_ACCESS_TOKEN=2/t\n', { ASANA_ACCESS_TOKEN_FILE: '' }).env).toHaveProperty(
      'ASANA_ACCESS_TOKEN',
      '2/t',
    );
  });
});

it('sets nothing that changes how programs run; TEMPORAL_CLI_PATH is ignored and named', () => {
  const names = ['PATH', 'NODE_OPTIONS', 'LD_PRELOAD', 'HTTPS_PROXY', 'GOFLAGS', 'HOME', 'FOO'];
  const { env, said } = read(`TEMPORAL_CLI_PATH=/tmp/evil\n${names.map((n) => `${n}=canary\n`).join('')}`);
  expect(env).toEqual({});
  expect(said).toContain('TEMPORAL_CLI_PATH in it is ignored');
  expect(said).toContain("Ignored, not Errand's: FOO, GOFLAGS, HOME, HTTPS_PROXY, LD_PRELOAD and 2 more.");
  expect(said?.split('\n')).toHaveLength(1);
  expect(said).not.toMatch(/evil|canary/);
});

it.each(['ERRAND_SANDBOX=1', 'ERRAND_WORKER_HAS=ASANA_ACCESS_TOKEN', 'ERRAND_ENV_FILE=none'])(
  '%s, which is for the processes of `up`, is ignored and named',
  (line) => {
    const { env, said } = read(`${line}\nMODE=observe\n`);
    expect(env).toEqual({ MODE: 'observe' });
    expect(said).toBe(
      `${join(dir, '.env')} is read; the environment wins. Ignored, not allowed in a file: ${line.split('=')[0]}.`,
    );
  },
);

it('names what this version does not know, as a slip of the pen', () => {
  expect(read('SENTRY_ORGG=acme\nTEMPORAL_TLS=true\nPOSTGRES_PASSWORD=canary\n').said).toMatch(
    /Unknown to this version: SENTRY_ORGG\.$/,
  );
});

it('.env.example is one without a mistake, and sets nothing before it is filled in', () => {
  const { said, env } = read(readFileSync(join(__dirname, '..', '..', '.env.example'), 'utf8'));
  expect(said).toBe(`${join(dir, '.env')} is read; the environment wins.`);
  expect(env).toEqual({});
});

describe('mistakes: all at once, by line and name, never with a value', () => {
  it.each([
    ['SENTRY_ORG acme', ['line 1 is neither NAME=value nor a comment']],
    ['# fine\n\n2FAST=canary\nSENTRY ORG=canary', ['line 3 is neither', 'line 4 is neither']],
    ['MODE=live\nPORT=1\nMODE=observe', ['MODE is set twice, in lines 1 and 3']],
    ['SENTRY_ORG="acme\nPORT=1\nMODE live', ['line 1: the quote of SENTRY_ORG is not closed', 'line 3 is neither']],
    ["SENTRY_ORG='acme' canary", ['line 1: something stands behind the closing quote of SENTRY_ORG']],
    ['ASANA_ACCESS_TOKEN=2/can#ary', ['line 1: ASANA_ACCESS_TOKEN would end before its "#"']],
    ['\uFEFFSENTRY_ORG=acme', ['it begins with a byte order mark']],
    ['S\0E\0N\0', ['it is no text in UTF-8']],
  ])('%j', (text, wanted) => {
    const found = problems(() => read(text));
    expect(found).toHaveLength(wanted.length);
    for (const [i, words] of wanted.entries()) expect(found[i]).toContain(`${join(dir, '.env')}: ${words}`);
    expect(found.join()).not.toContain('can');
  });

  it.each([
    '',
    '# only\n',
    'export MODE=live\n',
    'MODE = live # why\r\n',
    'A="one\ntwo" # three\nPORT=1\n',
    "B='it # is'\n",
    'A=\n',
  ])('none in %j', (text) => expect(mistakesIn(text)).toEqual([]));
});

describe('whose file it is', () => {
  it.each([0o620, 0o602, 0o666])('%i: others may write it, so it is refused, with what to do', (mode) => {
    const env = {};
    expect(problems(() => read('SENTRY_ORG=canary\n', env, mode))).toEqual([
      expect.stringMatching(/may be written by others \(mode 6\d\d\).*chmod 600 .*ERRAND_ENV_FILE=none/) as string,
    ]);
    expect(env).toEqual({});
  });

  it.each([0o600, 0o644, 0o400])('%i is read', (mode) =>
    expect(read('MODE=live\n', {}, mode).env).toEqual({ MODE: 'live' }),
  );

  it('a link to one that others may write is refused like it', () => {
    const open = join(dir, 'open');
    writeFileSync(open, 'MODE=live\n');
    chmodSync(open, 0o666);
    symlinkSync(open, join(dir, '.env'));
    expect(problems(() => readEnvFile(dir, {}))).toHaveLength(1);
  });

  it('a folder of that name is said, none is nothing', () => {
    expect(readEnvFile(dir, {})).toBeUndefined();
    mkdirSync(join(dir, '.env'));
    expect(problems(() => readEnvFile(dir, {}))[0]).toContain('is no file');
  });

  it('ERRAND_ENV_FILE=none keeps it from being read, and has no other value', () => {
    expect(read('no=t\nvalid', { ERRAND_ENV_FILE: 'none' }).env).toEqual({ ERRAND_ENV_FILE: 'none' });
    expect(problems(() => readEnvFile(dir, { ERRAND_ENV_FILE: 'other' }))[0]).toContain('must be none, or unset');
  });
});
