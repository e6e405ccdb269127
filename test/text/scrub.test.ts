import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { scrub } from '../../src/text/scrub';
import { RULES } from '../../src/text/secrets';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

describe('scrub masks', () => {
  it.each([
    ['by anna.k+x@example.com now', 'by [email] now'],
    ['<żółć@przykład.pl>', '<[email]>'],
    ['?q=anna%40example.com', '?q=[email]'],
    ['user: ip:203.0.113.10', 'user: ip:[ip]'],
    ['connect db/10.0.0.1:5432 failed', 'connect db/[ip]:5432 failed'],
    ['from 192.168.1.1.', 'from [ip].'],
    ['peer [2001:db8::1]:443, fe80::1: gone', 'peer [[ip]]:443, [ip]: gone'],
    ['::ffff:10.0.0.1', '[ip]'],
    ['ip-10-0-0-1.ec2.internal', '[ip].ec2.internal'],
    ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer [token]'],
    ['Bearer Bearer abc123', 'Bearer Bearer [token]'],
    ['Basic dXNlcjpwYXNz', 'Basic [token]'],
    [`jwt ${JWT}.`.slice(0, -1), 'jwt [token]'],
    ['AKIAIOSFODNN7EXAMPLE', '[token]'],
    ['xoxb-123456789012-abcdefghij', '[token]'],
    ['https://hooks.slack.com/services/T0/B0/abc', 'https://hooks.slack.com/[secret]'],
    [`ghp_${'a1B2'.repeat(9)} github_pat_${'a1_B'.repeat(9)}`, '[token] [token]'],
    ['sk_live_abcdefgh12345678', '[token]'],
    ['2/1200000000000001/1200000000000002:0123456789abcdef0123456789abcdef', '[token]'],
    ['sntrys_eyJpYXQiOjE2ODc0=_abc', '[token]'],
    ['https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/1', 'https://[secret]@o1.ingest.sentry.io/1'],
    ['password=hunter2', 'password=[secret]'],
    ['DB_PASSWORD=hunter2)', 'DB_PASSWORD=[secret])'],
    ['password: hunter', 'password: [secret]'],
    ['{"password":"a \\"b c","x":1}', '{"password":"[secret]","x":1}'],
    ['{\\"apiKey\\":\\"a b\\",\\"x\\":1}', '{\\"apiKey\\":\\"[secret]\\",\\"x\\":1}'],
    ["{'client_secret' => 'a b'}", "{'client_secret' => '[secret]'}"],
    ['token: token=abc', 'token: token=[secret]'],
    ['secret=495d375a-1df6-45c0-9890-34dae8e1b6a4', 'secret=[secret]'],
    ['Cookie: sid=abc; theme=dark', 'Cookie: [secret]'],
    ['postgres://app:s3cret@db:5432/x', 'postgres://[secret]@db:5432/x'],
    ['GET /a?b=1&X-Amz-Signature=abc&c=2', 'GET /a?b=1&X-Amz-Signature=[secret]&c=2'],
    ['paid with 4111 1111 1111 1111 2026', 'paid with [card] 2026'],
    ['5555555555554444', '[card]'],
    ['378282246310005', '[card]'],
    ['d41d8cd98f00b204e9800998ecf8427e', '[token]'],
    ['/reset/d41d8cd98f00b204e9800998ecf8427e/confirm', '/reset/[token]/confirm'],
    ['key Zm9v1YmF2yYmF3hcXV4MTIzNDU2Nzg5MGFi=', 'key [token]'],
    ['PHPSESSID=abc123; x', 'PHPSESSID=[secret]; x'],
    ['JSESSIONID=ABC', 'JSESSIONID=[secret]'],
    ['connect.sid=s%3Aabc.def', 'connect.sid=[secret]'],
    ['laravel_session=abc', 'laravel_session=[secret]'],
    ['sid=abc', 'sid=[secret]'],
    ['login failed: user=x pass=hunter', 'login failed: user=x pass=[secret]'],
    ['DB_PW=hunter', 'DB_PW=[secret]'],
    ['pw: hunter2', 'pw: [secret]'],
    ['AccountKey=aGVsbG8', 'AccountKey=[secret]'],
    ['<password>hunter two</password>', '<password>[secret]</password>'],
    ['<wsse:Password Type="text">a&amp;b</wsse:Password>', '<wsse:Password Type="text">[secret]</wsse:Password>'],
    ['bad XML: <password>hunt', 'bad XML: <password>[secret]'],
    ['&lt;api_key&gt;x&lt;/api_key&gt;', '&lt;api_key&gt;[secret]&lt;/api_key&gt;'],
    ['<token>abc</token>', '<token>[secret]</token>'],
    ['key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.', 'key [token].'],
    ['AIPAIOSFODNN7EXAMPLE, A3TXIOSFODNN7EXAMPLE', '[token], [token]'],
    ['Bearer abc', 'Bearer [token]'],
    ['bearer a1', 'bearer [token]'],
    ['authorization: bearer abc', 'authorization: bearer [token]'],
    ['authorization=abc', 'authorization=[secret]'],
    ['auth_token: abc', 'auth_token: [secret]'],
    [`hf_${'aB3dE5'.repeat(5)} hvs.${'aB3dE5'.repeat(5)}`, '[token] [token]'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nMIIabc+/=\n-----END RSA PRIVATE KEY-----',
      '[secret]-----END RSA PRIVATE KEY-----',
    ],
  ])('%j', (text, expected) => {
    expect(scrub(text)).toBe(expected);
  });
});

