/**
 * Processes that tests start are groups of their own, so a test run that is itself killed would leave them behind. The watchdog
 * notices, because its input ends then: it kills the groups and removes the directories that it was told of.
 */
import { spawn, type ChildProcess } from 'node:child_process';

const WATCHDOG = `
  const groups = new Set();
  const dirs = new Set();
  require('node:readline').createInterface(process.stdin).on('line', (line) => {
    const number = Number(line);
    if (Number.isInteger(number)) groups.add(number); else dirs.add(line);
  }).on('close', () => {
    for (const pid of groups) try { process.kill(-pid, 'SIGKILL'); } catch {}
    for (const dir of dirs) require('node:fs').rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });`;
let watchdog: ChildProcess | undefined;

/** @param what the leader of a process group, or a directory */
export function watch(what: number | string | undefined): void {
  if (what === undefined) return;
  if (!watchdog) {
    watchdog = spawn(process.execPath, ['-e', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watchdog.unref();
  }
  watchdog.stdin?.write(`${what}\n`);
}

/** Everything was ended and removed in order. */
export function endWatch(): void {
  watchdog?.stdin?.end();
  watchdog = undefined;
}
