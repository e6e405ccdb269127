/** `errand demo <scene>`: makes something happen in pretend Sentry and tells what Errand does about it. */
import { Argument, type Command } from 'commander';
import { EXIT } from '../errors';
import type { Explanation, IssueDetail, IssueView } from '../types';
import { Exit, type CliContext } from './context';
import { readFixture } from './fixtures';
import { send } from './send';
import { follow, settled } from './follow';
import type { SandboxInfo } from '../sandbox-env';

export const FIRST_PAYLOAD = 'event_alert.triggered.node-exception';
const SCENES = ['new', 'hc', 'resolve', 'regress', 'away'] as const;
type Scene = (typeof SCENES)[number];
const DAY_MS = 86_400_000;

export function demoCommand(program: Command, ctx: CliContext): void {
  program
    .command('demo')
    .description(
      'new: an error appears · hc: one that needs data corrected · resolve / regress: the latest issue is resolved, comes back · away: its assignee goes on leave, and the same error appears anew',
    )
    .addArgument(new Argument('<scene>').choices(SCENES))
    .action(async (scene: Scene) => {
      const sandbox = ctx.running()?.sandbox;
      if (!sandbox)
        throw new Exit(
          EXIT.unreachable,
          'The demo plays in the sandbox: start `npx errand up` without credentials first.',
        );
      const from = Date.now();
      // A program gets the issue, a person its story.
      const say = (line: string): void => void (ctx.json || ctx.out(line));
      const id = await play(ctx, sandbox, scene, say);
      const done = await follow(ctx, id, from, say, settled);
      if (ctx.json) return ctx.show(done ?? null, () => '');
      if (done?.task) ctx.out(`\n  task  ${done.task.url}`);
      if (scene === 'away' && done) ctx.out(`\n${await why(ctx, done.id)}`);
    });
}

async function control<T>(sandbox: SandboxInfo, path: string, body: object = {}): Promise<T> {
  const answer = await fetch(`${sandbox.url}/_control${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (!answer?.ok)
    throw new Exit(
      EXIT.unreachable,
      `The sandbox at ${sandbox.url} did not do it (${answer?.status ?? 'not reachable'}).`,
    );
  return (await answer.json()) as T;
}

async function play(ctx: CliContext, sandbox: SandboxInfo, scene: Scene, say: (line: string) => void): Promise<string> {
  if (scene === 'new' || scene === 'hc') {
    const title =
      scene === 'hc'
        ? '[HC] Invoice totals differ from their items'
        : `TimeoutError: payment provider did not answer (${new Date().toISOString().slice(11, 19)})`;
    return (
      await control<{ id: string }>(sandbox, '/sentry/issues', {
        title,
        project: 'checkout-api',
        environment: 'production',
        release: 'checkout@4.2.0',
      })
    ).id;
  }
  if (scene === 'away') {
    const { assignee: person, title, project, level } = await latest(ctx, 'open');
    if (!person) throw new Exit(EXIT.finding, 'The latest open issue has no assignee; run `errand demo new` first.');
    // Two days, so that it is today in every time zone.
    const [from, to] = [0, DAY_MS].map((ms) => new Date(Date.now() + ms).toISOString().slice(0, 10));
    await control(sandbox, '/calamari/absences', { email: `${person}@example.com`, from, to });
    say(`  ${person} is on leave today.`);
    const again = { title, project, level, environment: 'production' };
    return (await control<{ id: string }>(sandbox, '/sentry/issues', again)).id;
  }
  const issue = await latest(ctx, scene === 'resolve' ? 'open' : 'resolved');
  const id = issue.id.split(':').at(-1) ?? '';
  await control(sandbox, `/sentry/issues/${id}/${scene}`);
  say(`  ${issue.shortId ?? id} ${scene === 'resolve' ? 'was resolved' : 'came back'} in Sentry.`);
  return id;
}

/** Who is away never shows in the story of one issue, only among the reasons. */
async function why(ctx: CliContext, id: string): Promise<string> {
  const { text } = await ctx.ask<Explanation>(`/issues/${encodeURIComponent(id)}/explain`);
  return text;
}

async function latest(ctx: CliContext, state: IssueDetail['state']): Promise<IssueView> {
  const { issues } = await ctx.ask<{ issues: IssueView[] }>(`/issues?state=${state}&limit=200`);
  const newest = issues.sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))[0];
  if (!newest)
    throw new Exit(
      EXIT.finding,
      `There is no ${state} issue; run \`errand demo ${state === 'open' ? 'new' : 'resolve'}\` first.`,
    );
  return newest;
}

/** The first payload of a fresh sandbox, so that a newcomer sees a task within seconds. */
export async function firstStory(ctx: CliContext, say: (line: string) => void): Promise<IssueDetail | undefined> {
  const from = Date.now();
  const sent = await send(ctx, readFixture(FIRST_PAYLOAD), {});
  say(
    `  webhook   ${FIRST_PAYLOAD}, signed by pretend Sentry: answered ${sent.status} in ${sent.ms} ms, and on the disk before that`,
  );
  if (!sent.issue) return undefined;
  return follow(ctx, sent.issue, from, say, settled);
}
