/** From an issue to a plan (which rule, which task, which candidates), and from a plan to a person. */
import { titleOf } from '../core/vendor';
import type { Availability, Decision, Proposal, Reason } from '../core/issue/decision';
import type { Abilities } from '../core/issue/settings';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant, PersonKey } from '../core/refs';
import { plus } from '../core/time';
import { nextWorkingMorning } from './calendar';
import type { Rules } from './load';
import type { RuleMatch } from './match';
import { examine } from './match';
import { isPerson, nameInRules } from './people';
import type { Rule } from './schema';
import { projectFor, taskSpec } from './task-spec';

/** Reasons about rules in one plan; they are stored with every decision. */
export const MAX_RULE_REASONS = 60;
/** Reasons about people in one decision, on top of those. */
export const MAX_PERSON_REASONS = 40;

/**
 * What every rule says, down to the one that decides; `also` rules above it are among them. The decider is undefined only
 * for rules without a catch-all, which loadRules refuses.
 */
export function examineRules(
  rules: Rules,
  issue: IssueSnapshot,
): { matches: RuleMatch[]; decider?: Rule; also: Rule[] } {
  const matches: RuleMatch[] = [];
  const also: Rule[] = [];
  for (const rule of rules.rules) {
    const match = examine(rule, issue);
    matches.push(match);
    if (match.matched && rule.also !== true) return { matches, decider: rule, also };
    if (match.matched) also.push(rule);
  }
  return { matches, also };
}

/**
 * The rule that decides about `issue`, what it asks for, and why. Pure and total: the same issue, rules and instant give
 * the same plan. An issue of a project that the rules do not name is skipped with that reason.
 */
export function applyRules(rules: Rules, issue: IssueSnapshot, can: Abilities, at: Instant): Proposal {
  const { matches, decider, also } = examineRules(rules, issue);
  const proposal: Proposal = {
    rulesHash: rules.hash,
    rule: decider?.id ?? '',
    reasons: ruleReasons(matches),
    candidates: [],
    rotation: { team: '', kind: 'fixed' },
    fallback: [],
    verdict: { skip: 'no rule matches' },
    settings: rules.settings,
    can,
  };
  if (!decider) return proposal;
  if (decider.then.skip !== undefined) return { ...proposal, verdict: { skip: decider.then.skip } };
  const project = projectFor(rules, issue.project);
  if (!project)
    return { ...proposal, verdict: { skip: `no project in the rules matches ${JSON.stringify(issue.project)}` } };
  const added = {
    followers: also.flatMap((r) => r.then.followers ?? []),
    tags: also.flatMap((r) => r.then.addTags ?? []),
  };
  return {
    ...proposal,
    ...whoCan(rules, decider, issue),
    verdict: { task: taskSpec(rules, project, issue, decider.then, added, at) },
  };
}

function whoCan(
  rules: Rules,
  rule: Rule,
  issue: IssueSnapshot,
): Pick<Proposal, 'candidates' | 'rotation' | 'fallback'> {
  const { assign } = rule.then;
  const team = assign?.team === undefined ? undefined : ownTeam(rules, assign.team);
  const lead = team?.lead === undefined ? [] : [[team.lead]];
  const members = (target: { team?: string | undefined; person?: string | undefined }) =>
    target.person !== undefined ? [target.person] : (ownTeam(rules, target.team ?? '')?.members ?? []);
  return {
    candidates: assign ? members(assign) : [...new Set(issue.owners)].filter((p) => isPerson(rules, p)),
    rotation: { team: team ? (assign?.team ?? '') : '', kind: team?.rotation ?? 'fixed' },
    fallback: [...(assign?.fallback ?? []).map(members), ...lead],
  };
}

function ownTeam(rules: Rules, name: string): Rules['teams'][string] | undefined {
  return Object.hasOwn(rules.teams, name) ? rules.teams[name] : undefined;
}

/** Every predicate of every rule while there is room; of the rules that did not match only what failed first when not. */
function ruleReasons(matches: RuleMatch[]): Reason[] {
  const reasons = (kept: (f: RuleMatch) => RuleMatch['matches']) =>
    matches.flatMap((f) => kept(f).map((match): Reason => ({ rule: f.rule, ...match })));
  const all = reasons((f) => f.matches);
  if (all.length <= MAX_RULE_REASONS) return all;
  const short = reasons((f) => (f.matched ? f.matches : f.matches.filter((x) => !x.matched).slice(0, 1)));
  // The rule that decides stands last, so the end is what explains most.
  return short.slice(-MAX_RULE_REASONS);
}

export type AssignInput = {
  issue: IssueSnapshot;
  proposal: Proposal;
  /** 'unknown' when it could not be asked. */
  availability: Availability | 'unknown';
  /** Who had the task before a regression. */
  before: PersonKey | null;
  at: Instant;
  /** Whose turn it is among `candidates`; without it the first. Its failure is the caller's failure. */
  nextTurn?: (team: string, candidates: PersonKey[]) => Promise<PersonKey>;
  /** By what name people know somebody whom the rules give none. */
  nameOf?: (person: PersonKey) => string | undefined;
};

