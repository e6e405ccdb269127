/** The environment, read in this one place, checked as a whole, and frozen. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { EnvironmentError } from '../errors';
import type { Abilities } from '../core/issue/settings';
import type { Dsn } from './dsn';
import { WORKER_HAS } from './given';
import { operatorTokensIn, type OperatorToken } from './operators';
import { ENVIRONMENT_NAMES, LATER, schema, SECRETS } from './schema';
import { resolveSecrets } from './secrets';
import { isLoopback, weakWords } from './weak';

export type Config = {
  mode: 'live' | 'observe';
  sentry: {
    org: string;
    clientSecrets: string[];
    authToken?: string;
    baseUrl: string;
    installation?: string;
    legacyToken?: string;
  };
  asana: { accessToken: string; baseUrl: string };
  calamari?: { baseUrl: string; apiKey: string };
  slack?: { botToken: string; apiUrl: string; channel: string };
  /** A Sentry project for our own failures. */
  selfSentry?: Dsn;
  publicUrl?: string;
  /** Where people reach the operators' pages: what the links in tasks and chat lead to. */
  operatorUrl?: string;
  host?: string;
  /** undefined: 8080, or a free one where that is taken and nobody depends on it. */
  port?: number;
  operatorHost: string;
  operatorPort?: number;
  operatorTokens: OperatorToken[];
  dataDir: string;
  rulesDir: string;
  temporalAddress?: string;
  temporalCliPath?: string;
  /** `host:port` where the worker shows its metrics; undefined: nowhere. */
  workerMetrics?: string;
  /** Seconds; undefined: as the SDK has it. */
  workerStickyTimeout?: number;
  /** The vendors are the sandbox that `up` started; set by `up` for its children. */
  sandbox: boolean;
  /** Names of secrets that only the worker is given; undefined where nobody said. Set by `up` for `api`. */
  workerHas?: ReadonlySet<string>;
  /** For children, the Temporal client configuration and executables. */
  env: NodeJS.ProcessEnv;
  warnings: string[];
};
/** `api` takes webhooks and asks no vendor: it needs none of their tokens. */
export type ApiConfig = Omit<Config, 'asana'>;
/** `vendors: null`: neither Sentry nor Asana is set, so `up` plays them. */
export type Loaded = Omit<Config, 'sentry' | 'asana'> & { vendors: Pick<Config, 'sentry' | 'asana'> | null };

/** What only tells how a vendor is reached: without the variables that are required, none is. */
const OF_VENDORS = /^(SENTRY|ASANA|CALAMARI|SLACK|SELF_SENTRY)_/;
export const DEGRADED =
  'no SENTRY_AUTH_TOKEN: degraded. Errand knows only what webhooks say, and writes nothing to Sentry.';
export const ASANA_BASE_URL = 'https://app.asana.com/api/1.0';
export const SLACK_API_URL = 'https://slack.com/api';

const WHY = {
  SENTRY_CLIENT_SECRET: 'the client secret of your Sentry integration, which signs its webhooks',
  SENTRY_ORG: 'the slug of your Sentry organisation',
  ASANA_ACCESS_TOKEN: 'a personal access token of the Asana user that makes the tasks',
} as const;
type Needed = keyof typeof WHY;
const NEEDED = Object.keys(WHY) as Needed[];
const NEEDED_BY_API: readonly Needed[] = ['SENTRY_CLIENT_SECRET', 'SENTRY_ORG'];

/**
 * @param needed what must be set as soon as one of {@link NEEDED} is; fewer: what belongs to vendors alone is not looked at
 * @throws EnvironmentError with every problem at once, each by the variable's name and never with its value
 */
