/**
 * The released Temporal CLI, fetched and checked against the sha256 that is pinned here, or for want of one against the release's own list.
 *
 * The archive is unpacked here and not by the `tar` command, because a start must not depend on what PATH holds, and because one file of
 * a plain archive takes forty lines.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Progress } from './types';

/** How long the release server may take to answer. Short, so that a start without network goes on within seconds. */
const ANSWER_TIMEOUT_MS = 5_000;
/** How long the archive may stand still before the download is given up. */
const STALL_TIMEOUT_MS = 30_000;
/** A list of sums is 1 KB and an archive 60 MB; what is far larger is something else, and must not fill the disk. */
const MAX_SUMS_BYTES = 1024 * 1024;
const MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024;

/** Node's names and the release's names for what it is built for. */
const PLATFORMS: Partial<Record<string, string>> = { linux: 'linux', darwin: 'darwin' };
const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The archive's name in a release, or undefined where we do not download: other machines, and Windows, whose release is a zip. */
export function archiveName(version: string, platform: string, arch: string): string | undefined {
  const os = PLATFORMS[platform];
  const cpu = ARCHITECTURES[arch];
  return os && cpu ? `temporal_cli_${version}_${os}_${cpu}.tar.gz` : undefined;
}

/**
 * Downloads release `version` and writes its executable to `target`; `scratch` is the name of a file it may use and removes.
 * @throws Error with the reason as a clause ("the checksum does not match: …"); nothing is left behind then.
 */
export async function downloadTemporal(o: {
  releaseUrl: string;
  version: string;
  platform: string;
  arch: string;
  /** Archive → sha256 in hex, from a place other than the release's. */
  pinned: Readonly<Record<string, string>>;
  target: string;
  scratch: string;
  progress: (p: Progress) => void;
}): Promise<void> {
  const name = archiveName(o.version, o.platform, o.arch);
  if (name === undefined) throw new Error(`no download is supported for ${o.platform} on ${o.arch}`);
  const base = `${o.releaseUrl.replace(/\/+$/, '')}/v${o.version}`;
  try {
    const expected = o.pinned[name] ?? sumOf(name, await fetchText(`${base}/checksums.txt`));
    const actual = await fetchFile(`${base}/${name}`, o.scratch, o.progress);
    if (actual !== expected) {
      throw new Error(
        `the checksum of ${name} does not match: expected ${expected}, got ${actual}; it was thrown away`,
      );
    }
    await unpack(o.scratch, 'temporal', o.target);
    await chmod(o.target, 0o755);
  } catch (error) {
    await rm(o.target, { force: true });
    throw error;
  } finally {
    await rm(o.scratch, { force: true });
  }
}

/**
 * The sums of every archive that could be downloaded, each computed from the archive itself.
 * @throws Error when one cannot be fetched, or is not what the release's own list says
 */
export async function releasedSums(releaseUrl: string, version: string): Promise<Record<string, string>> {
  const base = `${releaseUrl.replace(/\/+$/, '')}/v${version}`;
  const listed = await fetchText(`${base}/checksums.txt`);
  const sums: Record<string, string> = {};
  for (const platform of Object.keys(PLATFORMS).sort())
    for (const arch of Object.keys(ARCHITECTURES).sort().reverse()) {
      const name = archiveName(version, platform, arch) ?? '';
      const hash = createHash('sha256');
      await get(`${base}/${name}`, MAX_ARCHIVE_BYTES, (chunk) => Promise.resolve(void hash.update(chunk)));
      const actual = hash.digest('hex');
      if (actual !== sumOf(name, listed))
        throw new Error(`${name} is not what the release's checksums.txt lists: ${actual}`);
      sums[name] = actual;
    }
  return sums;
}

/** Lines read `<64 hex digits>  <name>`, as sha256sum writes them. */
function sumOf(name: string, sums: string): string {
  for (const line of sums.split('\n')) {
    const [sum, file] = line.trim().split(/\s+\*?/);
    if (file === name && sum !== undefined && /^[0-9a-f]{64}$/i.test(sum)) return sum.toLowerCase();
  }
  throw new Error(`the release's checksums.txt does not list ${name}`);
}

