/** Who is given what of the environment: by a list, so that what nobody reads goes nowhere. */
import { loadApiConfig, loadConfig, whereIs } from '../../src/config/env';
import { givenTo, keepOwn, type Given } from '../../src/config/given';
import { ENVIRONMENT } from '../../src/config/variables';

const PROCESSES: Given[] = ['api', 'worker', 'sandbox', 'temporal', 'go'];
const SECRETS = ENVIRONMENT.filter((v) => v.secret).map((v) => v.name);
/** A good value for each variable that has a form. */
const FORMED: Record<string, string> = {
  SENTRY_ORG: 'acme',
  SELF_SENTRY_DSN: 'https://key@sentry.example.com/42',
  OPERATOR_TOKENS: 'anna:admin:canary-canary-canary',
  PORT: '1',
  OPERATOR_PORT: '2',
  OPERATOR_HOST: '0.0.0.0',
  MODE: 'live',
  WORKER_METRICS: '127.0.0.1:9464',
  WORKER_STICKY_TIMEOUT: '5',
  SENTRY_INSTALLATION: 'i',
};
const full: NodeJS.ProcessEnv = {
  ...Object.fromEntries(ENVIRONMENT.map(({ name }) => [name, name.endsWith('_URL') ? 'https://a.example.com' : name])),
  ...FORMED,
  PATH: '/bin',
  HOME: '/home/anna',
  LC_ALL: 'C',
  https_proxy: 'http://anna:canary@proxy',
  GOPROXY: 'direct',
  NODE_OPTIONS: '--no-warnings',
  TEMPORAL_API_KEY: 'temporal-canary',
  TEMPORAL_NAMESPACE: 'n',
  AWS_SECRET_ACCESS_KEY: 'aws-canary',
  NODE_AUTH_TOKEN: 'npm-canary',
  GOOGLE_API_KEY: 'google-canary',
  ASANA_ACCESS_TOKEN_FILE: '/run/secrets/asana',
};
const secretsOf = (name: Given): string[] => Object.keys(givenTo(name, full)).filter((n) => SECRETS.includes(n));

test('none of the secrets for Temporal, its supervisor, Go and the sandbox; of Errand’s variables DATA_DIR alone, for the sandbox', () => {
  for (const name of ['temporal', 'go', 'sandbox'] as const) {
    expect(secretsOf(name)).toEqual([]);
    const ours = Object.keys(givenTo(name, full)).filter(
      (n) => ENVIRONMENT.some((v) => v.name === n) || /^TEMPORAL_/.test(n),
    );
    expect(ours).toEqual(name === 'sandbox' ? ['DATA_DIR'] : []);
  }
});

test('api: what webhooks and operators are checked with, and no vendor’s token', () => {
  expect(secretsOf('api').sort()).toEqual(
    ['SENTRY_CLIENT_SECRET', 'SENTRY_LEGACY_TOKEN', 'SELF_SENTRY_DSN', 'OPERATOR_TOKENS'].sort(),
  );
  expect(givenTo('api', full)).toMatchObject({
    TEMPORAL_API_KEY: 'temporal-canary',
    TEMPORAL_NAMESPACE: 'n',
    SENTRY_ORG: 'acme',
  });
});

test('worker: no operator’s token and no guard of a path', () => {
  expect(secretsOf('worker')).toEqual(
    expect.arrayContaining(['SENTRY_AUTH_TOKEN', 'ASANA_ACCESS_TOKEN', 'SLACK_BOT_TOKEN']),
  );
  expect(secretsOf('worker')).not.toContain('OPERATOR_TOKENS');
  expect(secretsOf('worker')).not.toContain('SENTRY_LEGACY_TOKEN');
});

test('nobody is given what is somebody else’s, or an executable', () => {
  for (const name of PROCESSES) {
    expect(givenTo(name, full)).toMatchObject({ PATH: '/bin', HOME: '/home/anna', LC_ALL: 'C' });
    for (const foreign of [
      'AWS_SECRET_ACCESS_KEY',
      'NODE_AUTH_TOKEN',
      'GOOGLE_API_KEY',
      'TEMPORAL_CLI_PATH',
      'ERRAND_TOKEN',
      'ASANA_ACCESS_TOKEN_FILE',
    ])
      expect(givenTo(name, full)).not.toHaveProperty(foreign);
  }
});

test('an address of a proxy, which may carry a password, for those alone that call somebody outside', () => {
  const with_ = PROCESSES.filter((name) => 'https_proxy' in givenTo(name, full));
  expect(with_).toEqual(['api', 'worker', 'go']);
  expect(givenTo('go', full)).toMatchObject({ GOPROXY: 'direct' });
});

