/** `npm run explore -- --seed S`: see docs/developing/chaos.md. */
import { Command, InvalidArgumentError } from 'commander';
import { drawnBar } from '../../src/cli/progress';
import { EXIT } from '../../src/errors';
import { exitWith } from '../support/command';
import { parseCase } from './choices';
import { explore, replayed, wordsOf } from './explore';
import { load } from './load';
import { MUTATIONS } from './mutations';

type Options = { seed: number; count: number; case?: string; mutations?: boolean };

const COUNT = 1_000_000;
/** Each mutation was found within this many, see docs/developing/chaos.md. */
const MUTATION_COUNT = 10_000;
const LINE_EVERY_MS = 10_000;
const HELP = `
An interleaving is one order of what can happen to an issue: deliveries, reads, writes, timers, what people do, and what fails.
One that breaks a promise is made as simple as it can be, and printed with a case that --case plays again.
Nothing leaves this machine. Exit 0: every promise held; 1: one was broken, or a mutation was not found; 2: a wrong command line.`;

function whole(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('must be a whole number, 1 at least.');
  return n;
}

function choices(text: string): string {
  try {
    parseCase(text);
  } catch (e) {
    throw new InvalidArgumentError(e instanceof Error ? e.message : String(e));
  }
  return text;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function one(text: string): Promise<number> {
  const { broken, story } = await replayed(load(), parseCase(text));
  print(story().join('\n'));
  print(broken ? `\n${broken.invariant}: ${broken.what}` : '\nEvery promise held.');
  return broken ? EXIT.finding : EXIT.ok;
}

async function many({ seed, count }: Options): Promise<number> {
  const bar = drawnBar(process.stderr);
  const began = Date.now();
  let last = began;
  const progress = (played: number): boolean => {
    const now = Date.now();
    const words = `${played} of ${count} interleavings, ${Math.round(played / ((now - began) / 1_000))} a second`;
    if (process.stderr.isTTY) bar.draw(played / count, words);
    else if (now - last >= LINE_EVERY_MS) {
      last = now;
      process.stderr.write(`${words}\n`);
    }
    return true;
  };
  const { played, steps, found } = await explore(load(), { seed, count }, progress);
  bar.end();
  print(`seed ${seed}: ${played} interleavings, ${steps} steps, ${Math.round((Date.now() - began) / 1_000)} s`);
  if (!found) return EXIT.ok;
  print(wordsOf(found));
  return EXIT.finding;
}

async function mutations({ seed }: Options): Promise<number> {
  let missed = 0;
  for (const { name, what, breaks, blind } of MUTATIONS) {
    const { found } = await explore(load(breaks, blind), { seed, count: MUTATION_COUNT });
    if (!found) missed += 1;
    const words = found
      ? `found in interleaving ${found.n}: ${found.broken.invariant}; case ${found.case}`
      : 'NOT FOUND';
    print(`${name} (${what}): ${words}`);
  }
  return missed > 0 ? EXIT.finding : EXIT.ok;
}

async function main(): Promise<number> {
  const program = new Command('explore')
    .description('Plays interleavings of an issue’s life in one process, and checks every promise after each step.')
    .option('--seed <n>', 'draws the interleavings', whole, 1)
    .option('--count <n>', 'how many', whole, COUNT)
    .option('--case <case>', 'plays this one again, and tells what happens in it', choices)
    .option('--mutations', 'breaks rules on purpose, and expects each to be found')
    .addHelpText('after', HELP)
    .showHelpAfterError('See `npm run explore -- --help`.')
    .exitOverride((e) => process.exit(e.exitCode === 0 ? EXIT.ok : EXIT.usage));
  program.parse();
  const o = program.opts<Options>();
  if (o.case !== undefined) return one(o.case);
  return o.mutations ? mutations(o) : many(o);
}

exitWith(main);
