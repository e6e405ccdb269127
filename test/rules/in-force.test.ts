/** Rules that break while a process runs, or before it starts; and the copy that a worker goes on with. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { EnvironmentError } from '../../src/errors';
import { keepCopy, readCopy } from '../../src/rules/good-copy';
import { brokenTrouble, rulesInForce, type RulesInForce } from '../../src/rules/in-force';
import { firstRules, RulesError, type RulesHome } from '../../src/rules/start';
import { until } from '../support/run';

const RULES = `version: 1
people: { anna: { asana: anna@example.com } }
projects: { '*': { asana: { workspace: Acme, project: Errors } } }
rules: [{ id: all, when: any, then: { assign: { person: anna } } }]
`;
const OTHER = RULES.replaceAll('anna', 'hanna');
const BROKEN = `${RULES.replace('when: any', 'wenn: any')}\nsettigns: {}\n`;

let top: string;
let place: RulesHome;
let running: RulesInForce[];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'errand-rules-'));
  place = { dir: join(top, 'rules'), dataDir: join(top, 'data'), real: true };
  mkdirSync(place.dir);
  running = [];
});
afterEach(() => {
  for (const one of running) one.stop();
  rmSync(top, { recursive: true, force: true });
});

const write = (text: string): void => writeFileSync(join(place.dir, 'rules.yaml'), text);
const peopleOf = (rules: RulesInForce): string[] => Object.keys(rules.current().people);

type Told = { msg: string; level: string; mistakes?: string[]; why?: string };
/** A process from its start on. `changes`: how many mistakes there were each time. */
async function start(without = false): Promise<{ rules: RulesInForce; log: Told[]; changes: number[] }> {
  const log: Told[] = [];
  const changes: number[] = [];
  const lines = { write: (line: string) => void log.push(JSON.parse(line) as Told) };
  const rules = rulesInForce(await firstRules(place, without), {
    ...place,
    log: pino({ formatters: { level: (level) => ({ level }) } }, lines),
    level: 'error',
    changed: (trouble) => changes.push(trouble?.mistakes.length ?? 0),
    pollMs: 20,
  });
  running.push(rules);
  return { rules, log, changes };
}

test('broken while it runs: those before stay, every mistake is in the log, and the repair is told', async () => {
  write(RULES);
  const { rules, log, changes } = await start();
  expect(rules.trouble()).toBeUndefined();
  write(BROKEN);
  await until('it is seen', () => changes.length === 1);
  expect(peopleOf(rules)).toEqual(['anna']);
  expect(changes[0]).toBeGreaterThan(1);
  const said = log.at(-1);
  expect(said).toMatchObject({
    level: 'error',
    msg: expect.stringContaining('the earlier rules stay in force') as string,
  });
  expect(said?.mistakes).toHaveLength(changes[0] ?? 0);
  for (const word of ['wenn', 'settigns']) expect(said?.mistakes?.join()).toContain(word);
  const trouble = rules.trouble();
  expect(trouble?.instead).toBe('the earlier rules stay in force');
  expect(brokenTrouble(trouble)).toEqual({ since: trouble?.since, times: changes[0], said: said?.mistakes?.[0] });

  write(OTHER);
  await until('the repair is seen', () => changes.length === 2);
  expect([changes[1], rules.trouble(), brokenTrouble(undefined)]).toEqual([0, undefined, undefined]);
  expect(log.at(-1)?.msg).toContain('the rules are repaired');
  expect(peopleOf(rules)).toEqual(['hanna']);
});

test('since when is that of the first mistake, whatever it becomes', async () => {
  write(RULES);
  const { rules, changes } = await start();
  write(BROKEN);
  await until('it is seen', () => changes.length === 1);
  const since = rules.trouble()?.since;
  write('version: 1\nrules: [');
  await until('the other mistake is seen', () => changes.length === 2);
  expect(rules.trouble()?.since).toBe(since);
});

test('started again on broken files: the last good copy, that of the last change; repaired, the files', async () => {
  write(RULES);
  const before = await start();
  write(OTHER);
  await until('the change is seen', () => peopleOf(before.rules)[0] === 'hanna');
  write(BROKEN);
  await until('it is broken', () => before.rules.trouble() !== undefined);
  before.rules.stop();

  const { rules, log, changes } = await start();
  expect(peopleOf(rules)).toEqual(['hanna']);
  expect(rules.current().dir).toBe(place.dir);
  expect(rules.trouble()?.instead).toMatch(/^the last good copy, of 20.* UTC, is in force$/);
  await until('it is said', () => log.some((l) => l.level === 'error' && l.msg.includes('the last good copy')));
  write(RULES);
  await until('the repair is seen', () => changes.at(-1) === 0);
  expect(peopleOf(rules)).toEqual(['anna']);
  rules.stop();
  write(BROKEN);
  expect(peopleOf((await start()).rules)).toEqual(['anna']);
});

