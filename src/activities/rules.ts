/** Pure questions to the rules in force, whose answers stand in the history. */
import { applyRules as apply } from '../rules/assign';
import { findPerson as find } from '../rules/people';
import type { Reads } from '../core/issue/activities';
import type { Deps } from './deps';
import { coded } from './failure';

/** Pure: the same rules and issue give the same plan. */
export function applyRules({ rules, can }: Deps): Reads['applyRules'] {
  return coded(({ issue }) => Promise.resolve(apply(rules(), issue, can(issue.ref.source), new Date().toISOString())));
}

/** Pure. */
export function findPerson({ rules }: Deps): Reads['findPerson'] {
  return coded(({ name }) => Promise.resolve(find(rules(), name)));
}