async function fetchText(url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  await get(url, MAX_SUMS_BYTES, (chunk) => {
    chunks.push(chunk);
    return Promise.resolve();
  });
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes the answer to `file` and returns its sha256. */
async function fetchFile(url: string, file: string, progress: (p: Progress) => void): Promise<string> {
  const hash = createHash('sha256');
  const out = await open(file, 'w');
  try {
    let done = 0;
    await get(url, MAX_ARCHIVE_BYTES, async (chunk, total) => {
      hash.update(chunk);
      await out.writeFile(chunk);
      done += chunk.length;
      progress({ step: 'download', done, total });
    });
  } finally {
    await out.close();
  }
  return hash.digest('hex');
}

/** GET, following redirects; `take` gets each piece. One timer guards first the answer, then each piece. */
async function get(
  url: string,
  maxBytes: number,
  take: (chunk: Uint8Array, total: number | undefined) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const abortAfter = (ms: number) =>
    setTimeout(() => stop.abort(new Error(`${url} gave no answer within ${ms / 1000} s`)), ms);
  let timer = abortAfter(ANSWER_TIMEOUT_MS);
  try {
    const answer = await fetch(url, { signal: stop.signal, redirect: 'follow' });
    if (!answer.ok || answer.body === null) {
      await answer.body?.cancel();
      throw new Error(`${url} answered ${answer.status}`);
    }
    const total = Number(answer.headers.get('content-length')) || undefined;
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = abortAfter(STALL_TIMEOUT_MS);
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`${url} is larger than ${maxBytes} bytes`);
      await take(chunk, total);
    }
  } catch (error) {
    throw new Error(plainReason(url, error), { cause: error });
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** fetch says only "fetch failed" and hides the reason in `cause`; connecting to several addresses leaves only a code there. */
function plainReason(url: string, error: unknown): string {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause === undefined ? message : `${new URL(url).host} cannot be reached (${cause.message || cause.code})`;
}

/** Writes the member `name` of the .tar.gz `archive` to `target`. */
async function unpack(archive: string, name: string, target: string): Promise<void> {
  let found = false;
  await pipeline(
    createReadStream(archive),
    createGunzip(),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of memberOf(source, name)) {
        found = true;
        yield piece;
      }
    },
    createWriteStream(target, { mode: 0o700 }),
  );
  if (!found) throw new Error(`the archive holds no file "${name}"`);
}

/** tar (POSIX ustar): blocks of 512 bytes; a header has the name at 0 (100 bytes), the octal size at 124 (12) and the type at 156. */
const BLOCK = 512;

async function* memberOf(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let pending: Buffer = Buffer.alloc(0);
  let wanted = 0; // bytes of the wanted member still to come
  let skip = 0; // bytes of other members and of padding still to come
  for await (const chunk of source) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      if (wanted > 0 && pending.length > 0) {
        const piece = pending.subarray(0, wanted);
        pending = pending.subarray(piece.length);
        wanted -= piece.length;
        yield piece;
      } else if (skip > 0 && pending.length > 0) {
        const passed = Math.min(skip, pending.length);
        pending = pending.subarray(passed);
        skip -= passed;
      } else if (wanted === 0 && skip === 0 && pending.length >= BLOCK) {
        const header = pending.subarray(0, BLOCK);
        pending = pending.subarray(BLOCK);
        const size = parseInt(text(header, 124, 12), 8) || 0;
        const regular = header[156] === 0 || header[156] === 0x30;
        const padding = (BLOCK - (size % BLOCK)) % BLOCK;
        if (regular && text(header, 0, 100).replace(/^\.\//, '') === name) {
          wanted = size;
          skip = padding;
        } else {
          skip = size + padding;
        }
      } else break;
    }
  }
  if (wanted > 0) throw new Error('the archive ends in the middle of the executable');
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end).trim();
}
