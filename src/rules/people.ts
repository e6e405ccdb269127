/** Names → people of the rules. Keys are what the rest of the product knows; addresses stay in the rules. */
import type { PersonKey } from '../core/refs';
import type { Rules } from './load';
import { closest } from './mistakes';
import type { Person } from './schema';

type People = Pick<Rules, 'people'>;

/** Is there a person of this key? Keys such as "constructor" are looked up safely. */
export function isPerson(rules: People, key: string): boolean {
  return Object.hasOwn(rules.people, key);
}

/** Names and numbers of a person at the vendors. */
function addressesOf({ timezone: _timezone, ...addresses }: Person): string[] {
  return Object.values(addresses).filter((one) => one !== undefined);
}

/**
 * The person behind an account of a vendor: the e-mail address, user name or number (`user:1001` too) under the vendor's key, or any other
 * address of somebody without that key. Upper and lower case count as the same.
 * @param vendor its name in the registry
 */
export function personAt(rules: People, vendor: string, account: string): PersonKey | undefined {
  const wanted = account.trim().toLowerCase();
  if (wanted === '') return undefined;
  const has = (name: string | undefined) => name?.toLowerCase() === wanted;
  const people = Object.entries(rules.people);
  const named = people.find(([, { [vendor]: own }]) => has(own) || (own !== undefined && wanted === `user:${own}`));
  return (named ?? people.find(([, p]) => p[vendor] === undefined && addressesOf(p).some(has)))?.[0];
}

/**
 * The person that a hand-typed name means: a key in any case, or one of the person's addresses. Otherwise what was
 * probably meant, or null.
 */
export function findPerson(
  rules: People,
  name: string,
): { key: PersonKey } | { unknown: string; didYouMean: PersonKey | null } {
  const typed = name.trim().replace(/^@/, '');
  if (isPerson(rules, typed)) return { key: typed };
  const wanted = typed.toLowerCase();
  const people = Object.entries(rules.people);
  const sameKey = people.filter(([key]) => key.toLowerCase() === wanted);
  const sameAddress = people.filter(([, p]) => addressesOf(p).some((address) => address.toLowerCase() === wanted));
  for (const found of [sameKey, sameAddress]) {
    // Two people behind one address: better to ask again than to guess.
    if (found.length === 1 && found[0]) return { key: found[0][0] };
  }
  return { unknown: name, didYouMean: closest(typed, Object.keys(rules.people)) };
}
