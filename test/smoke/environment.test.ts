/** What is wrong around Errand is said at once, by name, with what to do; no Temporal server is needed for that. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, cleanUpApps, errand, temporaryDir, type Env } from '../support/app';
import { cleanEnv } from '../support/run';

afterAll(cleanUpApps);

const ROOT = join(__dirname, '..', '..');
const SHIPPED = join(ROOT, 'rules');
const REAL: Env = {
  SENTRY_CLIENT_SECRET: 'client-secret-canary',
  SENTRY_ORG: 'acme',
  ASANA_ACCESS_TOKEN: '2/asana-canary',
};
/** Nothing is asked of a vendor before the environment and the rules are right; should it be, nobody is there. */
const NOWHERE = 'http://127.0.0.1:9';

function file(name: string, content: string): string {
  const path = join(temporaryDir(), name);
  writeFileSync(path, content);
  return path;
}

/** A folder of rules that are nobody's example. */
function ownRules(change: (yaml: string) => string = (y) => y): string {
  const dir = join(temporaryDir(), 'rules');
  cpSync(SHIPPED, dir, { recursive: true });
  const yaml = join(dir, 'rules.yaml');
  writeFileSync(yaml, change(readFileSync(yaml, 'utf8').replaceAll('anna', 'hanna')));
  return dir;
}

