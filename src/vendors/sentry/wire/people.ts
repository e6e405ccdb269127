/** Sentry's people as ours. Nobody's address or name leaves this file. */
import type { IssueSnapshot } from '../../../core/issue/snapshot';
import type { PersonKey } from '../../../core/refs';
import { field } from './value';
import { asList, asText, record } from '../../http/json';

/** An address, a name, or `user:<id>` → the person's key in the rules. */
export type FindPerson = (who: string) => PersonKey | undefined;

/** Sentry lists few owners; more of them would only swell the snapshot. */
const OWNERS = 10;

function find(user: unknown, person: FindPerson): PersonKey | undefined {
  const id = asText(field(user, 'id'));
  const names = [
    asText(field(user, 'email')),
    asText(field(user, 'username')),
    id && `user:${id}`,
    asText(field(user, 'name')),
  ];
  for (const who of names) {
    const key = who ? person(who) : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

/**
 * `assignedTo`: null or `{type: user|team, id, name, email?}`; very old answers give only a name. A person unknown to
 * the rules and a team leave `assignee` null and say so beside it.
 */
export function assigneeOf(assignedTo: unknown, person: FindPerson): Pick<IssueSnapshot, 'assignee' | 'assigneeOther'> {
  const name = asText(assignedTo);
  if (name !== undefined) {
    const key = person(name);
    return key === undefined ? { assignee: null, assigneeOther: 'unknown' } : { assignee: key };
  }
  if (!record(assignedTo)) return { assignee: null };
  if (field(assignedTo, 'type') === 'team') return { assignee: null, assigneeOther: 'team' };
  const key = find(assignedTo, person);
  return key === undefined ? { assignee: null, assigneeOther: 'unknown' } : { assignee: key };
}

/**
 * `expand=owners`: `[{type, owner: "user:1"|"team:2"}]` names people by number only, so the number is looked for among
 * the people that the issue itself describes. Suspect committers come before owners by rule.
 */
export function ownersOf(issue: unknown, person: FindPerson): PersonKey[] {
  const given = field(issue, 'owners');
  const owners = Array.isArray(given) ? asList(given) : [given];
  const described = [
    field(issue, 'assignedTo'),
    ...asList(field(issue, 'participants')),
    ...asList(field(issue, 'seenBy')),
  ];
  const committersFirst = [
    ...owners.filter((owner) => field(owner, 'type') === 'suspectCommit'),
    ...owners.filter((owner) => field(owner, 'type') !== 'suspectCommit'),
  ];
  const keys = committersFirst.flatMap((owner): PersonKey[] => {
    const name = asText(field(owner, 'owner')) ?? asText(owner);
    if (name?.startsWith('team:')) return [];
    const id = name?.replace(/^user:/, '');
    const known = described.find(
      (one) => id !== undefined && asText(field(one, 'id')) === id && field(one, 'type') !== 'team',
    );
    const key = find(known ?? owner, person) ?? (name === undefined ? undefined : person(name));
    return key === undefined ? [] : [key];
  });
  return [...new Set(keys)].slice(0, OWNERS);
}
