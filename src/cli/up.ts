/**
 * `errand up`: everything in one, with its story; and `api`, `worker`, which it runs as children. Each is loaded only when it
 * is run: Temporal's worker alone takes a second to load.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors';
import type { Running } from '../process/running';
import { timed } from '../process/terminal';
import type { Up } from '../up';
import { Exit, type CliContext } from './context';
import { firstStory } from './demo';
import { progressBar } from './progress';
import { outliveReader } from './reader';
import { sayFirst } from './webhooks';

export function upCommands(program: Command, ctx: CliContext): void {
  program
    .command('up')
    .description('run everything in one: Temporal, api and worker; and the sandbox where no vendor is configured')
    .action(async () => run(ctx));
  program
    .command('api')
    .description('run the API alone: webhooks, inbox, operators')
    .action(async () => {
      outliveReader();
      const { runServer } = await import('../server.js');
      await runServer((at) => process.send?.(at));
    });
  program
    .command('worker')
    .description('run a worker alone')
    .action(async () => {
      outliveReader();
      const { runWorker } = await import('../worker.js');
      await runWorker(() => process.send?.({ ready: true }));
    });
}

/** What `up` says may go to a file, whose full disk must not end it. A reader that is gone ends it as ever. */
function survivesFullDisk(stream: NodeJS.WriteStream): void {
  stream.on('error', (e: NodeJS.ErrnoException) => {
    if (e.code === 'EPIPE') throw e;
  });
}

async function run(ctx: CliContext): Promise<void> {
  outliveReader();
  survivesFullDisk(process.stdout);
  survivesFullDisk(process.stderr);
  const bar = progressBar(process.stdout);
  const say = (line: string): void => {
    bar.end();
    ctx.out(timed(line, new Date()));
  };
  // The first story tells of its own webhook and its own task.
  let ready = false;
  const news = (line: string): void => void (ready && say(line));
  if (ctx.envFile !== undefined) say(ctx.envFile);
  const { up, untilStopped } = await import('../up.js');
  const { ChildFailed } = await import('../process/children.js');
  const stopped = untilStopped();
  let started: Up;
  try {
    started = await up(say, news, bar.show);
  } catch (e) {
    if (e instanceof ChildFailed) throw new Exit(e.code === 0 ? EXIT.finding : e.code, e.words || e.message);
    throw e;
  }
  for (const line of where(started.running, started.ownToken)) say(line);
  if (started.running.sandbox) await tell(ctx, started, say);
  const ending = new AbortController();
  say('\nReady. Ctrl-C ends everything.');
  ready = true;
  void sayFirst(started.running.operatorUrl, say, ending.signal);
  await stopped;
  ending.abort();
  say('Stopping.');
  await started.stop();
}

function where(r: Running, ownToken: boolean): string[] {
  return [
    '',
    `  webhooks     ${r.url}/webhooks/sentry`,
    `  operators    ${r.operatorUrl}  (${ownToken ? 'token in DATA_DIR/operator-token' : 'a token of OPERATOR_TOKENS'})`,
    ...(r.temporal.uiUrl ? [`  temporal ui  ${r.temporal.uiUrl}/namespaces/${r.temporal.namespace}/workflows`] : []),
    ...(r.sandbox ? [`  sandbox      ${r.sandbox.url}  (pretend Sentry, Asana, Calamari and Slack)`] : []),
    '',
  ];
}

/** A newcomer sees one task come about; later starts only say what to try. */
async function tell(ctx: CliContext, { running, dataDir }: Up, say: (line: string) => void): Promise<void> {
  const introduced = join(dataDir, 'introduced');
  if (!existsSync(introduced)) {
    say('One real payload, on its way from pretend Sentry to pretend Asana:');
    const issue = await firstStory(ctx, say);
    if (issue?.task) {
      say(`  task      ${issue.task.url}`);
      writeFileSync(introduced, `${issue.id}\n`);
    }
    if (issue && running.temporal.uiUrl)
      say(
        `  workflow  ${running.temporal.uiUrl}/namespaces/${running.temporal.namespace}/workflows/${encodeURIComponent(issue.id)}`,
      );
    say('');
  }
  for (const line of [
    'Try next, in another terminal:',
    '  npx errand demo new         another error appears',
    '  npx errand demo resolve     the error is fixed: the task is completed',
    '  npx errand demo regress     it comes back: the same task is reopened',
    '  npx errand demo hc          an error whose data must be corrected: a task with subtasks',
    '  npx errand demo storm       500 webhooks of one error, and five other errors at once',
    '  npx errand demo outage      an error appears while Asana is down',
    '  npx errand send --list      more real payloads to send',
    '  npx errand issues           what Errand follows',
  ])
    say(line);
}
