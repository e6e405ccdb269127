/** `errand rules …`: offline, without credentials, on RULES_DIR or another folder. */
import type { Command } from 'commander';
import { webhookToSnapshot } from '../vendors/sentry/wire/snapshot';
import type { CaseResult } from '../rules/cases';
import { decideOffline, runCases } from '../rules/cases';
import type { Mistake, Rules } from '../rules/load';
import { formatMistake, loadRules } from '../rules/load';
import { matchesGlob } from '../rules/pattern';
import { personAt } from '../rules/people';
import { jsonSchema } from '../rules/schema';
import type { ToSnapshot } from '../rules/snapshot-file';
import { readIssueFile } from '../rules/snapshot-file';
import { explainText } from '../text/explain';
import { jsonText } from '../text/terminal';

/** What the commands need from the program around them. */
export type RulesContext = {
  /** RULES_DIR. */
  rulesDir: string;
  /** Prints one line (or several) to standard output. */
  out(text: string): void;
  /** `--json` was given; a getter may answer late, it is read when a command runs. */
  readonly json: boolean;
  /** Ends with this code: 0 fine, 1 mistakes or failed tests, 2 usage. Called once, last, also for 0. */
  exit(code: number): void;
};

/** Adds `rules check|test|schema|explain` to the program. */
export function rulesCommands(program: Command, ctx: RulesContext): void {
  const rules = program.command('rules').description('check, test and explain the rules, offline');
  rules
    .command('check')
    .description('list every mistake in the rules with its place')
    .argument('[dir]', 'folder of the rules; default: RULES_DIR')
    .action((dir?: string) => check(ctx, dir ?? ctx.rulesDir));
  rules
    .command('test')
    .description('run the tests that stand in the rules')
    .argument('[dir]', 'folder of the rules; default: RULES_DIR')
    .action((dir?: string) => test(ctx, dir ?? ctx.rulesDir));
  rules
    .command('schema')
    .description('print the JSON Schema of a rules file, for editors')
    .action(() => {
      ctx.out(jsonText(jsonSchema(), 2));
      ctx.exit(0);
    });
  rules
    .command('explain')
    .description('show what every rule says about an issue')
    .argument('<file>', 'JSON file: a webhook body or an IssueSnapshot')
    .argument('[dir]', 'folder of the rules; default: RULES_DIR')
    .action((file: string, dir?: string) => explain(ctx, file, dir ?? ctx.rulesDir));
}

async function check(ctx: RulesContext, dir: string): Promise<void> {
  const rules = await usable(ctx, dir);
  if (!rules) return;
  const { mistakes } = await runCases(rules, snapshots(rules));
  if (mistakes.length > 0) return refuse(ctx, mistakes);
  const { files, hash } = rules;
  const counts = {
    people: size(rules.people),
    teams: size(rules.teams),
    rules: rules.rules.length,
    tests: rules.tests.length,
  };
  const notes = rules.projects.some((p) => matchesGlob(p.glob, ''))
    ? []
    : ['no project "*": issues of projects that are not named are skipped'];
  const lines = [
    `${files.join(', ')}: fine (${Object.entries(counts)
      .map(([what, n]) => `${n} ${what}`)
      .join(', ')}; hash ${hash})`,
    ...notes.map((n) => `note: ${n}`),
  ];
  answer(ctx, { ok: true, mistakes: [], files, hash, ...counts, notes }, lines, 0);
}

async function test(ctx: RulesContext, dir: string): Promise<void> {
  const rules = await usable(ctx, dir);
  if (!rules) return;
  const { results, mistakes } = await runCases(rules, snapshots(rules));
  const passed = results.filter((r) => r.passed).length;
  const failed = results.length - passed + mistakes.length;
  const lines = [...results.flatMap(resultLines), ...mistakes.map(formatMistake), `${passed} passed, ${failed} failed`];
  answer(ctx, { ok: failed === 0, passed, failed, results, mistakes: written(mistakes) }, lines, failed === 0 ? 0 : 1);
}

function resultLines({ name, passed, differences, file, line, column }: CaseResult): string[] {
  if (passed) return [`✓ ${name}`];
  return [
    `✗ ${name} (${file}:${line}:${column})`,
    ...differences.map((d) => `    ${d.key}: expected ${JSON.stringify(d.expected)}, got ${JSON.stringify(d.got)}`),
  ];
}

async function explain(ctx: RulesContext, file: string, dir: string): Promise<void> {
  const rules = await usable(ctx, dir);
  if (!rules) return;
  const read = await readIssueFile(file, snapshots(rules));
  if ('problem' in read) {
    return answer(ctx, { ok: false, error: { message: `${file} ${read.problem}` } }, [`${file} ${read.problem}`], 2);
  }
  const decision = await decideOffline(rules, read.issue);
  const note = 'As if everybody were available and nobody had had a turn yet.';
  answer(ctx, { ok: true, decision }, [explainText(decision, { zone: rules.timezone }), note], 0);
}

/** The rules, or undefined after their mistakes were printed. */
async function usable(ctx: RulesContext, dir: string): Promise<Rules | undefined> {
  const loaded = await loadRules(dir);
  if ('rules' in loaded) return loaded.rules;
  refuse(ctx, loaded.mistakes);
  return undefined;
}

function refuse(ctx: RulesContext, mistakes: Mistake[]): void {
  const lines = [...mistakes.map(formatMistake), mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`];
  answer(ctx, { ok: false, mistakes: written(mistakes) }, lines, 1);
}

function written(mistakes: Mistake[]): (Mistake & { text: string })[] {
  return mistakes.map((m) => ({ ...m, text: formatMistake(m) }));
}

function answer(ctx: RulesContext, json: object, lines: string[], code: number): void {
  ctx.out(ctx.json ? jsonText(json, 2) : lines.join('\n'));
  ctx.exit(code);
}

function size(map: object): number {
  return Object.keys(map).length;
}

/** Webhook bodies as snapshots; the organisation's name plays no part in any rule. */
function snapshots(rules: Rules): ToSnapshot {
  return (body) =>
    webhookToSnapshot(body, {
      org: 'offline',
      now: new Date(0).toISOString(),
      person: (who) => personAt(rules, 'sentry', who),
    });
}
