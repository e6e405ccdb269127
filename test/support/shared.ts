/** What costs seconds and is the same for every suite is made by the first that needs it, and read by the others. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder of this run of jest; not set elsewhere, as in the recorder of histories. */
export const SHARED = 'ERRAND_TEST_SHARED';

/**
 * Plain JSON that is made once. Two that begin at the same moment both make it, and the same.
 * @param name of its file
 */
export async function shared<T>(name: string, make: () => Promise<T>): Promise<T> {
  const dir = process.env[SHARED];
  if (!dir) return make();
  const file = join(dir, `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  const made = await make();
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(made));
  // Whole from the first moment on that it has its name.
  renameSync(own, file);
  return made;
}
