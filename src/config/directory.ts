/** Makes a directory that a variable names, for its owner alone, or says what is wrong with it. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../errors';

/**
 * Level by level, because Node 20's recursive mkdir never returns where a file system refuses directories (/proc).
 * @param name the variable, for the words
 * @throws EnvironmentError
 */
export function makeDirectory(path: string, name: string): void {
  try {
    if (make(path)) chmodSync(path, OWNER_ONLY);
  } catch (e) {
    const code = e instanceof Error && 'code' in e ? String(e.code) : String(e);
    throw new EnvironmentError([`${name} ${path} cannot be made or is no directory (${code}).`]);
  }
}

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;

/** @returns whether it was not there */
function make(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return false;
  if (there === undefined && dirname(path) !== path) make(dirname(path));
  mkdirSync(path);
  return true;
}

/**
 * What to say of a directory with webhooks, tokens and Temporal's database in it that others may look into.
 * @param name the variable
 * @returns undefined when only its owner may
 */
export function openWords(path: string, name: string): string | undefined {
  const { mode } = statSync(path);
  if (process.platform === 'win32' || (mode & OTHERS) === 0) return undefined;
  return `${name} ${path} is open to others (mode ${(mode & 0o777).toString(8)}), with webhooks, tokens and Temporal's database in it: chmod 700 ${path}`;
}
