/** What is shipped: the example, its tests, the schema and the documentation belong together. */
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { rulesJsonSchema } from '../../scripts/generate-rules-schema';
import { webhookToSnapshot } from '../../src/vendors/sentry/wire/snapshot';
import { runCases } from '../../src/rules/cases';
import { EXAMPLE_RULES_HASH, isExampleRules } from '../../src/rules/example';
import { LATER_KEYS, LATER_VALUES } from '../../src/rules/later';
import { formatMistake, loadRules, type Rules } from '../../src/rules/load';
import { personAt } from '../../src/rules/people';
import { jsonSchema } from '../../src/rules/schema';
import { BASE, CATCH_ALL, rulesOf } from './support';

const ROOT = join(__dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');

async function shipped(): Promise<Rules> {
  const loaded = await loadRules(join(ROOT, 'rules'));
  if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'));
  return loaded.rules;
}

test('the example is without a mistake, and its tests pass', async () => {
  const rules = await shipped();
  const { results, mistakes } = await runCases(rules, (body) =>
    webhookToSnapshot(body, {
      org: 'acme',
      now: '2026-08-14T08:00:00.000Z',
      person: (who) => personAt(rules, 'sentry', who),
    }),
  );
  expect(mistakes).toEqual([]);
  expect(results.filter((r) => !r.passed)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(8);
});

test('the example is recognised: after a change of rules/rules.yaml write its new hash into example.ts', async () => {
  const rules = await shipped();
  expect(rules.hash).toBe(EXAMPLE_RULES_HASH);
  expect(isExampleRules(rules)).toBe(true);
  expect(isExampleRules(await rulesOf({ 'rules.yaml': `${BASE}rules:\n${CATCH_ALL}` }))).toBe(false);
  const touched = await rulesOf({ 'mine.yaml': `# mine\n${read('rules', 'rules.yaml')}` });
  expect(isExampleRules(touched)).toBe(true);
  const edited = await rulesOf({
    'rules.yaml': read('rules', 'rules.yaml').replace('anna@example.com', 'ann@acme.com'),
  });
  expect(isExampleRules(edited)).toBe(false);
});

test('every fixture is used and its origin noted', () => {
  const rules = read('rules', 'rules.yaml');
  const origins = read('rules', 'fixtures', 'README.md');
  for (const file of readdirSync(join(ROOT, 'rules', 'fixtures')).filter((f) => f.endsWith('.json'))) {
    expect(rules).toContain(`fixtures/${file}`);
    expect(origins).toContain(file);
  }
});

test('rules.schema.json is what the form gives', () => {
  expect(read('rules', 'rules.schema.json')).toBe(rulesJsonSchema());
});

describe('the JSON Schema', () => {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  const valid = ajv.compile(jsonSchema());

  test('takes the example', () => {
    expect(valid(parse(read('rules', 'rules.yaml')))).toBe(true);
  });

  test.each([
    ['an unknown key', { rulez: [] }],
    ['a name that is none', { people: { 'a@b': { asana: 'x' } } }],
    ['a person without Asana', { people: { anna: {} } }],
    ['a duration', { settings: { linger: '5 days' } }],
    ['two targets', { rules: [{ id: 'a', when: 'any', then: { assign: { team: 'x' }, due: { days: 1, hours: 1 } } }] }],
    ['a later rotation', { teams: { t: { members: ['a'], rotation: 'sticky' } } }],
  ])('refuses %s', (_what, document) => {
    expect(valid(document)).toBe(false);
  });
});

describe('docs/using/rules-keys.md', () => {
  type Node = { properties?: Record<string, Node>; additionalProperties?: Node; items?: Node; anyOf?: Node[] };
  const docs = () => read('docs', 'using', 'rules-keys.md');

  /** Every key as the page writes it: `people.*.asana`, `rules[].when.tags.*`. */
  function keys(node: Node, path: string): string[] {
    const inner = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
      const name = path === '' ? key : `${path}.${key}`;
      return [name, ...keys(child, name)];
    });
    const map = typeof node.additionalProperties === 'object' ? keys(node.additionalProperties, `${path}.*`) : [];
    const list = node.items ? keys(node.items, `${path}[]`) : [];
    return [...inner, ...map, ...list, ...(node.anyOf ?? []).flatMap((n) => keys(n, path))];
  }

  test('explains every key', () => {
    const all = [...new Set(keys(jsonSchema(), ''))];
    expect(all.length).toBeGreaterThan(70);
    expect(all).toContain('rules[].then.assign.fallback[].team');
    expect(all.filter((key) => !docs().includes(`\`${key}\``))).toEqual([]);
  });

  test('names no key that does not exist', () => {
    const all = new Set([...keys(jsonSchema(), ''), ...[...LATER_KEYS].map(written)]);
    const named = [...docs().matchAll(/^\| `([^`]+)`/gm)].map((m) => m[1] ?? '');
    expect(named.length).toBeGreaterThan(70);
    expect(named.filter((key) => !all.has(key))).toEqual([]);
  });

  test('lists what comes later', () => {
    const page = docs();
    expect([...LATER_KEYS].map(written).filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
    expect(
      Object.values(LATER_VALUES)
        .flat()
        .filter((value) => !page.includes(`\`${value}\``)),
    ).toEqual([]);
  });

  function written(place: string): string {
    return place.replace(/^rules\.\*/, 'rules[]');
  }
});
