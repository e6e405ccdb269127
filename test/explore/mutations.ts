/** Rules of the workflow, each broken on purpose in a copy of its text: exploring has to notice every one of them. */
import type { Replacement } from '../chaos/mutations';
import type { Blind } from './answers';

export type Mutation = {
  name: string;
  /** What is broken, in words. */
  what: string;
  breaks: Replacement[];
  /** What an activity forgets to look for. */
  blind?: Blind;
};

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'look-up before POST',
    what: 'a task whose answer was lost is not looked for before another is made',
    breaks: [],
    blind: 'task',
  },
  {
    name: 'earlier timer',
    what: 'a timer that runs already is not replaced by an earlier one',
    breaks: [
      {
        file: 'src/workflows/issue.ts',
        from: 'if (!wake || (alarm && alarm.at <= wake.at)) return;',
        to: 'if (!wake || alarm) return;',
      },
    ],
  },
  {
    name: 'wake for attention',
    what: 'what needs a person has no time at which it is tried again',
    breaks: [
      {
        file: 'src/core/issue/wake.ts',
        from: ".filter((a) => a.step !== 'believe')",
        to: ".filter((a) => a.step === 'believe')",
      },
    ],
  },
  {
    name: "a person's choice",
    what: "whom a person chose is forgotten, and the rules' own choice is wanted",
    breaks: [
      {
        file: 'src/core/issue/wanted.ts',
        from: '  if (r.override) return r.override.assign;\n',
        to: '',
      },
    ],
  },
  {
    name: 'observe mode',
    what: 'writes are wanted although the installation only observes',
    breaks: [
      {
        file: 'src/core/issue/plan.ts',
        from: '  return r.can.write ? [',
        to: '  return r.can.write || always.length >= 0 ? [',
      },
    ],
  },
  {
    name: 'hint across runs',
    what: 'a run that continues as new takes all hints for answered',
    breaks: [
      {
        file: 'src/workflows/issue.ts',
        from: '  return { ref: record.ref, settings: record.settings, record };',
        to: '  return { ref: record.ref, settings: record.settings, record: { ...record, answered: record.heard } };',
      },
    ],
  },
  {
    name: 'comment looked for',
    what: 'a comment whose answer was lost is said again',
    breaks: [],
    blind: 'comment',
  },
  {
    name: 'assigned where it is gone',
    what: 'an assignment that Sentry refused is forgotten while the issue is looked at',
    breaks: [
      {
        file: 'src/core/issue/state.ts',
        from: "    if (a.step === 'assignIssue' && r.look) return true;\n",
        to: '',
      },
    ],
  },
  {
    name: 'archived while it is resolved',
    what: 'Sentry counts as resolved although a look found it archived before',
    breaks: [
      {
        file: 'src/core/issue/outcomes.ts',
        from: "      if (r.state === 'resolved') r.agreed.source = 'resolved';\n      else r.look = true;",
        to: "      r.agreed.source = 'resolved';",
      },
    ],
  },
  {
    name: 'task of an earlier life',
    what: 'a closed issue is not asked whether an earlier life made a task',
    breaks: [
      {
        file: 'src/core/issue/plan.ts',
        from: '  if (!task && isClosed(r)) return searching(r, now);',
        to: '  if (!task && isClosed(r)) return [];',
      },
    ],
  },
  {
    name: 'reopened task',
    what: 'a regression leaves the task completed',
    breaks: [
      {
        file: 'src/core/issue/plan.ts',
        from: '  if (r.agreed.taskDone === wantsDone(r)) return [];',
        to: '  if (r.agreed.taskDone === wantsDone(r) || !wantsDone(r)) return [];',
      },
    ],
  },
];
