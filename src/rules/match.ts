/** Does a rule fit an issue, and what did each of its predicates see? Pure and total. */
import { maskNamed } from '../text/named';
import { scrub } from '../text/scrub';
import type { IssueSnapshot } from '../core/issue/snapshot';
import { truncate } from './mistakes';
import type { Pattern } from './pattern';
import { compilePattern } from './pattern';
import type { Rule, When } from './schema';

/** One predicate: `{ predicate: 'level: error, fatal', saw: 'warning', matched: false }`. `saw` is missing when the issue has no such value. */
export type Match = { predicate: string; matched: boolean; saw?: string };
export type RuleMatch = { rule: string; matched: boolean; matches: Match[] };

/** Longest predicate and longest value in a reason: reasons stand in workflow histories and on pages. */
export const REASON_LENGTH = 80;

/** What `rule` says about `issue`: all of its predicates, whether or not an earlier one already failed. */
export function examine(rule: Rule, issue: IssueSnapshot): RuleMatch {
  const matches = compiled(rule.when).map(({ predicate, list, values, shown }) => {
    const found = values(issue).filter((v): v is string => v !== undefined && v !== '');
    return {
      predicate,
      matched: matchesList(list, found),
      ...(found.length > 0 && { saw: truncate(found.map(shown).join(', '), REASON_LENGTH) }),
    };
  });
  if (rule.when === 'any') matches.push({ predicate: 'any', matched: true });
  return { rule: rule.id, matched: matches.every((f) => f.matched), matches };
}

/**
 * Do `patterns` take these values? At least one positive pattern takes one of the values, if there are positive ones,
 * and no negative pattern takes any. So what is missing satisfies a list of only negatives.
 */
export function matchesPatterns(patterns: string[], values: string[]): boolean {
  return matchesList(patterns.map(compilePattern), values);
}

function matchesList(list: Pattern[], values: string[]): boolean {
  const takes = (pattern: Pattern) => values.some((value) => pattern.matches(value));
  const positives = list.filter((p) => !p.negative);
  return (positives.length === 0 || positives.some(takes)) && !list.some((p) => p.negative && takes(p));
}

type Compiled = {
  /** As the reasons show it. */
  predicate: string;
  list: Pattern[];
  values: (issue: IssueSnapshot) => (string | undefined)[];
  /** A value as the reasons show it: they are kept and read, so what its name shows to be secret is masked, after it was matched. */
  shown: (value: string) => string;
};

const VALUES: { [K in Exclude<keyof When, 'tags'>]-?: Compiled['values'] } = {
  project: (issue) => [issue.project],
  environment: (issue) => issue.environments,
  level: (issue) => [issue.level],
  platform: (issue) => [issue.platform],
  title: (issue) => [issue.title],
  culprit: (issue) => [issue.culprit],
  release: (issue) => [issue.release],
};

/** Compiled once per rule: regular expressions are costly to compile, cheap to run. */
const cache = new WeakMap<When, Compiled[]>();

function compiled(when: Rule['when']): Compiled[] {
  if (when === 'any') return [];
  const known = cache.get(when);
  if (known) return known;
  const made = Object.entries(VALUES).flatMap(([name, values]) => {
    const written = when[name as keyof typeof VALUES];
    return written ? [compiledOne(name, written, values, (value) => value)] : [];
  });
  for (const [tag, written] of Object.entries(when.tags ?? {})) {
    const values = (issue: IssueSnapshot) => (Object.hasOwn(issue.tags, tag) ? [issue.tags[tag]] : []);
    made.push(compiledOne(`tags.${tag}`, written, values, (value) => maskNamed(tag, value)));
  }
  cache.set(when, made);
  return made;
}

/** A pattern that takes a secret tells it as well as the value does. */
function compiledOne(name: string, written: string[], values: Compiled['values'], shown: Compiled['shown']): Compiled {
  const predicate = truncate(scrub(`${name}: ${written.map(shown).join(', ')}`), REASON_LENGTH);
  return { predicate, list: written.map(compilePattern), values, shown };
}
