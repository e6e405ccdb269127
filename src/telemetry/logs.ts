/** The application logs that `up` keeps in DATA_DIR, read for people: `<process>.log`, and `<process>.log.1` from before it was full. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../core/refs';
import { scrub } from '../text/scrub';

/** The processes that `up` starts and whose output it keeps. */
export const LOGGED_PROCESSES = ['api', 'worker', 'sandbox'] as const;
export type LoggedProcess = (typeof LOGGED_PROCESSES)[number];
/** Pino's levels, the least first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

/** `fields`: what else the line says, as it was logged. `at` is null where no line before it in its file has a time. */
export type LogLine = {
  at: Instant | null;
  process: LoggedProcess;
  level: Level;
  message: string;
  fields: Record<string, unknown>;
};
export type LogRequest = {
  processes: readonly LoggedProcess[];
  /** This level and those above it. */
  level: Level;
  limit: number;
  /** The `next` of the page before. */
  cursor?: string;
};

/** As the SDK's core (Rust) writes its own lines: a time, then the level. */
const CORE_LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d*Z\s+(TRACE|DEBUG|INFO|WARN|ERROR)\s/;
/** What is left of its colours: the escape itself is gone when a line is kept. */
const COLOURS = /\[\d+m/g;
const CURSOR = /^\d{1,9}$/;

/**
 * A page, newest first. `next` counts from the oldest line that is kept: lines that come meanwhile move nothing.
 * @returns undefined when none of the files is there: the processes were not started by `up` on this directory
 */
export async function readLogs(
  dataDir: string,
  { processes, level, limit, cursor }: LogRequest,
): Promise<{ lines: LogLine[]; next: string | null } | undefined> {
  const files = await Promise.all(processes.map((process) => linesOf(dataDir, process)));
  const found = files.filter((lines) => lines !== undefined);
  if (found.length === 0) return undefined;
  const least = LEVELS.indexOf(level);
  const all = found.flat().filter((line) => LEVELS.indexOf(line.level) >= least);
  // Stable, so that lines of one moment stay in the order of their file.
  const sorted = all.sort((a, b) => (a.at ?? '').localeCompare(b.at ?? ''));
  const end = cursor !== undefined && CURSOR.test(cursor) ? Math.min(Number(cursor), sorted.length) : sorted.length;
  const start = Math.max(0, end - limit);
  return { lines: sorted.slice(start, end).reverse(), next: start > 0 ? String(start) : null };
}

async function linesOf(dataDir: string, process: LoggedProcess): Promise<LogLine[] | undefined> {
  const file = join(dataDir, `${process}.log`);
  const [older, newer] = await Promise.all([textOf(`${file}.1`), textOf(file)]);
  if (older === undefined && newer === undefined) return undefined;
  const lines: LogLine[] = [];
  for (const text of [older, newer])
    for (const line of (text ?? '').split('\n'))
      if (line !== '') lines.push(read(line, process, lines.at(-1)?.at ?? null));
  return lines;
}

/** undefined: there is none. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw e;
  }
}

/** @param before the time of the line before, which one that is no JSON (a stack, a crash of Node) shares */
function read(text: string, process: LoggedProcess, before: Instant | null): LogLine {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not a line of the logger.
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    const plain = text.replace(COLOURS, '');
    const [, time, word] = CORE_LINE.exec(plain) ?? [];
    // What a process prints besides its log is what ended it.
    const level = levelOf(word?.toLowerCase()) ?? 'error';
    return { at: time === undefined ? before : `${time}Z`, process, level, message: scrub(plain), fields: {} };
  }
  const { time, level, msg, name: _name, ...fields } = parsed as Record<string, unknown>;
  return {
    at: typeof time === 'string' ? time : before,
    process,
    level: levelOf(level) ?? 'info',
    message: typeof msg === 'string' ? msg : '',
    fields,
  };
}

function levelOf(word: unknown): Level | undefined {
  return LEVELS.find((level) => level === word);
}
