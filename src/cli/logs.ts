/** `errand logs`: what the processes of `up` logged. */
import { Option, type Command } from 'commander';
import { timeWords } from '../core/time';
import { LEVELS, LOGGED_PROCESSES, type LogLine } from '../telemetry/logs';
import { terminalLine } from '../text/terminal';
import type { CliContext } from './context';

type Options = { limit: string; level: string; process?: string; cursor?: string };

/** Of the fields of a line; the whole is in --json. */
const FIELDS_MAX = 300;

export function logsCommand(program: Command, ctx: CliContext): void {
  program
    .command('logs')
    .description('show what Errand’s processes logged, the newest last')
    .option('--limit <n>', 'at most this many lines', '50')
    .addOption(new Option('--level <level>', 'this level and those above it').choices(LEVELS).default('info'))
    .addOption(new Option('--process <name>', 'of one process; default: of all').choices(LOGGED_PROCESSES))
    .option('--cursor <cursor>', 'the `next` of the page before, for what came earlier')
    .action(async (o: Options) => {
      const asked = new URLSearchParams(Object.entries(o));
      const page = await ctx.ask<{ lines: LogLine[]; next: string | null }>(`/logs?${asked.toString()}`);
      ctx.show(page, () => words(page, ctx.zone));
    });
}

function words({ lines, next }: { lines: LogLine[]; next: string | null }, zone: string | undefined): string {
  if (lines.length === 0) return 'Nothing was logged at this level.';
  // The newest stands where the terminal's eye is.
  const shown = lines.map((line) => lineWords(line, zone)).reverse();
  return [...(next === null ? [] : [`Earlier lines: --cursor ${next}`, '']), ...shown].join('\n');
}

function lineWords({ at, process, level, message, fields }: LogLine, zone: string | undefined): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${terminalLine(JSON.stringify(fields)).slice(0, FIELDS_MAX)}`;
  return `${at === null ? '–' : timeWords(at, zone)}  ${process.padEnd(7)} ${level.padEnd(5)}  ${message}${rest}`;
}
