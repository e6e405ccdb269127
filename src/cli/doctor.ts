/** `errand doctor`: are the tokens, projects, sections and people of this installation right? */
import type { Command } from 'commander';
import { loadConfig, loadEnv } from '../config/env';
import { EXIT } from '../errors';
import { requireRules } from '../main';
import { createLog } from '../telemetry/log';
import { Exit, type CliContext } from './context';

export function doctorCommand(program: Command, ctx: CliContext): void {
  program
    .command('doctor')
    .description('ask every vendor whether the tokens, projects, sections and people are right; writes nothing')
    .action(async () => {
      const { checkVendors, createVendors } = await import('../vendors.js');
      if (loadEnv().vendors === null) {
        const words =
          'No vendor is configured: Errand plays them itself, so there is nothing to check. See "Connect your Sentry and your Asana" in the README.';
        ctx.show([], () => words);
        return;
      }
      const config = loadConfig();
      const rules = await requireRules(config.rulesDir, !config.sandbox);
      const log = createLog('doctor');
      log.level = 'silent';
      const vendors = createVendors(config, () => rules, log);
      const findings = await checkVendors(vendors, rules);
      vendors.tracker.close();
      ctx.show(findings, () =>
        findings.length === 0 ? 'All is well.' : findings.map((f) => `${f.level}: ${f.what}\n    ${f.todo}`).join('\n'),
      );
      if (findings.some((f) => f.level === 'error')) throw new Exit(EXIT.finding);
    });
}
