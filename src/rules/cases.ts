/** The tests that stand in the rules, run offline: no vendor is asked, everybody who is not `away` is available. */
import { join } from 'node:path';
import type { Availability, Decision } from '../core/issue/decision';
import type { Abilities } from '../core/issue/settings';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant } from '../core/refs';
import { applyRules, selectAssignee } from './assign';
import type { PlacedCase, Rules } from './load';
import type { Mistake } from './mistakes';
import { quote } from './mistakes';
import type { ToSnapshot } from './snapshot-file';
import { readIssueFile } from './snapshot-file';

export type Difference = { key: string; expected: unknown; got: unknown };
export type CaseResult = {
  name: string;
  file: string;
  line: number;
  column: number;
  passed: boolean;
  differences: Difference[];
};

const OFFLINE: Abilities = { write: false, source: false, installation: false, chat: false };

/**
 * Runs every test. A test whose issue cannot be read is a mistake with the place of its `issue` key, and no result; the
 * other tests still run.
 */
export async function runCases(
  rules: Rules,
  toSnapshot: ToSnapshot,
): Promise<{ results: CaseResult[]; mistakes: Mistake[] }> {
  const results: CaseResult[] = [];
  const mistakes: Mistake[] = [];
  for (const test of rules.tests) {
    const { name, file, line, column } = test;
    const read = await readIssueFile(join(rules.dir, test.issue), toSnapshot);
    if ('problem' in read) {
      mistakes.push({ file, line, column, message: `${quote(test.issue)} ${read.problem}` });
      continue;
    }
    const differences = compare(test.expect, await decideOffline(rules, read.issue, test));
    results.push({ name, file, line, column, passed: differences.length === 0, differences });
  }
  return { results, mistakes };
}

/**
 * The decision as it would be at `at` (default: when the issue was last seen) with `away` not available. Turns start
 * afresh: of those whose turn it could be, the first.
 */
export async function decideOffline(
  rules: Rules,
  issue: IssueSnapshot,
  { at, away }: Partial<Pick<PlacedCase, 'at' | 'away'>> = {},
): Promise<Decision> {
  const moment: Instant = new Date(at ?? issue.lastSeen ?? issue.readAt).toISOString();
  const availability: Availability = Object.fromEntries(
    Object.keys(rules.people).map((p) => [p, away?.includes(p) ? 'not available' : 'available']),
  );
  const proposal = applyRules(rules, issue, OFFLINE, moment);
  return selectAssignee(rules, { issue, proposal, availability, before: null, at: moment });
}

/** Only what the test expects is compared; the order of followers, tags and subtasks does not count. */
function compare(expect: PlacedCase['expect'], decision: Decision): Difference[] {
  const { verdict } = decision;
  const task = 'task' in verdict ? verdict.task : undefined;
  const got: Record<keyof PlacedCase['expect'], unknown> = {
    rule: decision.rule,
    assignee: 'assign' in verdict ? verdict.assign : null,
    skip: 'skip' in verdict ? verdict.skip : undefined,
    followers: task?.followers,
    due: task?.dueOn,
    priority: task?.priority,
    addTags: task?.tags,
    subtasks: task?.subtasks,
  };
  return Object.entries(expect).flatMap(([key, expected]): Difference[] => {
    if (expected === undefined) return [];
    const actual = got[key as keyof typeof got] ?? null;
    return asText(actual) === asText(expected) ? [] : [{ key, expected, got: actual }];
  });
}

function asText(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...(value as unknown[])].sort() : value);
}
