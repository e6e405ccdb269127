/** By what names people know each other: a key is for rules and commands. What brings a person brings the name, so that nothing has to be looked up to tell it. */
import type { PersonKey } from '../refs';
import type { Decision } from './decision';
import type { Fact } from './facts';
import type { IssueRecord } from './record';

/** The name of a person, else the key; `nobody` for null. */
export function nameOf(r: IssueRecord, person: PersonKey | null): string {
  return person === null ? 'nobody' : (knownName(r, person) ?? person);
}

/** undefined: nobody told it */
export function knownName({ names = {} }: IssueRecord, person: PersonKey): string | undefined {
  return Object.hasOwn(names, person) ? names[person] : undefined;
}

/** The name of the one whom a decision chose, else the key; null for nobody. */
export function chosenName({ verdict, reasons }: Decision): string | null {
  if (!('assign' in verdict) || verdict.assign === null) return null;
  const { assign } = verdict;
  return reasons.flatMap((it) => ('person' in it && it.person === assign && it.name ? [it.name] : []))[0] ?? assign;
}

/** Takes over the names that a fact brings. */
export function meet(r: IssueRecord, fact: Fact): void {
  for (const [person, name] of broughtBy(fact)) {
    if (person !== null && name !== undefined) r.names = { ...r.names, [person]: name };
  }
}

function broughtBy(fact: Fact): [PersonKey | null, string | undefined][] {
  switch (fact.is) {
    case 'seen':
      return [[fact.issue.assignee, fact.issue.assigneeName]];
    case 'decided':
      return fact.decision.reasons.flatMap((it) => ('person' in it ? [[it.person, it.name]] : []));
    case 'commanded':
      return fact.command.do === 'reassign' ? [[fact.command.to, fact.command.name]] : [];
    case 'done': {
      const { done } = fact;
      if (done.do === 'ensureTask') return [[done.got.assignee, done.got.assigneeName]];
      if (done.do === 'findTask') return done.got ? [[done.got.assignee, done.got.assigneeName]] : [];
      return done.do === 'assignTask' ? [[done.with.to, done.got?.name]] : [];
    }
    default:
      return [];
  }
}

/** Bounded by the few people that a record speaks of. */
export function forgetNames(r: IssueRecord): void {
  if (r.names === undefined) return;
  const { agreed, before, override, decisions, seen, names } = r;
  const chosen = decisions.map(({ verdict }) => ('assign' in verdict ? verdict.assign : null));
  const people = [before, override?.assign, seen?.assignee, agreed.taskAssignee, agreed.sourceAssignee, ...chosen];
  r.names = Object.fromEntries(Object.entries(names).filter(([person]) => people.includes(person)));
  if (Object.keys(r.names).length === 0) delete r.names;
}
