import fc from 'fast-check';
import { examine, matchesPatterns } from '../../src/rules/match';
import { compilePattern, matchesGlob, patternProblem } from '../../src/rules/pattern';
import type { Rule } from '../../src/rules/schema';
import { issue } from './support';

const rule = (when: Rule['when']): Rule => ({ id: 'r', when, then: {} });
const matches = (when: Rule['when'], values: Parameters<typeof issue>[0]) => examine(rule(when), issue(values)).matched;

test.each([
  ['checkout', 'checkout', true],
  ['checkout', 'Checkout', true],
  ['checkout', 'checkout-api', false],
  ['checkout-*', 'checkout-', true],
  ['*out*', 'checkout-api', true],
  ['*', '', true],
  ['', '', true],
  ['?', '', false],
  ['ci-?', 'ci-1', true],
  ['ci-?', 'ci-12', false],
  ['?', '😀', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['[HC]*', '[HC] lost', true],
  ['[HC]*', 'H lost', false],
  ['a.c', 'abc', false],
  ['*', 'a*b', true],
])('glob %j on %j: %s', (glob, value, expected) => {
  expect(matchesGlob(glob, value)).toBe(expected);
});

test.each([
  ['/time ?out/', 'a time out', true],
  ['/timeout/', 'Timeout', false],
  ['/timeout/i', 'Timeout', true],
  ['/^timeout$/', 'a timeout', false],
  ['!/timeout/i', 'Timeout', true],
  ['/api/users', '/api/users', true],
  ['/api/users', 'x/api/users', false],
])('pattern %j on %j finds: %s', (pattern, value, expected) => {
  expect(patternProblem(pattern)).toBeNull();
  expect(compilePattern(pattern).matches(value)).toBe(expected);
});

test('a regular expression takes linear time where a backtracking one would not end', () => {
  expect(compilePattern('/^(a*)*$/').matches(`${'a'.repeat(20_000)}b`)).toBe(false);
});

test('a glob of many stars ends', () => {
  expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false);
});

test.each([
  [['a', 'b'], ['b'], true],
  [['a', 'b'], ['c'], false],
  [['!a'], ['b'], true],
  [['!a'], [], true],
  [['!a'], ['b', 'a'], false],
  [['a', '!b'], ['a'], true],
  [['a', '!b'], ['a', 'b'], false],
  [['a', '!b'], ['c'], false],
  [['*'], [], false],
])('list %j on %j: %s', (patterns, values, expected) => {
  expect(matchesPatterns(patterns, values)).toBe(expected);
});

describe('properties', () => {
  const word = fc
    .string({ maxLength: 12 })
    .filter((s) => patternProblem(s) === null && s !== '' && !/^!|^\/.*\/i?$/s.test(s));

  test('a list of only negatives matches exactly when none of them would as a positive', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.array(fc.string()), (patterns, values) => {
        const negated = patterns.map((p) => `!${p}`);
        expect(matchesPatterns(negated, values)).toBe(!matchesPatterns(patterns, values));
      }),
    );
  });

  test('a value matches itself as a glob, and everything matches *', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(matchesGlob(value, value)).toBe(true);
        expect(matchesGlob('*', value)).toBe(true);
        expect(matchesGlob(`${value}*`, `${value}tail`)).toBe(true);
      }),
    );
  });

  test('a glob agrees with a regular expression of the same meaning', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const values = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, values, (glob, value) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(glob, value)).toBe(expression.test(value));
      }),
    );
  });

  test('no text breaks the check of a pattern or the matching', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `/${s}/i`),
        ),
        fc.string(),
        (pattern, value) => {
          expect(typeof (patternProblem(pattern) ?? '')).toBe('string');
          expect(typeof compilePattern(pattern).matches(value)).toBe('boolean');
        },
      ),
    );
  });
});

describe('keys of `when`', () => {
  test('all of them must match', () => {
    const when = { level: ['error'], project: ['web'] };
    expect(matches(when, { level: 'error', project: 'web' })).toBe(true);
    expect(matches(when, { level: 'info', project: 'web' })).toBe(false);
    expect(matches(when, { level: 'error', project: 'api' })).toBe(false);
  });

  test.each([
    ['project', { project: 'x' }],
    ['environment', { environments: ['y', 'x'] }],
    ['level', { level: 'x' }],
    ['platform', { platform: 'x' }],
    ['title', { title: 'x' }],
    ['culprit', { culprit: 'x' }],
    ['release', { release: 'x' }],
  ])('%s looks at its own value', (key, values) => {
    expect(matches({ [key]: ['x'] }, values)).toBe(true);
    expect(matches({ [key]: ['z'] }, values)).toBe(false);
  });

  test('any environment counts, and a negative one forbids all', () => {
    const environments = ['staging', 'production'];
    expect(matches({ environment: ['production'] }, { environments })).toBe(true);
    expect(matches({ environment: ['*', '!staging'] }, { environments })).toBe(false);
    expect(matches({ environment: ['!local'] }, { environments: [] })).toBe(true);
    expect(matches({ environment: ['*'] }, { environments: [] })).toBe(false);
  });

  test('tags are looked up by name, all must match, and inherited names are none', () => {
    const tags = { 'customer.tier': 'gold', region: 'eu' };
    expect(matches({ tags: { 'customer.tier': ['gold'] } }, { tags })).toBe(true);
    expect(matches({ tags: { 'customer.tier': ['gold'], region: ['us'] } }, { tags })).toBe(false);
    expect(matches({ tags: { constructor: ['*'] } }, { tags })).toBe(false);
    expect(matches({ tags: { other: ['!gold'] } }, { tags })).toBe(true);
  });

  test('a missing or empty value matches no positive pattern', () => {
    expect(matches({ culprit: ['*'] }, {})).toBe(false);
    expect(matches({ culprit: ['*'] }, { culprit: '' })).toBe(false);
    expect(matches({ culprit: ['!x'] }, {})).toBe(true);
  });
});

test('every predicate says what it saw, also after one failed, and long text is cut', () => {
  const when = { level: ['fatal'], title: ['x'.repeat(100)], culprit: ['a'] };
  expect(examine(rule(when), issue({ title: 'y'.repeat(100) }))).toEqual({
    rule: 'r',
    matched: false,
    matches: [
      { predicate: 'level: fatal', matched: false, saw: 'error' },
      { predicate: `title: ${'x'.repeat(72)}…`, matched: false, saw: `${'y'.repeat(79)}…` },
      { predicate: 'culprit: a', matched: false },
    ],
  });
  expect(examine(rule('any'), issue())).toEqual({
    rule: 'r',
    matched: true,
    matches: [{ predicate: 'any', matched: true }],
  });
});
