/** What `/config` shows: everything that is configured, with secrets reduced to whether they are set. */
import type { Rules } from '../rules/load';
import { ASANA_BASE_URL, SLACK_API_URL, whereIs, type ApiConfig } from './env';

export function shownConfig(config: ApiConfig, rules: Rules, temporal: { address: string; namespace: string }): object {
  const { sentry, env } = config;
  const where = (name: string): string => whereIs(name, config);
  const plain = (name: string): string | null => env[name]?.trim() || null;
  return {
    mode: config.mode,
    dataDir: config.dataDir,
    publicUrl: config.publicUrl ?? null,
    operatorUrl: config.operatorUrl ?? null,
    sentry: {
      org: sentry.org,
      baseUrl: sentry.baseUrl,
      clientSecrets: sentry.clientSecrets.length,
      authToken: where('SENTRY_AUTH_TOKEN'),
      installation: sentry.installation ?? null,
      legacyToken: sentry.legacyToken ? 'set' : 'not set',
    },
    asana: { baseUrl: plain('ASANA_BASE_URL') ?? ASANA_BASE_URL, accessToken: where('ASANA_ACCESS_TOKEN') },
    calamari: plain('CALAMARI_BASE_URL')
      ? { baseUrl: plain('CALAMARI_BASE_URL'), apiKey: where('CALAMARI_API_KEY') }
      : null,
    slack: plain('SLACK_CHANNEL')
      ? {
          apiUrl: plain('SLACK_API_URL') ?? SLACK_API_URL,
          channel: plain('SLACK_CHANNEL'),
          botToken: where('SLACK_BOT_TOKEN'),
        }
      : null,
    selfSentry: config.selfSentry ? 'set' : 'not set',
    operators: config.operatorTokens.map(({ name, role }) => ({ name, role })),
    temporal,
    rules: { dir: config.rulesDir, files: rules.files, hash: rules.hash, settings: rules.settings },
  };
}
