/** `errand demo <scene>`: makes something happen in pretend Sentry and tells what Errand does about it. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { EXIT } from '../errors';
import { milliseconds } from '../rules/values';
import type { SandboxInfo } from '../process/sandbox-env';
import type { Explanation, IssueDetail } from '../core/issue/view';
import type { IssueView } from '../core/issue/row';
import { Exit, type CliContext } from './context';
import {
  outage,
  OUTAGE_DEFAULT,
  OUTAGE_MAX_MS,
  outageEnd,
  outageProblem,
  VENDORS,
  type VendorName,
} from './demo-outage';
import { control, newIssue, sandboxOf, untilAskedAnew } from './demo-sandbox';
import { storm, STORM_COUNT, STORM_MAX, stormProblem, stormTable } from './demo-storm';
import { FIRST_PAYLOAD, readFixture } from './fixtures';
import { follow, isAtRest } from './follow';
import { send } from './send';

/** The scenes that are the story of one issue. */
const SCENES = {
  new: 'an error appears',
  hc: 'an error whose data must be corrected: a task with subtasks',
  resolve: 'the latest open issue is resolved in Sentry: its task is completed',
  regress: 'the latest resolved issue comes back: the same task is reopened',
  away: 'the assignee of the latest issue goes on leave, and the same error appears anew',
} as const;
type Scene = keyof typeof SCENES;
const DAY_MS = 86_400_000;

export function demoCommand(program: Command, ctx: CliContext): void {
  const demo = program
    .command('demo')
    .description('make something happen in pretend Sentry, and tell what Errand does about it');
  // A program gets the result, a person the story.
  const say = (line: string): void => void (ctx.json || ctx.out(line));
  for (const [scene, what] of Object.entries(SCENES) as [Scene, string][])
    demo
      .command(scene)
      .description(what)
      .action(() => one(ctx, sandboxOf(ctx), scene, say));
  demo
    .command('storm')
    .description('one error happens again and again, and five others appear: six tasks, however many webhooks')
    .option('--count <n>', `webhooks of the one error, at most ${STORM_MAX}`, countOf, STORM_COUNT)
    .action(async ({ count }: { count: number }) => {
      const result = await storm(ctx, sandboxOf(ctx), ctx.running()?.url ?? '', count);
      ctx.show(result, () => stormTable(result));
      end(stormProblem(result));
    });
  demo
    .command('outage')
    .description('a vendor goes down, an error appears meanwhile, the vendor comes back: the work was late, not lost')
    .addOption(new Option('--vendor <vendor>', 'who goes down').choices(VENDORS).default('asana'))
    .addOption(
      new Option('--for <duration>', 'for how long, at most 60s')
        .argParser(outageOf)
        .default(milliseconds(OUTAGE_DEFAULT), OUTAGE_DEFAULT),
    )
    .action(async (o: { vendor: VendorName; for: number }) => {
      const result = await outage(ctx, sandboxOf(ctx), o.vendor, o.for, say);
      ctx.show(result, () => outageEnd(result));
      end(outageProblem(result));
    });
}

function countOf(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > STORM_MAX) throw new InvalidArgumentError(`It must be a number from 1 to ${STORM_MAX}.`);
  return count;
}

function outageOf(text: string): number {
  const ms = milliseconds(text) ?? 0;
  if (ms < 1_000 || ms > OUTAGE_MAX_MS) throw new InvalidArgumentError('It must be a duration from 1s to 60s.');
  return ms;
}

function end(problem: string | undefined): void {
  if (problem !== undefined) throw new Exit(EXIT.finding, problem);
}

async function one(ctx: CliContext, sandbox: SandboxInfo, scene: Scene, say: (line: string) => void): Promise<void> {
  const from = Date.now();
  const id = await play(ctx, sandbox, scene, say);
  const done = await follow(ctx, id, from, say, isAtRest);
  if (ctx.json) ctx.show(done ?? null, () => '');
  else {
    if (done?.task) ctx.out(`\n  task  ${done.task.url}`);
    if (scene === 'away' && done) ctx.out(`\n${await why(ctx, done.id)}`);
  }
  end(problemOf(done));
}

async function play(ctx: CliContext, sandbox: SandboxInfo, scene: Scene, say: (line: string) => void): Promise<string> {
  if (scene === 'new' || scene === 'hc') {
    const title =
      scene === 'hc'
        ? '[HC] Invoice totals differ from their items'
        : `TimeoutError: payment provider did not answer (${new Date().toISOString().slice(11, 19)})`;
    return newIssue(sandbox, { title, project: 'checkout-api', release: 'checkout@4.2.0' });
  }
  if (scene === 'away') {
    const { assignee: person, assigneeName, title, project, level } = await latest(ctx, 'open');
    if (!person) throw new Exit(EXIT.finding, 'The latest open issue has no assignee; run `errand demo new` first.');
    // Two days, so that it is today in every time zone.
    const [from, to] = [0, DAY_MS].map((ms) => new Date(Date.now() + ms).toISOString().slice(0, 10));
    // Whoever an earlier scene sent on leave is back.
    await control(sandbox, '/calamari/absences', {}, 'DELETE');
    await control(sandbox, '/calamari/absences', { email: `${person}@example.com`, from, to });
    say(`  ${assigneeName ?? person} is on leave today.`);
    await untilAskedAnew(sandbox, say);
    return newIssue(sandbox, { title: title ?? '', project: project ?? '', level: level ?? undefined });
  }
  const issue = await latest(ctx, scene === 'resolve' ? 'open' : 'resolved');
  const id = issue.id.split(':').at(-1) ?? '';
  await control(sandbox, `/sentry/issues/${id}/${scene}`);
  say(`  ${issue.shortId ?? id} ${scene === 'resolve' ? 'was resolved' : 'came back'} in Sentry.`);
  return id;
}

/** What the scene was to show, and did not. */
function problemOf(done: IssueDetail | undefined): string | undefined {
  if (!done) return 'It is not done yet; `errand issue latest` tells how it goes on.';
  if (done.attention.length > 0) return `It needs a person: ${done.next}`;
  return done.task === null ? `There is no task: ${done.next}` : undefined;
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
  return follow(ctx, sent.issue, from, say, isAtRest);
}
