/** The task of a storm: what waits, and what a person can do. */
import type { IssueView } from '../core/issue/row';
import type { Instant } from '../core/refs';
import type { Markup } from './fit';
import { en, type Words } from './en';
import { taskBody } from './markup';
import { moment, say } from './say';

/** With links of 200 characters well below what a task may hold, and more than anybody reads. */
export const LISTED_MAX = 50;
const TITLE_MAX = 200;
const MINUTE = 60_000;

export type StormInput = {
  marker: string;
  /** Slug; '' when it is not known. */
  project: string;
  held: IssueView[];
  max: number;
  window: number;
  /** What lets all of them in. */
  command: string;
};

/** Title and body; the same input gives the same text, so that it is written only when something changed. Pure. */
export function renderStorm(
  { marker, project, held, max, window, command }: StormInput,
  words: Words = en,
): { title: string; body: Markup } {
  const w = words.storm;
  const name = say(project, TITLE_MAX) || w.anyProject;
  const line = (i: IssueView): Markup => {
    const title = say(i.title, TITLE_MAX) || words.untitled(i.id);
    const text = i.shortId === null ? title : `${say(i.shortId, TITLE_MAX)}: ${title}`;
    return [i.url === null ? text : { link: i.url, text }];
  };
  const more = held.length - LISTED_MAX;
  const list = [...held.slice(0, LISTED_MAX).map(line), ...(more > 0 ? [[words.task.more(more)]] : [])];
  const body: Markup = [
    `${w.why(max, Math.max(1, Math.round(window / MINUTE)))}\n`,
    w.now(''),
    { code: command },
    '\n\n',
    { bold: [w.held(held.length)] },
    { list },
  ];
  return { title: w.title(name), body: taskBody(body, marker) };
}

/** What the task is told when the storm is over. Pure. @param zone IANA; absent: UTC */
export function stormOver(since: Instant, until: Instant, zone?: string, words: Words = en): Markup {
  return [words.storm.over(moment(since, zone) ?? since, moment(until, zone) ?? until)];
}
