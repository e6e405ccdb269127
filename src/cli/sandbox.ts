/** `errand sandbox`: the pretend vendors alone. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import { onStop } from '../process/main';
import { SANDBOX_ORG, type SandboxInfo } from '../process/sandbox-env';
import { EXIT } from '../errors';
import { Exit, type CliContext } from './context';

export function sandboxCommand(program: Command, ctx: CliContext): void {
  program
    .command('sandbox')
    .description('run the pretend Sentry, Asana, Calamari and Slack alone')
    .option('--port <port>', 'where to listen on 127.0.0.1', '8090')
    .option('--webhook-url <url>', 'where pretend Sentry sends its webhooks')
    .action(async (o: { port: string; webhookUrl?: string }) => {
      const dataDir = join(ctx.env.dataDir, 'sandbox');
      const { startSandbox } = await import('../sandbox/index.js');
      const sandbox = await startSandbox({
        port: Number(o.port),
        dataDir,
        webhookUrl: o.webhookUrl,
        org: SANDBOX_ORG,
      }).catch((e: unknown) => {
        if (!(e instanceof Error && 'code' in e && e.code === 'EADDRINUSE')) throw e;
        throw new Exit(
          EXIT.environment,
          `Port ${o.port} is taken by another process (EADDRINUSE): choose another with --port.`,
        );
      });
      const { url, sentryUrl, asanaUrl, calamariUrl, slackUrl, selfSentryDsn } = sandbox;
      const { tokens, sentrySecret, installation } = sandbox;
      const legacyToken = createHash('sha256').update(`legacy ${sentrySecret}`).digest('hex').slice(0, 32);
      const urls = { url, sentryUrl, asanaUrl, calamariUrl, slackUrl, selfSentryDsn };
      const info: SandboxInfo = { ...urls, tokens, sentrySecret, installation, org: SANDBOX_ORG, legacyToken };
      if (process.send) process.send(info);
      else ctx.show(info, () => `The sandbox is at ${url}: open it in a browser.`);
      await new Promise<void>((done) => onStop(() => done()));
      await sandbox.close();
    });
}
