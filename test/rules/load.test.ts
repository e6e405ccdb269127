import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatMistake, loadRules, type Rules } from '../../src/rules/load';
import { BASE, CATCH_ALL, inFolder, rulesOf } from './support';

const ONE = `${BASE}rules:\n${CATCH_ALL}`;

test('the defaults', async () => {
  const rules = await rulesOf({
    'rules.yaml':
      'version: 1\nprojects: { "*": { asana: { workspace: 1200000000000001, project: E } } }\nrules:\n  - { id: a, when: any, then: {} }\n',
  });
  expect(rules).toMatchObject({ files: ['rules.yaml'], timezone: 'UTC', people: {}, teams: {}, tests: [] });
  expect(rules.hash).toMatch(/^[0-9a-f]{16}$/);
  expect(rules.projects).toEqual([
    { glob: '*', destination: { tracker: 'asana', workspace: '1200000000000001', project: 'E' } },
  ]);
  expect(rules.settings).toEqual({
    verifyAfter: 300_000,
    sweepEvery: 300_000,
    alertEvery: 60_000,
    linger: 7_776_000_000,
    attentionAgain: 600_000,
    unknownOutcome: [30_000, 60_000],
    assignedWait: 60_000,
    goneAfter: [600_000, 3_600_000],
    availability: { wait: 60_000, again: 300_000, ahead: 3_600_000 },
    retry: { attempts: 10, first: 2_000, max: 300_000 },
    quiet: { first: 5_000, max: 900_000 },
    commentAt: [10, 100, 1_000, 10_000],
    onArchive: 'complete',
    sync: { toTracker: true, toSentry: true },
    keepSentryAssignee: true,
    maxNewTasks: 50,
    stormWindow: 3_600_000,
    timezone: 'UTC',
  });
});

test.each([
  ['100ms', 100],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['90d', 7_776_000_000],
  ['0', 0],
  ['"0"', 0],
])('the duration %s is %i ms', async (written, expected) => {
  const { settings } = await rulesOf({ 'rules.yaml': `${ONE}settings: { verifyAfter: ${written} }\n` });
  expect(settings.verifyAfter).toBe(expected);
});

test('people have the top time zone unless they have their own; teams keep their order', async () => {
  const { people, teams } = await rulesOf({ 'rules.yaml': ONE });
  expect([people.anna?.timezone, people.olena?.timezone]).toEqual(['Europe/Warsaw', 'Europe/Kyiv']);
  expect(teams).toEqual({
    core: { members: ['anna', 'piotr'], lead: 'olena', rotation: 'fixed' },
    turns: { members: ['anna', 'piotr', 'ewa'], rotation: 'roundRobin' },
  });
});

test('files are merged in the order of their names, settings key by key', async () => {
  const rules = await rulesOf({
    'b.json': JSON.stringify({ rules: [{ id: 'b', when: { level: 'x' }, then: {} }], settings: { linger: '1d' } }),
    'a.yaml': `${BASE}settings: { quiet: { first: 1s } }\nrules:\n  - { id: a, when: { level: x }, then: {} }\n`,
    'c.yml': 'rules:\n  - { id: c, when: any, then: {} }\n',
    'z.yaml': '# nothing but a comment\n',
    'rules.schema.json': 'not read',
  });
  expect(rules.files).toEqual(['a.yaml', 'b.json', 'c.yml', 'z.yaml']);
  expect(rules.rules.map((r) => r.id)).toEqual(['a', 'b', 'c']);
  expect(rules.settings).toMatchObject({ linger: 86_400_000, quiet: { first: 1_000, max: 900_000 } });
});

test('projects keep the order written, numbers among them', async () => {
  const target = '{ asana: { workspace: Acme, project: Errors } }';
  const { projects } = await rulesOf({
    'rules.yaml': ONE.replace('projects:', `projects:\n  "12*": ${target}\n  "123": ${target}\n  "1": ${target}`),
  });
  expect(projects.map((p) => p.glob)).toEqual(['12*', '123', '1', '*']);
});

