/**
 * The rules that the product's promises stand on, each broken on purpose: a chaos run that stays green then proves nothing.
 * Texts are of src/, exact; a test in CI sees that they are all still there.
 */
import { CALM, STORM, type Weather } from './weather';

export type Replacement = { file: string; from: string; to: string };
export type Mutation = {
  name: string;
  /** What is broken, in words. */
  what: string;
  weather: Weather;
  issues: number;
  /** Made in the sound build as well: they only bring a rule's case into the length of a run. */
  both: Replacement[];
  breaks: Replacement[];
};

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'look-up before POST',
    what: 'ensureTask makes the task without looking for it',
    weather: { ...STORM, patience: CALM.patience },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/vendors/asana/make.ts',
        from: 'const found = await find(input, project);',
        to: 'const found = [await find(input, project)].find(() => false);',
      },
    ],
  },
  {
    name: 'inbox flush',
    what: 'a webhook is answered before it is on the disk',
    // Killed so often that some kill falls between answer and disk.
    weather: { ...STORM, apiKilledEvery: 2_000, temporalRestarts: 0, patience: CALM.patience },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/api/public.ts',
        from: '    await inbox.append(hints, entry, digest);',
        to: '    void inbox.append(hints, entry, digest).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'hint during a read',
    what: 'a read answers every hint heard by its end, also those that came after its beginning',
    // Nothing else tells of what a read has missed: no sweep, and no later webhook.
    weather: { ...CALM, sweepEvery: 0, slowReads: 1_500, lives: 'hasty' },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/core/issue/state.ts',
        from: '  r.answered = Math.max(r.answered, Math.min(answers, r.heard));',
        to: '  r.answered = Math.max(answers, r.heard);',
      },
    ],
  },
  {
    name: 'watermark',
    what: 'a sweep that failed moves the watermark',
    // Sentry's list is down while issues appear whose webhooks are lost.
    weather: { ...CALM, drop: 100, listDown: 40, sweepEvery: 2_000, ownSweeps: true, lives: 'raised' },
    issues: 40,
    both: [
      // Every sweep is full while Sentry's list is short, and so finds what a watermark has passed by.
      { file: 'src/core/feed/feed.ts', from: 'const ALWAYS_FULL_PAGES = 20;', to: 'const ALWAYS_FULL_PAGES = -1;' },
      // Several sweeps have to fail within the outage, so that the first of them is passed by.
      { file: 'src/workflows/feed.ts', from: 'retry: { maximumAttempts: 3,', to: 'retry: { maximumAttempts: 1,' },
      // Ten minutes back would heal any outage that fits into a run.
      { file: 'src/activities/sweep.ts', from: 'const OVERLAP_MS = 10 * 60_000;', to: 'const OVERLAP_MS = 1_000;' },
    ],
    breaks: [
      {
        file: 'src/workflows/feed.ts',
        from: '    if (!isCancellation(e)) record.failed =',
        to: '    record.watermark = now;\n    if (!isCancellation(e)) record.failed =',
      },
    ],
  },
  {
    name: 'missing date',
    what: 'a date that Sentry does not tell is taken for now',
    // Old issues, which only sweeps show.
    weather: { ...CALM, backlog: 100, sweepEvery: 2_000, lives: 'raised' },
    issues: 40,
    both: [
      // As lists once were asked for: Sentry leaves the dates out.
      {
        file: 'src/vendors/sentry/list.ts',
        from: "collapse: ['lifetime', 'filtered']",
        to: "collapse: ['lifetime', 'filtered', 'stats']",
      },
    ],
    breaks: [
      {
        file: 'src/vendors/sentry/wire/snapshot.ts',
        from: "firstSeen: instant(field(issue, 'firstSeen')) ?? null,",
        to: "firstSeen: instant(field(issue, 'firstSeen')) ?? new Date().toISOString(),",
      },
    ],
  },
  {
    name: '404 at once',
    what: 'the first 404 of an issue is believed',
    // No sweep shows it again, and Sentry's 404 falls on the last look of some.
    weather: { ...CALM, sweepEvery: 0, missing: { every: 20_000, for: 8_000 }, lives: 'hasty' },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/core/issue/gone.ts',
        from: '  gone.looks += 1;',
        to: '  gone.looks = r.settings.goneAfter.length + 1;',
      },
    ],
  },
  {
    name: 'answer not compared',
    what: 'whom a new task was to be given to is taken for who has it',
    weather: { ...CALM, leftOut: 60, lives: 'raised' },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/vendors/asana/make.ts',
        from: '      assignee: await assigneeOf(made, workspace, draft),',
        to: '      assignee: draft.assignee,',
      },
    ],
  },
  {
    name: 'retry takes a turn',
    what: 'each further try of a task decides anew who gets it',
    weather: { ...CALM, refused: 60, lives: 'raised' },
    issues: 40,
    both: [],
    breaks: [
      {
        file: 'src/workflows/perform.ts',
        from: "  const last = which === 'again' ? currentDecision(r) : undefined;",
        to: "  const last = which === 'again' && r.decisions.length < 0 ? currentDecision(r) : undefined;",
      },
    ],
  },
];

/** @returns the text with every replacement of this file made @throws Error when one does not apply */
export function applied(file: string, text: string, replacements: readonly Replacement[]): string {
  let changed = text;
  for (const { file: of, from, to } of replacements) {
    if (of !== file) continue;
    if (!changed.includes(from)) throw new Error(`${file} no longer holds: ${from}`);
    changed = changed.replaceAll(from, to);
  }
  return changed;
}
