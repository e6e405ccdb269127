/** `npm run chaos -- --issues N --seed S`: see docs/developing/chaos.md. */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { drawnBar } from '../../src/cli/progress';
import { EXIT } from '../../src/errors';
import { exitWith } from '../support/command';
import { cellsWanted } from './cells';
import { cleanUpApps } from '../support/run';
import { historiesIn, run } from './run';
import { State } from './state';
import { storyText, tableOf } from './table';
import { STORM } from './weather';

type Options = { issues: number; seed: number; dir?: string; resume?: string; json?: boolean };

const HELP = `
Columns: lost (an issue without its task), duplicated (two tasks), wrong state (completed and open do not agree),
wrong assignee, extra turns (of a rotation; counted where every issue is only raised), stuck (attention, a step under way, or no workflow), acknowledged lost (a webhook answered 202 and gone).

Ctrl-C stops in order, says where the state is, and --resume DIR goes on from there. Nothing leaves this machine.
Exit 0: nothing in any column; 1: a difference, or stopped before the end; 2: a wrong command line.`;

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('must be a whole number, 1 at least.');
  return n;
}

async function main(): Promise<number> {
  const program = new Command('chaos')
    .description('Lets everything fail while issues live, and compares pretend Sentry with pretend Asana afterwards.')
    .option('--issues <n>', 'how many issues', count, 150)
    .option('--seed <n>', 'draws what happens to them', count, 1)
    .option('--dir <dir>', 'keep the state here; default: a temporary directory, removed when all is well')
    .option('--resume <dir>', 'go on with the run whose state is there; its own seed and issues hold')
    .option('--json', 'print the result as JSON; progress goes to stderr in any case')
    .addHelpText('after', HELP)
    .showHelpAfterError('See `npm run chaos -- --help`.')
    .exitOverride((e) => process.exit(e.exitCode === 0 ? EXIT.ok : EXIT.usage));
  program.parse();
  const o = program.opts<Options>();
  const dir = o.resume ?? o.dir ?? mkdtempSync(join(tmpdir(), 'errand-chaos-'));
  const state = o.resume
    ? State.resume(dir)
    : State.begin(dir, { version: 1, seed: o.seed, issues: o.issues, weather: STORM });
  const over = new AbortController();
  // Every issue of a round waits for it.
  setMaxListeners(0, over.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => over.abort(new Error(signal)));
  const bar = teller();
  const result = await run(state, bar.tell, over.signal).finally(async () => {
    bar.end();
    await cleanUpApps();
  });
  if (o.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else process.stdout.write(`${tableOf(result)}\n`);
  for (const story of result.differences)
    process.stderr.write(`\n${storyText(story, result.seed, state.happenedTo(story.life?.id ?? ''))}\n`);
  const unreached = !result.stopped && result.reached.length < cellsWanted(result.issues);
  const red = result.differences.length > 0 || unreached;
  if (unreached)
    process.stderr.write('\nToo few cells of fault and transition were reached: this run proves too little.\n');
  if (result.stopped) process.stderr.write(`\nStopped. To go on: npm run chaos -- --resume ${dir}\n`);
  else if (red)
    process.stderr.write(`\nLogs and worlds are in ${dir}, histories of differing issues in ${historiesIn(dir)}\n`);
  else if (!o.dir && !o.resume) rmSync(dir, { recursive: true, force: true });
  return red || result.stopped ? EXIT.finding : EXIT.ok;
}

const LINE_EVERY_MS = 5_000;

/** A bar on a terminal; lines in a log, where a bar would be noise. */
function teller(): { tell: (share: number, words: string) => void; end: () => void } {
  const bar = drawnBar(process.stderr);
  const began = Date.now();
  let last = 0;
  const tell = (share: number, words: string): void => {
    if (process.stderr.isTTY) return bar.draw(share, words);
    if (Date.now() - last < LINE_EVERY_MS) return;
    last = Date.now();
    process.stderr.write(`[${Math.round((last - began) / 1_000)} s] ${words}\n`);
  };
  return { tell, end: bar.end };
}

exitWith(main);
