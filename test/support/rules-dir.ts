/** The shipped example rules with other settings. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDir } from './run';

/** @param settings as inside `settings: { … }` @returns a temporary RULES_DIR */
export function rulesWith(settings: string): string {
  const dir = temporaryDir();
  cpSync(join(__dirname, '..', '..', 'rules'), dir, { recursive: true });
  const file = join(dir, 'rules.yaml');
  const text = readFileSync(file, 'utf8').replace(/^version: 1$/m, `version: 1\nsettings: { ${settings} }`);
  writeFileSync(file, text);
  return dir;
}
