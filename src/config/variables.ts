/** Every environment variable, in words; the reference and a test against env.ts are made from this. */
export type Variable = {
  name: string;
  what: string;
  default?: string;
  secret?: true;
  /** Which processes `up` gives it to; none: it is for `up` or the command line alone. */
  to: readonly ('api' | 'worker')[];
};
const BOTH = ['api', 'worker'] as const;
const API = ['api'] as const;
const WORKER = ['worker'] as const;

export const ENVIRONMENT: readonly Variable[] = [
  {
    name: 'SENTRY_CLIENT_SECRET',
    to: BOTH,
    secret: true,
    what: 'Client secret of the Sentry integration, which signs its webhooks. Two during a rotation, with a comma between. A warning when one has under 16 characters.',
  },
  {
    name: 'SENTRY_ORG',
    to: BOTH,
    what: 'Slug of the Sentry organisation. Part of every workflow id, so do not change it.',
  },
  {
    name: 'SENTRY_AUTH_TOKEN',
    to: WORKER,
    secret: true,
    what: 'Token of the integration, to read issues and write links, assignees and resolutions. Unset: degraded, see the README.',
  },
  {
    name: 'SENTRY_BASE_URL',
    to: BOTH,
    default: 'https://sentry.io',
    what: 'Origin of Sentry, for example https://us.sentry.io or your own server.',
  },
  {
    name: 'SENTRY_INSTALLATION',
    to: BOTH,
    what: 'uuid of the installation that links are made with. Unset: that of the last verified delivery.',
  },
  {
    name: 'SENTRY_LEGACY_TOKEN',
    to: API,
    secret: true,
    what: 'Guards the path of the legacy WebHooks plugin, /webhooks/sentry/legacy/<token>. At least 16 characters. Unset: no such path.',
  },
  {
    name: 'ASANA_ACCESS_TOKEN',
    to: WORKER,
    secret: true,
    what: 'Personal access token of the Asana user that makes the tasks.',
  },
  { name: 'ASANA_BASE_URL', to: BOTH, default: 'https://app.asana.com/api/1.0', what: 'Ends in /api/1.0.' },
  {
    name: 'CALAMARI_BASE_URL',
    to: BOTH,
    what: 'https://<tenant>.calamari.io/api, as the key’s page shows it. Unset: nobody is known to be on leave.',
  },
  { name: 'CALAMARI_API_KEY', to: WORKER, secret: true, what: 'Key with the right to read absences.' },
  { name: 'SLACK_BOT_TOKEN', to: WORKER, secret: true, what: 'Bot token with chat:write. Unset: no chat.' },
  { name: 'SLACK_API_URL', to: BOTH, default: 'https://slack.com/api', what: 'Ends in /api.' },
  {
    name: 'SLACK_CHANNEL',
    to: BOTH,
    what: 'Channel that gets messages and alerts, by id or name; the bot must be a member.',
  },
  {
    name: 'SELF_SENTRY_DSN',
    to: BOTH,
    secret: true,
    what: 'DSN of a Sentry project that gets Errand’s own failures and alerts. Unset: none. Let a rule skip that project, or its issues become tasks.',
  },
  {
    name: 'PUBLIC_URL',
    to: API,
    what: 'Where vendors reach the public listener. A warning if it is not https, or vendors cannot reach it.',
  },
  {
    name: 'OPERATOR_URL',
    to: BOTH,
    what: 'Where people reach the operators’ listener: the links in tasks and chat lead there. Unset: there are none.',
  },
  { name: 'PORT', to: API, default: '8080', what: 'Port of the public listener.' },
  { name: 'HOST', to: API, default: '0.0.0.0; 127.0.0.1 with the sandbox', what: 'Address of the public listener.' },
  { name: 'OPERATOR_PORT', to: API, default: '8081', what: 'Port of the operators’ listener.' },
  {
    name: 'OPERATOR_HOST',
    to: API,
    default: '127.0.0.1',
    what: 'Address of the operators’ listener; beyond loopback OPERATOR_TOKENS is needed, and TLS in front of it, which a warning says.',
  },
  {
    name: 'OPERATOR_TOKENS',
    to: API,
    secret: true,
    what: 'name:role:token, with a comma between two; roles viewer, operator, admin. Each name once, each token of at least 16 characters. Unset: one admin token is made and kept in DATA_DIR/operator-token.',
  },
  {
    name: 'DATA_DIR',
    to: BOTH,
    default: './data',
    what: 'Inbox, logs, operator token, the last good copy of the rules, and the embedded Temporal’s database.',
  },
  { name: 'RULES_DIR', to: BOTH, default: './rules', what: 'Folder of the rules.' },
  { name: 'MODE', to: BOTH, default: 'live', what: 'observe: decide and record, write to no vendor.' },
  {
    name: 'TEMPORAL_ADDRESS',
    to: BOTH,
    what: 'host:port of a Temporal server. Unset: `up` runs an embedded one; `api` and `worker` use localhost:7233. Beside it TEMPORAL_NAMESPACE (unset: `errand` on the embedded one, else Temporal’s own default, `default`) and all that Temporal’s own tools read.',
  },
  {
    name: 'TEMPORAL_CLI_PATH',
    to: [],
    what: 'The Temporal CLI that the embedded server is run with. Ignored in `.env`.',
  },
  {
    name: 'WORKER_METRICS',
    to: WORKER,
    what: 'Address at which a worker shows its metrics to Prometheus, without a token: 127.0.0.1:9464, for example. Unset: none.',
  },
  {
    name: 'WORKER_STICKY_TIMEOUT',
    to: WORKER,
    default: '10',
    what: 'Seconds (1 to 60) before another worker takes over issues that a worker has in memory: how long the issues of a killed worker stand still. A lower value costs replays when workers are busy.',
  },
  {
    name: 'ERRAND_URL',
    to: [],
    default: 'that of the running `up`, else http://127.0.0.1:8081',
    what: 'For the command line: the operators’ listener.',
  },
  {
    name: 'ERRAND_TOKEN',
    to: [],
    secret: true,
    default: 'DATA_DIR/operator-token',
    what: 'For the command line: an operator’s token.',
  },
];
