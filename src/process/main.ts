/** What the mains share: the orderly stop, and the words for what is wrong. */
import { EnvironmentError, EXIT } from '../errors';
import { DirectoryLocked } from './lock';
import { RulesError } from '../rules/start';
import type { Log } from '../telemetry/log';
import type { SelfSentry } from '../telemetry/self-sentry';
import { terminalText } from '../text/terminal';

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
