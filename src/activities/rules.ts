/** Pure questions to the rules in force, whose answers stand in the history. */
import { applyRules as apply } from '../rules/assign';
import { findPerson as find } from '../rules/people';
import type { Reads } from '../core/issue/activities';
import type { Deps } from './deps';
import { coded } from './failure';
import { nameOf } from './names';

/** Pure: the same rules and issue give the same plan. */
export function applyRules({ rules, can }: Deps): Reads['applyRules'] {
  return coded(({ issue }) => Promise.resolve(apply(rules(), issue, can(issue.ref.source), new Date().toISOString())));
}

/** Pure. */
export function findPerson(deps: Deps): Reads['findPerson'] {
  return coded(({ name }) => {
    const found = find(deps.rules(), name);
    const known = 'key' in found ? nameOf(deps, found.key) : undefined;
    return Promise.resolve(known === undefined ? found : { ...found, name: known });
  });
}
