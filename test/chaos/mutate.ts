/** `npm run chaos:mutations`: for each mutation a sound run that must be green and a broken one that must be red. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setMaxListeners } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { EXIT } from '../../src/errors';
import { exitWith } from '../support/command';
import { cleanUpApps } from '../support/run';
import { COLUMNS } from './compare';
import { applied, MUTATIONS, type Mutation, type Replacement } from './mutations';
import { run, type Result } from './run';
import { State } from './state';
import { storyText } from './table';

const ROOT = join(__dirname, '..', '..');
/** What a build needs. */
const COPIED = ['src', 'bin', 'rules', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const SEED = 1;

/** A build of the sources with these changes. @returns its bin/errand.js */
function build(dir: string, replacements: readonly Replacement[]): string {
  mkdirSync(dir, { recursive: true });
  for (const name of COPIED) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  for (const file of new Set(replacements.map((r) => r.file)))
    writeFileSync(join(dir, file), applied(file, readFileSync(join(dir, file), 'utf8'), replacements));
  const node = (...args: string[]): void => void execFileSync(process.execPath, args, { cwd: dir, stdio: 'inherit' });
  node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  node(join('dist', 'temporal', 'worker', 'bundle.js'));
  return join(dir, 'bin', 'errand.js');
}

async function play(
  dir: string,
  mutation: Mutation,
  replacements: readonly Replacement[],
  over: AbortSignal,
): Promise<{ state: State; result: Result }> {
  const bin = build(join(dir, 'build'), replacements);
  const { weather, issues } = mutation;
  const state = State.begin(join(dir, 'run'), { version: 1, seed: SEED, issues, weather });
  return { state, result: await run(state, () => {}, over, bin) };
}

/** `2 lost, 1 stuck`; `nothing` is green. */
function wordsOf({ columns }: Result): string {
  const found = COLUMNS.filter((column) => columns[column] > 0).map((column) => `${columns[column]} ${column}`);
  return found.length > 0 ? found.join(', ') : 'nothing';
}

async function main(): Promise<number> {
  const names = MUTATIONS.map((m) => m.name);
  const program = new Command('chaos:mutations')
    .description('Breaks each rule on purpose and expects the chaos run to be red, and green where nothing is broken.')
    .addArgument(new Argument('[which...]', 'which; default: all').choices(names))
    .option('--broken-only', 'without the sound runs')
    .exitOverride((e) => process.exit(e.exitCode === 0 ? EXIT.ok : EXIT.usage));
  program.parse();
  const chosen = (program.processedArgs[0] as string[] | undefined) ?? [];
  const { brokenOnly = false } = program.opts<{ brokenOnly?: boolean }>();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort(new Error(signal)));
  const dir = mkdtempSync(join(tmpdir(), 'errand-mutations-'));
  let wrong = 0;
  try {
    for (const [i, mutation] of MUTATIONS.entries()) {
      if (over.signal.aborted || (chosen.length > 0 && !chosen.includes(mutation.name))) continue;
      process.stdout.write(`${mutation.name}: ${mutation.what}\n`);
      for (const broken of brokenOnly ? [true] : [false, true]) {
        const replacements = broken ? [...mutation.both, ...mutation.breaks] : mutation.both;
        const { state, result } = await play(
          join(dir, `${i}-${broken ? 'broken' : 'sound'}`),
          mutation,
          replacements,
          over.signal,
        );
        if (result.stopped) return EXIT.finding;
        const asMeant = result.differences.length > 0 === broken;
        if (!asMeant) wrong += 1;
        if (!broken)
          for (const story of result.differences)
            process.stderr.write(`\n${storyText(story, SEED, state.happenedTo(story.life?.id ?? ''))}\n`);
        const [what, must] = broken ? ['broken', 'a difference'] : ['sound', 'nothing'];
        process.stdout.write(
          `  ${what}: found ${wordsOf(result)}${asMeant ? '' : `, and should have found ${must}`}\n`,
        );
      }
    }
  } finally {
    await cleanUpApps();
    rmSync(dir, { recursive: true, force: true });
  }
  return wrong > 0 ? EXIT.finding : EXIT.ok;
}

exitWith(main);
