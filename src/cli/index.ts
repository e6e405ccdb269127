/** The command line: one program, a file per group of commands. */
import { Command, CommanderError } from 'commander';
import { readEnvFile } from '../config/env-file';
import { EXIT } from '../errors';
import { report } from '../process/main';
import { jsonText, terminalText } from '../text/terminal';
import { VERSION } from '../process/version';
import { actCommands } from './acts';
import { auditCommands } from './audit';
import { createContext, Exit } from './context';
import { demoCommand } from './demo';
import { doctorCommand } from './doctor';
import { issueCommands } from './issues';
import { endWithReader } from './reader';
import { rulesCommands } from './rules';
import { sandboxCommand } from './sandbox';
import { sendCommand } from './send';
import { stormCommands } from './storms';
import { sweepCommands } from './sweep';
import { upCommands } from './up';

/** A wrong command line is told where its own help is. @param typed the command with those above it */
function hintHelp(command: Command, typed: string): void {
  command.showHelpAfterError(`See \`${typed} --help\`.`);
  for (const sub of command.commands) hintHelp(sub, `${typed} ${sub.name()}`);
}

const OWNER_ONLY = 0o077;
/** The sandbox is nobody's installation. */
const WITHOUT_ENV_FILE = ['sandbox', 'version'];
/** Those that tell what they are configured with; `up` says it among its own lines. */
const SAY_ENV_FILE = ['api', 'worker', 'doctor'];

/** @param argv as in `process.argv` */
export async function main(argv: string[]): Promise<void> {
  // What Errand writes is for its owner alone; its children, Temporal among them, inherit this.
  process.umask(OWNER_ONLY);
  endWithReader();
  process.exitCode = await run(argv);
  // Sockets kept alive by a vendor's client must not keep a finished command running.
  if (process.channel) process.disconnect();
  process.exit();
}

/** Of what only words tell; the rest has its code of the catalogue. */
function codeOfExit(exit: number): string {
  if (exit === EXIT.unreachable) return 'errand_unreachable';
  return exit === EXIT.usage ? 'invalid' : 'failed';
}

async function run(argv: string[]): Promise<number> {
  const program = new Command('errand')
    .description('Turns Sentry issues into assigned Asana tasks and keeps both up to date until the error is fixed.')
    .version(VERSION, '-V, --version')
    .option('--json', 'print JSON for programs')
    .option('--url <url>', 'the operators’ listener; default: ERRAND_URL, or the running `errand up`')
    .option('--token <token>', 'an operator’s token; default: ERRAND_TOKEN, or DATA_DIR/operator-token')
    .configureOutput({
      writeOut: (words) => process.stdout.write(terminalText(words)),
      writeErr: (words) => process.stderr.write(terminalText(words)),
    })
    .exitOverride();
  const ctx = createContext(program);
  program.hook('preAction', (_, command) => {
    if (WITHOUT_ENV_FILE.includes(command.name())) return;
    ctx.envFile = readEnvFile();
    if (ctx.envFile !== undefined && SAY_ENV_FILE.includes(command.name())) process.stderr.write(`${ctx.envFile}\n`);
  });
  upCommands(program, ctx);
  demoCommand(program, ctx);
  sendCommand(program, ctx);
  issueCommands(program, ctx);
  actCommands(program, ctx);
  sweepCommands(program, ctx);
  auditCommands(program, ctx);
  stormCommands(program, ctx);
  rulesCommands(program, {
    get rulesDir() {
      return ctx.env.rulesDir;
    },
    out: ctx.out,
    get json() {
      return ctx.json;
    },
    exit: (code) => {
      if (code !== EXIT.ok) throw new Exit(code);
    },
  });
  doctorCommand(program, ctx);
  sandboxCommand(program, ctx);
  program
    .command('version')
    .description('print the version')
    .action(() => ctx.show({ version: VERSION }, () => VERSION));
  hintHelp(program, program.name());
  try {
    await program.parseAsync(argv);
    return EXIT.ok;
  } catch (e) {
    if (e instanceof Exit) {
      if (e.words && ctx.json)
        ctx.out(jsonText({ error: e.error ?? { code: codeOfExit(e.code), message: e.words, todo: '' } }));
      if (e.words) process.stderr.write(`${terminalText(e.words)}\n`);
      return e.code;
    }
    // Commander has printed its own words; help and version end with 0.
    if (e instanceof CommanderError) return e.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(e);
  }
}