describe('variables', () => {
  it.each(['up', 'api', 'worker', 'doctor'])('%s: every problem at once, by name, exit 3', async (command) => {
    const said = await errand([command], {
      DATA_DIR: temporaryDir(),
      SENTRY_CLIENT_SECRET: 'one,two,three-canary',
      SENTRY_ORG: 'not a slug!',
      ASANA_ACCESS_TOKEN: 'has a blank canary',
      ASANA_BASE_URL: 'asana',
      CALAMARI_API_KEY: 'calamari-canary',
      SLACK_BOT_TOKEN: 'slack-canary',
      SELF_SENTRY_DSN: 'https://canary@sentry.example.com/project',
      SENTRY_LEGACY_TOKEN: 'a/path',
      PORT: '99999',
      OPERATOR_HOST: '0.0.0.0',
      OPERATOR_TOKENS: 'nobody:king:canary-canary',
      MODE: 'dreaming',
    });
    expect(said.code).toBe(3);
    expect(said.stdout).toBe('');
    const names = ['SENTRY_CLIENT_SECRET', 'SENTRY_ORG', 'ASANA_ACCESS_TOKEN', 'ASANA_BASE_URL', 'CALAMARI_BASE_URL'];
    names.push('SLACK_CHANNEL', 'SELF_SENTRY_DSN', 'SENTRY_LEGACY_TOKEN', 'PORT', 'OPERATOR_TOKENS', 'MODE');
    // One that is alone forgets what is for the other.
    const forgotten: Record<string, string[]> = {
      api: ['ASANA_ACCESS_TOKEN', 'CALAMARI_BASE_URL', 'SLACK_CHANNEL'],
      worker: ['SENTRY_LEGACY_TOKEN', 'PORT', 'OPERATOR_TOKENS'],
    };
    for (const name of names)
      expect({ name, is: new RegExp(`^ {2}- ${name}\\b.*\\.$`, 'm').test(said.stderr) }).toEqual({
        name,
        is: !forgotten[command]?.includes(name),
      });
    // The values of secrets are not repeated, and no stack is shown.
    expect(said.stderr).not.toContain('canary');
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it.each([
    ['SENTRY_CLIENT_SECRET', ['SENTRY_ORG', 'ASANA_ACCESS_TOKEN']],
    ['SENTRY_ORG', ['SENTRY_CLIENT_SECRET', 'ASANA_ACCESS_TOKEN']],
    ['ASANA_ACCESS_TOKEN', ['SENTRY_CLIENT_SECRET', 'SENTRY_ORG']],
  ])('up with %s alone names what is missing', async (given, missing) => {
    const said = await errand(['up'], { DATA_DIR: temporaryDir(), [given]: REAL[given] });
    expect(said.code).toBe(3);
    for (const name of missing) expect(said.stderr).toContain(`${name} is missing`);
    expect(said.stderr).not.toContain(`${given} is missing`);
  });

  it.each([
    ['a file', () => file('data', 'x')],
    ['below a file', () => join(file('data', 'x'), 'deeper')],
    ['where no directory can be made', () => '/proc/nope/deeper'],
  ])('DATA_DIR is %s: exit 3 and its name', async (_what, dir) => {
    const said = await errand(['up'], { DATA_DIR: dir() });
    expect(said.code).toBe(3);
    expect(said.stderr).toMatch(/^ {2}- DATA_DIR /m);
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it.each([
    ['api', ['SENTRY_CLIENT_SECRET', 'SENTRY_ORG']],
    ['worker', Object.keys(REAL)],
  ])('%s alone plays no vendors: %j are required', async (command, wanted) => {
    const said = await errand([command], { DATA_DIR: temporaryDir() });
    expect(said.code).toBe(3);
    expect([...said.stderr.matchAll(/(\w+) is missing/g)].map((m) => m[1])).toEqual(wanted);
  });

  it('the sandbox that was there has ended: a scene says how to start it', async () => {
    const dataDir = temporaryDir();
    writeFileSync(join(dataDir, 'up.json'), JSON.stringify({ sandbox: { url: NOWHERE } }));
    const said = await errand(['demo', 'new'], { DATA_DIR: dataDir });
    expect([said.code, said.stderr]).toEqual([
      4,
      expect.stringMatching(/cannot be reached .*`npx errand up`/) as string,
    ]);
  });

  it('secrets may lie in files; both forms, a missing file and an empty one are named', async () => {
    const asana = file('asana', '2/from-a-file\n');
    const good = {
      SENTRY_ORG: 'acme',
      SENTRY_CLIENT_SECRET_FILE: file('secret', 's3cret\n'),
      // Of a vendor: it is the worker's, and may be in its container alone.
      ASANA_ACCESS_TOKEN_FILE: '/no/such/file',
    };
    // The environment is complete then, and the next thing to be refused are the example rules.
    const accepted = await errand(['api'], { ...good, DATA_DIR: temporaryDir(), RULES_DIR: SHIPPED });
    expect(accepted.stderr).toContain('example rules');
    const said = await errand(['up'], {
      SENTRY_ORG: 'acme',
      SENTRY_CLIENT_SECRET: 'canary-one',
      SENTRY_CLIENT_SECRET_FILE: asana,
      ASANA_ACCESS_TOKEN_FILE: join(temporaryDir(), 'absent'),
      SENTRY_AUTH_TOKEN_FILE: file('empty', ''),
      DATA_DIR: temporaryDir(),
    });
    expect(said.code).toBe(3);
    expect(said.stderr).toContain('SENTRY_CLIENT_SECRET and SENTRY_CLIENT_SECRET_FILE are both set');
    expect(said.stderr).toMatch(/ASANA_ACCESS_TOKEN_FILE cannot be read: ENOENT/);
    expect(said.stderr).toContain('SENTRY_AUTH_TOKEN_FILE names an empty file');
    expect(said.stderr).not.toMatch(/canary|from-a-file/);
  });
});

it.each([
  ['a worker', [BIN, 'worker'], 'example rules'],
  ['its healthcheck', [join(ROOT, 'dist', 'temporal', 'worker', 'health.js')], 'Temporal cannot be asked: '],
])('%s opens no file that was mounted into the api alone', (_what, args, words) => {
  const env = { OPERATOR_TOKENS_FILE: '/no/such/file', SENTRY_LEGACY_TOKEN_FILE: '/no/such/file' };
  const where = { RULES_DIR: SHIPPED, DATA_DIR: temporaryDir(), TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const said = spawnSync(process.execPath, args, { env: cleanEnv({ ...REAL, ...where, ...env }), encoding: 'utf8' });
  expect(said.stdout + said.stderr).toContain(words);
  expect(said.stdout + said.stderr).not.toContain('_FILE');
});

describe('whose DATA_DIR it is', () => {
  /** As the first start leaves it; nothing else of that start matters here. */
  function dirOf(owner: object): string {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'belongs-to.json'), JSON.stringify(owner));
    return dir;
  }
  const SANDBOX = { sandbox: true, org: 'acme' };
  const OURS = { sandbox: false, org: 'acme' };

  it.each([
    [
      'up',
      'real vendors',
      SANDBOX,
      REAL,
      /is bound to the sandbox, .*must not reach your vendors: .*or delete this one/,
    ],
    ['api', 'real vendors', SANDBOX, REAL, /is bound to the sandbox, .*must not reach your vendors/],
    [
      'up',
      'no vendors, as when .env is lost',
      OURS,
      {},
      /organisation acme, .*sandbox would use its data.*set SENTRY_CLIENT/,
    ],
    [
      'up',
      'another organisation',
      { ...OURS, org: 'other' },
      REAL,
      /organisation other, and SENTRY_ORG is acme: set SENTRY_ORG=other/,
    ],
    ['api', 'another organisation', { ...OURS, org: 'other' }, REAL, /organisation other, and SENTRY_ORG is acme/],
  ] as const)('%s with %s on the data of others: exit 3, and what to do', async (command, _what, owner, env, words) => {
    const dataDir = dirOf(owner);
    const said = await errand([command], { ...env, RULES_DIR: ownRules(), DATA_DIR: dataDir });
    expect(said).toMatchObject({ code: 3, stdout: '' });
    expect(said.stderr).toMatch(words);
    expect(said.stderr).toContain(`DATA_DIR ${dataDir} `);
    // Nothing was touched.
    expect(readdirSync(dataDir)).toEqual(['belongs-to.json']);
  });

  it.each([
    ['the sandbox', {}, SANDBOX],
    ['an organisation', REAL, OURS],
  ])(
    'a directory without a note, new or of an older version, becomes that of %s at its first start',
    async (_w, env, owner) => {
      const dataDir = temporaryDir();
      // Ends before anything is started: there is no such server.
      const up = { ...env, RULES_DIR: ownRules(), DATA_DIR: dataDir, TEMPORAL_CLI_PATH: '/no/such/temporal' };
      for (let start = 0; start < 2; start += 1)
        expect((await errand(['up'], up)).stderr).toContain('TEMPORAL_CLI_PATH is /no/such/temporal');
      expect(JSON.parse(readFileSync(join(dataDir, 'belongs-to.json'), 'utf8'))).toEqual(owner);
    },
  );

  it('what is set for vendors and not used, because the sandbox is played, is named', async () => {
    const env = { SENTRY_AUTH_TOKEN: 'token-canary', SLACK_BOT_TOKEN: 'xoxb-canary', SLACK_CHANNEL: '#errors' };
    const up = { ...env, DATA_DIR: temporaryDir(), TEMPORAL_CLI_PATH: '/no/such/temporal' };
    const said = await errand(['up'], up);
    expect(said.stdout).toMatch(
      /^\S+ {2}warning: set, but not used: SENTRY_AUTH_TOKEN, SLACK_BOT_TOKEN, SLACK_CHANNEL\. The sandbox is played, because/m,
    );
    expect(said.stdout + said.stderr).not.toContain('canary');
  });
});

describe('rules', () => {
  const dataDir = temporaryDir();
  const bad = ownRules((yaml) =>
    yaml
      .replace('members: [hanna, piotr], lead: ewa', 'members: [hanna, pjotr], lead: ewa')
      .replace('when: { platform: python }', 'when: { platfrom: python }')
      .replace("title: ['/payment|time-?out|timed out/i'", "title: ['/payment(/i'"),
  );
  const lineOf = (text: string): number =>
    readFileSync(join(bad, 'rules.yaml'), 'utf8')
      .split('\n')
      .findIndex((l) => l.includes(text)) + 1;

  it.each(['up', 'worker'])(
    '%s does not start on unusable rules, of which there is no good copy, and lists every mistake with its place',
    async (command) => {
      const said = await errand([command], { ...REAL, RULES_DIR: bad, DATA_DIR: dataDir });
      expect(said.code).toBe(1);
      for (const mistake of ['pjotr', 'platfrom', '/payment(/i'])
        expect(said.stderr).toMatch(new RegExp(`rules\\.yaml:${lineOf(mistake)}:\\d+`));
      expect(said.stderr).toContain('did you mean "piotr"');
      expect(said.stderr).toContain('did you mean "platform"');
      expect(said.stderr).not.toMatch(/^ +at /m);
    },
  );

  it.each(['up', 'api', 'worker'])('%s refuses the shipped example with real credentials', async (command) => {
    const said = await errand([command], { ...REAL, RULES_DIR: SHIPPED, DATA_DIR: dataDir, ASANA_BASE_URL: NOWHERE });
    expect(said.code).toBe(1);
    expect(said.stderr).toContain('example rules');
    expect(said.stderr).toContain('docs/using/rules.md');
  });

  it('a folder that is not there, or holds none, is named', async () => {
    const empty = temporaryDir();
    for (const [dir, code] of [
      [join(empty, 'absent'), 3],
      [empty, 1],
    ] as const) {
      const said = await errand(['worker'], { ...REAL, RULES_DIR: dir, DATA_DIR: dataDir });
      expect(said.code).toBe(code);
      expect(said.stderr).toContain(dir);
    }
  });
});

describe('Node', () => {
  it.each([
    ['18.20.4', 3],
    ['20.18.3', 3],
    ['20.19.0', 0],
    ['24.1.0', 0],
  ])('%s: exit %i', (version, code) => {
    // The program is run as by that version, as far as it asks.
    const script = `Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(version)} });
      process.argv = [process.argv[0], ${JSON.stringify(BIN)}, 'version'];
      require(${JSON.stringify(BIN)});`;
    const said = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(said.status).toBe(code);
    if (code === 0) return expect(said.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(said.stderr).toBe(
      `Errand needs Node 20.19 or newer, and this is Node ${version}. Install a current one from nodejs.org.\n`,
    );
  });
});

describe('no Temporal executable', () => {
  it('without Go, without network and without an executable: exit 3 and the three remedies', async () => {
    const home = temporaryDir();
    const path = join(home, 'bin');
    mkdirSync(path);
    // The network is unplugged inside the process, so that this holds on a machine that has one.
    const unplugged = file(
      'unplugged.cjs',
      `globalThis.fetch = () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('unreachable'), { code: 'ENETUNREACH' }) }));`,
    );
    const dataDir = temporaryDir();
    const env = { HOME: home, PATH: path, DATA_DIR: dataDir, NODE_OPTIONS: `--require ${unplugged}` };
    const said = await errand(['up'], env);
    expect(said.code).toBe(3);
    expect(said.stderr).toContain('There is no Temporal executable to run');
    const remedies = said.stderr
      .split('\n')
      .filter((l) => /^ {2}- (Install the Temporal CLI|Allow the download|Install Go)\b/.test(l));
    expect(remedies).toHaveLength(3);
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it('TEMPORAL_CLI_PATH that names no executable is not silently replaced', async () => {
    const said = await errand(['up'], { DATA_DIR: temporaryDir(), TEMPORAL_CLI_PATH: '/no/such/temporal' });
    expect(said.code).toBe(3);
    expect(said.stderr).toContain('TEMPORAL_CLI_PATH is /no/such/temporal');
  });
});

describe('the command line', () => {
  /** Every command there is, read from the program itself. */
  async function commandsOf(...path: string[]): Promise<string[]> {
    const { stdout } = await errand([...path, '--help']);
    const listed = stdout.split(/^Commands:$/m)[1] ?? '';
    return [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map((m) => m[1] ?? '').filter((name) => name !== 'help');
  }

  it('--help of every command', async () => {
    const top = await commandsOf();
    expect(top).toEqual(expect.arrayContaining(['up', 'api', 'worker', 'sandbox', 'demo', 'send', 'issues', 'issue']));
    expect(top).toEqual(expect.arrayContaining(['explain', 'config', 'rules', 'doctor', 'version']));
    const all = [...top.map((c) => [c]), ...(await commandsOf('rules')).map((c) => ['rules', c])];
    const help = await Promise.all(
      all.map(async (command) => ({ command, ...(await errand([...command, '--help'])) })),
    );
    for (const { command, code, stdout, stderr } of help) {
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: errand ${command.join(' ')}\\b`));
    }
  });

  it.each([
    [['frobnicate']],
    [['issue']],
    [['issues', '--no-such-option']],
    [['demo', 'no-such-scene']],
    [['send', 'no-such-payload']],
    [['send']],
    [['rules', 'no-such-command']],
  ])('%j: exit 2, with words on stderr', async (args) => {
    const said = await errand(args, { DATA_DIR: temporaryDir() });
    expect(said.code).toBe(2);
    expect(said.stderr.trim()).not.toBe('');
    expect(said.stderr).not.toMatch(/^ +at /m);
  });

  it.each([
    [['issues', '--url', NOWHERE]],
    [['issue', '1']],
    [['explain', '1']],
    [['config']],
    [['demo', 'new']],
    [['send', 'issue.created.message', '--url', NOWHERE, '--secret', 'canary']],
  ])('%j without an Errand that runs: exit 4, and what to do', async (args) => {
    // Where none is running by the usual ports either.
    const said = await errand(args, { DATA_DIR: temporaryDir(), ERRAND_URL: NOWHERE });
    expect(said.code).toBe(4);
    expect(said.stderr).toContain('npx errand up');
    expect(said.stderr).not.toMatch(/^ +at |canary/m);
  });

  it('doctor: a vendor that cannot be asked is neither well nor a mistake, and what is not set is said', async () => {
    const vendors = { ...REAL, SENTRY_BASE_URL: NOWHERE, ASANA_BASE_URL: `${NOWHERE}/api/1.0` };
    const said = await errand(['doctor'], { ...vendors, DATA_DIR: temporaryDir(), RULES_DIR: ownRules() });
    expect(said).toMatchObject({ code: 4, stderr: '' });
    expect(said.stdout).toMatch(/^warning: Asana could not be asked/m);
    for (const name of ['SLACK_BOT_TOKEN', 'CALAMARI_API_KEY', 'SELF_SENTRY_DSN'])
      expect(said.stdout).toMatch(new RegExp(`^not set: ${name}: `, 'm'));
  });

  it('--json parses everywhere', async () => {
    const dataDir = temporaryDir();
    const rules = ownRules();
    const vendors = { ...REAL, SENTRY_BASE_URL: NOWHERE, ASANA_BASE_URL: `${NOWHERE}/api/1.0` };
    for (const [args, env, code] of [
      [['version'], {}, 0],
      [['send', '--list'], {}, 0],
      [['rules', 'check'], { RULES_DIR: rules }, 0],
      [['rules', 'check', join(dataDir, 'absent')], {}, 1],
      [['rules', 'test', SHIPPED], {}, 0],
      [['rules', 'schema'], {}, 0],
      [['rules', 'explain', join(SHIPPED, 'fixtures', 'checkout-timeout.json'), SHIPPED], {}, 0],
      // Nobody answers there.
      [['doctor'], { ...vendors, RULES_DIR: rules }, 4],
    ] as [string[], Env, number][]) {
      const said = await errand(['--json', ...args], { DATA_DIR: dataDir, ...env });
      expect({ args, code: said.code, stderr: said.stderr }).toEqual({ args, code, stderr: '' });
      expect(() => void JSON.parse(said.stdout)).not.toThrow();
    }
  });
});

it('a reader that is gone ends a command without a stack trace', async () => {
  const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
