/** `errand resolve`, `reassign`, `retry`, `mute`, `recheck`, and `logs`: the twins of the operators' POST routes and their log. */
import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { isCommandKey, KEY_WORDS } from '../api/act-request';
import type { ActLogEntry } from '../api/inbox-types';
import type { Recorded } from '../api/operator-acts';
import type { OperatorAct } from '../contract';
import { EXIT } from '../errors';
import type { IssueDetail } from '../types';
import { Exit, type CliContext } from './context';
import { attentionLines } from './issues';

type Options = { to?: string; for?: string; key?: string };

export function actCommands(program: Command, ctx: CliContext): void {
  const command = (act: OperatorAct, description: string): Command =>
    program
      .command(act)
      .description(description)
      .argument('<id>', 'sentry:org:123, 123, or the short id')
      .option('--key <key>', 'makes it one command, however often it is sent; default: a new one each time', checkedKey)
      .action((id: string, { key, ...input }: Options) => perform(ctx, act, id, input, key));
  command('resolve', 'close the issue on both sides: complete the task, resolve it in Sentry');
  command(
    'reassign',
    'give the task to somebody, in Asana and Sentry; stands over the choice of the rules',
  ).requiredOption('--to <person>', 'a key under people in the rules');
  command('retry', 'try at once whatever needs attention');
  command('mute', 'no comments and no chat for a while; closing still happens').option(
    '--for <duration>',
    'a number with m, h, d or w, such as 4h; at most 90d',
    '1d',
  );
  command('recheck', 'read the issue in Sentry and look at the task now');
  program
    .command('logs')
    .description('list what operators did by hand: who, when, and what was answered')
    .option('--limit <n>', 'at most this many', '50')
    .option('--cursor <cursor>', 'the `next` of the page before')
    .action(async (o: { limit: string; cursor?: string }) => {
      const page = await ctx.ask<{ acts: ActLogEntry[]; next: string | null }>(
        `/logs?${new URLSearchParams(o).toString()}`,
      );
      ctx.show(page, () => acts(page.acts) + (page.next ? `\n\nMore: --cursor ${page.next}` : ''));
    });
}

function checkedKey(key: string): string {
  if (!isCommandKey(key)) throw new InvalidArgumentError(`It ${KEY_WORDS}.`);
  return key;
}

async function perform(
  ctx: CliContext,
  act: OperatorAct,
  id: string,
  input: Omit<Options, 'key'>,
  key: string = randomUUID(),
): Promise<void> {
  const what = [act, input.to && `to ${input.to}`, input.for && `for ${input.for}`].filter(Boolean).join(' ');
  try {
    const answer = await ctx.ask<IssueDetail | Recorded>(`/issues/${encodeURIComponent(id)}/${act}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(input),
    });
    ctx.show(answer, () => ('recorded' in answer ? waiting(what, answer) : done(what, answer)));
  } catch (e) {
    if (!(e instanceof Exit) || e.code !== EXIT.unreachable) throw e;
    throw new Exit(e.code, `${e.words}\nThe same once more, done at most once: --key ${key}`, e.error);
  }
}

function waiting(what: string, { issue }: Recorded): string {
  return `${what}: recorded for ${issue}, but no worker answered. It is done as soon as one runs.`;
}

function done(what: string, i: IssueDetail): string {
  return [
    `${what}: recorded for ${i.shortId ?? i.id}${i.title === null ? '' : `, ${i.title}`}`,
    `  state     ${i.state}`,
    `  assignee  ${i.assignee ?? '–'}`,
    `  now       ${i.next.replace(/^Next: /, '')}`,
    // What failed before is being tried again.
    ...(what === 'retry' ? [] : i.attention.flatMap((a) => attentionLines(a, i))),
  ].join('\n');
}

function acts(entries: ActLogEntry[]): string {
  if (entries.length === 0) return 'Nobody did anything by hand yet.';
  return entries
    .map((a) => {
      const input = Object.values(a.input ?? {}).join(' ');
      const outcome = [a.outcome, a.code].filter(Boolean).join(' ');
      return `${a.at.slice(0, 19).replace('T', ' ')}  ${a.by}: ${[a.act, input].filter(Boolean).join(' ')}, ${a.issue ?? '–'}: ${outcome}`;
    })
    .join('\n');
}
