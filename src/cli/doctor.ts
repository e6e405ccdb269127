/** `errand doctor`: are the tokens, projects, sections and people of this installation right? */
import type { Command } from 'commander';
import { DEGRADED, loadConfig, loadEnv, type Config } from '../config/env';
import { CATALOGUE, EXIT } from '../errors';
import type { Finding } from '../vendors/finding';
import type { Ready } from '../api/public';
import { refusedWords } from '../api/webhooks/signatures';
import { requireRules } from '../rules/start';
import { createLog } from '../telemetry/log';
import { moment } from '../text/say';
import { Exit, type CliContext } from './context';
import { firstWords, readyAt } from './webhooks';

export function doctorCommand(program: Command, ctx: CliContext): void {
  program
    .command('doctor')
    .description('ask every vendor whether the tokens, projects, sections and people are right; writes nothing')
    .action(async () => {
      const { createVendors } = await import('../vendors/index.js');
      const { vendors: real, warnings } = loadEnv();
      if (real === null) {
        const words =
          'No vendor is configured: Errand plays them itself, so there is nothing to check. See "Connect your Sentry and your Asana" in the README.';
        ctx.show([], () => [words, ...warnings.map((w) => `warning: ${w}`)].join('\n'));
        return;
      }
      const config = loadConfig();
      const rules = await requireRules(config.rulesDir, !config.sandbox);
      const log = createLog('doctor');
      log.level = 'silent';
      const vendors = createVendors(config, () => rules, log);
      const [ready, found] = await Promise.all([readyAt(ctx.operators()), vendors.check(rules)]);
      vendors.close();
      const findings = [...found, ...refusedIn(ready, rules.timezone)];
      ctx.show(findings, () =>
        [
          ...(findings.length === 0 ? ['All is well.'] : []),
          ...findings.map((f) => `${f.level}: ${f.what}\n    ${f.todo}`),
          ready ? firstWords(ready) : `Nobody answers at ${ctx.operators()}: whether webhooks come is not known.`,
          ...notSet(config),
          ...warnings.filter((w) => w !== DEGRADED).map((w) => `warning: ${w}`),
        ].join('\n'),
      );
      if (findings.some((f) => f.level === 'error')) throw new Exit(EXIT.finding);
      if (findings.some((f) => f.unreachable)) throw new Exit(EXIT.unreachable);
    });
}

/** What a running Errand knows, and no vendor. */
function refusedIn(ready: Ready | undefined, zone: string): Finding[] {
  const refused = ready?.webhooks.refused;
  if (!refused) return [];
  const { message, todo } = CATALOGUE.webhooks_refused;
  return [
    {
      level: 'error',
      what: `${message} ${refused.times} since ${moment(refused.since, zone) ?? refused.since}: ${refusedWords(refused)}.`,
      todo,
    },
  ];
}

/** What is off because nothing is configured for it: no mistake, but nobody is to wonder. */
function notSet(config: Config): string[] {
  const off: [boolean, string][] = [
    [config.sentry.authToken === undefined, 'SENTRY_AUTH_TOKEN: degraded, nothing is swept'],
    [config.calamari === undefined, 'CALAMARI_API_KEY: nobody is known to be on leave'],
    [config.slack === undefined, 'SLACK_BOT_TOKEN: no messages in Slack, and no alerts there'],
    [config.selfSentry === undefined, 'SELF_SENTRY_DSN: no Sentry is told of what fails here'],
  ];
  return off.flatMap(([isOff, what]) => (isOff ? [`not set: ${what}`] : []));
}
