/** Why an issue went where it went, as text for a terminal. */
import type { Decision, Reason } from '../core/issue/decision';
import type { IssueDetail } from '../core/issue/view';
import { en, type Words } from './en';
import { moment, say } from './say';

const VALUE_MAX = 120;
const HASH_SHOWN = 12;

/** `zone`: IANA, for times; absent: UTC. */
export type ExplainContext = { override?: IssueDetail['override']; zone?: string };

type RuleReason = Extract<Reason, { rule: string }>;
type PersonReason = Extract<Reason, { person: string }>;
const mark = (yes: boolean) => (yes ? '✓' : '✗');

/**
 * The decision as a tree: every rule that was looked at, its predicates and what they saw, every candidate and what
 * became of it, the outcome last. No line end at its end. Pure, and total for any decision.
 */
export function explainText(decision: Decision | null, ctx: ExplainContext = {}, words: Words = en): string {
  const e = words.explain;
  const override = ctx.override
    ? [e.override(ctx.override.name ?? ctx.override.assign, say(ctx.override.by, VALUE_MAX))]
    : [];
  if (decision === null) return [e.none, ...override].join('\n');
  const people = decision.reasons.filter((reason) => 'person' in reason);
  return [
    e.decided(moment(decision.at, ctx.zone) ?? words.unknown, decision.rulesHash.slice(0, HASH_SHOWN)),
    e.rules,
    ...rules(
      decision.reasons.filter((reason) => 'rule' in reason),
      words,
    ),
    ...candidates(decision, people, words),
    ...outcome(decision, words, ctx.zone),
    ...override,
  ].join('\n');
}

function rules(reasons: RuleReason[], words: Words): string[] {
  const byRule = new Map<string, RuleReason[]>();
  for (const reason of reasons) byRule.set(reason.rule, [...(byRule.get(reason.rule) ?? []), reason]);
  return [...byRule].flatMap(([rule, its]) => {
    const predicates = its.filter((reason) => reason.predicate !== undefined);
    // A rule matches when it says so itself, or else when all of its predicates do.
    const whole = its.find((reason) => reason.predicate === undefined) ?? {
      matched: predicates.every((p) => p.matched),
    };
    return [
      `  ${mark(whole.matched)} ${say(rule, VALUE_MAX)}`,
      ...predicates.map((reason) => {
        const saw = reason.saw === undefined ? '' : ` (${words.explain.saw(say(reason.saw, VALUE_MAX) || '""')})`;
        return `      ${mark(reason.matched)} ${say(reason.predicate, VALUE_MAX)}${saw}`;
      }),
    ];
  });
}

function candidates(decision: Decision, people: PersonReason[], words: Words): string[] {
  if ('skip' in decision.verdict) return [];
  const e = words.explain;
  if (people.length === 0) return [e.candidates, `  ${e.noCandidates}`];
  return [
    e.candidates,
    ...people.map(
      (reason) =>
        `  ${mark(reason.kept)} ${say(reason.name ?? reason.person, VALUE_MAX)}: ${words.because(reason.because)}`,
    ),
  ];
}

function outcome({ verdict, degraded, again, reasons }: Decision, words: Words, zone?: string): string[] {
  if ('skip' in verdict) return [words.explain.skip(say(verdict.skip, VALUE_MAX))];
  if (verdict.assign !== null) {
    const { assign } = verdict;
    const reason = reasons.find((it) => 'person' in it && it.person === assign) as PersonReason | undefined;
    return [words.explain.assign(say(reason?.name ?? assign, VALUE_MAX)), ...(degraded ? [words.why.blind] : [])];
  }
  return [degraded ? words.why.blindNobody : words.why.nobody(moment(again, zone))];
}
