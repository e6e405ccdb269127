/**
 * Recognising and ending a process that an earlier run left behind, without ever touching a stranger.
 *
 * A process number alone means nothing: numbers are used again, after a restart of the machine and in every new container. So the record
 * also keeps when that process began, and the process must still be running on our own database file.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is known of a running process. */
export interface ProcessFacts {
  /** When it began, in a form that is only compared: boot id and clock ticks on Linux, the date of `ps` elsewhere. */
  started: string;
  /** Its command line. */
  command: string;
}

/** The pid file of a running dev server. */
export interface ServerRecord {
  pid: number;
  started: string;
  executable: string;
  port: number;
  /** The database file; it is unique to a data directory and stands on the server's command line. */
  database: string;
}

/** A server with a database of a few MB ends in about a second. */
const END_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** Facts about process `pid`, or undefined when there is none, when it is a zombie, or when this system cannot tell (Windows). */
export async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  if (process.platform === 'linux') return factsFromProc(pid);
  if (process.platform === 'win32') return undefined;
  const line = await new Promise<string>((resolve) => {
    const format = ['-o', 'lstart=', '-o', 'command='];
    execFile('/bin/ps', ['-ww', '-p', String(pid), ...format], (error, stdout) => resolve(error ? '' : stdout.trim()));
  });
  // lstart is "Sat Nov 22 15:49:50 2026", always 24 characters.
  return line.length > 24 ? { started: line.slice(0, 24), command: line.slice(24).trim() } : undefined;
}

/** proc(5): the name in `stat` may hold spaces and brackets, so fields are counted from the last ")"; the start time is field 22. */
function factsFromProc(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields[22 - 3];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    if (ticks === undefined || command === '' || fields[0] === 'Z') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { started: `${boot}/${ticks}`, command };
  } catch {
    return undefined;
  }
}

/** Writes the record whole or not at all. */
export function writeRecord(file: string, record: ServerRecord): void {
  writeFileSync(`${file}.tmp`, JSON.stringify(record));
  renameSync(`${file}.tmp`, file);
}

/** The record, or undefined when there is none or it is not one. */
export function readRecord(file: string): ServerRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServerRecord> | null;
    const { pid, started, executable, port, database } = record ?? {};
    if (!Number.isSafeInteger(pid) || pid === undefined || pid <= 1) return undefined;
    if (typeof started !== 'string' || typeof executable !== 'string' || typeof database !== 'string') return undefined;
    return { pid, started, executable, port: Number(port), database };
  } catch {
    return undefined;
  }
}

/** True while exactly the process of the record runs. */
export async function stillRuns(record: ServerRecord): Promise<boolean> {
  const facts = await factsOf(record.pid);
  return facts !== undefined && facts.started === record.started && facts.command.includes(record.database);
}

/**
 * Ends the process of the record if it still runs: politely, then by force. True when there was one to end.
 * @throws Error when it cannot be ended, for example because it belongs to another user.
 */
export async function endRecorded(record: ServerRecord): Promise<boolean> {
  if (!(await stillRuns(record))) return false;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(record.pid, signal);
    const deadline = Date.now() + END_TIMEOUT_MS;
    for (;;) {
      if (!(await stillRuns(record))) return true;
      // Looked at once more after the time is over: we may have stood still meanwhile ourselves.
      if (Date.now() >= deadline) break;
      await sleep(POLL_MS);
    }
  }
  throw new Error(`process ${record.pid}, a Temporal server left from an earlier run, cannot be ended`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