describe('scrub keeps', () => {
  it.each([
    'TypeError: can\'t access property "bar", x.foo is undefined',
    'at pay (/usr/src/app/node_modules/@sentry/core/dist/esm/index.js:12:7)',
    '/home/app/node_modules/.pnpm/react-dom@18.2.0_react@18.2.0/node_modules/react-dom/cjs/react-dom.development.js:27:3',
    'File "/usr/lib/python3.11/site-packages/django/core/handlers/exception.py", line 55, in inner',
    'checkout-api@1.2.3.4 v1.2.3.4 Version=4.0.0.0 Chrome/120.0.0.0 Chrome 120.0.0.0 1.2.3.4.5',
    'backend@da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'Error generated with event_id: 495d375a-1df6-45c0-9890-34dae8e1b6a4(Priority: HIGH)',
    'trace_id=d41d8cd98f00b204e9800998ecf8427e',
    'connect ECONNREFUSED 127.0.0.1:5432 and ::1',
    'Api1::V2::CafeController#show at 12:34:56',
    'Unexpected token: } in JSON at position 4',
    'InvalidPassword: too short',
    'password=null secret=undefined',
    'Basic authentication failed, Bearer authentication too',
    'Bearer token missing, the Bearer scheme is required, bearer of bad news',
    'usage: login <user> <password> now',
    'parse error: expected <token> but got <eof>',
    'tests pass: 12, compass=N, bypass=1, inside=2',
    'at components/CheckoutForm/PaymentMethod/xy1 and com/acme/service/OrderV2/CreateOrderImpl',
    'hf_model_configuration_name',
    'task 1200000000000001 at 1764000000000 ms',
    "KeyError: 'password'",
    '👍 ünïcode\n\ttabs and lines',
  ])('%j', (text) => {
    expect(scrub(text)).toBe(text);
  });
});

/** Pieces of what the rules look for, so that random text meets them. */
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      fc.constantFrom(
        'a@b.co',
        '@',
        '.',
        ':',
        '::1',
        '1.2.3.4',
        'fe80::',
        '127.',
        'password',
        '=',
        ': ',
        '"',
        '\\"',
        "'",
        '\\',
        'token',
        'Bearer ',
        JWT,
        'eyJ',
        '://',
        'u:p@h',
        '?',
        '&',
        'key=',
        '[email]',
        '[secret]',
        '[ip',
        ']',
        '4111111111111111',
        '4111 1111',
        '0123456789abcdef',
        'aB1/',
        'Cookie: a=',
        '<password>',
        '&lt;',
        'authorization',
        'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        '[person]',
        'sid',
        ';',
        '\n',
        '\r',
        '\u0000',
        '\ud83d',
        '-----BEGIN PRIVATE KEY-----',
        'ghp_',
        '%40',
        'x1',
        ' ',
        '1/1234567890:',
        '\u001b[3',
        '1m',
      ),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(''));

