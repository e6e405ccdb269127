import { Command } from 'commander';
import { rulesCommands } from '../../src/cli/rules';
import { jsonSchema } from '../../src/rules/schema';
import { BASE, CATCH_ALL, inFolder, issue } from './support';

/** Runs `errand rules …` with `dir` as RULES_DIR. */
async function errand(dir: string, ...args: string[]): Promise<{ out: string; code: number | undefined }> {
  let out = '';
  let code: number | undefined;
  const program = new Command().name('errand').option('--json').exitOverride();
  rulesCommands(program, {
    rulesDir: dir,
    out: (text) => (out += `${text}\n`),
    get json() {
      return program.opts<{ json?: boolean }>().json === true;
    },
    exit: (c) => (code = c),
  });
  await program.parseAsync(['rules', ...args], { from: 'user' });
  return { out, code };
}

const GOOD = `${BASE}rules:\n${CATCH_ALL}tests:\n  - { name: t, issue: i.data, expect: { assignee: anna } }\n`;
const FILES = { 'rules.yaml': GOOD, 'i.data': JSON.stringify(issue()) };
const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('check', () => {
  test('good rules', async () => {
    const { out, code } = await inFolder(FILES, (dir) => errand(dir, 'check'));
    expect(out).toMatch(/^rules\.yaml: fine \(4 people, 2 teams, 1 rules, 1 tests; hash [0-9a-f]{16}\)\n$/);
    expect(code).toBe(0);
  });

  test('says what is legal but probably not meant', async () => {
    const files = { ...FILES, 'rules.yaml': GOOD.replace('"*"', 'web') };
    const { out, code } = await inFolder(files, (dir) => errand(dir, 'check'));
    expect(out).toContain('note: no project "*": issues of projects that are not named are skipped\n');
    expect(code).toBe(0);
  });

  test('mistakes, in another folder than RULES_DIR', async () => {
    const files = { ...FILES, 'rules.yaml': GOOD.replace('lead: olena', 'lead: olen') };
    const { out, code } = await inFolder(files, (dir) => errand('/no/such/folder', 'check', dir));
    expect(out).toBe('rules.yaml:9:41 "olen" is not among the people; did you mean "olena"?\n1 mistake\n');
    expect(code).toBe(1);
  });

  test('a test whose issue is missing is a mistake, too', async () => {
    const { out, code } = await inFolder({ 'rules.yaml': GOOD }, (dir) => errand(dir, 'check'));
    expect(out).toBe('rules.yaml:16:23 "i.data" does not exist\n1 mistake\n');
    expect(code).toBe(1);
  });

  test('as JSON', async () => {
    const { out } = await inFolder({ 'rules.yaml': GOOD }, (dir) => errand(dir, 'check', '--json'));
    expect(json(out)).toEqual({
      ok: false,
      mistakes: [
        {
          file: 'rules.yaml',
          line: 16,
          column: 23,
          message: '"i.data" does not exist',
          text: 'rules.yaml:16:23 "i.data" does not exist',
        },
      ],
    });
  });
});

describe('test', () => {
  test('passing', async () => {
    expect(await inFolder(FILES, (dir) => errand(dir, 'test'))).toEqual({ out: '✓ t\n1 passed, 0 failed\n', code: 0 });
  });

  test('failing: what was expected and what came', async () => {
    const files = { ...FILES, 'rules.yaml': GOOD.replace('assignee: anna', 'assignee: ewa') };
    expect(await inFolder(files, (dir) => errand(dir, 'test'))).toEqual({
      out: '✗ t (rules.yaml:16:23)\n    assignee: expected "ewa", got "anna"\n0 passed, 1 failed\n',
      code: 1,
    });
  });

  test('as JSON', async () => {
    const { out, code } = await inFolder(FILES, (dir) => errand(dir, '--json', 'test'));
    expect(json(out)).toMatchObject({ ok: true, passed: 1, failed: 0, results: [{ name: 't', passed: true }] });
    expect(code).toBe(0);
  });
});

test('schema prints the JSON Schema', async () => {
  const { out, code } = await errand('/no/such/folder', 'schema');
  expect(json(out)).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  expect(code).toBe(0);
});

describe('explain', () => {
  test('a snapshot', async () => {
    const { out, code } = await inFolder(FILES, (dir) => errand(dir, 'explain', `${dir}/i.data`));
    for (const piece of ['✓ rest', '✗ piotr', '✓ anna', 'As if everybody were available']) expect(out).toContain(piece);
    expect(code).toBe(0);
  });

  test('a webhook body', async () => {
    const { out, code } = await errand(
      'rules',
      '--json',
      'explain',
      'rules/fixtures/issue.created.python-exception.json',
    );
    expect(json(out)).toMatchObject({ ok: true, decision: { rule: 'python', verdict: { assign: 'anna' } } });
    expect(code).toBe(0);
  });

  test('no such file', async () => {
    const { out, code } = await inFolder(FILES, (dir) => errand(dir, 'explain', '/no/such.json'));
    expect([out, code]).toEqual(['/no/such.json does not exist\n', 2]);
  });
});