test('without a copy a worker ends with every mistake; the api starts, with defaults', async () => {
  write(BROKEN);
  await expect(firstRules(place)).rejects.toThrow(RulesError);
  await expect(firstRules(place)).rejects.toThrow(/wenn[^]*settigns/);
  const { rules } = await start(true);
  expect(rules.current()).toMatchObject({ people: {}, rules: [], settings: { sweepEvery: 300_000 } });
  expect(rules.trouble()?.instead).toContain('webhooks are kept all the same');
  // It is not the good one.
  expect(readCopy(place.dataDir, place.dir)).toBeUndefined();
  write(RULES);
  await until('the repair is seen', () => peopleOf(rules)[0] === 'anna');
  await expect(firstRules(place)).resolves.toMatchObject({ rules: { people: { anna: {} } } });
});

test('no folder is a mistake of the environment; none in it, one of the rules', async () => {
  await expect(firstRules({ ...place, dir: join(top, 'absent') }, true)).rejects.toThrow(EnvironmentError);
  await expect(firstRules(place)).rejects.toThrow(/has no rules/);
});

test('the shipped example neither starts with real vendors, nor is it taken over, nor from a copy', async () => {
  const shipped = join(__dirname, '..', '..', 'rules', 'rules.yaml');
  write(RULES);
  const { rules, changes } = await start();
  cpSync(shipped, join(place.dir, 'rules.yaml'));
  await until('it is refused', () => changes.length === 1);
  expect(rules.trouble()?.mistakes[0]).toContain('example rules');
  expect(peopleOf(rules)).toEqual(['anna']);
  await expect(firstRules(place, true)).rejects.toThrow(/example rules/);
  rules.stop();
  keepCopy(place.dataDir, [{ name: 'rules.yaml', text: readFileSync(shipped, 'utf8') }]);
  write(BROKEN);
  await expect(firstRules(place)).rejects.toThrow(/wenn/);
  await expect(firstRules({ ...place, real: false })).resolves.toMatchObject({ broken: {} });
});

describe('the copy', () => {
  const TEXTS = [{ name: 'rules.yaml', text: RULES }];
  const file = (): string => join(place.dataDir, 'rules-last-good.json');

  test('is its owner’s alone, whole, and not written again for the same texts', () => {
    keepCopy(place.dataDir, TEXTS);
    const first = readFileSync(file(), 'utf8');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    keepCopy(place.dataDir, TEXTS);
    expect(readFileSync(file(), 'utf8')).toBe(first);
    keepCopy(place.dataDir, [{ name: 'rules.yaml', text: OTHER }]);
    expect(Object.keys(readCopy(place.dataDir, place.dir)?.rules.people ?? {})).toEqual(['hanna']);
    expect(readdirSync(place.dataDir)).toEqual(['rules-last-good.json']);
  });

  test.each(['', '{', '[]', 'null', '{"savedAt":"2026-01-01T00:00:00Z","files":[]}', '{"savedAt":"x","files":[{}]}'])(
    'one that is none is none: %j',
    (text) => {
      mkdirSync(place.dataDir);
      writeFileSync(file(), text);
      expect(readCopy(place.dataDir, place.dir)).toBeUndefined();
      keepCopy(place.dataDir, TEXTS);
      expect(readCopy(place.dataDir, place.dir)).toBeDefined();
    },
  );

  test('one that this version cannot use is none', () => {
    keepCopy(place.dataDir, [{ name: 'rules.yaml', text: BROKEN }]);
    expect(readCopy(place.dataDir, place.dir)).toBeUndefined();
  });

  test('where none can be kept, the rules hold all the same, and it is said', async () => {
    writeFileSync(place.dataDir, 'no directory');
    write(RULES);
    const { rules, log } = await start();
    expect(peopleOf(rules)).toEqual(['anna']);
    expect(log).toMatchObject([{ level: 'warn', msg: expect.stringContaining('no copy of the rules') as string }]);
  });
});
