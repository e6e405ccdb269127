/** What the loop does with activities: read, decide, perform one write. */
import { ActivityFailure, ApplicationFailure, isCancellation, uuid4 } from '@temporalio/workflow';
import type { Availability, Decision, Proposal } from '../core/issue/decision';
import type { Fact } from '../core/issue/facts';
import type { IssueRecord } from '../core/issue/record';
import type { Done, Effects, Note, Step, StepName, WriteOutcome } from '../core/issue/steps';
import type { Instant, PersonKey } from '../core/refs';
import type { IssueSnapshot } from '../core/issue/snapshot';
import { aTask, namedOf, sourceOf, taskWords } from '../core/issue/named';
import { decidesWhenOpen } from '../core/issue/plan';
import { nameOf } from '../core/issue/names';
import { currentDecision } from '../core/issue/wanted';
import { activity } from './options';

/** An issue as it was read, and what the rules said of it then. */
export type Proposed = { issue: IssueSnapshot; proposal: Proposal };

/** @returns what was learnt; `planned`: where a decision may follow from it at once */
export async function look(r: IssueRecord): Promise<{ facts: Fact[]; proposed?: Proposed }> {
  const answers = r.heard;
  const read = activity('readIssue', r.settings, `Read the issue in ${sourceOf(r)}`);
  const known = r.seen && { known: { project: r.seen.project } };
  const decides = decidesWhenOpen(r);
  const got = await read({ ref: r.ref, seed: r.seed, environments: r.environments, ...known, decides });
  const { issue, installation, can, settings, proposal } = got;
  const able: Fact = { is: 'able', can, settings };
  if (typeof issue === 'string') return { facts: [able, { is: issue, answers }] };
  const proposed = proposal && { issue, proposal: { ...proposal, can, settings } };
  return { facts: [able, { is: 'seen', issue, answers, installation }], proposed };
}

/** The plan that came with the read, if the record took that over as it was: more environments may be known, or more of its event. */
function proposalOf(issue: IssueSnapshot, proposed: Proposed | undefined): Proposal | undefined {
  return proposed && JSON.stringify(proposed.issue) === JSON.stringify(issue) ? proposed.proposal : undefined;
}

/**
 * @param which `again`: the last decision stays unless the rules have changed or its person has gone away, so that no try takes a turn
 * @param proposed of the read that this decision follows from at once; otherwise the rules in force now are asked
 */
export async function decide(
  r: IssueRecord,
  which: 'new' | 'again',
  now: () => Instant,
  proposed?: Proposed,
): Promise<Fact[]> {
  const issue = r.seen;
  if (!issue) return [];
  const proposal =
    proposalOf(issue, proposed) ?? (await activity('applyRules', r.settings, 'Apply the rules')({ issue }));
  const able: Fact = { is: 'able', can: proposal.can, settings: proposal.settings };
  const at = now();
  const last = which === 'again' ? currentDecision(r) : undefined;
  if (last?.rulesHash === proposal.rulesHash && !(await isAway(r, last, proposal, at)))
    return [able, { is: 'kept', at }];
  if ('skip' in proposal.verdict) {
    const { rulesHash, rule, reasons, verdict } = proposal;
    return [able, { is: 'decided', decision: { at, rulesHash, rule, reasons, verdict } }];
  }
  const before = r.before ?? null;
  const people = everybody(proposal, issue.assignee, before);
  const answer: Answer = people.length === 0 ? { people: {} } : await availabilityOf(people, proposal, at);
  const select = activity('selectAssignee', proposal.settings, `Choose who gets it, by rule ${proposal.rule}`);
  const availability = 'people' in answer ? answer.people : 'unknown';
  const decision: Decision = await select({ issue, proposal, availability, before, decisionId: uuid4(), at });
  const facts: Fact[] = [able, { is: 'decided', decision }];
  // An outage passes; a refused key needs a person.
  if ('refused' in answer && !answer.passing)
    facts.push({ is: 'failed', step: 'decide', code: answer.refused, message: answer.message });
  return facts;
}

/** Whom the rules chose is known to be away; whom a person chose is their choice. */
async function isAway(r: IssueRecord, { verdict }: Decision, proposal: Proposal, at: Instant): Promise<boolean> {
  const person = r.override || !('task' in verdict) ? null : verdict.assign;
  if (person === null) return false;
  const answer = await availabilityOf([person], proposal, at);
  return 'people' in answer && answer.people[person] === 'not available';
}

