/**
 * Finds a Temporal CLI, which carries the development server and its Web UI, or makes one.
 *
 * The order: TEMPORAL_CLI_PATH, PATH, our cache, the release (checksummed), a build with Go from the module pinned in tools/temporal.
 * What a person installed wins over what we would make, and nothing is fetched or built while something usable is there.
 */
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { lockDirectory } from '../../../process/lock';
import { buildTemporal } from './build';
import { downloadTemporal } from './download';
import { PINNED_SUMS } from './sums';
import { isExecutable, judge, MINIMUM_SERVER } from './version';
import type { Env, Progress } from './types';

export type { Env, Progress };

/** The version we fetch or build. It is the one that tools/temporal/go.mod requires; a test compares them. */
export const TEMPORAL_VERSION = '1.8.2';
export const RELEASE_URL = 'https://github.com/temporalio/cli/releases/download';
/** Where the pinned Go module lies; right for src and for dist. */
const MODULE_DIR = resolve(__dirname, '../../../../tools/temporal');
/** Temporary names in the cache. Whoever holds the lock may remove all of them: their owner is dead. */
const SCRATCH = '.making-';
/** How long a second start waits for the first one's download or build: eight times what a cold build took on two cores. */
const MAKE_WAIT_MS = 30 * 60_000;
/** The "go" line of tools/temporal/go.mod, for people. */
const MINIMUM_GO = '1.26.4';

export interface FindOptions {
  /** TEMPORAL_CLI_PATH. Set but unusable is an error: a person's explicit wish is not silently replaced. */
  cliPath?: string;
  /** The PATH to search for `temporal` and `go`. */
  path: string;
  /** Where what we make is kept. Default ~/.cache/errand. */
  cacheDir?: string;
  /** The Go module to build from. Default tools/temporal of this package. */
  modDir?: string;
  /** Where releases are, up to but not including `/v1.8.2`. */
  releaseUrl?: string;
  /** Their sha256 sums. Default: those that are pinned. */
  sums?: Readonly<Record<string, string>>;
  /** The environment of children: HOME, proxies, GO* variables. PATH is set from `path`. */
  env?: Env;
  /** A line for the terminal. */
  say: (line: string) => void;
  progress?: (p: Progress) => void;
  /** process.platform and process.arch, for tests. */
  platform?: string;
  arch?: string;
}

/** No executable could be found or made. An environment problem: the message says what was tried, `remedies` what a person can do. */
export class TemporalExecutableError extends Error {
  override readonly name = 'TemporalExecutableError';
  constructor(
    message: string,
    readonly remedies: string[],
  ) {
    super(message);
  }
}

/**
 * The absolute path of a Temporal CLI whose server is at least MINIMUM_SERVER.
 * Two starts at once make it once: the second waits and uses the first's result.
 * @throws TemporalExecutableError when TEMPORAL_CLI_PATH is unusable, or when nothing was found and nothing could be made.
 */
export async function findOrMakeTemporal(o: FindOptions): Promise<string> {
  const env: Env = { ...o.env, PATH: o.path };
  if (o.cliPath) return chosen(resolve(o.cliPath), env);

  const tried: string[] = [];
  const onPath = await searchPath(o, env, tried);
  if (onPath) return onPath;

  const cacheDir = o.cacheDir ?? join(homedir(), '.cache', 'errand');
  const cached = await searchCache(o, cacheDir, env, tried);
  if (cached) return cached;

  const made = await make(o, cacheDir, env, tried);
  if (made) return made;
  throw new TemporalExecutableError(`There is no Temporal executable to run. ${tried.join('. ')}.`, [
    `Install the Temporal CLI (${TEMPORAL_VERSION} is known to work) and put it on PATH, or name it in TEMPORAL_CLI_PATH.`,
    `Allow the download: let this machine reach ${o.releaseUrl ?? RELEASE_URL}.`,
    `Install Go ${MINIMUM_GO} or newer and put it on PATH; the first start then builds Temporal, once, in a few minutes.`,
  ]);
}

async function chosen(file: string, env: Env): Promise<string> {
  const verdict = await judge(file, env);
  if (verdict.usable) return file;
  throw new TemporalExecutableError(`TEMPORAL_CLI_PATH is ${file}, which ${verdict.why}.`, [
    `Set TEMPORAL_CLI_PATH to a Temporal CLI with server ${MINIMUM_SERVER} or newer.`,
    'Unset TEMPORAL_CLI_PATH, so that one is looked for on PATH and made if there is none.',
  ]);
}

async function searchPath(o: FindOptions, env: Env, tried: string[]): Promise<string | undefined> {
  const before = tried.length;
  for (const file of await onPath(o, 'temporal')) {
    const verdict = await judge(file, env);
    if (verdict.usable) return file;
    o.say(`${file} is skipped: it ${verdict.why}`);
    tried.push(`${file} on PATH ${verdict.why}`);
  }
  if (tried.length === before) tried.push('PATH has no "temporal"');
  return undefined;
}

