/** `errand storms`, `errand release`: what is held because too many issues came at once, and letting it in. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Released } from '../api/operator/storms';
import { EXIT } from '../errors';
import { timeWords } from '../core/time';
import { plural } from '../text/en';
import type { LeftOpen, StormView } from '../core/storm/record';
import { checkedKey, onceBy } from './acts';
import { Exit, type CliContext } from './context';
import { drawnBar } from './progress';

const POLL_MS = 300;
const MINUTE = 60_000;
/** A key has at most 100 characters, and a further round adds its number. */
const KEPT_OF_KEY = 90;
const NOTHING_HELD = 'storm_unknown';

export function stormCommands(program: Command, ctx: CliContext): void {
  program
    .command('storms')
    .description('list the Sentry projects where new tasks are held back, and how many')
    .option('--all', 'also where nothing is held')
    .action(async (o: { all?: true }) => {
      const storms = (await list(ctx)).filter((s) => o.all || isOn(s) || s.leftOpen.length > 0);
      ctx.show({ storms }, () =>
        storms.length === 0 ? 'Nothing is held.' : storms.map((s) => words(s, ctx.zone)).join('\n'),
      );
    });
  program
    .command('release')
    .description('make all held tasks now, in spite of the limit')
    .option('--project <slug>', 'of this Sentry project only')
    .option('--key <key>', 'makes repeated sends one command; default: a new key each time', checkedKey)
    .action((o: { project?: string; key?: string }) => release(ctx, o.project, o.key));
}

async function list(ctx: CliContext): Promise<StormView[]> {
  return (await ctx.ask<{ storms: StormView[] }>('/storms')).storms;
}

const isOn = (s: StormView): boolean => s.since !== null || s.telling > 0;

async function release(ctx: CliContext, only: string | undefined, key: string = randomUUID()): Promise<void> {
  const storms = await list(ctx);
  const projects = only === undefined ? storms.filter(isOn).map((s) => s.project) : [only];
  const released: Released[] = [];
  for (const project of projects) {
    const done = await releaseAll(ctx, project, key);
    if (done) released.push(done);
  }
  if (released.length === 0) return ctx.show({ released }, () => nothingHeld(only));
  const task = (project: string): string => storms.find((s) => s.project === project)?.task?.url ?? '';
  ctx.show({ released }, () =>
    released
      .map((r) => `${r.project}: ${r.released} released, their tasks are being made  ${task(r.project)}`.trimEnd())
      .join('\n'),
  );
  if (released.some((r) => r.left > 0)) throw new Exit(EXIT.finding);
}

/**
 * One release lets so many in; the rest by the next one, each with a key of its own.
 * @returns undefined when nothing is held there
 */
async function releaseAll(ctx: CliContext, project: string, key: string): Promise<Released | undefined> {
  let released = 0;
  for (let round = 1; ; round += 1) {
    const mine = round === 1 ? key : `${key.slice(0, KEPT_OF_KEY)}-${round}`;
    const one = await onceBy(key, () => releaseOnce(ctx, project, mine));
    if (!one) return released > 0 ? { project, released, left: 0 } : undefined;
    released += one.released;
    await told(ctx, project);
    // Nobody is let in although somebody waits: asking again at once would not help.
    if (one.left === 0 || one.released === 0) return { project, released, left: one.left };
  }
}

/** undefined when nothing is held there */
async function releaseOnce(ctx: CliContext, project: string, key: string): Promise<Released | undefined> {
  try {
    return await ctx.ask<Released>(`/storms/${encodeURIComponent(project)}/release`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
    });
  } catch (e) {
    if (e instanceof Exit && e.error?.code === NOTHING_HELD) return undefined;
    throw e;
  }
}

function nothingHeld(only: string | undefined): string {
  return only === undefined
    ? 'Nothing is held.'
    : `Nothing is held in ${only}. \`errand storms\` lists where issues are held.`;
}

/** Until every issue that was let in has been told so, with a bar. */
async function told(ctx: CliContext, project: string): Promise<void> {
  const bar = drawnBar(process.stderr);
  let most = 0;
  try {
    for (;;) {
      const left = (await list(ctx)).find((s) => s.project === project)?.telling ?? 0;
      most = Math.max(most, left);
      if (left === 0) return;
      bar.draw((most - left) / most, `${project}: ${most - left} of ${most} released`);
      await sleep(POLL_MS);
    }
  } finally {
    bar.end();
  }
}

function words(s: StormView, zone: string | undefined): string {
  const minutes = Math.round(s.window / MINUTE);
  return [
    `${s.project}: ${s.held} held${s.since === null ? '' : ` since ${timeWords(s.since, zone)}`}`,
    `  allowed   ${s.admitted} of ${s.max} in the last ${plural(minutes, 'minute')}`,
    ...(s.telling > 0 ? [`  starting  ${s.telling}, released a moment ago`] : []),
    `  task      ${s.task?.url ?? '–'}`,
    ...(s.failed ? [`  failed    its task: ${s.failed.message} (${s.failed.code}, ${s.failed.tries}×)`] : []),
    ...s.leftOpen.map((left) => leftOpen(left, zone)),
  ].join('\n');
}

function leftOpen({ since, code, message, task }: LeftOpen, zone: string | undefined): string {
  return `  left open the task of the storm of ${timeWords(since, zone)}: ${message} (${code}); complete it by hand  ${task?.url ?? ''}`.trimEnd();
}
