/** What the mains share: the rules at the start, the orderly stop, and the words for what is wrong. */
import { existsSync } from 'node:fs';
import { EnvironmentError, EXIT } from './errors';
import { isExampleRules } from './rules/example';
import { DirectoryLocked } from './lock';
import { formatMistake, loadRules, type Rules } from './rules/load';
import type { Log } from './telemetry/log';
import type { SelfSentry } from './telemetry/self-sentry';
import { terminalText } from './text/terminal';

/** An unusable rules file: no start, with every mistake at its place. */
export class RulesError extends Error {
  constructor(readonly mistakes: string[]) {
    super(mistakes.join('\n'));
    this.name = 'RulesError';
  }
}

/**
 * @param real the vendors are real: the shipped example, whose people do not exist, is refused
 * @throws RulesError
 */
export async function requireRules(dir: string, real: boolean): Promise<Rules> {
  if (!existsSync(dir)) throw new EnvironmentError([`RULES_DIR ${dir} does not exist.`]);
  const loaded = await loadRules(dir);
  if ('mistakes' in loaded) throw new RulesError(loaded.mistakes.map((m) => formatMistake(m)));
  if (real && isExampleRules(loaded.rules))
    throw new RulesError([
      `${dir} holds the example rules, whose people and projects are not yours. Write your own: see docs/rules.md.`,
    ]);
  return loaded.rules;
}

/** Runs `stop` once on SIGINT, SIGTERM, or when the parent that forked this process is gone, however it ended. */
export function onStop(stop: (why: string) => void): void {
  let stopping = false;
  const once = (why: string) => (): void => {
    if (!stopping) stop(why);
    stopping = true;
  };
  process.on('SIGTERM', once('SIGTERM'));
  // Ctrl-C reaches the whole process group; a child waits until its parent stops it, in order.
  process.on('SIGINT', process.channel ? () => undefined : once('SIGINT'));
  if (process.channel) process.on('disconnect', once('the parent is gone'));
}

/** Long enough for one request to our own Sentry, short enough for whoever starts the process again. */
const LAST_WORDS_MS = 2_000;

/**
 * What nobody caught ends the process as ever, but for our own Sentry to hear of it first. Without one Node's own way is
 * left as it is.
 */
export function tellCrashes(log: Log, self: SelfSentry | undefined): void {
  if (!self) return;
  process.once('uncaughtException', (e: unknown) => {
    void lastWords(e, log, self).finally(() => process.exit(report(e)));
  });
}

/** Never rejects. */
export async function lastWords(e: unknown, log: Log, self: SelfSentry | undefined): Promise<void> {
  if (!self) return;
  log.fatal({ err: e }, 'the process ends: an error that nobody caught');
  await self.flush(LAST_WORDS_MS);
}

/** Prints what is wrong on stderr and answers the exit code. */
export function report(e: unknown): number {
  const print = (line: string): void => void process.stderr.write(`${terminalText(line)}\n`);
  if (e instanceof EnvironmentError) {
    print('errand cannot start here:');
    for (const p of e.problems) print(`  - ${p}`);
    return EXIT.environment;
  }
  if (e instanceof RulesError) {
    print('The rules cannot be used:');
    for (const m of e.mistakes) print(`  ${m}`);
    return EXIT.finding;
  }
  if (e instanceof DirectoryLocked) {
    print(e.message);
    return EXIT.environment;
  }
  print(e instanceof Error ? (e.stack ?? e.message) : String(e));
  return EXIT.finding;
}
