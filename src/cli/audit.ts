/** `errand audit` and `errand rebuild`: what lies in the tracker, compared with Sentry and given back to Temporal. */
import type { Command } from 'commander';
import { ON_ITS_WAY } from '../contract';
import { EXIT } from '../errors';
import { shellWord } from '../text/command';
import { plural } from '../text/en';
import type { AuditReport, Difference, RebuildReport } from '../core/feed/activities';
import { Exit, type CliContext } from './context';
import { feedJob } from './feed-job';

const TITLES: Record<Difference['what'], string> = {
  no_task: 'unresolved in Sentry, without a task',
  two_tasks: 'with more than one task',
  task_open: 'resolved, archived or gone in Sentry, with an open task',
  task_completed: 'unresolved in Sentry, with a completed task',
  assignee: 'assigned to different people',
};
const TODO: Record<Difference['what'], string> = {
  no_task:
    '`errand sweep`; `errand recheck <id>` where its task is gone; `errand issue <id>` where it failed; `errand storms` where it is held',
  two_tasks: 'nothing: the next sweep keeps the oldest',
  task_open:
    '`errand sweep`; if Sentry answers 404, `errand issue <id>` shows when it counts as deleted; resolve one deleted long ago by hand',
  task_completed: 'resolve the issue in Sentry, or reopen the task in Asana',
  assignee: '`errand reassign <id> --to <person>`',
};

export function auditCommands(program: Command, ctx: CliContext): void {
  program
    .command('audit')
    .description('compare Sentry with the tracker, both ways, and change nothing; exit 1 when they differ')
    .action(async () => {
      const report = await feedJob<AuditReport>(ctx, 'audit', {}, (pages) => `${plural(pages, 'page')} read`);
      ctx.show(report, () => auditWords(report));
      if (report.differences.length > 0 || report.unread.length > 0) throw new Exit(EXIT.finding);
    });
  program
    .command('rebuild')
    .description(
      'after Temporal’s database was lost: follow every issue that has a task in the tracker again; makes no task',
    )
    .option('--dry-run', 'only count')
    .action(async (o: { dryRun?: true }) => {
      const report = await feedJob<RebuildReport>(
        ctx,
        'rebuild',
        o,
        (pages, signals) => `${plural(pages, 'page')} read, ${plural(signals, 'issue')} followed again`,
      );
      ctx.show(report, () => rebuildWords(report));
      if (report.unread.length > 0) throw new Exit(EXIT.finding);
    });
}

const row = (name: string, count: number, what: string): string =>
  `  ${name.padEnd(10)} ${String(count).padStart(6)}  ${what}`;
const seconds = (r: { startedAt: string; endedAt: string }): string =>
  `${((Date.parse(r.endedAt) - Date.parse(r.startedAt)) / 1_000).toFixed(1)} s`;
const asides = (r: Pick<AuditReport, 'leftAlone' | 'unread'>): string[] => [
  ...Object.entries(r.leftAlone).map(([why, count]) => row('left alone', count, why)),
  ...r.unread.map((why) => `  not read: ${why}`),
];

/** The one that it is about is filled in; where there are several, the reader chooses. */
function todoOf(what: Difference['what'], [one, ...others]: Difference[]): string {
  return one && others.length === 0 ? TODO[what].replaceAll('<id>', shellWord(one.shortId ?? one.issue)) : TODO[what];
}

function auditWords(r: AuditReport): string {
  const found = r.differences.length + r.more;
  const kinds = (Object.keys(TITLES) as Difference['what'][]).flatMap((what) => {
    const some = r.differences.filter((d) => d.what === what);
    if (some.length === 0) return [];
    const count = r.counts[what] ?? some.length;
    const lines = some.map((d) => `    ${d.shortId ?? d.issue}  ${d.detail}  ${d.task ?? d.url ?? ''}`.trimEnd());
    const more = count > some.length ? [`    … and ${count - some.length} more.`] : [];
    return ['', `  ${what}: ${count} ${TITLES[what]}. To do: ${todoOf(what, some)}.`, ...lines, ...more];
  });
  return [
    `Compared ${plural(r.issues, 'unresolved issue')} of Sentry with ${plural(r.tasks, 'task')} in ${seconds(r)}: ${foundWords(found, r.leftAlone[ON_ITS_WAY] ?? 0)}`,
    row('agree', r.agree, 'say the same on both sides'),
    ...asides(r),
    ...kinds,
  ].join('\n');
}

/** What changed within the last half minute is not judged, so that nothing found is not the whole answer then. */
function foundWords(found: number, moving: number): string {
  if (found > 0) return `${found} ${found === 1 ? 'differs' : 'differ'}`;
  return moving === 0
    ? 'no difference'
    : `no difference so far; ${moving} changed a moment ago, ask again in half a minute`;
}

function rebuildWords(r: RebuildReport): string {
  return [
    `${r.dryRun ? 'What a rebuild would do' : 'Rebuilt'}: ${plural(r.tasks, 'task')} read in ${seconds(r)}`,
    row('known', r.known, 'followed here already'),
    row('adopted', r.adopted, r.dryRun ? 'would be followed again' : 'are followed again'),
    ...asides(r),
    ...(r.dryRun || r.adopted === 0
      ? []
      : ['', 'Issues without a task come in with `errand import --since <time>`; `errand audit` tells what is left.']),
  ].join('\n');
}
