/** The rules at the start of a process: those of RULES_DIR, and where these are broken the last good copy. */
import { existsSync } from 'node:fs';
import { timeWords } from '../core/time';
import { EnvironmentError } from '../errors';
import { isExampleRules } from './example';
import { readCopy } from './good-copy';
import { formatMistake, loadRules, noRules, type Rules, type RulesText } from './load';

/** An unusable rules file: no start, with every mistake at its place. */
export class RulesError extends Error {
  constructor(readonly mistakes: string[]) {
    super(mistakes.join('\n'));
    this.name = 'RulesError';
  }
}

/** `dataDir`: where the copy is. `real`: the vendors are real, so that the shipped example, whose people do not exist, is refused. */
export type RulesHome = { dir: string; dataDir: string; real: boolean };
/** `instead`: what is in force, in words that end a sentence. */
export type BrokenRules = { mistakes: string[]; instead: string };
export type FirstRules = { rules: Rules } & ({ texts: RulesText[] } | { broken: BrokenRules });
/** `example`: the only mistake is that they are the shipped ones. */
type Usable = { rules: Rules; texts: RulesText[] } | { mistakes: string[]; example: boolean };

export const THOSE_BEFORE = 'the earlier rules stay in force';
const NONE =
  'there is no copy of earlier rules, so names and settings are unknown here; webhooks are kept all the same';

/** Never throws. */
export async function loadUsable({ dir, real }: Pick<RulesHome, 'dir' | 'real'>): Promise<Usable> {
  const loaded = await loadRules(dir);
  if ('mistakes' in loaded) return { mistakes: loaded.mistakes.map((m) => formatMistake(m)), example: false };
  if (!real || !isExampleRules(loaded.rules)) return loaded;
  const words = `${dir} holds the example rules, whose people and projects are not yours. Write your own: see docs/using/rules.md.`;
  return { mistakes: [words], example: true };
}

/** @throws RulesError; EnvironmentError where there is no such folder */
export async function requireRules(dir: string, real: boolean): Promise<Rules> {
  requireFolder(dir);
  const loaded = await loadUsable({ dir, real });
  if ('mistakes' in loaded) throw new RulesError(loaded.mistakes);
  return loaded.rules;
}

/**
 * @param without the process is of use without any rules, too
 * @throws RulesError where there is no copy either, and for the shipped example; EnvironmentError where there is no such folder
 */
export async function firstRules(home: RulesHome, without = false): Promise<FirstRules> {
  requireFolder(home.dir);
  const loaded = await loadUsable(home);
  if ('rules' in loaded) return loaded;
  const { mistakes } = loaded;
  if (loaded.example) throw new RulesError(mistakes);
  const copy = readCopy(home.dataDir, home.dir);
  if (copy && !(home.real && isExampleRules(copy.rules)))
    return {
      rules: copy.rules,
      broken: {
        mistakes,
        instead: `the last good copy, of ${timeWords(copy.savedAt, copy.rules.timezone)}, is in force`,
      },
    };
  if (!without) throw new RulesError(mistakes);
  return { rules: noRules(home.dir), broken: { mistakes, instead: NONE } };
}

function requireFolder(dir: string): void {
  if (!existsSync(dir)) throw new EnvironmentError([`RULES_DIR ${dir} does not exist.`]);
}
