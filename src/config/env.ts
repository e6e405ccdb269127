/** The environment, read in this one place, checked as a whole, and frozen. */
import { isIPv4, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../errors';
import type { Abilities } from '../types';
import { parseDsn, type Dsn } from './dsn';
import { operatorTokensIn, type OperatorToken } from './operators';
import { resolveSecrets } from './secrets';
import { isLoopback, TOKEN_MIN, weakWords } from './weak';

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
  /** For children, the Temporal client configuration and executables. */
  env: NodeJS.ProcessEnv;
  warnings: string[];
};
/** `vendors: null`: neither Sentry nor Asana is set, so `up` plays them. */
export type Loaded = Omit<Config, 'sentry' | 'asana'> & { vendors: Pick<Config, 'sentry' | 'asana'> | null };

const SECRETS = [
  'SENTRY_CLIENT_SECRET',
  'SENTRY_AUTH_TOKEN',
  'SENTRY_LEGACY_TOKEN',
  'ASANA_ACCESS_TOKEN',
  'CALAMARI_API_KEY',
  'SLACK_BOT_TOKEN',
  'SELF_SENTRY_DSN',
  'OPERATOR_TOKENS',
] as const;
/** Part of the environment that a later version acts on. */
const LATER = [
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_API_ROOT',
  'TELEGRAM_CHAT_ID',
  'GITHUB_WEBHOOK_SECRET',
  'GITLAB_WEBHOOK_SECRET',
] as const;
/** What only tells how a vendor is reached: without the variables that are required, none is. */
const OF_VENDORS = /^(SENTRY|ASANA|CALAMARI|SLACK|SELF_SENTRY)_/;
export const DEGRADED =
  "no SENTRY_AUTH_TOKEN: degraded. The webhooks' own snapshots are used, and nothing is written to Sentry.";

const text = z.string().trim().min(1).optional();
const origin = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''))
  .optional();
const port = z.coerce.number({ error: 'must be a number' }).int().min(0).max(65_535).optional();
/** As the worker's runtime takes it: an IP address, no name; `[::1]:9464` for IPv6. */
const socketAddress = z
  .string()
  .trim()
  .refine((s) => {
    const [, v6, v4, last] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(s) ?? [];
    return (isIPv6(v6 ?? '') || isIPv4(v4 ?? '')) && Number(last) >= 1 && Number(last) <= 65_535;
  }, 'must be an IP address and a port, such as 127.0.0.1:9464')
  .optional();
const dsn = z
  .string()
  .trim()
  .transform(parseDsn)
  .refine((d) => d !== undefined, 'must be a DSN, such as https://<public key>@sentry.example.com/42')
  .optional();
const secret = z.string().regex(/^\S+$/, 'must not contain blanks or line breaks').optional();

const schema = z.object({
  SENTRY_CLIENT_SECRET: z
    .string()
    .transform((s) => s.split(',').map((x) => x.trim()))
    .refine(
      (all) => all.every((s) => s !== '') && all.length <= 2,
      'must be one secret, or two with a comma between them during a rotation',
    )
    .optional(),
  SENTRY_ORG: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/i, 'must be the slug of the organisation, as in its URL')
    .optional(),
  SENTRY_AUTH_TOKEN: secret,
  SENTRY_BASE_URL: origin,
  SENTRY_INSTALLATION: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be the uuid of the installation')
    .optional(),
  SENTRY_LEGACY_TOKEN: z
    .string()
    .regex(
      new RegExp(`^[\\w.~-]{${TOKEN_MIN},1000}$`),
      `must be ${TOKEN_MIN} to 1,000 letters, digits, or . ~ _ -: it is part of a path, and a shorter one can be guessed`,
    )
    .optional(),
  ASANA_ACCESS_TOKEN: secret,
  ASANA_BASE_URL: origin,
  CALAMARI_BASE_URL: origin,
  CALAMARI_API_KEY: secret,
  SLACK_BOT_TOKEN: secret,
  SLACK_API_URL: origin,
  SLACK_CHANNEL: text,
  SELF_SENTRY_DSN: dsn,
  PUBLIC_URL: origin,
  PORT: port,
  HOST: text,
  OPERATOR_PORT: port,
  OPERATOR_HOST: text,
  OPERATOR_TOKENS: text,
  DATA_DIR: text,
  RULES_DIR: text,
  MODE: z.enum(['live', 'observe'], { error: 'must be live or observe' }).optional(),
  TEMPORAL_ADDRESS: text,
  TEMPORAL_CLI_PATH: text,
  WORKER_METRICS: socketAddress,
  WORKER_STICKY_TIMEOUT: z.coerce.number({ error: 'must be a number of seconds' }).min(1).max(60).optional(),
  ERRAND_SANDBOX: z.literal('1').optional(),
});

