/** Are these the rules that are shipped as an example? They name invented people, so real credentials refuse them. */
import type { Rules } from './load';

/** Hash of the shipped rules/rules.yaml; a test fails when the file changes and this does not. */
export const EXAMPLE_RULES_HASH = '600efc55bd9751fb';

/** True for the shipped example, whatever its comments, the order of its keys, or the folder it lies in. */
export function isExampleRules(rules: Pick<Rules, 'hash'>): boolean {
  return rules.hash === EXAMPLE_RULES_HASH;
}
