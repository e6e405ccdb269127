/** `errand sweep` and `errand import`: compare Sentry with what is followed here, and bring in what is missing. */
import { InvalidArgumentError, type Command } from 'commander';
import type { SweepRequest } from '../contract';
import { pastInstant, TIME_WORDS } from '../core/feed/feed';
import { timeWords } from '../core/time';
import { plural } from '../text/en';
import type { FeedReads, SweepReport } from '../core/feed/activities';
import type { FeedRecord } from '../core/feed/record';
import type { CliContext } from './context';
import { feedJob } from './feed-job';

/** The second half of a sweep. */
const TASKS: keyof FeedReads = 'mergeDuplicates';

export function sweepCommands(program: Command, ctx: CliContext): void {
  program
    .command('sweep')
    .description('ask Sentry what its webhooks missed, and recover it')
    .option(
      '--since <time>',
      'how far back: a time or a duration (2026-11-01T00:00:00Z, 6h, 14d); default: the last sweep',
      time,
    )
    .option('--dry-run', 'only count')
    .option('--last', 'show what the last sweep found, without sweeping')
    .action(async (o: { since?: string; dryRun?: true; last?: true }) => {
      if (!o.last) return run(ctx, { since: o.since, dryRun: o.dryRun });
      const feed = await ctx.ask<FeedRecord>('/sweep');
      ctx.show(feed, () => told(feed, ctx.zone));
    });
  program
    .command('import')
    .description('import issues that are older than the first start of Errand')
    .requiredOption(
      '--since <time>',
      'those first seen since a time, or within a duration (2026-11-01T00:00:00Z, 14d)',
      time,
    )
    .option('--dry-run', 'only count')
    .action((o: { since: string; dryRun?: true }) => run(ctx, { ...o, import: true }));
}

/** A time that is past, or a while before now, as an instant. */
function time(text: string): string {
  const at = pastInstant(text, new Date().toISOString());
  if (at === undefined) throw new InvalidArgumentError(`It ${TIME_WORDS}.`);
  return at;
}

async function run(ctx: CliContext, request: SweepRequest): Promise<void> {
  const name = request.import ? 'import' : 'sweep';
  const report = await feedJob<SweepReport>(ctx, 'sweep', request, (pages, signals, doing) =>
    doing === TASKS
      ? `${name}: Sentry is read; ${plural(pages, 'page')} of tasks read in Asana`
      : `${name}: ${plural(pages, 'page')} read, ${plural(signals, 'issue')} to be read again`,
  );
  ctx.show(report, () => reportWords(report, ctx.zone));
}

function reportWords(r: SweepReport, zone: string | undefined): string {
  const row = (name: string, count: number, what: string): string =>
    `  ${name.padEnd(10)} ${String(count).padStart(6)}  ${what}`;
  const alone = Object.entries(r.leftAlone);
  const [would, did] = r.import ? ['What an import would do', 'Imported'] : ['What a sweep would do', 'Swept'];
  return [
    `${r.dryRun ? would : did}, back to ${timeWords(r.since, zone)}: ${plural(r.pages, 'page')} of Sentry in ${((Date.parse(r.endedAt) - Date.parse(r.startedAt)) / 1_000).toFixed(1)} s`,
    row('expected', r.expected, 'issues in Sentry to be followed here'),
    row('present', r.present, 'as Sentry shows them'),
    row('created', r.created, 'unknown here until now'),
    row('closed', r.closed, 'resolved or archived in Sentry, open here'),
    row('changed', r.changed, 'open again, or with another assignee'),
    ...(r.rechecked > 0 ? [row('rechecked', r.rechecked, 'open here, and not shown by Sentry: read again')] : []),
    ...(r.duplicates ? [row('duplicates', r.duplicates, 'duplicate tasks of an issue, merged into the oldest')] : []),
    ...(r.duplicatesRefused
      ? [
          row(
            'refused',
            r.duplicatesRefused,
            'duplicate tasks that Asana refuses to change: the log of the worker says which, and why',
          ),
        ]
      : []),
    ...(r.duplicates === null ? ['  Asana could not be asked for duplicate tasks.'] : []),
    ...(r.missed
      ? [row('missed', r.missed, `open here, their task not found in Asana${r.dryRun ? '' : ': looked for'}`)]
      : []),
    ...(alone.length > 0 ? alone : [['–', 0] as const]).map(([why, count]) => row('left alone', count, why)),
    ...namedLines(r),
  ].join('\n');
}

/** Below the numbers: who they are. */
function namedLines({ named = [], more = 0 }: SweepReport): string[] {
  if (named.length === 0) return [];
  const rows = named.map(({ id, shortId, verdict }) => `  ${verdict.padEnd(10)} ${shortId ?? id}`);
  return ['', ...rows, ...(more > 0 ? [`  … and ${more} more.`] : [])];
}

function told(feed: FeedRecord, zone: string | undefined): string {
  const lines = [
    `Follows what was first seen after ${timeWords(feed.floor, zone)}; swept up to ${timeWords(feed.watermark, zone)}, ${plural(feed.sweeps, 'time')}.`,
    ...(feed.last ? [reportWords(feed.last, zone)] : []),
  ];
  if (feed.failed)
    lines.push(
      `The last sweep failed ${feed.failed.tries}×: ${feed.failed.message} (${feed.failed.code}, ${timeWords(feed.failed.at, zone)})`,
    );
  if (feed.silent > 1)
    lines.push(
      `Sentry shows issues whose webhooks never came, ${feed.silent} sweeps in a row: look at the integration’s webhook URL.`,
    );
  return lines.join('\n');
}
