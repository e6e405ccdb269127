/** Words that a person reads wherever an issue speaks: its timeline, its page in Temporal, the command line. */
import { timeWords } from '../time';
import type { AttentionStep, Step, StepName } from './steps';
import { aTask, taskWords, type Named } from './named';
import type { IssueDetail, Trying } from './view';

const stepWordsOf = (named: Named): Record<StepName, string> => ({
  ensureTask: `make the ${taskWords(named)}, or find it`,
  findTask: `look for ${aTask(named)} of an earlier run`,
  ensureDetails: 'set the details of the task',
  ensureSubtasks: 'make its subtasks',
  verifyTask: 'check that the task is still there',
  assignTask: 'assign the task',
  completeTask: 'complete or reopen the task',
  comment: 'comment on the task',
  linkIssue: `link the task in ${named.source}`,
  resolveIssue: `resolve in ${named.source}`,
  countGone: `confirm that it is gone from ${named.source}`,
  hintIssue: 'have the issue that it was merged into read again',
  tell: 'send the chat message',
});
const otherWordsOf = ({ source }: Named): Record<Exclude<AttentionStep, StepName>, string> => ({
  readIssue: `read the issue in ${source}`,
  believe: 'check a repeated webhook',
  assignIssue: `assign the issue in ${source}`,
  decide: 'decide who gets it',
  workflow: 'go on',
});

/** Activities that no step is named after. */
const ASIDE_WORDS: Record<string, string> = {
  applyRules: 'apply the rules',
  checkAvailability: 'ask who is available',
  selectAssignee: 'see whose turn it is',
  findPerson: 'find the person in the rules',
};

/** What was tried, such as "make the Asana task, or find it". @param step also any other activity, which keeps its name */
export function stepWords(step: string, named: Named): string {
  const words: Record<string, string> = { ...stepWordsOf(named), ...otherWordsOf(named), ...ASIDE_WORDS };
  return words[step] ?? step;
}

/** What is about to be done. */
export function pendingWords(step: Step, named: Named): string {
  if (step.do === 'completeTask') return `${step.with.completed ? 'complete' : 'reopen'} the task`;
  if (step.do === 'linkIssue' && !step.with.link) return otherWordsOf(named).assignIssue;
  return stepWordsOf(named)[step.do];
}

/** `Now: make the Asana task, or find it. Attempt 3 of 10 failed, the next comes at 2026-11-23 02:02:33 UTC.` */
export function tryingWords({ step, tries, of, again }: Trying, named: Named, zone?: string): string {
  const which = `Attempt ${tries}${of === null ? '' : ` of ${of}`} failed`;
  return `Now: ${stepWords(step, named)}. ${which}, the next ${again === null ? 'is under way' : `comes at ${timeWords(again, zone)}`}.`;
}

/** `error, feedback, 3 events, 1 user`: what is known of it. */
export function sizeWords(issue: Pick<IssueDetail, 'level' | 'category' | 'events' | 'users'>): string {
  const { level, category, events, users } = issue;
  const counts = [
    ...(events === null ? [] : [counted(events, 'event')]),
    ...(users === null ? [] : [counted(users, 'user')]),
  ];
  return [level ?? '?', ...(category === null ? [] : [category]), ...counts].join(', ');
}

/** `1 event`, `2 events` */
export function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
