/** Makes a directory that a variable names, or says what is wrong with it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../errors';

/**
 * Level by level, because Node 20's recursive mkdir never returns where a file system refuses directories (/proc).
 * @param name the variable, for the words
 * @throws EnvironmentError
 */
export function makeDirectory(path: string, name: string): void {
  try {
    make(path);
  } catch (e) {
    const code = e instanceof Error && 'code' in e ? String(e.code) : String(e);
    throw new EnvironmentError([`${name} ${path} cannot be made or is no directory (${code}).`]);
  }
}

function make(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there === undefined && dirname(path) !== path) make(dirname(path));
  mkdirSync(path);
}
