/** Is this file a Temporal CLI that we can run? */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Env } from './types';

/** The oldest server with all we use: update-with-start and the user metadata that the Web UI shows. */
export const MINIMUM_SERVER = '1.28.0';
/** `--version` answers in a tenth of a second; a cold disk on a loaded machine needs much longer for a file of 140 MB. */
const VERSION_TIMEOUT_MS = 60_000;
/** A file written a moment ago can still be open for writing in a child that another thread is about to start (ETXTBSY). */
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 50;

export type Verdict = { usable: true; server: string } | { usable: false; why: string };

/** True when `file` is a regular file that we may execute. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/**
 * Asks `file --version` and compares the server inside with MINIMUM_SERVER. Never throws: `why` completes "<file> …".
 * The answer of every released CLI reads `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`.
 */
export async function judge(file: string, env: Env): Promise<Verdict> {
  if (!(await isExecutable(file))) return { usable: false, why: 'is not an executable file' };
  const answer = await askVersion(file, env);
  if ('error' in answer) return { usable: false, why: `does not run (${firstLine(answer.error.message)})` };
  const server = /\bServer (\d+\.\d+\.\d+)/.exec(answer.text)?.[1];
  if (server === undefined) {
    return { usable: false, why: `is not a Temporal CLI: --version says "${firstLine(answer.text)}"` };
  }
  if (compare(server, MINIMUM_SERVER) < 0) {
    return { usable: false, why: `holds server ${server}, older than the ${MINIMUM_SERVER} needed` };
  }
  return { usable: true, server };
}

type Answer = { text: string } | { error: NodeJS.ErrnoException };

async function askVersion(file: string, env: Env): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await runVersion(file, env);
    const busy = 'error' in answer && answer.error.code === 'ETXTBSY';
    if (!busy || tries >= BUSY_TRIES) return answer;
    await sleep(BUSY_PAUSE_MS);
  }
}

/** Node throws some failures of a start (ETXTBSY, ENOEXEC) and hands others to the callback; here all are answers. */
function runVersion(file: string, env: Env): Promise<Answer> {
  return new Promise<Answer>((resolve) => {
    const options = { env, timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL' as const };
    execFile(file, ['--version'], options, (error, stdout) => {
      // Exit codes are numbers there and system errors strings; only the latter are looked at.
      resolve(error ? { error: error as NodeJS.ErrnoException } : { text: stdout });
    });
  }).catch((error: NodeJS.ErrnoException) => ({ error }));
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 200) ?? '';
}
