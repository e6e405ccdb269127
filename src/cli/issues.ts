/** `errand issues`, `issue`, `explain`, `config`: the twins of the operators' routes. */
import type { Command } from 'commander';
import { CATALOGUE, type ErrorEntry } from '../errors';
import type { Explanation, IssueDetail, IssueView } from '../types';
import type { CliContext } from './context';

const TITLE_MAX = 60;

export function issueCommands(program: Command, ctx: CliContext): void {
  program
    .command('issues')
    .description('list the issues that Errand follows')
    .option('--state <state>', 'new, open, resolved, muted, skipped or done')
    .option('--project <slug>', 'of this Sentry project')
    .option('--assignee <person>', 'given to this person, a key under people in the rules')
    .option('--attention', 'only those that need a person')
    .option('--limit <n>', 'at most this many', '50')
    .option('--cursor <cursor>', 'the `next` of the page before')
    .action(async (o: Record<string, string | boolean>) => {
      const query = new URLSearchParams(Object.entries(o).map(([k, v]): [string, string] => [k, String(v)]));
      const page = await ctx.ask<{ issues: IssueView[]; next: string | null }>(`/issues?${query.toString()}`);
      const why = (): string =>
        o.attention
          ? page.issues
              .flatMap((one) => ['', one.shortId ?? one.id, ...one.attention.flatMap((a) => attentionLines(a, one))])
              .map((line) => `\n${line}`)
              .join('')
          : '';
      ctx.show(page, () => table(page.issues) + why() + (page.next ? `\n\nMore: --cursor ${page.next}` : ''));
    });
  program
    .command('issue')
    .description('show one issue: its state, its task, what happened and what comes next')
    .argument('<id>', 'sentry:org:123, 123, or the short id')
    .action(async (id: string) => {
      const known = id === 'latest' ? (await ctx.ask<IssueView>('/issues/latest')).id : id;
      const issue = await ctx.ask<IssueDetail>(`/issues/${encodeURIComponent(known)}`);
      ctx.show(issue, () => story(issue));
    });
  program
    .command('explain')
    .description('show why this rule and this person')
    .argument('<id>', 'sentry:org:123, 123, or the short id')
    .action(async (id: string) => {
      const explanation = await ctx.ask<Explanation>(`/issues/${encodeURIComponent(id)}/explain`);
      ctx.show(explanation, () => explanation.text);
    });
  program
    .command('config')
    .description('show the configuration of the running Errand, without secrets')
    .action(async () => {
      const config = await ctx.ask<object>('/config');
      ctx.out(JSON.stringify(config, null, 2));
    });
}

function table(issues: IssueView[]): string {
  if (issues.length === 0) return 'No issues.';
  const rows = issues.map((i) => [
    i.shortId ?? i.id,
    i.state,
    i.attention.length > 0 ? '!' : ' ',
    i.assignee ?? '–',
    String(i.events ?? ''),
    (i.title ?? '').slice(0, TITLE_MAX),
  ]);
  const head = ['ISSUE', 'STATE', '!', 'ASSIGNEE', 'EVENTS', 'TITLE'];
  const widths = head.map((h, c) => Math.max(h.length, ...rows.map((r) => r[c]?.length ?? 0)));
  return [head, ...rows]
    .map((r) =>
      r
        .map((cell, c) => cell.padEnd(widths[c] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function attentionLines(a: IssueView['attention'][number], i: IssueView): string[] {
  const entry = (CATALOGUE as Record<string, ErrorEntry>)[a.code];
  const since = a.since.slice(0, 16).replace('T', ' ');
  const what = `  failed    ${a.step}: ${entry?.message ?? ''} (${a.code}, ${a.tries}×, since ${since} UTC)`;
  return entry ? [what, `  to do     ${entry.todo.replace('<id>', i.shortId ?? i.id)}`] : [what];
}

export function story(i: IssueDetail): string {
  const lines = [
    `${i.shortId ? `${i.shortId}: ` : ''}${i.title ?? 'not read yet'}`,
    `  id        ${i.id}`,
    `  state     ${i.state}. ${i.next}`,
    `  sentry    ${i.url ?? '–'} (${i.level ?? '?'}, ${i.events ?? 0} events, ${i.users ?? 0} users)`,
    `  task      ${i.task ? i.task.url : '–'}`,
    `  assignee  ${i.assignee ?? '–'}${i.override ? ` (chosen by ${i.override.by})` : ''}, rule ${i.rule ?? '–'}`,
    ...i.attention.flatMap((a) => attentionLines(a, i)),
    ...i.rejects.map((r) => `  rejected  ${r.at} ${r.what}`),
    '',
    ...i.timeline.map((t) => `  ${t.at.slice(0, 19).replace('T', ' ')}  ${t.what}`),
  ];
  return lines.join('\n');
}
