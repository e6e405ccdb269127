/** What the command line reads of the environment. */
import { resolve } from 'node:path';
import { EnvironmentError } from '../errors';
import { resolveSecrets } from './secrets';

/**
 * What the command line needs: no vendor. A secret is read when it is used: `up`, `api` and `worker` use none of these, and
 * check the whole environment themselves, so that all that is wrong is said at once. @throws EnvironmentError
 */
export function loadCliEnv(raw: NodeJS.ProcessEnv = process.env) {
  const secret = (name: string): string | undefined => {
    const { env, problems } = resolveSecrets(raw, [name]);
    if (problems.length > 0) throw new EnvironmentError(problems);
    return env[name] || undefined;
  };
  return {
    url: raw.ERRAND_URL || undefined,
    operatorPort: raw.OPERATOR_PORT || undefined,
    get token() {
      return secret('ERRAND_TOKEN');
    },
    get sentrySecret() {
      return secret('SENTRY_CLIENT_SECRET')?.split(',')[0]?.trim() || undefined;
    },
    get legacyToken() {
      return secret('SENTRY_LEGACY_TOKEN');
    },
    dataDir: resolve(raw.DATA_DIR || './data'),
    rulesDir: resolve(raw.RULES_DIR || './rules'),
  };
}