test('`no` and `on` stay words, anchors are followed, a byte order mark is skipped', async () => {
  const { rules } = await rulesOf({
    'rules.yaml': `\uFEFF${BASE}rules:\n  - { id: a, when: { title: &t [no, on] }, then: { skip: no } }\n  - { id: b, when: { culprit: *t }, then: {} }\n${CATCH_ALL}`,
  });
  expect(rules[0]).toEqual({ id: 'a', when: { title: ['no', 'on'] }, then: { skip: 'no' } });
  expect(rules[1]?.when).toEqual({ culprit: ['no', 'on'] });
});

test('YAML and JSON of the same content have the same hash; order of keys, comments and defaults do not count', async () => {
  const yaml = await rulesOf({ 'rules.yaml': ONE });
  const { $schema, ...plain } = await asDocument(yaml);
  const json = await rulesOf({ 'x.json': JSON.stringify({ $schema, ...plain }, null, '\t') });
  const turned = Object.fromEntries(Object.entries(plain).reverse());
  const other = await rulesOf({ 'y.yaml': `# comment\n${stringify(turned)}` });
  expect([json.hash, other.hash]).toEqual([yaml.hash, yaml.hash]);
  const changed = await rulesOf({ 'rules.yaml': ONE.replace('lead: olena', 'lead: ewa') });
  expect(changed.hash).not.toBe(yaml.hash);
});

async function asDocument({ timezone, people, teams, rules }: Rules): Promise<Record<string, unknown>> {
  const projects = { '*': { asana: { workspace: 'Acme', project: 'Errors' } } };
  return Promise.resolve({ $schema: './rules.schema.json', version: 1, timezone, people, teams, projects, rules });
}

test('a folder with the name of a file is passed over', async () => {
  await inFolder({ 'rules.yaml': ONE }, async (dir) => {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(`${dir}/old.yaml`);
    const loaded = await loadRules(dir);
    expect('rules' in loaded && loaded.rules.files).toEqual(['rules.yaml']);
  });
});

describe('nothing makes the loader throw', () => {
  const answers = async (files: Record<string, string>) =>
    inFolder(files, async (dir) => {
      const loaded = await loadRules(dir);
      if ('rules' in loaded) return;
      expect(loaded.mistakes.length).toBeGreaterThan(0);
      for (const m of loaded.mistakes) expect(formatMistake(m)).toMatch(/^\S+(:\d+:\d+)? \S/s);
    });

  test('random text', async () => {
    const texts = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 }));
    await fc.assert(fc.asyncProperty(texts, (text) => answers({ 'rules.yaml': text, 'rules.json': text })));
  });

  test('random documents of the right keys and the wrong values', async () => {
    const keys = [
      'version',
      'people',
      'teams',
      'projects',
      'rules',
      'tests',
      'settings',
      'when',
      'then',
      'id',
      'asana',
      'also',
      'any',
      'due',
      'members',
      'assign',
      'tags',
      'fallback',
      'expect',
      '*',
      '__proto__',
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>('any', 'anna', '!', '/(/', '*', 1, -1, 1e21, NaN, true, null, '', '5m'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    }));
    const top = fc.record(Object.fromEntries(keys.slice(0, 7).map((k) => [k, value])), { requiredKeys: [] });
    await fc.assert(fc.asyncProperty(top, (document) => answers({ 'rules.yaml': stringify(document) })));
  });

  test('good rules with a piece cut out or put in', async () => {
    const noise = fc.constantFrom(
      '',
      '{',
      '}',
      '[',
      '"',
      ': ',
      '*',
      '!',
      '\t',
      '\n',
      '&a ',
      '- ',
      '|',
      '>',
      '%',
      '\u0000',
    );
    const spot = fc.nat(ONE.length);
    await fc.assert(
      fc.asyncProperty(spot, fc.nat(20), noise, (from, length, put) =>
        answers({ 'rules.yaml': ONE.slice(0, from) + put + ONE.slice(from + length) }),
      ),
    );
  });
});