/** Everybody who might be chosen, asked for at once: whoever is asked may count calls. */
function everybody(proposal: Proposal, ...more: (PersonKey | null)[]): PersonKey[] {
  return [...new Set([...proposal.candidates, ...proposal.fallback.flat(), ...more.filter((p) => p !== null)])];
}

type Answer = { people: Availability } | { refused: string; message: string; passing: boolean };

async function availabilityOf(people: PersonKey[], proposal: Proposal, at: Instant): Promise<Answer> {
  try {
    const check = activity('checkAvailability', proposal.settings, `Ask who of ${people.length} is available`);
    return { people: await check({ people, at, ahead: proposal.settings.availability.ahead }) };
  } catch (e) {
    if (!(e instanceof ActivityFailure) || isCancellation(e)) throw e;
    const cause = e.cause;
    if (!(cause instanceof ApplicationFailure))
      return { refused: 'unexpected', message: 'No worker answered.', passing: true };
    return { refused: cause.type ?? 'unexpected', message: cause.message, passing: cause.nonRetryable !== true };
  }
}

const SUMMARY: { [K in StepName]: (input: Effects[K][0], r: IssueRecord) => string } = {
  ensureTask: (i, r) =>
    `Make sure that exactly one ${taskWords(namedOf(r))} exists, for ${i.assignee === null ? 'nobody yet' : nameOf(r, i.assignee)}`,
  findTask: (_, r) => `Look for ${aTask(namedOf(r))} of an earlier run`,
  ensureDetails: () => 'Add missing details to the task',
  ensureSubtasks: (i) => `Make sure that ${i.titles.length} subtasks exist`,
  verifyTask: () => 'Check that the task is still there',
  assignTask: (i, r) => `Assign the task to ${nameOf(r, i.to)}`,
  completeTask: (i) => (i.completed ? 'Complete the task' : 'Reopen the task'),
  comment: (i) => `Comment on the task: ${i.note.say}`,
  linkIssue: (i, r) =>
    [
      i.link ? `Link the task in ${sourceOf(r)}` : '',
      i.assignee ? `assign ${nameOf(r, i.assignee)} in ${sourceOf(r)}` : '',
    ]
      .filter(Boolean)
      .join(', '),
  resolveIssue: (_, r) => `Resolve the issue in ${sourceOf(r)}`,
  countGone: () => 'Check whether too many issues of its project disappeared at once',
  hintIssue: (i) => `Have issue ${i.ref.id} read again`,
  tell: (i) => `Tell the team: ${i.note.say}`,
};

/** @param note what is said along with a completion */
export async function perform(step: Step, r: IssueRecord, note?: Note): Promise<Fact[]> {
  if (step.do === 'completeTask') return complete(step, r, note);
  return [{ is: 'done', done: (await performOne(step.do, step.with, r)) as Done }];
}

/** Both in one activity, and each with its own end. */
async function complete(step: Step & { do: 'completeTask' }, r: IssueRecord, note?: Note): Promise<Fact[]> {
  const { task } = step.with;
  const summary = SUMMARY.completeTask(step.with, r) + (note ? `, and say why: ${note.say}` : '');
  const got = await activity('completeTask', r.settings, summary)({ ...step.with, note });
  const said: Done | undefined = note && { do: 'comment', with: { task, note }, got: null };
  return [
    ...endOf(got.complete, { do: 'completeTask', with: step.with, got: null }),
    ...(said ? endOf(got.comment, said, note?.key) : []),
  ];
}

function endOf(outcome: WriteOutcome | undefined, done: Done, note?: string): Fact[] {
  if (outcome === undefined) return [];
  return [outcome === 'done' ? { is: 'done', done } : { is: 'failed', step: done.do, note, ...outcome }];
}

async function performOne<K extends Exclude<StepName, 'completeTask'>>(
  name: K,
  input: Effects[K][0],
  r: IssueRecord,
): Promise<{ do: K; with: Effects[K][0]; got: Effects[K][1] }> {
  const run = activity(name, r.settings, SUMMARY[name](input, r)) as (input: Effects[K][0]) => Promise<Effects[K][1]>;
  return { do: name, with: input, got: await run(input) };
}
