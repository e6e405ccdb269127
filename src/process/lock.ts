/**
 * One process per directory.
 *
 * The lock is the kernel's own (`flock`), held by an open file of this process. So it says nothing about process numbers, which are all 1
 * in containers, it works between containers that share a volume, and it is gone the moment its holder is, also after kill -9: there is
 * no stale lock to recognise, hence no take-over that two processes could both believe they won.
 *
 * A listening unix socket would need no help from outside, but its path is limited to 108 bytes, shared folders of desktop container
 * engines refuse sockets, and taking over a dead one is a race that needs a second lock. Node cannot call flock(2) itself, so on Linux
 * the `flock` command (util-linux or busybox, part of every distribution) locks the descriptor it inherits and ends; the lock belongs to
 * the open file that both share and stays with us. Elsewhere the lock is taken by open(2) itself.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeWords } from '../core/time';

/** Absolute places come first, so that an empty or broken PATH does not matter. */
const FLOCK_COMMANDS = ['/usr/bin/flock', '/bin/flock', 'flock'];
/** What `flock -n` answers when somebody else holds the lock; anything else but 0 is a fault. */
const FLOCK_HELD = 1;
/** The number under which the `flock` command sees our file: the first one after stdin, stdout and stderr. */
const INHERITED_FD = 3;
/** BSD's "lock while opening" (sys/fcntl.h of macOS and FreeBSD), which Node hands on but has no name for. */
const BSD_O_EXLOCK = 0x20;
/** libuv's UV_FS_O_EXLOCK on Windows: open with no sharing at all. */
const WINDOWS_O_EXLOCK = 0x10000000;
/** How often a lock is tried again where the kernel cannot queue us (not Linux). */
const POLL_MS = 250;

/** Only for the sentence of {@link DirectoryLocked}; nothing is ever decided by it, so a full disk does not keep the lock from us. */
function tellHolder(fd: number): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }), 0);
  } catch {
    // The lock is held all the same.
  }
}

/** Somebody else holds the lock. The message is a whole sentence, fit for a terminal. */
export class DirectoryLocked extends Error {
  override readonly name = 'DirectoryLocked';
  constructor(
    readonly dir: string,
    holder: string,
  ) {
    super(`${dir} is in use by another Errand${holder}. Stop that one first, or give this one a directory of its own.`);
  }
}

export interface LockOptions {
  /** How long to wait for the holder to let go; 0, the default, does not wait. */
  waitMs?: number;
  /** Called once, when the lock is held by somebody else and the wait begins. @param holder who, ` (process 12 …)` or empty */
  onWait?: (holder: string) => void;
}

/**
 * Takes the lock `name` of the directory `dir` (made if absent) for this process, until `release` or the process' end.
 * The file `<name>.lock` stays: removing it would let two processes lock two different files of the same name.
 * A second call in the same process is refused like one from another process.
 * @throws DirectoryLocked when somebody else holds it and keeps it for `waitMs`; Error when locking is impossible here.
 */
export async function lockDirectory(
  dir: string,
  name: string,
  o: LockOptions = {},
): Promise<{ release(): Promise<void> }> {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.lock`);
  const fd = process.platform === 'linux' ? await lockByCommand(path, o) : await lockByOpening(path, o);
  if (fd === undefined) throw new DirectoryLocked(dir, holderOf(path));

  tellHolder(fd);

  let held = true;
  return {
    release: () => {
      if (held) closeSync(fd);
      held = false;
      return Promise.resolve();
    },
  };
}

/** The locked descriptor, or undefined when somebody else has it. */
async function lockByCommand(path: string, o: LockOptions): Promise<number | undefined> {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    let locked = await flock(fd, ['-x', '-n']);
    if (!locked && o.waitMs) {
      o.onWait?.(holderOf(path));
      locked = await flock(fd, ['-x'], o.waitMs);
    }
    if (locked) return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

/** Runs the `flock` command on our descriptor. False: held by somebody else, or still held after `waitMs`. */
async function flock(fd: number, flags: string[], waitMs?: number): Promise<boolean> {
  for (const command of FLOCK_COMMANDS) {
    const outcome = await runFlock(command, fd, flags, waitMs);
    if (outcome !== 'absent') return outcome;
  }
  throw new Error(
    'Cannot lock the data directory: the "flock" command is missing. Install util-linux (or busybox) and start again.',
  );
}

function runFlock(command: string, fd: number, flags: string[], waitMs?: number): Promise<boolean | 'absent'> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...flags, String(INHERITED_FD)], { stdio: ['ignore', 'ignore', 'pipe', fd] });
    let complaint = '';
    let tooLate = false;
    // Killing the waiting command is safe: should it just have got the lock, closing our descriptor gives it back.
    const timer =
      waitMs === undefined ? undefined : setTimeout(() => ((tooLate = true), child.kill('SIGKILL')), waitMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ENOENT' || error.code === 'EACCES') resolve('absent');
      else reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(true);
      else if (code === FLOCK_HELD || tooLate) resolve(false);
      else
        reject(
          new Error(`Cannot lock the data directory: ${complaint.trim() || `flock ended with ${code ?? signal}`}.`),
        );
    });
  });
}

async function lockByOpening(path: string, o: LockOptions): Promise<number | undefined> {
  const exclusive = process.platform === 'win32' ? WINDOWS_O_EXLOCK : BSD_O_EXLOCK | constants.O_NONBLOCK;
  const deadline = Date.now() + (o.waitMs ?? 0);
  for (let first = true; ; first = false) {
    try {
      return openSync(path, constants.O_RDWR | constants.O_CREAT | exclusive, 0o644);
    } catch (error) {
      if (!isHeldError(error)) throw error;
    }
    if (Date.now() >= deadline) return undefined;
    if (first) o.onWait?.(holderOf(path));
    await sleep(POLL_MS);
  }
}

function isHeldError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EBUSY';
}

/** " (process 12 on host-a since …)", as the holder wrote it; empty when that cannot be read. */
function holderOf(path: string): string {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as { pid?: unknown; host?: unknown; since?: unknown };
    return ` (process ${String(holder.pid)} on ${String(holder.host)} since ${timeWords(String(holder.since))})`;
  } catch {
    return '';
  }
}