test('what each is given is enough for it to start', () => {
  const worker = loadConfig(givenTo('worker', full));
  expect(worker).toMatchObject({ asana: { accessToken: 'ASANA_ACCESS_TOKEN' }, slack: { channel: 'SLACK_CHANNEL' } });
  const api = loadApiConfig(givenTo('api', full));
  expect(api).toMatchObject({ operatorHost: '0.0.0.0', operatorTokens: [{ name: 'anna' }], sentry: { org: 'acme' } });
  expect(api.sentry.authToken).toBeUndefined();
  expect(api).not.toHaveProperty('asana');
});

test('api knows of a token that it is not given whether it is set; an api of its own does not', () => {
  const where = (env: NodeJS.ProcessEnv): string => whereIs('SENTRY_AUTH_TOKEN', loadApiConfig(env));
  expect(where(givenTo('api', full))).toBe('set');
  for (const none of [undefined, '', ' '])
    expect(where(givenTo('api', { ...full, SENTRY_AUTH_TOKEN: none }))).toBe('not set');
  const alone = { SENTRY_CLIENT_SECRET: 's'.repeat(16), SENTRY_ORG: 'acme' };
  expect(where(alone)).toBe('not given to this process');
  expect(where({ ...alone, SENTRY_AUTH_TOKEN: 't' })).toBe('set');
  // Nothing is degraded because somebody else has the token.
  expect(loadApiConfig(alone).warnings).toEqual([]);
  expect(() => loadApiConfig({ SENTRY_ORG: 'acme' })).toThrow('SENTRY_CLIENT_SECRET is missing');
  expect(() => loadConfig(alone)).toThrow('ASANA_ACCESS_TOKEN is missing');
});

describe('an api or a worker that is started alone, beside an environment that all share', () => {
  const own = (name: 'api' | 'worker', more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv =>
    keepOwn(name, { ...full, ASANA_ACCESS_TOKEN_FILE: undefined, ERRAND_TOKEN: 'errand-canary', ...more });

  test.each(['api', 'worker'] as const)('%s keeps the secrets that `up` would give it, in the same object', (name) => {
    const kept = own(name);
    expect(SECRETS.filter((secret) => secret in kept).sort()).toEqual(secretsOf(name).sort());
    const env = { ...full };
    expect(keepOwn(name, env)).toBe(env);
  });

  test('no file of another is opened, whether it is there or not', () => {
    const none = '/no/such/file';
    const vendors = { SENTRY_AUTH_TOKEN_FILE: none, ASANA_ACCESS_TOKEN_FILE: none, SLACK_BOT_TOKEN_FILE: none };
    const api = own('api', { ...vendors, SENTRY_AUTH_TOKEN: undefined, ASANA_ACCESS_TOKEN: undefined });
    expect(loadApiConfig(api).sentry.org).toBe('acme');
    const guards = { OPERATOR_TOKENS_FILE: none, SENTRY_LEGACY_TOKEN_FILE: none, ERRAND_TOKEN_FILE: none };
    const worker = own('worker', { ...guards, OPERATOR_TOKENS: undefined, SENTRY_LEGACY_TOKEN: undefined });
    expect(loadConfig(worker).asana.accessToken).toBe('ASANA_ACCESS_TOKEN');
  });

  test('its own file is read', () => {
    const env = { ASANA_ACCESS_TOKEN: undefined, ASANA_ACCESS_TOKEN_FILE: '/no/such/file' };
    expect(() => loadConfig(own('worker', env))).toThrow('ASANA_ACCESS_TOKEN_FILE cannot be read');
  });

  test('the marks of `up`, Temporal’s variables and those of nobody’s stay', () => {
    const marks = { ERRAND_WORKER_HAS: 'SENTRY_AUTH_TOKEN', ERRAND_SANDBOX: '1', ERRAND_ENV_FILE: 'none' };
    const { TEMPORAL_API_KEY, NODE_OPTIONS, PATH } = full;
    for (const name of ['api', 'worker'] as const)
      expect(own(name, marks)).toMatchObject({ ...marks, TEMPORAL_API_KEY, NODE_OPTIONS, PATH });
    expect(whereIs('SENTRY_AUTH_TOKEN', loadApiConfig(own('api', marks)))).toBe('set');
  });

  test('what another has is not said to be missing, nor to be set', () => {
    expect(whereIs('SENTRY_AUTH_TOKEN', loadApiConfig(own('api')))).toBe('not given to this process');
  });
});
