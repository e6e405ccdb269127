/** docker-compose.yml, Dockerfile and .env.example: valid, closed to the outside, and in step with the code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { ENVIRONMENT, type Variable } from '../../src/config/variables';
import { compose, COMPOSE_FILE, VARIABLE, type Compose, type Service } from '../cluster/compose';
import { SERVER_VERSION } from '../cluster/needs';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const SCHEMA = JSON.parse(read('test/fixtures/compose/compose-spec.json')) as Record<string, unknown>;
/** The schema names draft 7 by an address that Ajv does not know, and formats of its own. */
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const fits = ajv.compile({ ...SCHEMA, $schema: undefined });

const file = compose();
const services = Object.entries(file.services);
const ignored = read('.gitignore').split('\n');
const JOBS = ['temporal-schema', 'temporal-namespace'];
const servers = services.filter(([name]) => !JOBS.includes(name));
const variables = [...readFileSync(COMPOSE_FILE, 'utf8').matchAll(VARIABLE)].map((m) => m[1] ?? '');

/** `[[host:]published:]container`. */
function published(port: string): { host: string; published: string; container: string } {
  const [container = '', outside = '', ...host] = port.split(':').reverse();
  return { host: host.reverse().join(':'), published: outside, container };
}

/** Name, value, and the lines of comment right before. */
function example(): { name: string; value: string; comment: string[] }[] {
  const lines = read('.env.example').split('\n');
  return lines.flatMap((line, i) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const comment: string[] = [];
    for (let j = i - 1; lines[j]?.startsWith('# '); j -= 1) comment.push(lines[j] ?? '');
    return [{ name, value, comment }];
  });
}