/** Our own file first; then one that a person put there under the plain name. */
async function searchCache(o: FindOptions, cacheDir: string, env: Env, tried: string[]): Promise<string | undefined> {
  const before = tried.length;
  for (const name of [cacheName(o), executableName(o, 'temporal')]) {
    const file = join(cacheDir, name);
    if (!(await isExecutable(file))) continue;
    const verdict = await judge(file, env);
    if (verdict.usable) return file;
    o.say(`${file} is skipped: it ${verdict.why}`);
    tried.push(`${file} ${verdict.why}`);
  }
  if (tried.length === before) tried.push(`${cacheDir} holds none`);
  return undefined;
}

/** Downloads or builds under the lock, in a temporary place, and renames what is complete: a kill leaves no half executable. */
async function make(o: FindOptions, cacheDir: string, env: Env, tried: string[]): Promise<string | undefined> {
  const file = join(cacheDir, cacheName(o));
  const lock = await lockCache(cacheDir, o.say, tried);
  if (!lock) return undefined;
  try {
    // The start that we waited for may have made it.
    if (await isExecutable(file)) {
      const verdict = await judge(file, env);
      if (verdict.usable) return file;
    }
    await removeScratch(cacheDir);
    const scratch = await mkdtemp(join(cacheDir, SCRATCH));
    try {
      for (const attempt of [download, build]) {
        const candidate = await attempt(o, scratch, env, tried);
        if (candidate === undefined) continue;
        const verdict = await judge(candidate, env);
        if (!verdict.usable) {
          tried.push(`what came of it ${verdict.why}`);
          await rm(candidate, { force: true });
          continue;
        }
        await rename(candidate, file);
        o.say(`Temporal ${TEMPORAL_VERSION} is ready and kept as ${file}`);
        return file;
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
  return undefined;
}

async function lockCache(cacheDir: string, say: (line: string) => void, tried: string[]) {
  try {
    return await lockDirectory(cacheDir, 'temporal', {
      waitMs: MAKE_WAIT_MS,
      onWait: () => say('another start is already preparing the Temporal executable; waiting for it'),
    });
  } catch (error) {
    tried.push(`nothing can be kept in ${cacheDir} (${(error as Error).message})`);
    return undefined;
  }
}

async function download(o: FindOptions, scratch: string, _env: Env, tried: string[]): Promise<string | undefined> {
  const target = join(scratch, 'downloaded');
  const releaseUrl = o.releaseUrl ?? RELEASE_URL;
  o.say(`no Temporal executable yet; fetching ${TEMPORAL_VERSION} from ${releaseUrl}`);
  try {
    await downloadTemporal({
      releaseUrl,
      version: TEMPORAL_VERSION,
      platform: o.platform ?? process.platform,
      arch: o.arch ?? process.arch,
      pinned: o.sums ?? PINNED_SUMS,
      target,
      scratch: join(scratch, 'archive'),
      progress: o.progress ?? ignore,
    });
    return target;
  } catch (error) {
    const reason = (error as Error).message;
    o.say(`the download failed: ${reason}`);
    tried.push(`The download failed: ${reason}`);
    return undefined;
  }
}

async function build(o: FindOptions, scratch: string, env: Env, tried: string[]): Promise<string | undefined> {
  const [go] = await onPath(o, 'go');
  if (go === undefined) {
    tried.push('PATH has no "go" to build it with');
    return undefined;
  }
  o.say('building Temporal with Go. This happens once, takes about four minutes on two cores and 3 GB of Go caches');
  try {
    await buildTemporal({
      go,
      modDir: o.modDir ?? MODULE_DIR,
      version: TEMPORAL_VERSION,
      outDir: scratch,
      env,
      say: o.say,
      progress: o.progress ?? ignore,
    });
    return join(scratch, executableName(o, 'temporal'));
  } catch (error) {
    const reason = (error as Error).message;
    o.say(`the build failed: ${reason}`);
    tried.push(`The build failed: ${reason}`);
    return undefined;
  }
}

/** All executables of that name, in the order of PATH. Empty entries, which mean the current directory, are left out on purpose. */
async function onPath(o: FindOptions, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const dir of o.path.split(delimiter).filter((entry) => entry !== '')) {
    const file = resolve(dir, executableName(o, name));
    if (await isExecutable(file)) found.push(file);
  }
  return found;
}

async function removeScratch(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith(SCRATCH)) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

/** The version is in the name, so that an upgrade of ours makes a new one and leaves the old to older checkouts. */
function cacheName(o: FindOptions): string {
  return executableName(o, `temporal-${TEMPORAL_VERSION}`);
}

function executableName(o: FindOptions, name: string): string {
  return (o.platform ?? process.platform) === 'win32' ? `${name}.exe` : name;
}

function ignore(): void {
  // nobody asked for progress
}
