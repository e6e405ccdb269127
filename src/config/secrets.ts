/** `NAME` or `NAME_FILE`: the convention of Docker's official images (docs.docker.com, "Docker secrets"). */
import { readFileSync } from 'node:fs';
import { writableWords } from './weak';

/**
 * Resolves every secret of `names` in a copy of `env`.
 * @returns the copy without the `_FILE` variables, every problem found, and what is to be said of the files; never a secret's value.
 */
export function resolveSecrets(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): { env: NodeJS.ProcessEnv; problems: string[]; warnings: string[] } {
  const resolved: NodeJS.ProcessEnv = { ...env };
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    const file = env[`${name}_FILE`];
    delete resolved[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) {
      problems.push(`${name} and ${name}_FILE are both set; keep one.`);
      continue;
    }
    try {
      // Exactly one trailing newline: editors add it, and a secret may end in a blank.
      resolved[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (resolved[name] === '') problems.push(`${name}_FILE names an empty file.`);
      const writable = writableWords(`${name}_FILE`, file);
      if (writable) warnings.push(writable);
    } catch (e) {
      problems.push(
        `${name}_FILE cannot be read: ${e instanceof Error && 'code' in e ? String(e.code) : 'unknown error'}.`,
      );
    }
  }
  return { env: resolved, problems, warnings };
}