/** The variables that this file reads, but for the mark that `up` gives its children; described in variables.ts. */
export const ENVIRONMENT_NAMES = Object.keys(schema.shape).filter((name) => name !== 'ERRAND_SANDBOX');

/**
 * @throws EnvironmentError with every problem at once, each by the variable's name and never with its value
 */
export function loadEnv(raw: NodeJS.ProcessEnv = process.env): Loaded {
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

  const real = has('SENTRY_CLIENT_SECRET') || has('SENTRY_ORG') || has('ASANA_ACCESS_TOKEN');
  if (real) {
    need('SENTRY_CLIENT_SECRET', 'the client secret of your Sentry integration, which signs its webhooks');
    need('SENTRY_ORG', 'the slug of your Sentry organisation');
    need('ASANA_ACCESS_TOKEN', 'a personal access token of the Asana user that makes the tasks');
  }
  if (has('CALAMARI_API_KEY') !== has('CALAMARI_BASE_URL'))
    need(has('CALAMARI_API_KEY') ? 'CALAMARI_BASE_URL' : 'CALAMARI_API_KEY', 'Calamari needs both');
  if (has('SLACK_BOT_TOKEN') !== has('SLACK_CHANNEL'))
    need(has('SLACK_BOT_TOKEN') ? 'SLACK_CHANNEL' : 'SLACK_BOT_TOKEN', 'Slack needs both');
  if (problems.length > 0) throw new EnvironmentError(problems);

  const { SENTRY_BASE_URL, ASANA_BASE_URL, CALAMARI_BASE_URL, SLACK_API_URL } = e;
  const vendors = { SENTRY_BASE_URL, ASANA_BASE_URL, CALAMARI_BASE_URL, SLACK_API_URL };
  warnings.push(
    ...weakWords({
      clientSecrets: e.SENTRY_CLIENT_SECRET ?? [],
      vendors: { ...(real ? vendors : {}), SELF_SENTRY_DSN: e.SELF_SENTRY_DSN?.endpoint },
      operatorHost,
      publicUrl: e.PUBLIC_URL,
    }),
  );
  if (real && !e.SENTRY_AUTH_TOKEN) warnings.push(DEGRADED);
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
        ? { botToken: e.SLACK_BOT_TOKEN, apiUrl: e.SLACK_API_URL ?? 'https://slack.com/api', channel: e.SLACK_CHANNEL }
        : undefined,
    selfSentry: e.SELF_SENTRY_DSN,
    publicUrl: e.PUBLIC_URL,
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
    asana: { accessToken: e.ASANA_ACCESS_TOKEN ?? '', baseUrl: e.ASANA_BASE_URL ?? 'https://app.asana.com/api/1.0' },
  };
}

/** What an installation that is configured so can do. */
export function abilitiesOf({ mode, sentry, slack }: Pick<Config, 'mode' | 'sentry' | 'slack'>): Abilities {
  return {
    write: mode === 'live',
    sentry: sentry.authToken !== undefined,
    installation: sentry.installation !== undefined,
    chat: slack !== undefined,
  };
}

/** For `api` and `worker`, which never play the vendors. */
export function loadConfig(raw: NodeJS.ProcessEnv = process.env): Config {
  const { vendors, ...rest } = loadEnv(raw);
  if (vendors) return { ...rest, ...vendors };
  throw new EnvironmentError([
    'SENTRY_CLIENT_SECRET is missing: the client secret of your Sentry integration, which signs its webhooks.',
    'SENTRY_ORG is missing: the slug of your Sentry organisation.',
    'ASANA_ACCESS_TOKEN is missing: a personal access token of the Asana user that makes the tasks.',
  ]);
}

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
