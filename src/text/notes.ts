/** A comment on the task, or a message to the chat: one fact that somebody should hear of, once. */
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Note } from '../core/issue/steps';
import type { TaskRef } from '../core/refs';
import type { Markup } from './fit';
import { en, type Words } from './en';
import { moment, say } from './say';
import { titleOf } from './task';

const VALUE_MAX = 200;
const TITLE_MAX = 250;

/** What is known besides the note. A comment stands on its task and needs none of it; a message to the chat needs all. */
export type NoteContext = {
  issue?: IssueSnapshot;
  task?: TaskRef | null;
  /** By name. */
  assignee?: string | null;
  operatorUrl?: string | null;
  /** IANA, for times; absent: UTC. */
  zone?: string;
};

/**
 * The note in words. Facts that are known, all of them optional, everything else in `facts` is not said:
 *
 * - opened: `rule`, `generation` (2: made again, since the first was missing), `missing` (the page of that one)
 * - repeated: `events`, `users`, `release` or `environment` (new ones), `escalating`
 * - regressed: `was` (`resolved` or `archived`), `resolvedAt`, `resolvedBy`, `number`, `release`, `before`
 * - duplicate: `url` of the task that stays
 * - people stand in it by their names
 * - resolved, archived: `by` · reassigned: `to`, `by` · merged: `into`, `url` · gone: `because` · nobody: `rule`, `again`
 *
 * With `ctx.issue` the issue's title comes first and its assignee and links last. Pure.
 */
export function renderNote(note: Note, ctx: NoteContext = {}, words: Words = en): Markup {
  const sentences = sentencesOf(note, words, ctx.zone).join(' ');
  const { issue } = ctx;
  if (issue === undefined) return [sentences];
  const n = words.note;
  const where = [say(issue.project, VALUE_MAX), say(issue.level, VALUE_MAX), say(issue.environments.at(-1), VALUE_MAX)];
  const seen = [
    ...(issue.events === null ? [] : [words.events(issue.events)]),
    ...(issue.users === null ? [] : [words.users(issue.users)]),
  ].join(', ');
  const links: Markup = [
    ...(issue.url === '' ? [] : [{ link: issue.url, text: words.task.sentry }]),
    ...(ctx.task ? [{ link: ctx.task.url, text: n.openTask }] : []),
    ...(typeof note.facts.missing === 'string' ? [{ link: note.facts.missing, text: n.missingTask }] : []),
    ...(ctx.operatorUrl ? [{ link: ctx.operatorUrl, text: words.task.operator }] : []),
  ];
  return [
    { bold: [titleOf(issue, TITLE_MAX, words)] },
    `\n${sentences}\n`,
    `${[...where, seen].filter((value) => value !== '').join(' · ')}\n`,
    `${n.assignee}: ${say(ctx.assignee, VALUE_MAX) || n.nobodyYet}`,
    ...links.flatMap((link, i): Markup => [i === 0 ? '\n' : ' · ', link]),
  ];
}

function sentencesOf({ say: kind, facts }: Note, words: Words, zone?: string): string[] {
  const n = words.note;
  const word = (name: string): string | null => say(facts[name], VALUE_MAX) || null;
  const number = (name: string): number | null => {
    const value = Number(facts[name] ?? NaN);
    return Number.isFinite(value) ? value : null;
  };
  /** A sentence only if its fact is known. */
  const when = <T>(fact: T | null, sentence: (fact: T) => string): string[] => (fact === null ? [] : [sentence(fact)]);

  switch (kind) {
    case 'opened':
      if ((number('generation') ?? 1) > 1) return [n.madeAgain];
      return [word('rule') === null ? n.opened : n.openedRule(word('rule') ?? '')];
    case 'repeated': {
      const counts = [...when(number('events'), words.events), ...when(number('users'), words.users)].join(', ');
      return [
        ...(counts === '' ? [] : [n.repeated(counts)]),
        ...when(word('release'), (value) => n.repeatedNew('release', value)),
        ...when(word('environment'), (value) => n.repeatedNew('environment', value)),
        ...when(word('escalating'), () => n.escalating),
      ];
    }
    case 'regressed': {
      const on = moment(facts.resolvedAt, zone);
      const by = word('resolvedBy');
      const ended = { archived: n.wasArchived, gone: n.wasGone }[word('was') ?? ''];
      const was = ended ?? (on || by ? n.wasResolved(on, by) : n.regressed);
      return [
        was,
        ...when(number('number'), n.number),
        ...when(word('release'), n.release),
        ...when(word('before'), n.before),
        n.reopened,
      ];
    }
    case 'resolved':
      return [n.resolved(word('by'))];
    case 'archived':
      return [n.archived(word('by'))];
    case 'reassigned':
      return [n.reassigned(word('to'), word('by'))];
    case 'merged':
      return [n.merged(word('into'), word('url'))];
    case 'duplicate':
      return [n.duplicate(word('url') ?? '')];
    case 'gone':
      return [n.gone(word('because'))];
    case 'nobody':
      return [
        word('rule') === null ? n.nobody : n.nobodyRule(word('rule') ?? ''),
        ...when(moment(facts.again, zone), n.again),
      ];
  }
}