/**
 * The person for the task, with a reason for each person looked at. Who is not available is never chosen; who cannot be
 * looked up ('unknown') may be, and the reasons say so. Reasons never tell when or why somebody is away.
 */
export async function selectAssignee(rules: Rules, input: AssignInput): Promise<Decision> {
  const { proposal, issue, at } = input;
  const decision = { at, rulesHash: proposal.rulesHash, rule: proposal.rule, reasons: proposal.reasons };
  if ('skip' in proposal.verdict) return { ...decision, verdict: proposal.verdict };
  const { task } = proposal.verdict;
  if (input.availability === 'unknown') {
    const again = plus(at, proposal.settings.availability.again);
    return { ...decision, degraded: 'availability unknown', again, verdict: { assign: null, task } };
  }
  const { chosen, reasons } = await choose(new Roll(rules, input.availability), input, proposal, issue);
  const all = [...proposal.reasons, ...trimmed(reasons, chosen).map((reason) => named(rules, reason, input))];
  if (chosen !== null) return { ...decision, reasons: all, verdict: { assign: chosen, task } };
  return { ...decision, reasons: all, again: nextWorkingMorning(at, rules.timezone), verdict: { assign: null, task } };
}

/** A decision is told long after it was made: it carries the names of its people. */
function named(rules: Rules, reason: PersonReason, { nameOf }: AssignInput): PersonReason {
  const name = nameInRules(rules, reason.person) ?? nameOf?.(reason.person);
  return name === undefined ? reason : { ...reason, name };
}

type PersonReason = Extract<Reason, { person: PersonKey }>;

async function choose(
  roll: Roll,
  { before, nextTurn }: AssignInput,
  proposal: Proposal,
  issue: IssueSnapshot,
): Promise<{ chosen: PersonKey | null; reasons: PersonReason[] }> {
  const kept = proposal.settings.keepSentryAssignee ? issue.assignee : null;
  if (kept !== null && roll.mayTake(kept))
    return roll.close(kept, `already assigned in ${titleOf(issue.ref.source)}`, proposal.candidates);
  if (before !== null && roll.mayTake(before)) return roll.close(before, 'had it before', proposal.candidates);
  const left = proposal.candidates.filter((p) => roll.mayTake(p));
  const [first] = left;
  if (first !== undefined) {
    const turns = proposal.rotation.kind === 'roundRobin' && left.length > 1 && nextTurn;
    const turn = turns ? await turns(proposal.rotation.team, left) : first;
    return roll.close(left.includes(turn) ? turn : first, 'chosen', left);
  }
  for (const group of proposal.fallback) {
    const able = group.filter((p) => roll.mayTake(p));
    const [next] = able;
    if (next !== undefined) return roll.close(next, 'chosen', able);
  }
  return { chosen: null, reasons: roll.reasons };
}

/** Who was looked at, each once, and what became of them. */
class Roll {
  readonly reasons: PersonReason[] = [];
  private readonly answers = new Map<PersonKey, boolean>();

  constructor(
    private readonly rules: Rules,
    private readonly availability: Availability,
  ) {}

  /** Known and not away. Somebody whom nobody can look up is kept, and a reason says so. */
  mayTake(person: PersonKey): boolean {
    const known = this.answers.get(person);
    if (known !== undefined) return known;
    const answer = this.look(person);
    this.answers.set(person, answer);
    return answer;
  }

  private look(person: PersonKey): boolean {
    if (!isPerson(this.rules, person)) return this.note({ person, kept: false, because: 'unknown' });
    const status = Object.hasOwn(this.availability, person) ? this.availability[person] : 'unknown';
    if (status === 'not available') return this.note({ person, kept: false, because: 'not available' });
    if (status !== 'available') this.note({ person, kept: true, because: 'unknown' });
    return true;
  }

  private note(reason: PersonReason): boolean {
    this.reasons.push(reason);
    return reason.kept;
  }

  /** Ends the search: `others` who could have taken it get their reason too. */
  close(chosen: PersonKey, because: PersonReason['because'], others: PersonKey[]) {
    for (const person of others) {
      if (person !== chosen && this.mayTake(person)) this.note({ person, kept: false, because: 'not their turn' });
    }
    this.note({ person: chosen, kept: true, because });
    return { chosen, reasons: this.reasons };
  }
}

/** The chosen one's reasons always stay. */
function trimmed(reasons: PersonReason[], chosen: PersonKey | null): PersonReason[] {
  if (reasons.length <= MAX_PERSON_REASONS) return reasons;
  const own = reasons.filter((r) => r.person === chosen);
  return [...reasons.filter((r) => r.person !== chosen).slice(0, MAX_PERSON_REASONS - own.length), ...own];
}
