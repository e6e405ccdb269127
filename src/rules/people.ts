/** Names → people of the rules. Keys are what the rest of the product knows; addresses stay in the rules. */
import type { PersonKey } from '../core/refs';
import type { Rules } from './load';
import { closest } from './mistakes';
import type { Person } from './schema';

type People = Pick<Rules, 'people'>;

/** The name that the rules give a person; undefined without one, and for somebody whom the rules do not know. */
export function nameInRules(rules: People, key: PersonKey): string | undefined {
  return isPerson(rules, key) ? rules.people[key]?.name : undefined;
}

/** Of all people, for whoever typed a wrong one: enough for a team, short enough for a line. */
const LISTED_MAX = 160;

/** `anna (Anna Nowak), piotr and 3 more`: the keys that a command takes, with whom they mean. */
export function peopleWords(rules: People): string {
  const all = Object.entries(rules.people).map(([key, { name }]) => (name === undefined ? key : `${key} (${name})`));
  const shown: string[] = [];
  for (const one of all) {
    if ([...shown, one].join(', ').length > LISTED_MAX) break;
    shown.push(one);
  }
  const left = all.length - shown.length;
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** Is there a person of this key? Keys such as "constructor" are looked up safely. */
export function isPerson(rules: People, key: string): boolean {
  return Object.hasOwn(rules.people, key);
}

/** Names and numbers of a person at the vendors. */
function addressesOf({ name: _name, timezone: _timezone, ...addresses }: Person): string[] {
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
 * The person that a hand-typed name means: a key in any case, or the person's name or one of their addresses. Otherwise what was
 * probably meant, or null, and whom the rules know.
 */
export function findPerson(
  rules: People,
  name: string,
): { key: PersonKey } | { unknown: string; didYouMean: PersonKey | null; people: string } {
  const typed = name.trim().replace(/^@/, '');
  if (isPerson(rules, typed)) return { key: typed };
  const wanted = typed.toLowerCase();
  const people = Object.entries(rules.people);
  const sameKey = people.filter(([key]) => key.toLowerCase() === wanted);
  const sameAddress = people.filter(([, p]) =>
    [p.name, ...addressesOf(p)].some((address) => address?.toLowerCase() === wanted),
  );
  for (const found of [sameKey, sameAddress]) {
    // Two people behind one address: better to ask again than to guess.
    if (found.length === 1 && found[0]) return { key: found[0][0] };
  }
  const keys = Object.keys(rules.people);
  return { unknown: name, didYouMean: closest(typed, keys), people: peopleWords(rules) };
}
