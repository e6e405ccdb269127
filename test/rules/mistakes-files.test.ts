/** Mistakes of whole files: what comes later, folders, names given twice, too much of something. */
import { formatMistake, loadRules } from '../../src/rules/load';
import { closest, truncate } from '../../src/rules/mistakes';
import { LATER_KEYS, LATER_VALUES } from '../../src/rules/later';
import { BASE, CATCH_ALL, inFolder, mistakesIn } from './support';

/** BASE has 12 lines and `rules:` is the 13th, so the first rule stands in line 14. */
const rule = (text: string) => `${BASE}rules:\n  - ${text}\n${CATCH_ALL}`;
const base = (from: string, to: string) => `${BASE.replace(from, to)}rules:\n${CATCH_ALL}`;
const withSettings = (text: string) => `${BASE}settings: ${text}\nrules:\n${CATCH_ALL}`;
const later = (key: string) => `\`${key}\` is part of the rules form but not acted on by this version; take it out`;

describe('what comes later is refused by name', () => {
  const at: Record<string, (key: string, value: string) => string> = {
    '': (key, value) => `${BASE}${key}: ${value}\nrules:\n${CATCH_ALL}`,
    'people.*': (key, value) => base('asana: ewa@example.com', `asana: ewa@example.com, ${key}: ${value}`),
    'teams.*': (key, value) => base('lead: olena', `${key}: ${value}`),
    'projects.*': (key, value) => base('project: Errors }', `project: Errors }, ${key}: ${value}`),
    'rules.*.when': (key, value) => rule(`{ id: a, when: { level: x, ${key}: ${value} }, then: {} }`),
    'rules.*.then': (key, value) => rule(`{ id: a, when: { level: x }, then: { ${key}: ${value} } }`),
    'rules.*.then.assign': (key, value) =>
      rule(`{ id: a, when: { level: x }, then: { assign: { team: core, ${key}: ${value} } } }`),
    'rules.*.then.due': (key, value) =>
      rule(`{ id: a, when: { level: x }, then: { due: { days: 1, ${key}: ${value} } } }`),
    settings: (key, value) => withSettings(`{ ${key}: ${value} }`),
  };
  const split = (place: string) => [place.split('.').slice(0, -1).join('.'), place.split('.').at(-1) ?? ''] as const;

  test.each([...LATER_KEYS])('%s', async (place) => {
    const [around, key] = split(place);
    const found = await mistakesIn(at[around]?.(key, 'x') ?? '');
    expect(found).toEqual([expect.stringContaining(` ${later(key)}`) as string]);
  });

  const values = Object.entries(LATER_VALUES).flatMap(([place, all]) => all.map((value) => [place, value] as const));
  test.each(values)('%s: %s', async (place, value) => {
    const [around, key] = split(place);
    for (const written of [value, `{ ${value}: x }`]) {
      const found = await mistakesIn(at[around]?.(key, written) ?? '');
      // A glob may be any word, so "package" is one; only the map is the later form of `release`.
      if (key === 'release' && written === value) expect(found).toEqual([]);
      else expect(found).toEqual([expect.stringContaining(` ${later(value)}`) as string]);
    }
  });
});

describe('the folder', () => {
  test('that does not exist', async () => {
    const loaded = await loadRules('/no/such/folder');
    expect('mistakes' in loaded && loaded.mistakes.map(formatMistake)).toEqual([
      '/no/such/folder cannot be read as a folder of rules (ENOENT); set RULES_DIR',
    ]);
  });

  test('without rules: the schema and hidden files are none', async () => {
    await inFolder({ 'rules.schema.json': '{}', '.#rules.yaml': 'x', 'README.md': 'x' }, async (dir) => {
      const loaded = await loadRules(dir);
      expect('mistakes' in loaded && loaded.mistakes.map(formatMistake)).toEqual([
        `${dir} has no rules: no *.yaml, *.yml or *.json file`,
      ]);
    });
  });

  test('with a file that is not text, or too large', async () => {
    expect(await mistakesIn(Buffer.from([0x61, 0xff, 0xfe]))).toEqual(['rules.yaml is not UTF-8 text']);
    expect(await mistakesIn('#'.repeat(1024 * 1024 + 1))).toEqual(['rules.yaml is no file of at most 1048576 bytes']);
  });

  test('with JSON that is only YAML', async () => {
    const json = JSON.stringify({ version: 1, projects: { '*': { asana: { workspace: 'A', project: 'E' } } } });
    const text = `${json.slice(0, -1)}, "rules": [{ id: a, "when": "any", "then": {} }]}`;
    expect(await mistakesIn(text, 'rules.json')).toEqual([
      expect.stringMatching(/^rules\.json:1:\d+ is not JSON: /) as string,
    ]);
  });
});

test('names given in two files are mistakes that name both places', async () => {
  const files = {
    'a.yaml': `${BASE}settings: { linger: 1d }\nrules:\n  - { id: a, when: { level: x }, then: {} }\n`,
    'b.yml': `timezone: UTC\nsettings: { linger: 2d }\npeople: { anna: { asana: x } }\nrules:\n  - { id: a, when: any, then: {} }\n`,
  };
  await inFolder(files, async (dir) => {
    const loaded = await loadRules(dir);
    expect('mistakes' in loaded && loaded.mistakes.map(formatMistake)).toEqual([
      'b.yml:1:1 "timezone" is given twice; first at a.yaml:2:1',
      'b.yml:2:13 "linger" is given twice; first at a.yaml:13:13',
      'b.yml:3:11 "anna" is given twice; first at a.yaml:4:3',
      'b.yml:5:11 "a" is given twice; first at a.yaml:15:11',
    ]);
  });
});

test('more rules than are read', async () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `  - { id: r${i}, when: { level: x }, then: {} }\n`).join('');
  const found = await mistakesIn(`${BASE}rules:\n${many}${CATCH_ALL}`);
  expect(found).toEqual(['rules.yaml:1014:5 is rule 1001; at most 1000 are read']);
});

describe('bombs of aliases', () => {
  test('that multiply', async () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(',')}]\n`;
    const text =
      level('a', 'x') + level('b', '*a') + level('c', '*b') + level('d', '*c') + level('e', '*d') + level('f', '*e');
    expect((await mistakesIn(text)).join('\n')).toContain('has more than 100000 values, aliases followed');
  });

  test('that are many, or contain themselves', async () => {
    expect((await mistakesIn(`a: &a 1\nb: [${Array(101).fill('*a').join(',')}]`)).join('\n')).toContain(
      'rules.yaml:1:1 has 101 aliases (*name); at most 100 are followed',
    );
    expect((await mistakesIn('a: &a [*a]')).join('\n')).toContain('is nested too deeply');
  });
});

test('names that JavaScript would trip over are refused', async () => {
  expect((await mistakesIn(`__proto__: 1\n? [x]\n: 1\n`)).slice(-2)).toEqual([
    'rules.yaml:1:1 this key must be a word',
    'rules.yaml:2:3 this key must be a word',
  ]);
});

test.each([
  ['leval', 'level'],
  ['LEVEL', 'level'],
  ['elvel', 'level'],
  ['proj', 'project'],
  ['xyz', null],
  ['', null],
  ['x'.repeat(65), null],
])('closest to %j is %j', (word, expected) => {
  expect(closest(word, ['level', 'project', 'x'.repeat(66)])).toBe(expected);
});

test('cut keeps whole characters', () => {
  expect(truncate('abc', 3)).toBe('abc');
  expect(truncate('abcd', 3)).toBe('ab…');
  expect(truncate('a😀bc', 3)).toBe('a…');
});
