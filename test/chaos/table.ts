/** What a run prints: one table, and the story of each difference. */
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
  ].join('\n');
}

export function storyText(story: Story, seed: number, happened: readonly Happened[]): string {
  const { life, column, what, because, timeline } = story;
  const lines = [
    `${column}: ${what}`,
    `  seed ${seed}, issue ${life?.id ?? 'unknown'} (number ${life?.number ?? '?'})`,
  ];
  if (life) lines.push(`  ${life.project}, ${life.environment}; ${because.join('; ')}`);
  lines.push('  its life:');
  for (const h of happened) lines.push(`    ${new Date(h.at).toISOString()} ${actText(h)}`);
  lines.push('  its timeline:', ...timeline.map((t) => `    ${t.at} ${t.what}`));
  return lines.join('\n');
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