describe('scrub leaves real events readable', () => {
  const FIXTURES = join(__dirname, '..', 'fixtures', 'sentry');
  const titles = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
          ['title', 'culprit', 'filename', 'function'].includes(name) && typeof inner === 'string'
            ? [inner]
            : titles(inner),
        );
  const real = readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => titles(JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'))));

  it('in titles, culprits, files and functions of recorded payloads', () => {
    expect(real.length).toBeGreaterThan(100);
    expect(real.map(scrub)).toEqual(real);
  });
});

describe('scrub, for any text', () => {
  it('is idempotent', () => {
    fc.assert(
      fc.property(hostile, (text) => scrub(scrub(text)) === scrub(text)),
      { numRuns: 5000 },
    );
  });

  it('leaves only characters that XML 1.0 allows', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\ud800', '\udfff', '\ufffe', '\u0000'),
        (text, bad) => {
          const out = scrub(text + bad + text);
          return [...out].every((c) => /[\t\n\u0020-\ud7ff\ue000-\ufffd]|[^\0-\uffff]/u.test(c));
        },
      ),
    );
  });

  it('finds an address wherever it stands between words', () => {
    fc.assert(fc.property(hostile, (text) => !scrub(`${text} zoe@example.org `).includes('zoe@')));
  });
});

describe('a rule is left out where it could find nothing', () => {
  const masked = fc.string({
    unit: fc.constantFrom(...'aA1.:/=@%40-<>"\' _?&;', 'eyJ', 'token', 'cookie', 'ip-', '-----BEGIN PRIVATE KEY-----'),
  });
  it.each(RULES.flatMap(({ needs, ...rule }) => (needs ? [[rule.name, needs, rule] as const] : [])))(
    '%s needs one of %j',
    (_name, needs, { find, swap }) => {
      fc.assert(
        fc.property(masked, (text) =>
          [...text.matchAll(find)].every((match) => swap(match) === null || needs.some((part) => text.includes(part))),
        ),
      );
    },
  );
});

describe('scrub takes linear time', () => {
  /** Repetition without an upper bound, outside character classes: + * {n,}. */
  const unbounded = (source: string): number[] => {
    const blank = source.replace(/\\./g, '__').replace(/\[(?:[^\]])*\]/g, (set) => '_'.repeat(set.length));
    return [...blank.matchAll(/[*+]|\{\d+,\}/g)].map((match) => match.index + match[0].length);
  };
  /** Behind the repetition there is nothing that could still fail: ends of groups, other alternatives. */
  const isLast = (source: string, at: number) => /^\)*$|^\|\(\?<=/.test(source.slice(at));

  it.each(RULES.map((rule): [string, RegExp] => [rule.name, rule.find]))(
    'because nothing follows unbounded repetition: %s',
    (_name, find) => {
      expect(find.global).toBe(true);
      const loose = unbounded(find.source).filter((at) => !isLast(find.source, at));
      expect(loose.map((at) => find.source.slice(0, at))).toEqual([]);
    },
  );

  it('and the check sees what it must', () => {
    expect(unbounded('a+b').filter((at) => !isLast('a+b', at))).toHaveLength(1);
    expect(unbounded('(?:[a+]{1,3}\\+)x{2,}').filter((at) => !isLast('(?:[a+]{1,3}\\+)x{2,}', at))).toEqual([]);
  });

  it('and takes a megabyte of anything without falling over', () => {
    for (const unit of [
      'a',
      '1.',
      'a@',
      'password="',
      '-----BEGIN PRIVATE KEY-----',
      '0a',
      '://',
      'token: ',
      '\\"',
      ':',
      '<password>',
      'Bearer a',
      'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY ',
      'session',
    ]) {
      const text = unit.repeat(1_000_000 / unit.length);
      expect(scrub(text).length).toBeLessThanOrEqual(text.length);
    }
    expect(scrub(`password="${'x'.repeat(5_000_000)}`)).toContain('password="[secret]');
  });
});
