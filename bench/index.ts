/** `npm run bench [-- ack|latency|throughput|cost …] [--json]`: each figure beside its control, measured in the same run. */
import { Argument, Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../src/errors';
import { cleanUpApps } from '../test/support/run';
import { ack } from './ack';
import { cost } from './cost';
import { linesOf, machine, met, type Figure, type Say } from './figures';
import { latency } from './latency';
import { open, OPEN_ISSUES } from './open';
import { throughput } from './throughput';

const BENCHES = { ack, latency, throughput, cost, open };
/** Without a name. The other takes an hour. */
const USUAL: Name[] = ['ack', 'latency', 'throughput', 'cost'];
type Name = keyof typeof BENCHES;
const NAMES = Object.keys(BENCHES) as Name[];

const HELP = `
  ack          webhooks answered per second, each on the disk before its answer, beside the same listener storing nothing, and
               beside a Flask route with a queue in memory (needs python3 with Flask); the first answers after a start
  latency      milliseconds from webhook to task, one issue after another
  throughput   issues per second from webhook to linked task, beside a bare workflow of seven no-op activities
  cost         Temporal actions and vendor requests of a created, a resolved and a repeated issue, in a burst and over a day
  open         memory, processor time, answers, a sweep and the database with many open issues (--issues); only by name

Nothing leaves this machine: Temporal and the vendors run here. The first four take less than twenty minutes on two cores, and want
the machine for themselves. Exit 0: every aim is met; 1: one is missed (that of throughput is published and fails nothing);
2: a wrong command line.`;

async function run(chosen: Name[], json: boolean, issues: number[]): Promise<number> {
  const began = Date.now();
  const say: Say = (line) => {
    const seconds = Math.round((Date.now() - began) / 1_000);
    process.stderr.write(`[${seconds} s] ${line}\n`);
  };
  const all: { bench: Name; figures: Figure[] }[] = [];
  const print = (line: string): void => void (json || process.stdout.write(`${line}\n`));
  const on = machine();
  print(`${on.cores} cores (${on.cpu}), Node ${on.node}, ${on.platform}`);
  try {
    for (const bench of chosen) {
      const figures = await BENCHES[bench](say, issues);
      all.push({ bench, figures });
      for (const line of ['', bench, ...figures.flatMap(linesOf)]) print(line);
    }
  } finally {
    await cleanUpApps();
  }
  const missed = all.flatMap(({ figures }) => figures.filter((f) => met(f) === false && f.binding !== false));
  if (json) {
    const benches = all.map(({ bench, figures }) => ({
      bench,
      figures: figures.map((f) => ({ ...f, met: met(f) ?? null })),
    }));
    process.stdout.write(`${JSON.stringify({ machine: on, benches }, null, 2)}\n`);
  } else if (missed.length > 0) print(`\nMissed: ${missed.map((f) => f.name).join('; ')}`);
  return missed.length > 0 ? EXIT.finding : EXIT.ok;
}

function counts(text: string): number[] {
  const list = text.split(',').map(Number);
  if (!list.every((n) => Number.isInteger(n) && n > 0))
    throw new InvalidArgumentError('They must be whole numbers, such as 10000,30000.');
  return list.toSorted((a, b) => a - b);
}

async function main(): Promise<void> {
  const program = new Command('bench')
    .usage('[ack] [latency] [throughput] [cost] [open] [--issues 10000,30000] [--json]')
    .description('Measures Errand, each figure beside its control in the same run.')
    .addArgument(new Argument('[which...]', 'which; default: all').choices(NAMES))
    .option('--issues <n,…>', 'how many are open, growing', counts, OPEN_ISSUES)
    .option('--json', 'print the figures as JSON; progress goes to stderr in any case')
    .addHelpText('after', HELP)
    .showHelpAfterError('See `npm run bench -- --help`.')
    .exitOverride((e) => process.exit(e.exitCode === 0 ? EXIT.ok : EXIT.usage));
  program.parse();
  const chosen = program.processedArgs[0] as Name[] | undefined;
  const { json = false, issues } = program.opts<{ json?: boolean; issues: number[] }>();
  // Ctrl-C: what was started is in groups of its own and would live on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUpApps().finally(() => process.exit(EXIT.finding)));
  const names = chosen && chosen.length > 0 ? chosen : USUAL;
  process.exitCode = await run(
    NAMES.filter((name) => names.includes(name)),
    json,
    issues,
  );
  // Sockets kept alive must not keep a finished command running.
  process.exit();
}

void main().catch((e: unknown) => {
  process.stderr.write(`${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`);
  process.exit(EXIT.environment);
});
