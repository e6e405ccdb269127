/** How `up` points api and worker at the sandbox: by the same variables that point them at the real vendors. */
import { join } from 'node:path';
import type { Sandbox } from '../sandbox';

/** What `up` tells its children and the command line of the sandbox. */
export type SandboxInfo = Omit<Sandbox, 'close'> & {
  org: string;
  /** Guards the legacy plugin's path. */
  legacyToken: string;
};

/** Pretend Sentry's only organisation. */
export const SANDBOX_ORG = 'acme';

/** The rules that come with Errand, whose people live in the sandbox. */
export const EXAMPLE_RULES_DIR = join(__dirname, '..', '..', 'rules');

export function sandboxEnv(sandbox: SandboxInfo): NodeJS.ProcessEnv {
  return {
    ERRAND_SANDBOX: '1',
    SENTRY_CLIENT_SECRET: sandbox.sentrySecret,
    SENTRY_ORG: sandbox.org,
    SENTRY_AUTH_TOKEN: sandbox.tokens.sentry,
    SENTRY_BASE_URL: sandbox.sentryUrl,
    SENTRY_INSTALLATION: sandbox.installation,
    SENTRY_LEGACY_TOKEN: sandbox.legacyToken,
    ASANA_ACCESS_TOKEN: sandbox.tokens.asana,
    ASANA_BASE_URL: sandbox.asanaUrl,
    CALAMARI_API_KEY: sandbox.tokens.calamari,
    CALAMARI_BASE_URL: sandbox.calamariUrl,
    SLACK_BOT_TOKEN: sandbox.tokens.slack,
    SLACK_API_URL: sandbox.slackUrl,
    SLACK_CHANNEL: '#errors',
    SELF_SENTRY_DSN: sandbox.selfSentryDsn,
  };
}
