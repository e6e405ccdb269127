import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCases } from '../../src/rules/cases';
import { formatMistake, loadRules } from '../../src/rules/load';
import { readIssueFile } from '../../src/rules/snapshot-file';
import { BASE, CATCH_ALL, inFolder, issue } from './support';

const nothing = () => undefined;

/** Runs the tests of these rules, with the issue of the support file as `issues/a.json`. */
function run(tests: string, toSnapshot: Parameters<typeof runCases>[1] = nothing) {
  return inFolder({ 'rules.yaml': `${BASE}rules:\n${CATCH_ALL}tests:\n${tests}` }, async (dir) => {
    await mkdir(join(dir, 'issues'));
    await writeFile(join(dir, 'issues', 'a.json'), JSON.stringify(issue()));
    await writeFile(join(dir, 'issues', 'hook.json'), '{"data":{}}');
    await writeFile(join(dir, 'issues', 'broken.json'), '{');
    const loaded = await loadRules(dir);
    if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'));
    const { results, mistakes } = await runCases(loaded.rules, toSnapshot);
    return { results, mistakes: mistakes.map(formatMistake) };
  });
}

test('a test that passes, and one that lists every difference', async () => {
  const { results } = await run(`  - { name: good, issue: issues/a.json, expect: { rule: rest, assignee: anna } }
  - name: bad
    issue: issues/a.json
    at: 2026-08-14T10:00:00+02:00
    away: [anna]
    expect: { assignee: anna, priority: high, due: 2026-08-17, followers: [ewa], skip: no, subtasks: [x] }
`);
  expect(results).toEqual([
    { name: 'good', file: 'rules.yaml', line: 16, column: 26, passed: true, differences: [] },
    {
      name: 'bad',
      file: 'rules.yaml',
      line: 18,
      column: 12,
      passed: false,
      differences: [
        { key: 'assignee', expected: 'anna', got: 'piotr' },
        { key: 'skip', expected: 'no', got: null },
        { key: 'followers', expected: ['ewa'], got: [] },
        { key: 'due', expected: '2026-08-17', got: null },
        { key: 'priority', expected: 'high', got: null },
        { key: 'subtasks', expected: ['x'], got: [] },
      ],
    },
  ]);
});

test('nobody is expected as null', async () => {
  const { results } = await run(
    '  - { name: n, issue: issues/a.json, away: [anna, piotr, olena], expect: { assignee: null } }\n',
  );
  expect(results.map((r) => r.passed)).toEqual([true]);
});

test('an issue file that cannot be used is a mistake with its place; the other tests still run', async () => {
  const { results, mistakes } = await run(`  - { name: a, issue: issues/none.json, expect: {} }
  - { name: b, issue: issues/broken.json, expect: {} }
  - { name: c, issue: issues/hook.json, expect: {} }
  - { name: d, issue: issues, expect: {} }
  - { name: e, issue: issues/a.json, expect: {} }
`);
  expect(mistakes).toEqual([
    'rules.yaml:16:23 "issues/none.json" does not exist',
    'rules.yaml:17:23 "issues/broken.json" is not JSON',
    'rules.yaml:18:23 "issues/hook.json" is neither a webhook body that names an issue nor an IssueSnapshot',
    'rules.yaml:19:23 "issues" is no file of at most 5242880 bytes',
  ]);
  expect(results.map((r) => r.name)).toEqual(['e']);
});

test('a webhook body goes through the given function', async () => {
  const seen: unknown[] = [];
  const { results } = await run('  - { name: w, issue: issues/hook.json, expect: { rule: rest } }\n', (body) => {
    seen.push(body);
    return issue();
  });
  expect(seen).toEqual([{ data: {} }]);
  expect(results.map((r) => r.passed)).toEqual([true]);
});

test('a conversion that throws is a mistake, not a crash', async () => {
  const { mistakes } = await run('  - { name: w, issue: issues/hook.json, expect: {} }\n', () => {
    throw new Error('x');
  });
  expect(mistakes).toEqual(['rules.yaml:16:23 "issues/hook.json" is a webhook body that cannot be understood']);
});

describe('a hand-written snapshot', () => {
  const read = (value: unknown) =>
    inFolder({ 'i.json': JSON.stringify(value) }, (dir) => readIssueFile(join(dir, 'i.json'), nothing));
  const ref = { source: 'sentry', scope: 'acme', id: '1' };

  test('needs a ref, a title and a project', async () => {
    const found = await read({ ref, title: 't', project: 'p', firstSeen: '2026-01-01T00:00:00Z' });
    expect(found).toMatchObject({ issue: { level: 'error', environments: [], lastSeen: '2026-01-01T00:00:00Z' } });
    expect(await read({ ref, title: 't' })).toEqual({ problem: expect.stringContaining('project') as string });
  });

  test('with a moment that is none', async () => {
    expect(await read({ ref, title: 't', project: 'p', lastSeen: 'soon' })).toEqual({
      problem: 'is no IssueSnapshot: lastSeen must be a moment such as 2026-08-14T10:00:00Z',
    });
  });
});
