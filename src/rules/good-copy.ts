/** The last rules that could be used, in DATA_DIR: what a process runs on that is started again while the files are broken. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesFrom, type Rules, type RulesText } from './load';

const OWNER_ONLY = 0o600;

/** The texts as they were read, and not what was made of them: a later version reads them by its own form, and says so when it cannot. */
type Copy = { savedAt: string; files: RulesText[] };

const file = (dataDir: string): string => join(dataDir, 'rules-last-good.json');

/**
 * In one piece, also where several workers share the directory. The same texts are not written again.
 * @throws what the disk says
 */
export function keepCopy(dataDir: string, files: RulesText[]): void {
  if (JSON.stringify(copyIn(dataDir)?.files) === JSON.stringify(files)) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Two containers may have the same process id.
  const draft = `${file(dataDir)}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    const to = openSync(draft, 'wx', OWNER_ONLY);
    try {
      writeFileSync(to, `${JSON.stringify({ savedAt: new Date().toISOString(), files } satisfies Copy, null, 1)}\n`);
      fsyncSync(to);
    } finally {
      closeSync(to);
    }
    renameSync(draft, file(dataDir));
  } catch (e) {
    rmSync(draft, { force: true });
    throw e;
  }
}

/**
 * @param dir RULES_DIR, for the paths of tests
 * @returns undefined when there is none, or none that this version can use
 */
export function readCopy(dataDir: string, dir: string): { rules: Rules; savedAt: string } | undefined {
  const copy = copyIn(dataDir);
  if (!copy) return undefined;
  const loaded = rulesFrom(dir, copy.files);
  return 'rules' in loaded ? { rules: loaded.rules, savedAt: copy.savedAt } : undefined;
}

function copyIn(dataDir: string): Copy | undefined {
  try {
    const { savedAt, files } = JSON.parse(readFileSync(file(dataDir), 'utf8')) as Partial<Copy>;
    const whole = Array.isArray(files) && files.every((f) => typeof f?.name === 'string' && typeof f.text === 'string');
    return typeof savedAt === 'string' && whole && files.length > 0 ? { savedAt, files } : undefined;
  } catch {
    return undefined;
  }
}
