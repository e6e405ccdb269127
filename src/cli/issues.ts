/** `errand issues`, `issue`, `explain`, `alerts`, `config`: the commands of the operators' routes. */
import type { Command } from 'commander';
import { entryOf } from '../errors';
import { addIssue, heldProjects } from '../core/alerts/alerts';
import { HELD } from '../core/issue/attention';
import { REPEATED } from '../core/issue/doubt';
import { vendorOf } from '../activities/whose';
import { NAMED } from '../vendors/names';
import { sizeWords, stepWords } from '../core/issue/words';
import { timeWords } from '../core/time';
import { alertInTerminal, renderCause } from '../text/alert';
import { plural } from '../text/en';
import { toTerminal } from '../text/markup';
import { jsonText } from '../text/terminal';
import type { AlertsRecord, Trouble } from '../core/alerts/record';
import type { Explanation, IssueDetail, IssueShown } from '../core/issue/view';
import type { IssueView } from '../core/issue/row';
import type { CliContext } from './context';

const TITLE_MAX = 60;
export const NOTHING_IN_ATTENTION = 'Nothing is in attention.';
const ID_WORDS = 'sentry:org:123, 123, the short id, or `latest`: the one that changed last';
/** Those that leave issues out, in the order in which they are told. */
const FILTERS = ['state', 'project', 'assignee', 'attention'];

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
      const words = (): string[] => [
        page.issues.length === 0 ? noIssues(o) : table(page.issues),
        ...(o.attention ? causes(page.issues, page.next !== null, ctx.zone) : []),
        ...(page.next ? [`More: --cursor ${page.next}`] : []),
      ];
      ctx.show(page, () => words().join('\n\n'));
    });
  program
    .command('issue')
    .description('show one issue: its state, its task, what happened and what comes next')
    .argument('<id>', ID_WORDS)
    .action(async (id: string) => {
      const issue = await ctx.ask<IssueShown>(`/issues/${await known(ctx, id)}`);
      ctx.show(issue, () => story(issue, ctx.zone));
    });
  program
    .command('explain')
    .description('show why this rule and this person')
    .argument('<id>', ID_WORDS)
    .action(async (id: string) => {
      const explanation = await ctx.ask<Explanation>(`/issues/${await known(ctx, id)}/explain`);
      ctx.show(explanation, () => explanation.text);
    });
  program
    .command('alerts')
    .description('show what needs a person, by cause: what it means, since when, and what to do')
    .action(async () => {
      const record = await ctx.ask<AlertsRecord>('/alerts');
      ctx.show(record, () => alertWords(record, ctx.zone));
    });
  program
    .command('config')
    .description('show the configuration of the running Errand, without secrets')
    .action(async () => {
      const config = await ctx.ask<object>('/config');
      ctx.out(jsonText(config, 2));
    });
}

/** The id, ready for a path. */
async function known(ctx: CliContext, id: string): Promise<string> {
  return encodeURIComponent(id === 'latest' ? (await ctx.ask<IssueView>('/issues/latest')).id : id);
}

/** What was asked for stands in it: a name mistyped must not look as if all were well. */
function noIssues(o: Record<string, string | boolean>): string {
  const given = FILTERS.filter((name) => o[name] !== undefined);
  if (given.length === 0) return 'No issues.';
  if (given.join() === 'attention') return NOTHING_IN_ATTENTION;
  return `No issues with ${given.map((name) => (o[name] === true ? `--${name}` : `--${name} ${String(o[name])}`)).join(' ')}.`;
}

/** A paragraph for each cause, whatever the number of issues. @param more there are more than these */
function causes(issues: IssueView[], more: boolean, zone: string | undefined): string[] {
  const all = new Map<string, Trouble>();
  for (const issue of issues) addIssue(all, issue, null, vendorOf);
  return [...all.values()].map((trouble) => {
    const projects = trouble.code === HELD ? { projects: heldProjects(issues) } : {};
    const most = { count: trouble.count, more };
    const cause = { ...trouble, ...projects, more, most, absent: 0 };
    return toTerminal(renderCause(cause, entryOf(trouble.code), zone));
  });
}

function alertWords({ alerts, last, failed }: AlertsRecord, zone: string | undefined): string {
  const none = last ? 'No alerts.' : 'No alerts: nothing was looked at yet.';
  const shown = alerts.map((alert) => toTerminal(alertInTerminal(alert, entryOf(alert.code), zone)));
  const broken = failed
    ? [`Could not look ${plural(failed.tries, 'time')}, last at ${timeWords(failed.at, zone)}: ${failed.message}`]
    : [];
  return [...(shown.length === 0 ? [none] : shown), ...broken].join('\n\n');
}

function table(issues: IssueView[]): string {
  const rows = issues.map((i) => [
    i.shortId ?? i.id,
    i.state,
    i.attention.length > 0 ? '!' : ' ',
    i.assigneeName ?? i.assignee ?? '–',
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

/** @param zone IANA, for times */
export function attentionLines(
  a: IssueDetail['attention'][number],
  i: Pick<IssueView, 'id' | 'shortId'>,
  zone: string | undefined,
): string[] {
  const entry = entryOf(a.code);
  const why = a.message || entry?.message || '';
  const what = `  failed    could not ${stepWords(a.step, NAMED)}: ${why} (${a.code}, ${a.tries}×, since ${timeWords(a.since, zone)})`;
  return entry ? [what, `  to do     ${entry.todo.replace('<id>', i.shortId ?? i.id)}`] : [what];
}

/** What happens next; what failed is left to the lines that follow. @param zone IANA, for times */
export function nextLine(i: IssueDetail, zone: string | undefined): string {
  const [again] = i.attention.flatMap((a) => (a.code === REPEATED ? [] : (a.again ?? []))).sort();
  if (!i.next.startsWith('Needs a person: ') || again === undefined) return i.next;
  return `Needs a person. Tried again at ${timeWords(again, zone)}, or at once after \`retry\`.`;
}

/** @param zone IANA, for times */
export function story(i: IssueShown, zone: string | undefined): string {
  const lines = [
    `${i.shortId ? `${i.shortId}: ` : ''}${i.title ?? 'not read yet'}`,
    `  id        ${i.id}`,
    `  state     ${i.state}. ${nextLine(i, zone)}`,
    `  sentry    ${i.url ?? '–'} (${sizeWords(i)})`,
    `  task      ${i.task ? i.task.url : '–'}`,
    `  assignee  ${i.assigneeName ?? i.assignee ?? '–'}${i.override ? ` (chosen by ${i.override.by})` : ''}, rule ${i.rule ?? '–'}`,
    ...i.attention.flatMap((a) => attentionLines(a, i, zone)),
    ...i.trying.map(
      (t) => `  trying    could not ${stepWords(t.step, NAMED)} yet: ${t.message} (${t.code}, ${t.tries}×)`,
    ),
    ...i.rejects.map((r) => `  rejected  ${timeWords(r.at, zone)} ${r.what}`),
    '',
    ...i.timeline.map((t) => `  ${timeWords(t.at, zone)}  ${t.what}`),
  ];
  return lines.join('\n');
}
