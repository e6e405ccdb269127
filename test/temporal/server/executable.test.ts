import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archiveName, releasedSums } from '../../../src/temporal/server/executable/download';
import {
  findOrMakeTemporal,
  TEMPORAL_VERSION,
  TemporalExecutableError,
  type FindOptions,
  type Progress,
} from '../../../src/temporal/server/executable/executable';
import { PINNED_SUMS } from '../../../src/temporal/server/executable/sums';
import { cleanUp, program, temporaryDir, until } from './support/processes';

const ARCHIVE = `temporal_cli_${TEMPORAL_VERSION}_linux_amd64.tar.gz`;
const CACHED = `temporal-${TEMPORAL_VERSION}`;
/** A port on which nobody ever listens: tcpmux, refused at once. */
const NO_RELEASES = 'http://127.0.0.1:1';

/** A shell script that answers --version like a Temporal CLI, and "who" with its name. */
const fakeCli = (who: string, server = '1.31.2'): string =>
  `#!/bin/sh\nif [ "$1" = --version ]; then echo "temporal version 9.9.9 (Server ${server}, UI 2.0.0)"; else echo ${who}; fi\n`;

function script(file: string, text: string): string {
  mkdirSync(resolve(file, '..'), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** A ustar archive as releases have it: the licence first, then the executable. */
function archiveOf(files: Record<string, string>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, text] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000755\0', 100);
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    blocks.push(header, body);
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('findOrMakeTemporal', () => {
  let root: string;
  let cacheDir: string;
  let said: string[];
  let servers: Server[];

  beforeEach(async () => {
    root = await temporaryDir();
    cacheDir = join(root, 'cache');
    said = [];
    servers = [];
  });

  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    await cleanUp();
  });

  const options = (more: Partial<FindOptions> = {}): FindOptions => ({
    path: '',
    cacheDir,
    releaseUrl: NO_RELEASES,
    sums: {},
    platform: 'linux',
    arch: 'x64',
    say: (line) => said.push(line),
    ...more,
  });
  const find = (more: Partial<FindOptions> = {}): Promise<string> => findOrMakeTemporal(options(more));
  const failure = async (more: Partial<FindOptions> = {}): Promise<TemporalExecutableError> => {
    const error: unknown = await find(more).catch((reason: unknown) => reason);
    if (!(error instanceof TemporalExecutableError)) throw new Error(`expected a refusal, got ${String(error)}`);
    return error;
  };
  const nothingKept = (): void => expect(readdirSync(cacheDir)).toEqual(['temporal.lock']);

  /** A pretend release server; a file that is absent answers 404. */
  async function releases(files: Record<string, Buffer | string>): Promise<string> {
    const server = createServer((request, response) => {
      const file = files[(request.url ?? '').replace(`/v${TEMPORAL_VERSION}/`, '')];
      response.statusCode = file === undefined ? 404 : 200;
      response.end(file);
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A `go` that notes how it was called and leaves `made` in GOBIN; extra shell lines come before that. */
  function fakeGo(made: string, before = ''): string {
    const dir = join(root, 'go');
    script(join(root, 'made'), made);
    script(
      join(dir, 'go'),
      `#!/bin/sh\nfor a in "$@"; do echo "$a"; done >> "${root}/go.args"\n` +
        `echo "$CGO_ENABLED $GOWORK $(pwd)" >> "${root}/go.env"\n${before}\n` +
        `echo "go: downloading example.com/a v1.0.0" >&2\necho net/http >&2\necho go.temporal.io/server >&2\n` +
        `/bin/cp "${root}/made" "$GOBIN/temporal"\n`,
    );
    return dir;
  }

  describe('what is there already', () => {
    it('takes TEMPORAL_CLI_PATH before everything else', async () => {
      const cliPath = script(join(root, 'mine'), fakeCli('mine'));
      const onPath = script(join(root, 'bin', 'temporal'), fakeCli('path'));
      expect(await find({ cliPath, path: resolve(onPath, '..') })).toBe(cliPath);
    });

    it.each([
      ['absent', () => join(root, 'nowhere'), 'is not an executable file'],
      ['a directory', () => root, 'is not an executable file'],
      [
        'too old',
        () => script(join(root, 'old'), fakeCli('old', '1.27.4')),
        'holds server 1.27.4, older than the 1.28.0 needed',
      ],
      ['something else', () => script(join(root, 'git'), '#!/bin/sh\necho git version 2\n'), 'says "git version 2"'],
      ['failing', () => script(join(root, 'bad'), '#!/bin/sh\nexit 3\n'), 'does not run'],
      ['no program', () => script(join(root, 'junk'), '\x7fjunk\0\0'), 'does not run'],
    ])('refuses a TEMPORAL_CLI_PATH that is %s, by name, though others exist', async (_case, make, why) => {
      const cliPath = make();
      script(join(cacheDir, CACHED), fakeCli('cache'));
      const { message, remedies } = await failure({ cliPath });
      expect(message).toContain(`TEMPORAL_CLI_PATH is ${cliPath}`);
      expect(message).toContain(why);
      expect(remedies).toHaveLength(2);
    });

    it('takes the first usable one on PATH and says which one it skipped', async () => {
      const old = script(join(root, 'a', 'temporal'), fakeCli('a', '1.9.0'));
      writeFileSync(join(root, 'plain'), 'not executable');
      const good = script(join(root, 'b', 'temporal'), fakeCli('b', '1.28.0'));
      script(join(cacheDir, CACHED), fakeCli('cache'));
      expect(await find({ path: `${root}/a::${root}/missing:${root}/b` })).toBe(good);
      expect(said).toEqual([`${old} is skipped: it holds server 1.9.0, older than the 1.28.0 needed`]);
    });

    it('takes the cached one of our version without asking anybody', async () => {
      const cached = script(join(cacheDir, CACHED), fakeCli('cache'));
      expect(await find()).toBe(cached);
      expect(said).toEqual([]);
    });

    it('takes one that a person put into the cache under the plain name, but not one of an older version of ours', async () => {
      const dir = fakeGo(fakeCli('built'));
      script(join(cacheDir, 'temporal-1.7.0'), fakeCli('older'));
      const byHand = script(join(cacheDir, 'temporal'), fakeCli('by hand'));
      expect(await find({ path: dir })).toBe(byHand);
      writeFileSync(byHand, fakeCli('by hand', '1.20.0'));
      expect(await find({ path: dir })).toBe(join(cacheDir, CACHED));
    });
  });

  describe('the download', () => {
    const good = archiveOf({ LICENSE: 'MIT\n'.repeat(300), temporal: fakeCli('downloaded') });

    it('fetches, checks, unpacks and keeps the release', async () => {
      const steps: Progress[] = [];
      const releaseUrl = await releases({
        'checksums.txt': `${'0'.repeat(64)}  other.tar.gz\n${sha256(good)}  ${ARCHIVE}\n`,
        [ARCHIVE]: good,
      });
      const file = await find({ releaseUrl: `${releaseUrl}/`, progress: (p) => steps.push(p) });
      expect(file).toBe(join(cacheDir, CACHED));
      expect(readFileSync(file, 'utf8')).toBe(fakeCli('downloaded'));
      expect(steps.at(-1)).toEqual({ step: 'download', done: good.length, total: good.length });
      expect(readdirSync(cacheDir).sort()).toEqual([CACHED, 'temporal.lock']);
      said = [];
      expect(await find({ releaseUrl })).toBe(file);
      expect(said).toEqual([]);
    });

    it.each<[string, Record<string, Buffer | string>, string]>([
      [
        'has another checksum',
        { 'checksums.txt': `${'0'.repeat(64)}  ${ARCHIVE}\n`, [ARCHIVE]: good },
        'does not match',
      ],
      [
        'was cut short on its way',
        { 'checksums.txt': `${sha256(good)}  ${ARCHIVE}\n`, [ARCHIVE]: good.subarray(0, good.length - 10) },
        'does not match',
      ],
      ['is missing', { 'checksums.txt': `${sha256(good)}  ${ARCHIVE}\n` }, 'answered 404'],
      ['has no list of checksums', { [ARCHIVE]: good }, 'checksums.txt answered 404'],
      ['is not in the list', { 'checksums.txt': `${sha256(good)}  other.tar.gz\n`, [ARCHIVE]: good }, 'does not list'],
    ])('refuses a release that %s, keeps nothing of it and goes on to the build', async (_case, files, why) => {
      const releaseUrl = await releases(files);
      const { message } = await failure({ releaseUrl });
      expect(message).toContain(why);
      expect(said.join('\n')).toContain('the download failed');
      nothingKept();
      expect(await find({ releaseUrl, path: fakeGo(fakeCli('built')) })).toBe(join(cacheDir, CACHED));
      expect(readFileSync(join(cacheDir, CACHED), 'utf8')).toBe(fakeCli('built'));
    });

    it.each<[string, Buffer, string]>([
      ['is damaged inside', good.subarray(0, good.length - 200), 'unexpected end of file'],
      ['holds no executable', archiveOf({ LICENSE: 'MIT' }), 'holds no file "temporal"'],
      ['holds something that does not run', archiveOf({ temporal: '#!/bin/sh\nexit 1\n' }), 'does not run'],
    ])('refuses an archive that matches its checksum but %s', async (_case, archive, why) => {
      const releaseUrl = await releases({ 'checksums.txt': `${sha256(archive)}  ${ARCHIVE}\n`, [ARCHIVE]: archive });
      expect((await failure({ releaseUrl })).message).toContain(why);
      nothingKept();
    });

    it('believes the sum that is pinned, and not what comes from where the archive comes from', async () => {
      const evil = archiveOf({ temporal: fakeCli('evil') });
      const files = { 'checksums.txt': `${sha256(evil)}  ${ARCHIVE}\n`, [ARCHIVE]: evil };
      const sums = { [ARCHIVE]: sha256(good) };
      const { message } = await failure({ releaseUrl: await releases(files), sums });
      expect(message).toContain(`expected ${sha256(good)}, got ${sha256(evil)}`);
      nothingKept();
      expect((await failure({ releaseUrl: await releases(files), sums: undefined })).message).toContain(
        'does not match',
      );
      // Nothing else is asked for then.
      expect(await find({ releaseUrl: await releases({ [ARCHIVE]: good }), sums })).toBe(join(cacheDir, CACHED));
    });

    it('every archive of our version is pinned, and the script writes them as they are written', async () => {
      const names = ['darwin', 'linux'].flatMap((os) =>
        ['x64', 'arm64'].map((cpu) => archiveName(TEMPORAL_VERSION, os, cpu) ?? ''),
      );
      expect(Object.keys(PINNED_SUMS)).toEqual(names);
      for (const sum of Object.values(PINNED_SUMS)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(Object.values(PINNED_SUMS)).size).toBe(names.length);

      const lists = names.map((name) => `${sha256(Buffer.from(name))}  ${name}\n`).join('');
      const whole = { 'checksums.txt': lists, ...Object.fromEntries(names.map((name) => [name, name])) };
      const sums = await releasedSums(await releases(whole), TEMPORAL_VERSION);
      expect(Object.entries(sums)).toEqual(names.map((name) => [name, sha256(Buffer.from(name))]));
      const torn = await releases({ ...whole, [names[2] ?? '']: 'other' });
      await expect(releasedSums(torn, TEMPORAL_VERSION)).rejects.toThrow(`${names[2]} is not what the release's`);
    });

    it('gives up on a server that accepts the connection and says nothing', async () => {
      const server = createServer(() => undefined);
      servers.push(server);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const releaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect((await failure({ releaseUrl })).message).toContain('gave no answer within 5 s');
    });

    it('says plainly where it does not download', async () => {
      expect((await failure({ platform: 'win32' })).message).toContain('no download is supported for win32 on x64');
      expect(archiveName('1.2.3', 'darwin', 'arm64')).toBe('temporal_cli_1.2.3_darwin_arm64.tar.gz');
      expect(archiveName('1.2.3', 'linux', 's390x')).toBeUndefined();
    });
  });

  describe('the build', () => {
    it('runs exactly the recipe that the documentation shows, in the pinned module', async () => {
      const steps: Progress[] = [];
      const env = { GOOS: 'plan9', GOWORK: '/elsewhere/go.work' };
      const file = await find({ path: fakeGo(fakeCli('built')), env, progress: (p) => steps.push(p) });
      expect(readFileSync(file, 'utf8')).toBe(fakeCli('built'));

      const args = readFileSync(join(root, 'go.args'), 'utf8').trimEnd().split('\n');
      const documented = readFileSync(resolve('docs/using/temporal-server.md'), 'utf8');
      const quoted = args.map((argument) => (argument.includes(' ') ? `"${argument}"` : argument)).join(' ');
      expect(documented).toContain(`go ${quoted}`);
      expect(readFileSync(join(root, 'go.env'), 'utf8')).toBe(`0 off ${resolve('tools/temporal')}\n`);
      expect(said[2]).toMatch(/This happens once/);
      expect(steps).toEqual([
        { step: 'go-modules', done: 1 },
        { step: 'build', done: 1, total: 1718 },
        { step: 'build', done: 2, total: 1718 },
      ]);
      expect(readdirSync(cacheDir).sort()).toEqual([CACHED, 'temporal.lock']);
    });

    it('builds the version that the pinned module requires', () => {
      const module = readFileSync(resolve('tools/temporal/go.mod'), 'utf8');
      expect(module).toMatch(new RegExp(`github\\.com/temporalio/cli v${TEMPORAL_VERSION.replaceAll('.', '\\.')}\\b`));
      expect(module).toContain('tool github.com/temporalio/cli/cmd/temporal');
      const compiler = /^go (\S+)$/m.exec(module)?.[1] ?? 'no go line';
      expect(readFileSync(resolve('src/temporal/server/executable/executable.ts'), 'utf8')).toContain(
        `MINIMUM_GO = '${compiler}'`,
      );
    });

    it("hands on the compiler's own words, for example when it is too old", async () => {
      const words = 'go: go.mod requires go >= 1.26.4 (running go 1.22.0; GOTOOLCHAIN=local)';
      const { message, remedies } = await failure({ path: fakeGo('', `echo "${words}" >&2; exit 1`) });
      expect(message).toContain(words);
      expect(remedies).toHaveLength(3);
      nothingKept();
    });

    it('builds once for two starts: the second waits, says so, and uses the result of the first', async () => {
      const path = fakeGo(fakeCli('built'), `while [ ! -e "${root}/finish" ]; do /bin/sleep 0.02; done`);
      const first = find({ path });
      await until('the first one builds', () => existsSync(join(root, 'go.env')));
      const waiting: string[] = [];
      const second = find({ path, say: (line) => waiting.push(line) });
      await until('the second one waits', () => waiting.some((line) => line.includes('waiting for it')));
      writeFileSync(join(root, 'finish'), '');
      expect(await second).toBe(await first);
      expect(readFileSync(join(root, 'go.env'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
    });

    it('takes over from a start that was killed with -9 in the middle of its build', async () => {
      const path = fakeGo(fakeCli('built'), `while [ ! -e "${root}/finish" ]; do /bin/sleep 0.02; done`);
      const { say: _say, ...rest } = options({ path });
      const killed = program('finder', [JSON.stringify(rest)]);
      await until('the build runs', () => existsSync(join(root, 'go.env')));
      await killed.kill();
      expect(readdirSync(cacheDir).filter((name) => name.startsWith('.making-'))).toHaveLength(1);
      expect(existsSync(join(cacheDir, CACHED))).toBe(false);
      writeFileSync(join(root, 'finish'), '');
      expect(await find({ path })).toBe(join(cacheDir, CACHED));
      expect(readdirSync(cacheDir).sort()).toEqual([CACHED, 'temporal.lock']);
      expect(said).not.toContain('waiting for it');
    });
  });

  it('names three remedies when there is no executable, no network and no Go', async () => {
    const { message, remedies } = await failure();
    expect(message).toContain('PATH has no "temporal"');
    expect(message).toContain('cannot be reached');
    expect(message).toContain('PATH has no "go"');
    expect(remedies).toHaveLength(3);
    expect(remedies[0]).toMatch(/Temporal CLI .* PATH.* TEMPORAL_CLI_PATH/);
    expect(remedies[1]).toMatch(/download/);
    expect(remedies[2]).toMatch(/Go 1\.26\.4 or newer/);
    nothingKept();
  });

  it('says so when the cache cannot be written', async () => {
    writeFileSync(cacheDir, 'a file where the directory should be');
    expect((await failure()).message).toContain(`nothing can be kept in ${cacheDir}`);
  });
});
