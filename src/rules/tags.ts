/** Which tags the rules look at: the others need not be kept in clear until the rules have matched. */
import type { Rules } from './load';

const TAG = 'tags.';
/** Made once for each reading of the rules. */
const cache = new WeakMap<Rules, Set<string>>();

/** Tags that a rule matches on, and those whose value the `map` of a field is asked for. */
export function looksAtTag(rules: Rules, name: string): boolean {
  let names = cache.get(rules);
  if (!names) {
    const matched = rules.rules.flatMap(({ when }) => (when === 'any' ? [] : Object.keys(when.tags ?? {})));
    const mapped = rules.projects.flatMap(({ fields }) =>
      Object.values(fields ?? {}).flatMap((field) =>
        typeof field !== 'string' && field.map && field.from.startsWith(TAG) ? [field.from.slice(TAG.length)] : [],
      ),
    );
    names = new Set([...matched, ...mapped]);
    cache.set(rules, names);
  }
  return names.has(name);
}