export function loadEnv(raw: NodeJS.ProcessEnv = process.env, needed: readonly Needed[] = NEEDED): Loaded {
  const { env, problems, warnings } = resolveSecrets(raw, SECRETS);
  // An empty variable is what a compose file leaves for an unset one.
  const given = Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined && v.trim() !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) for (const i of parsed.error.issues) problems.push(`${i.path.join('.')} ${i.message}.`);
  const e: z.infer<typeof schema> = parsed.success ? parsed.data : {};
  const has = (name: string): boolean => given[name] !== undefined;
  const need = (name: string, because: string): void => {
    if (!has(name)) problems.push(`${name} is missing: ${because}.`);
  };
  const tokens = operatorTokensIn(parsed.success ? e.OPERATOR_TOKENS : given.OPERATOR_TOKENS, problems);
  const operatorHost = given.OPERATOR_HOST ?? '127.0.0.1';
  if (!isLoopback(operatorHost) && !has('OPERATOR_TOKENS'))
    need('OPERATOR_TOKENS', 'OPERATOR_HOST is not a loopback address');

  const real = NEEDED.some(has);
  const asks = needed.includes('ASANA_ACCESS_TOKEN');
  if (real) for (const name of needed) need(name, WHY[name]);
  // `api` is not given the tokens, and a place without one is nothing to it.
  const pair = (token: string, place: string, whose: string): void => {
    if (has(token) && !has(place)) need(place, `${whose} needs both`);
    if (asks && has(place) && !has(token)) need(token, `${whose} needs both`);
  };
  pair('CALAMARI_API_KEY', 'CALAMARI_BASE_URL', 'Calamari');
  pair('SLACK_BOT_TOKEN', 'SLACK_CHANNEL', 'Slack');
  if (problems.length > 0) throw new EnvironmentError(problems);

  const { SENTRY_BASE_URL, CALAMARI_BASE_URL } = e;
  const vendors = {
    SENTRY_BASE_URL,
    ASANA_BASE_URL: e.ASANA_BASE_URL,
    CALAMARI_BASE_URL,
    SLACK_API_URL: e.SLACK_API_URL,
  };
  warnings.push(
    ...weakWords({
      clientSecrets: e.SENTRY_CLIENT_SECRET ?? [],
      vendors: { ...(real ? vendors : {}), SELF_SENTRY_DSN: e.SELF_SENTRY_DSN?.endpoint },
      operatorHost,
      operatorUrl: e.OPERATOR_URL,
      publicUrl: e.PUBLIC_URL,
    }),
  );
  if (real && asks && !e.SENTRY_AUTH_TOKEN) warnings.push(DEGRADED);
  const unused = ENVIRONMENT_NAMES.filter((name) => OF_VENDORS.test(name) && has(name)).join(', ');
  if (!real && unused)
    warnings.push(
      `set, but not used: ${unused}. The sandbox is played, because SENTRY_CLIENT_SECRET, SENTRY_ORG and ASANA_ACCESS_TOKEN are not set.`,
    );
  for (const name of LATER) if (has(name)) warnings.push(`${name} is set, but this version does not act on it yet.`);
  return Object.freeze({
    mode: e.MODE ?? 'live',
    vendors: real ? vendorsOf(e) : null,
    calamari:
      e.CALAMARI_API_KEY && e.CALAMARI_BASE_URL
        ? { baseUrl: e.CALAMARI_BASE_URL, apiKey: e.CALAMARI_API_KEY }
        : undefined,
    slack:
      e.SLACK_BOT_TOKEN && e.SLACK_CHANNEL
        ? { botToken: e.SLACK_BOT_TOKEN, apiUrl: e.SLACK_API_URL ?? SLACK_API_URL, channel: e.SLACK_CHANNEL }
        : undefined,
    selfSentry: e.SELF_SENTRY_DSN,
    publicUrl: e.PUBLIC_URL,
    operatorUrl: e.OPERATOR_URL,
    host: e.HOST,
    port: e.PORT,
    operatorHost,
    operatorPort: e.OPERATOR_PORT,
    operatorTokens: tokens,
    dataDir: resolve(e.DATA_DIR ?? './data'),
    rulesDir: resolve(e.RULES_DIR ?? './rules'),
    temporalAddress: e.TEMPORAL_ADDRESS,
    temporalCliPath: e.TEMPORAL_CLI_PATH,
    workerMetrics: e.WORKER_METRICS,
    workerStickyTimeout: e.WORKER_STICKY_TIMEOUT,
    sandbox: e.ERRAND_SANDBOX === '1',
    workerHas: raw[WORKER_HAS] === undefined ? undefined : new Set(raw[WORKER_HAS].split(',')),
    env,
    warnings,
  });
}

function vendorsOf(e: z.infer<typeof schema>): Pick<Config, 'sentry' | 'asana'> {
  return {
    sentry: {
      org: e.SENTRY_ORG ?? '',
      clientSecrets: e.SENTRY_CLIENT_SECRET ?? [],
      authToken: e.SENTRY_AUTH_TOKEN,
      baseUrl: e.SENTRY_BASE_URL ?? 'https://sentry.io',
      installation: e.SENTRY_INSTALLATION,
      legacyToken: e.SENTRY_LEGACY_TOKEN,
    },
    asana: { accessToken: e.ASANA_ACCESS_TOKEN ?? '', baseUrl: e.ASANA_BASE_URL ?? ASANA_BASE_URL },
  };
}

/** What an installation that is configured so can do. */
export function abilitiesOf({ mode, sentry, slack }: Pick<Config, 'mode' | 'sentry' | 'slack'>): Abilities {
  return {
    write: mode === 'live',
    source: sentry.authToken !== undefined,
    installation: sentry.installation !== undefined,
    chat: slack !== undefined,
  };
}

/** For `worker`, which never plays the vendors. @param raw what is left by `keepOwn`, or given by `up` */
export function loadConfig(raw: NodeJS.ProcessEnv = process.env): Config {
  return configured(loadEnv(raw), NEEDED);
}

/** For `api`, likewise. */
export function loadApiConfig(raw: NodeJS.ProcessEnv): ApiConfig {
  const { asana: _, ...config } = configured(loadEnv(raw, NEEDED_BY_API), NEEDED_BY_API);
  return config;
}

function configured({ vendors, ...rest }: Loaded, needed: readonly Needed[]): Config {
  if (vendors) return { ...rest, ...vendors };
  throw new EnvironmentError(needed.map((name) => `${name} is missing: ${WHY[name]}.`));
}

/** Where a secret is, in a word. `api` is not given those of the worker, and may not have been told of them. */
export function whereIs(name: string, { env, workerHas }: Pick<Config, 'env' | 'workerHas'>): Where {
  if (env[name] !== undefined && env[name].trim() !== '') return 'set';
  if (workerHas === undefined) return 'not given to this process';
  return workerHas.has(name) ? 'set' : 'not set';
}
export type Where = 'set' | 'not set' | 'not given to this process';

/** The operators' page of an issue, for links in tasks and chat. @returns what gives null where OPERATOR_URL says no place */
export function issuePageOf({ operatorUrl }: Pick<Config, 'operatorUrl'>): (workflowId: string) => string | null {
  return (id) => (operatorUrl === undefined ? null : `${operatorUrl}/issues/${encodeURIComponent(id)}`);
}
