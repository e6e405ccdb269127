/** By what name people know a person. */
import type { PersonKey } from '../core/refs';
import { nameInRules } from '../rules/people';
import type { Deps } from './deps';

/** That of the rules, else that of the tracker where it has looked the person up; asks nobody. undefined: neither knows one. */
export function nameOf({ rules, trackers }: Pick<Deps, 'rules' | 'trackers'>, person: PersonKey): string | undefined {
  return nameInRules(rules(), person) ?? Object.values(trackers).flatMap((one) => one.nameOf?.(person) ?? [])[0];
}

/** What an activity's answer says of whom it names besides. */
export function withName<T extends { assignee: PersonKey | null }>(
  deps: Pick<Deps, 'rules' | 'trackers'>,
  answer: T,
): T & { assigneeName?: string } {
  const name = answer.assignee === null ? undefined : nameOf(deps, answer.assignee);
  return name === undefined ? answer : { ...answer, assigneeName: name };
}
