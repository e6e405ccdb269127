/** The form of each variable of the environment. A problem is said by the variable's name, never with its value. */
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { parseDsn } from './dsn';
import { TOKEN_MIN } from './weak';

/** Each may also lie in a file that NAME_FILE names. */
export const SECRETS = [
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
export const LATER = [
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_API_ROOT',
  'TELEGRAM_CHAT_ID',
  'GITHUB_WEBHOOK_SECRET',
  'GITLAB_WEBHOOK_SECRET',
] as const;

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

export const schema = z.object({
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
  OPERATOR_URL: origin,
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

/** The variables that are read, but for the marks that `up` gives its children; described in variables.ts. */
export const ENVIRONMENT_NAMES = Object.keys(schema.shape).filter((name) => name !== 'ERRAND_SANDBOX');
