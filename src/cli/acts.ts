/** `errand resolve`, `reassign`, `retry`, `mute`, `unmute`, `recheck`, and `logs`: the twins of the operators' POST routes and their log. */
import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { isCommandKey, KEY_WORDS } from '../api/operator/act-request';
import type { ActLogEntry } from '../api/inbox/types';
import type { Recorded } from '../api/operator/acts';
import type { OperatorAct } from '../contract';
import { CATALOGUE, EXIT } from '../errors';
import { timeWords } from '../core/time';
import { plural } from '../text/en';
import type { IssueDetail } from '../core/issue/view';
import type { IssueView } from '../core/issue/row';
import { Exit, type CliContext } from './context';
import { attentionLines, nextLine, NOTHING_IN_ATTENTION } from './issues';
import { drawnBar } from './progress';

type Options = { to?: string; for?: string; code?: string; key?: string };
type RetryOptions = Options & { all?: true };
const IDS = 'sentry:org:123, 123, the short id, or latest';
/** Enough to be quick, few enough not to crowd out what Temporal does besides. */
const RETRIES_AT_ONCE = 5;

export function actCommands(program: Command, ctx: CliContext): void {
  const command = (act: OperatorAct, description: string): Command =>
    program
      .command(act)
      .description(description)
      .argument('<id>', IDS)
      .option('--key <key>', 'makes repeated sends one command; default: a new key each time', checkedKey)
      .action((id: string, { key, ...input }: Options) => perform(ctx, act, id, input, key));
  command('resolve', 'close the issue on both sides: complete the task, resolve it in Sentry');
  command('reassign', 'give the task to somebody, in Asana and Sentry; overrides the rules').requiredOption(
    '--to <person>',
    'a key under people in the rules',
  );
  program
    .command('retry')
    .description('retry now what needs attention, of one issue or of all')
    .argument('[id]', IDS)
    .option('--all', 'every issue in attention')
    .option('--code <code>', 'only what failed with this code, as `errand issues --attention` shows it')
    .option('--key <key>', 'makes repeated sends one command; default: a new key each time', checkedKey)
    .action((id: string | undefined, o: RetryOptions) => {
      if ((o.all === true) === (id !== undefined)) throw new Exit(EXIT.usage, 'Say which issue to retry, or --all.');
      if (o.code !== undefined && !(o.code in CATALOGUE))
        throw new Exit(
          EXIT.usage,
          `There is no code ${o.code}; \`errand issues --attention\` shows those that are met.`,
        );
      if (id !== undefined) return perform(ctx, 'retry', id, { code: o.code }, o.key);
      return retryAll(ctx, o.code, o.key);
    });
  command('mute', 'no comments and no chat for a while; closing still happens').option(
    '--for <duration>',
    'a number with m, h, d or w, such as 4h; at most 90d',
    '1d',
  );
  command('unmute', 'end the mute early');
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
      ctx.show(page, () => acts(page.acts, ctx.zone) + (page.next ? `\n\nMore: --cursor ${page.next}` : ''));
    });
}

export function checkedKey(key: string): string {
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
  const { to, for: time, code } = input;
  const what = [act, to && `to ${to}`, time && `for ${time}`, code && `with ${code}`].filter(Boolean).join(' ');
  const answer = await onceBy(key, () =>
    ctx.ask<IssueDetail | Recorded>(`/issues/${encodeURIComponent(id)}/${act}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(input),
    }),
  );
  ctx.show(answer, () => ('recorded' in answer ? waiting(what, answer) : done(what, answer, ctx.zone)));
}

/** Says how to send once more what may have arrived without an answer. */
export async function onceBy<T>(key: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (!(e instanceof Exit) || e.code !== EXIT.unreachable) throw e;
    const again = `To send the same command again safely: --key ${key}`;
    throw new Exit(e.code, `${e.words}\n${again}`, e.error && { ...e.error, todo: `${e.error.todo} ${again}`.trim() });
  }
}

/** Each issue gets a command of its own, so that a second call with the same key repeats only what was not taken. */
async function retryAll(ctx: CliContext, code: string | undefined, key: string = randomUUID()): Promise<void> {
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = new URLSearchParams({ attention: 'true', limit: '200', ...(cursor ? { cursor } : {}) });
    const page: { issues: IssueView[]; next: string | null } = await ctx.ask(`/issues?${query.toString()}`);
    const wanted = page.issues.filter((i) => code === undefined || i.attention.some((a) => a.code === code));
    ids.push(...wanted.map((i) => i.id));
    cursor = page.next;
  }
  const bar = drawnBar(process.stderr);
  const failed: { id: string; why: string }[] = [];
  let done = 0;
  const queue = [...ids];
  const work = async (): Promise<void> => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await ctx.ask(`/issues/${encodeURIComponent(id)}/retry`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify(code === undefined ? {} : { code }),
        });
      } catch (e) {
        if (!(e instanceof Exit)) throw e;
        failed.push({ id, why: e.error?.code ?? e.message });
      }
      done += 1;
      bar.draw(done / ids.length, `${done} of ${ids.length}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: RETRIES_AT_ONCE }, work));
  } finally {
    bar.end();
  }
  const words = [
    `retry: recorded for ${ids.length - failed.length} of ${plural(ids.length, 'issue')} in attention${code === undefined ? '' : ` with ${code}`}`,
    ...failed.map(({ id, why }) => `  ${id}: ${why}`),
  ];
  const none = code === undefined ? NOTHING_IN_ATTENTION : `Nothing is in attention with ${code}.`;
  ctx.show({ asked: ids.length, recorded: ids.length - failed.length, failed }, () =>
    ids.length === 0 ? none : words.join('\n'),
  );
  if (failed.length > 0) throw new Exit(EXIT.finding);
}

function waiting(what: string, { issue }: Recorded): string {
  return `${what}: recorded for ${issue}, but no worker answered. It is done as soon as one runs.`;
}

function done(what: string, i: IssueDetail, zone: string | undefined): string {
  return [
    `${what}: recorded for ${i.shortId ?? i.id}${i.title === null ? '' : `, ${i.title}`}`,
    `  state     ${i.state}`,
    `  assignee  ${i.assigneeName ?? i.assignee ?? '–'}`,
    `  now       ${nextLine(i, zone).replace(/^Now: /, '')}`,
    // What failed before is being tried again.
    ...(what.startsWith('retry') ? [] : i.attention.flatMap((a) => attentionLines(a, i, zone))),
  ].join('\n');
}

/** As one would say it: `mute 3h`, `import since 2026-11-01T00:00:00.000Z dryRun`. */
function inputWords([name, value]: [string, string]): string {
  if (name === 'to' || name === 'for') return value;
  return value === 'true' ? name : `${name} ${value}`;
}

function acts(entries: ActLogEntry[], zone: string | undefined): string {
  if (entries.length === 0) return 'Nobody did anything by hand yet.';
  return entries
    .map((a) => {
      const what = [a.act, ...Object.entries(a.input ?? {}).map(inputWords)].join(' ');
      const outcome = [a.outcome, a.code].filter(Boolean).join(' ');
      return `${timeWords(a.at, zone)}  ${a.by}: ${[what, a.issue].filter(Boolean).join(', ')}: ${outcome}`;
    })
    .join('\n');
}
