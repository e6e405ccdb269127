/** `npm run mutations`: see docs/developing/mutations.md. */
import { Command } from 'commander';
import { drawnBar } from '../../src/cli/progress';
import { EXIT } from '../../src/errors';
import { exitWith } from '../support/command';
import { MUTATIONS } from './list';
import { Scratch } from './run';

type Options = { only?: string[]; json?: boolean };
type Row = { name: string; what: string; suite: string; seconds: number; red: string | null; tests: number };

const HELP = `
Each is made in a copy of the sources, where the named suite has to turn red; without any, all of these suites have to be green.
Those of one issue's life are in \`npm run explore -- --mutations\`, those of whole processes in \`npm run chaos:mutations\`.
Nothing leaves this machine. Exit 0: each was noticed; 1: one was not, or a suite is red without it; 2: a wrong command line.`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (ms: number): number => Math.round(ms / 100) / 10;

function rowText({ name, suite, seconds: took, red, tests }: Row): string {
  const more = tests > 1 ? `, and ${tests - 1} more` : '';
  return `| ${[name, suite, took.toFixed(1), red === null ? 'NOT NOTICED' : `${red}${more}`].join(' | ')} |`;
}

async function play({ only, json = false }: Options): Promise<number> {
  const chosen = MUTATIONS.filter(({ name }) => !only || only.includes(name));
  const bar = drawnBar(process.stderr);
  const rows: Row[] = [];
  const scratch = new Scratch();
  const stop = (): void => {
    scratch.remove();
    process.exit(EXIT.finding);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    bar.draw(0, 'the suites without any mutation');
    const sound = await scratch.run([...new Set(chosen.map(({ suite }) => suite))]);
    if (sound.why !== undefined || sound.red.length > 0) {
      bar.end();
      process.stderr.write(`Red without any mutation:\n${sound.why ?? sound.red.join('\n')}\n`);
      return EXIT.finding;
    }
    if (!json) print(`Green without any mutation, ${seconds(sound.ms)} s.\n\n| mutation | suite | seconds | red by |`);
    if (!json) print('| --- | --- | --- | --- |');
    for (const [i, { name, what, suite, ...broken }] of chosen.entries()) {
      bar.draw(i / chosen.length, `${i + 1} of ${chosen.length}: ${name}`);
      const { red, why, ms } = await scratch.run([suite], broken);
      if (why !== undefined) throw new Error(`${name}: ${suite} could not be run.\n${why}`);
      const row: Row = { name, what, suite, seconds: seconds(ms), red: red[0] ?? null, tests: red.length };
      rows.push(row);
      bar.end();
      if (!json) print(rowText(row));
    }
  } finally {
    scratch.remove();
  }
  const missed = rows.filter(({ red }) => red === null);
  if (json) print(JSON.stringify({ mutations: rows, missed: missed.length }, null, 2));
  else print(`\n${rows.length} mutations, ${missed.length} not noticed.`);
  return missed.length > 0 ? EXIT.finding : EXIT.ok;
}

async function main(): Promise<number> {
  const program = new Command('mutations')
    .description('Breaks one thing at a time on purpose, and expects a suite to turn red.')
    .option('--only <name...>', 'only these; the names are those of docs/developing/mutations.md')
    .option('--json', 'for a program')
    .addHelpText('after', HELP)
    .showHelpAfterError('See `npm run mutations -- --help`.')
    .exitOverride((e) => process.exit(e.exitCode === 0 ? EXIT.ok : EXIT.usage));
  program.parse();
  const options = program.opts<Options>();
  const unknown = options.only?.find((name) => MUTATIONS.every((m) => m.name !== name));
  if (unknown !== undefined) program.error(`no mutation is called ${JSON.stringify(unknown)}`);
  return play(options);
}

exitWith(main);
