/** The example rules with other settings: a file beside theirs, since the files of a folder are read as one. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_RULES_DIR } from '../../src/process/sandbox-env';
import { temporaryDir } from './run';

/** More new tasks than any test or benchmark makes on purpose: its issues are no storm. */
export const NO_STORM = '{ maxNewTasks: 10000 }';

/** @param settings YAML in one line @returns a folder that is removed with the test's others */
export function rulesWith(settings: string): string {
  const dir = temporaryDir();
  cpSync(EXAMPLE_RULES_DIR, dir, { recursive: true });
  writeFileSync(join(dir, 'settings.yaml'), `settings: ${settings}\n`);
  return dir;
}
