/** Weak settings: what is refused, and what is only said. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorTokens } from '../../src/api/operator/auth';
import { loadEnv } from '../../src/config/env';
import { TOKEN_MIN } from '../../src/config/weak';
import { EnvironmentError } from '../../src/errors';

const REAL = {
  SENTRY_CLIENT_SECRET: '0123456789abcdef0123456789abcdef',
  SENTRY_ORG: 'acme',
  SENTRY_AUTH_TOKEN: 'sntrys-a-token-for-the-test',
  ASANA_ACCESS_TOKEN: '2/a-token-for-the-test',
};
const LONG = 'x'.repeat(TOKEN_MIN);

function problems(env: NodeJS.ProcessEnv): string[] {
  try {
    loadEnv(env);
    return [];
  } catch (e) {
    if (e instanceof EnvironmentError) return [...e.problems];
    throw e;
  }
}
const warnings = (env: NodeJS.ProcessEnv): string[] => loadEnv({ ...REAL, ...env }).warnings;

describe('refused', () => {
  test('two tokens with one name, whatever their roles', () => {
    const twice = `anna:viewer:${LONG}1,piotr:viewer:${LONG}2,anna:admin:${LONG}3`;
    expect(problems({ OPERATOR_TOKENS: twice })).toEqual(['OPERATOR_TOKENS: two entries have the name anna.']);
    expect(problems({ OPERATOR_TOKENS: `anna:viewer:${LONG}1,piotr:viewer:${LONG}2` })).toEqual([]);
  });

  test('operators’ tokens and the legacy token under sixteen characters, by name and without their value', () => {
    const short = 'canary-of-15-ch';
    expect(short).toHaveLength(TOKEN_MIN - 1);
    const said = problems({ OPERATOR_TOKENS: `anna:viewer:${short}`, SENTRY_LEGACY_TOKEN: short });
    expect(said).toHaveLength(2);
    expect(said.join('\n')).toMatch(/OPERATOR_TOKENS: the token of anna .*16 characters/);
    expect(said.join('\n')).toMatch(/SENTRY_LEGACY_TOKEN must be 16 to 1,000/);
    expect(said.join('\n')).not.toContain('canary');
    expect(problems({ OPERATOR_TOKENS: `anna:viewer:${LONG}`, SENTRY_LEGACY_TOKEN: LONG })).toEqual([]);
  });
});

test('a token that somebody put into DATA_DIR is as long, or refused', () => {
  const dir = mkdtempSync(join(tmpdir(), 'errand-settings-'));
  const file = join(dir, 'operator-token');
  writeFileSync(file, 'canary-of-15-ch\n');
  expect(() => operatorTokens([], dir)).toThrow(EnvironmentError);
  expect(() => operatorTokens([], dir)).not.toThrow('canary');
  rmSync(file);
  expect(operatorTokens([], dir)[0]?.token.length).toBeGreaterThanOrEqual(TOKEN_MIN);
  rmSync(dir, { recursive: true });
});

describe('said', () => {
  test('nothing of a configuration without weaknesses', () => {
    expect(warnings({})).toEqual([]);
    expect(
      warnings({ OPERATOR_HOST: '::1', SENTRY_BASE_URL: 'http://127.0.0.1:9', ASANA_BASE_URL: 'http://[::1]:9' }),
    ).toEqual([]);
  });

  test('a short client secret, also when only one of the two is', () => {
    const said = warnings({ SENTRY_CLIENT_SECRET: `${LONG},canary` });
    expect(said).toEqual([expect.stringMatching(/^SENTRY_CLIENT_SECRET is shorter than 16/)]);
    expect(said.join()).not.toContain('canary');
  });

  test.each([
    ['SENTRY_BASE_URL', 'http://sentry.internal'],
    ['ASANA_BASE_URL', 'http://10.0.0.1/api/1.0'],
    ['CALAMARI_BASE_URL', 'http://127.0.0.1.example.com/api'],
    ['SLACK_API_URL', 'http://slack.internal/api'],
    ['SELF_SENTRY_DSN', 'http://abc@sentry.internal/1'],
  ])('%s in clear beyond this machine', (name, url) => {
    const calamari = name === 'CALAMARI_BASE_URL' ? { CALAMARI_API_KEY: LONG } : {};
    expect(warnings({ ...calamari, [name]: url })).toEqual([expect.stringMatching(`^${name} is http`)]);
    expect(warnings({ ...calamari, [name]: url.replace('http:', 'https:') })).toEqual([]);
  });

  test('operators beyond loopback without TLS in front', () => {
    const said = warnings({ OPERATOR_HOST: '0.0.0.0', OPERATOR_TOKENS: `anna:admin:${LONG}` });
    expect(said).toEqual([expect.stringMatching(/^OPERATOR_HOST .*TLS/)]);
  });

  test('a NAME_FILE that others may write', () => {
    const dir = mkdtempSync(join(tmpdir(), 'errand-settings-'));
    const file = join(dir, 'token');
    writeFileSync(file, 'canary-of-a-secret\n');
    const env = { ASANA_ACCESS_TOKEN: undefined, ASANA_ACCESS_TOKEN_FILE: file };
    for (const mode of [0o600, 0o644, 0o444]) {
      chmodSync(file, mode);
      expect(warnings(env)).toEqual([]);
    }
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(file, mode);
      const said = warnings(env);
      expect(said).toEqual([expect.stringMatching(`^ASANA_ACCESS_TOKEN_FILE .*mode ${mode.toString(8)}`)]);
      expect(said.join()).not.toContain('canary');
    }
    rmSync(dir, { recursive: true });
  });
});
