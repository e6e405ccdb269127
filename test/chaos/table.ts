/** What a run prints: one table, and the story of each difference. */
import { cannot, CELLS, cellsWanted, FAULTS, TRANSITIONS, type Cell } from './cells';
import { COLUMNS } from './compare';
import type { Happened } from './expect';
import type { Result, Story } from './run';

export function tableOf(result: Result): string {
  const head = ['seed', 'issues', ...COLUMNS, 'faults', 'quiet after'];
  const sum = (of: 'faults' | 'quiet'): string => `${Math.round(result.rounds.reduce((all, r) => all + r[of], 0))} s`;
  const row = [result.seed, result.compared, ...COLUMNS.map((c) => result.columns[c]), sum('faults'), sum('quiet')];
  const cells = [head, head.map((name) => '-'.repeat(name.length)), row.map(String)];
  const line = (r: readonly string[]): string =>
    `| ${r.map((cell, i) => cell.padEnd(head[i]?.length ?? 0)).join(' | ')} |`;
  const { webhooks: w, kills } = result;
  return [
    ...cells.map(line),
    '',
    `Webhooks: ${w.sent} sent, ${w.dropped} dropped, ${w.doubled} doubled, ${w.acknowledged} acknowledged, ${w.refused} unanswered.`,
    `Killed: the api ${kills.api}, a worker ${kills.workers}, Temporal ${kills.temporal} times.`,
    '',
    cellsTable(new Set(result.reached), result.issues),
  ].join('\n');
}

export function storyText(story: Story, seed: number, happened: readonly Happened[]): string {
  const { life, column, what, because, timeline, history } = story;
  const lines = [
    `${column}: ${what}`,
    `  seed ${seed}, issue ${life?.id ?? 'unknown'} (number ${life?.number ?? '?'})`,
  ];
  if (life) lines.push(`  ${life.project}, ${life.environment}; ${because.join('; ')}`);
  lines.push('  its life:');
  for (const h of happened) lines.push(`    ${new Date(h.at).toISOString()} ${actText(h)}`);
  lines.push('  its timeline:', ...timeline.map((t) => `    ${t.at} ${t.what}`));
  if (history.length > 0) lines.push(...historyText(history));
  return lines.join('\n');
}

/** The newest events: a workflow that is stuck says at its end why. */
const EVENTS_SHOWN = 40;
/** They come between any two others, and say nothing by themselves; the file has them. */
const ROUTINE =
  / (workflowTask(Scheduled|Started|Completed)|upsertWorkflowSearchAttributes|workflowPropertiesModified)$/;

function historyText(history: readonly string[]): string[] {
  const shown = history.filter((line) => !ROUTINE.test(line)).slice(-EVENTS_SHOWN);
  const cut = history.length > shown.length ? `, the last ${shown.length} of ${history.length} lines` : '';
  return [`  its history in Temporal${cut}:`, ...shown.map((line) => `    ${line}`)];
}

function actText({ do: act, to, skipped, calm, task, age }: Happened): string {
  const more = [
    to && `to ${to}`,
    task && `task ${task}`,
    age !== undefined && `${Math.round(age / 100) / 10} s old`,
    calm !== undefined && (calm ? 'at rest' : 'in motion'),
    skipped && `not done: ${skipped}`,
  ].filter(Boolean);
  return [act, ...more].join(', ');
}

const MARKS = { reached: 'x', missed: '.', cannot: ' ' } as const;

/** The table: x reached, . missed, empty where it cannot occur. @param issues of the run */
export function cellsTable(reached: ReadonlySet<Cell>, issues: number): string {
  const wide = Math.max(...FAULTS.map((f) => f.length));
  const line = (name: string, marks: readonly string[]): string => `| ${[name.padEnd(wide), ...marks].join(' | ')} |`;
  const rows = FAULTS.map((fault) =>
    line(
      fault,
      TRANSITIONS.map((t) => {
        const is = cannot(fault, t) ? 'cannot' : reached.has(`${fault} × ${t}`) ? 'reached' : 'missed';
        return MARKS[is].padEnd(t.length);
      }),
    ),
  );
  const head = line('', TRANSITIONS);
  const missed = CELLS.filter((cell) => !reached.has(cell));
  return [
    head,
    line(
      '-'.repeat(wide),
      TRANSITIONS.map((t) => '-'.repeat(t.length)),
    ),
    ...rows,
    '',
    `Reached ${CELLS.length - missed.length} of ${CELLS.length} cells, wanted ${cellsWanted(issues)}.${missed.length > 0 ? ` Missed: ${missed.join('; ')}.` : ''}`,
  ].join('\n');
}