describe('docker-compose.yml', () => {
  it('fits the compose specification', () => {
    expect(fits(file) ? [] : fits.errors).toEqual([]);
    // As written too, before any variable is replaced.
    expect(fits(parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true })) ? [] : fits.errors).toEqual([]);
  });

  it('so does every piece of one that docs/using/cluster.md gives', () => {
    const pieces = [...read('docs/using/cluster.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((m) => m[1] ?? '');
    expect(pieces.length).toBeGreaterThan(0);
    for (const piece of pieces) {
      const given = parse(piece, { merge: true }) as Compose;
      expect(fits(given) ? [] : fits.errors).toEqual([]);
      for (const name of Object.keys(given.services)) expect(Object.keys(file.services)).toContain(name);
    }
  });

  it.each([
    ['an unknown key', { restrat: 'always' }],
    ['a condition that does not exist', { depends_on: { postgres: { condition: 'service_started_somehow' } } }],
    ['a command of the wrong type', { command: { run: 'api' } }],
  ])('%s would not fit', (_what, wrong) => {
    const broken: Compose = {
      ...file,
      services: { ...file.services, api: { ...file.services['api'], ...wrong } as Service },
    };
    expect(fits(broken)).toBe(false);
  });

  it('publishes nothing beyond loopback but the public listener of api', () => {
    const ports = services.flatMap(([name, s]) => (s.ports ?? []).map((port) => ({ name, ...published(port) })));
    const open = ports.filter((p) => p.host !== '127.0.0.1');
    expect(open).toEqual([{ name: 'api', host: '0.0.0.0', published: '8080', container: '8080' }]);
    expect(file.services['postgres']?.ports).toBeUndefined();
    // What Errand itself calls public: the other listener wants a token, and is on loopback all the same.
    expect(file.services['api']?.environment).toMatchObject({
      PORT: '8080',
      OPERATOR_HOST: '0.0.0.0',
      OPERATOR_PORT: '8081',
    });
    expect(services.filter(([, s]) => 'network_mode' in s || 'privileged' in s)).toEqual([]);
  });

  it('pins every image, and none is the deprecated auto-setup', () => {
    for (const [name, { image }] of services.filter(([, s]) => s.build === undefined)) {
      expect({ name, image }).toEqual({
        name,
        image: expect.stringMatching(/^[\w/-]+:\d[\w.-]*(@sha256:[0-9a-f]{64})?$/) as string,
      });
      expect(image).not.toContain('auto-setup');
    }
    for (const name of ['temporal', ...JOBS]) expect(file.services[name]?.image?.split(/[:@]/)[1]).toBe(SERVER_VERSION);
    expect(read('tools/temporal-server/go.mod')).toContain(`go.temporal.io/server v${SERVER_VERSION}`);
  });

  it('every container is without rights, writes nothing but what is named, and has limits', () => {
    for (const [name, s] of services)
      expect({ name, ...s }).toMatchObject({
        name,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        read_only: true,
        tmpfs: expect.arrayContaining(['/tmp']) as string[],
        mem_limit: expect.stringMatching(/^\d+[mg]$/) as string,
        pids_limit: expect.any(Number) as number,
      });
    expect(services.filter(([, s]) => 'cap_add' in s)).toEqual([]);
  });

  it('names the very images by their digests, but for the one whose repairs are to come by themselves', () => {
    const named = services.filter(([, s]) => s.image?.includes('@sha256:')).map(([name]) => name);
    expect(named).toEqual(['temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui']);
  });

  it('the Web UI, which answers any Host, is there only for who asks for it, and a service may have a file of its own', () => {
    expect(file.services['temporal-ui']?.profiles).toEqual(['ui']);
    for (const name of ['api', 'worker'])
      expect(file.services[name]?.env_file).toEqual(['.env', { path: `.env.${name}`, required: false }]);
    expect(file.services['api-2']?.env_file).toEqual(file.services['api']?.env_file);
    for (const own of ['.env', '.env.api', '.env.worker']) expect(ignored).toContain(own);
  });

  it('starts in an order that can be: each waits for a job that ends or a server that has a healthcheck', () => {
    for (const [name, s] of services)
      for (const [other, { condition }] of Object.entries(s.depends_on ?? {})) {
        expect({ name, other, is: file.services[other] !== undefined }).toEqual({ name, other, is: true });
        const wanted = JOBS.includes(other) ? 'service_completed_successfully' : 'service_healthy';
        expect({ name, other, condition }).toEqual({ name, other, condition: wanted });
      }
    const before = (name: string): string[] => {
      const direct = Object.keys(file.services[name]?.depends_on ?? {});
      return [...direct.flatMap(before), ...direct];
    };
    for (const name of ['worker', 'temporal-ui'])
      expect(before(name)).toEqual(['postgres', 'temporal-schema', 'temporal', 'temporal-namespace']);
    expect(before('api')).toEqual([]);
  });

  it('every server has a healthcheck, and comes back', () => {
    const wanting = servers.filter(([, s]) => !s.healthcheck || s.restart !== 'unless-stopped').map(([name]) => name);
    expect(servers.length).toBeGreaterThan(JOBS.length);
    expect(wanting).toEqual([]);
  });

  it('every receiver has a DATA_DIR of its own on a volume, and every volume and network is declared', () => {
    const named = (name: string): string[] =>
      (file.services[name]?.volumes ?? []).filter((v): v is string => typeof v === 'string');
    const data = ['api', 'api-2'].map((name) => named(name).find((v) => v.endsWith(':/data')));
    expect(data).toEqual(['api-data:/data', 'api-2-data:/data']);
    for (const [, s] of services) {
      for (const volume of s.volumes ?? [])
        if (typeof volume === 'string' && !volume.startsWith('.'))
          expect(Object.keys(file.volumes)).toContain(volume.split(':')[0]);
      for (const network of s.networks ?? []) expect(Object.keys(file.networks)).toContain(network);
    }
    // Errand cannot reach the database, nor know its password.
    const onDatabase = services.filter(([, s]) => s.networks?.includes('database')).map(([name]) => name);
    expect(onDatabase).toEqual(['postgres', 'temporal-schema', 'temporal']);
    for (const name of ['api', 'worker']) expect(file.services[name]?.environment?.['POSTGRES_PASSWORD']).toBe('');
  });

  it('a receiver that is made anew has the name under which it told its alerts; workers, of which there may be many, have none', () => {
    for (const name of ['api', 'api-2']) expect(file.services[name]?.hostname).toBe(name);
    // Two of one name would count as one in Temporal's list of who asks.
    expect(file.services['worker']).not.toHaveProperty('hostname');
  });

  it('keeps from api and worker the secrets that `errand up` does not give them either', () => {
    for (const name of ['api', 'api-2', 'worker'] as const) {
      const to = name === 'worker' ? 'worker' : 'api';
      // An operator's own token is for the command line, which is run in the container of an api.
      const asks = (v: Variable): boolean => to === 'api' && v.name === 'ERRAND_TOKEN';
      const others = ENVIRONMENT.filter((v) => v.secret && !v.to.includes(to) && !asks(v)).flatMap((v) => [
        v.name,
        `${v.name}_FILE`,
      ]);
      expect(others.length).toBeGreaterThan(2);
      const blank = Object.entries(file.services[name]?.environment ?? {}).filter(([, value]) => value === '');
      expect({ name, blank: blank.map(([n]) => n) }).toEqual({
        name,
        blank: expect.arrayContaining(others) as string[],
      });
    }
    // Beyond loopback it would not start without the tokens.
    expect(file.services['worker']?.environment?.['OPERATOR_HOST']).toBe('');
  });

  it('workers share a volume of their own, for the last good copy of the rules', () => {
    expect(file.services['worker']?.volumes).toContain('worker-data:/data');
    const others = services.filter(([name, s]) => name !== 'worker' && s.volumes?.includes('worker-data:/data'));
    expect(others).toEqual([]);
  });

  it('docs/using/cluster.md says what lies on a volume and what in memory', () => {
    const [, onVolume = '', inMemory = ''] =
      /lies on a volume \(([^)]*)\) or in memory \(([^)]*)\)/.exec(
        read('docs/using/cluster.md').replace(/\s+/g, ' '),
      ) ?? [];
    const named = services
      .flatMap(([, s]) => s.volumes ?? [])
      .filter((v) => typeof v === 'string' && !v.startsWith('.'));
    const WORDS: Record<string, string> = {
      'postgres-data': "Postgres' data",
      'api-data': "each receiver's `/data`",
      'api-2-data': "each receiver's `/data`",
      'worker-data': 'the `/data` of all workers',
    };
    const said = named.map((v) => WORDS[(v as string).split(':')[0] ?? '']);
    expect(onVolume.split(', ').sort()).toEqual([...new Set(said)].sort());
    const tmpfs = services.flatMap(([, s]) => s.tmpfs ?? []).map((t) => t.split(':')[0]);
    expect([...new Set(tmpfs)].sort()).toEqual(['/tmp', '/var/run/postgresql']);
    expect(inMemory).toBe("`/tmp`, Postgres' socket");
  });

  it('mounts only what is there', () => {
    const mounted = services
      .flatMap(([, s]) => s.volumes ?? [])
      .map((v) => (typeof v === 'string' ? v.split(':')[0] : v.source));
    for (const source of mounted.filter((s) => s?.startsWith('.')))
      expect(existsSync(join(ROOT, source ?? ''))).toBe(true);
  });
});

