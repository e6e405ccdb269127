/** What `/config` shows: everything that is configured, with secrets reduced to whether they are set. */
import type { Rules } from '../rules/load';
import type { Config } from './env';

export function shownConfig(config: Config, rules: Rules, temporal: { address: string; namespace: string }): object {
  const { sentry, asana, calamari, slack } = config;
  const set = (secret: string | undefined): string => (secret ? 'set' : 'not set');
  return {
    mode: config.mode,
    dataDir: config.dataDir,
    publicUrl: config.publicUrl ?? null,
    operatorUrl: config.operatorUrl ?? null,
    sentry: {
      org: sentry.org,
      baseUrl: sentry.baseUrl,
      clientSecrets: sentry.clientSecrets.length,
      authToken: set(sentry.authToken),
      installation: sentry.installation ?? null,
      legacyToken: set(sentry.legacyToken),
    },
    asana: { baseUrl: asana.baseUrl, accessToken: set(asana.accessToken) },
    calamari: calamari ? { baseUrl: calamari.baseUrl, apiKey: set(calamari.apiKey) } : null,
    slack: slack ? { apiUrl: slack.apiUrl, channel: slack.channel, botToken: set(slack.botToken) } : null,
    selfSentry: set(config.selfSentry?.publicKey),
    operators: config.operatorTokens.map(({ name, role }) => ({ name, role })),
    temporal,
    rules: { dir: config.rulesDir, files: rules.files, hash: rules.hash, settings: rules.settings },
  };
}
