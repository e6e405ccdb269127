/** What is made of the environment, and what is said of it. */
import { issuePageOf, loadEnv } from '../../src/config/env';

const warningsWith = (env: NodeJS.ProcessEnv): string[] => loadEnv(env).warnings;

describe('OPERATOR_URL', () => {
  const page = (env: NodeJS.ProcessEnv): string | null => issuePageOf(loadEnv(env))('sentry:acme:7');

  it('is where the links in tasks and chat lead; PUBLIC_URL, whose listener has no such page, is not', () => {
    expect(page({ OPERATOR_URL: 'https://errand.example.com/' })).toBe(
      'https://errand.example.com/issues/sentry%3Aacme%3A7',
    );
    expect(page({ PUBLIC_URL: 'https://hooks.example.com' })).toBeNull();
    expect(page({})).toBeNull();
  });

  it.each([
    ['http://errand.internal:8081', 1],
    ['http://127.0.0.1:8081', 0],
    ['https://errand.internal', 0],
  ])('%s: %i warnings, of tokens in clear', (OPERATOR_URL, many) => {
    expect(warningsWith({ OPERATOR_URL }).filter((w) => w.startsWith('OPERATOR_URL is not https'))).toHaveLength(many);
  });

  it('must be a URL', () => {
    expect(() => loadEnv({ OPERATOR_URL: 'errand.internal' })).toThrow('OPERATOR_URL must be an http(s) URL.');
  });
});

describe('PUBLIC_URL', () => {
  it.each([
    ['https://hooks.example.com', []],
    ['https://8.8.8.8', []],
    ['https://172.32.0.1', []],
    ['http://hooks.example.com', [/not https/]],
    ['https://192.168.1.4', [/private address/]],
    ['https://172.20.0.1:8443', [/private address/]],
    ['https://[fd00::1]', [/private address/]],
    ['http://localhost:8080', [/not https/, /no dot/]],
  ])('%s', (PUBLIC_URL, words) => {
    expect(warningsWith({ PUBLIC_URL })).toEqual(words.map((w) => expect.stringMatching(w) as string));
  });
});