describe('.env.example', () => {
  it('names every variable that compose or Errand reads, and no other', () => {
    const wanted = new Set([...ENVIRONMENT.map((v) => v.name), ...variables]);
    expect(
      example()
        .map((e) => e.name)
        .sort(),
    ).toEqual([...wanted].sort());
  });

  it('says one line of each, and sets none: HOST would open the sandbox to the network, RULES_DIR replace its rules', () => {
    for (const { name, value, comment } of example())
      expect({ name, value, lines: comment.length }).toEqual({ name, value: '', lines: 1 });
  });

  it('says the defaults of compose, where it has one', () => {
    const text = readFileSync(COMPOSE_FILE, 'utf8');
    const said = new Map(example().map((e) => [e.name, e.comment.join()]));
    const defaults = [...text.matchAll(VARIABLE)].filter(([, , how]) => how === '-');
    expect(defaults.length).toBeGreaterThan(4);
    for (const [, name = '', , value = ''] of defaults)
      expect({ name, words: said.get(name) }).toEqual({
        name,
        words: expect.stringMatching(new RegExp(`; unset: ${value.replace(/[.]/g, '\\.')}(,|$)`)) as string,
      });
  });

  it('.env itself, and the rules that the README has one make, are kept out of git and out of the image', () => {
    expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env', 'my-rules/']));
    expect(read('.dockerignore').split('\n')).toContain('*');
    expect(read('.dockerignore')).not.toMatch(/^!\.env/m);
  });
});

describe('Dockerfile', () => {
  const [, build = '', final = ''] = read('Dockerfile').split(/^FROM /m);

  it('ends as a user other than root, without what only the build needs', () => {
    expect(build).toContain('npm prune --omit=dev');
    expect(final).toMatch(/^USER node$/m);
    expect(final).toMatch(/^ENTRYPOINT \["node", "bin\/errand\.js"\]$/m);
    expect(final).not.toMatch(/npm|COPY \.|HEALTHCHECK/);
    expect(existsSync(join(ROOT, 'bin/errand.js'))).toBe(true);
  });

  it('runs on a Node that .ci/run tests and package.json allows, with the C library that the worker is made for', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, least = ''] = /^>=(\d+)/.exec(engines.node) ?? [];
    const [, tested = ''] = /--package=node@(\d+) /.exec(read('.ci/run')) ?? [];
    expect(Number(tested)).toBeGreaterThanOrEqual(Number(least));
    for (const stage of [build, final]) expect(stage.split('\n')[0]).toMatch(`node:${tested}-trixie-slim`);
  });

  it('what it copies is there, and is let in by .dockerignore', () => {
    const letIn = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map((m) => m[1] ?? '');
    for (const path of letIn) expect({ path, is: existsSync(join(ROOT, path)) }).toEqual({ path, is: true });
    const copied = [...final.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap((m) => (m[1] ?? '').split(' '));
    const made = ['node_modules', 'dist'];
    for (const path of copied.map((p) => p.replace('/app/', '')).filter((p) => !made.includes(p)))
      expect(letIn).toContain(path);
  });
});
