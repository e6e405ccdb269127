/** A task, in the order in which somebody on call reads it at three in the morning. */
import type { Decision } from '../core/issue/decision';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { PersonKey } from '../core/refs';
import type { Markup } from './fit';
import { en, type Words } from './en';
import { taskBody } from './markup';
import { maskNamed } from './named';
import { moment, say } from './say';

/** Asana shows about this much of a title in a list; the whole one is in the body. */
const TITLE_MAX = 250;
const VALUE_MAX = 200;
const LONG_MAX = 500;
const FRAMES_MAX = 20;
const TAGS_MAX = 30;
/** Sentry's category of nearly all issues, which goes without saying. */
const ERROR = 'error';

export type TaskInput = {
  issue: IssueSnapshot;
  decision: Decision;
  /** Whom the task is for. Who has it stands in the tracker, which may leave them out; so no body says it. */
  assignee: PersonKey | null;
  /** Their names; the key stands in for what it does not know. */
  nameOf?: (person: PersonKey) => string | undefined;
  /** The tracker does not know `assignee`, so that it is for nobody yet. */
  unknown?: boolean;
  /** The workflow id. */
  marker: string;
  /** The operator page of this issue, if there is one to link. */
  operatorUrl: string | null;
  /** IANA, for times; absent: UTC. */
  zone?: string;
};

/**
 * Title and body of the task. The title is one line of at most 250 code points, the body ends with the marker alone on
 * its last line, and no other line of it can be the marker. Pure.
 */
export function renderTask(input: TaskInput, words: Words = en): { title: string; body: Markup } {
  const { issue, marker, operatorUrl } = input;
  const body: Markup = [
    ...whatBroke(issue, words, input.zone),
    ...frames(issue, words),
    ...tags(issue, words),
    ...why(input, words),
    ...links(issue, operatorUrl, words),
  ];
  return { title: titleOf(issue, TITLE_MAX, words), body: taskBody(body, marker) };
}

/** `SHORT-1A: <title>` on one line. */
export function titleOf(issue: IssueSnapshot, max: number, words: Words = en): string {
  const title = say(issue.title, LONG_MAX * 2) || words.untitled(say(issue.ref.id, VALUE_MAX));
  const shortId = say(issue.shortId, VALUE_MAX);
  return say(shortId === '' ? title : `${shortId}: ${title}`, max);
}

/** Every value stands behind its name, so that no hostile value can be a line of its own. */
const field = (name: string, value: string): Markup => (value === '' ? [] : [`${name}: ${value}\n`]);
const section = (heading: string, items: Markup[]): Markup =>
  items.length === 0 ? [] : ['\n', { bold: [heading] }, { list: items }];

function whatBroke(issue: IssueSnapshot, words: Words, zone?: string): Markup {
  const t = words.task;
  const seen = [
    ...(issue.events === null ? [] : [words.events(issue.events)]),
    ...(issue.users === null ? [] : [t.affected(words.users(issue.users))]),
  ].join(', ');
  const title = say(issue.title, LONG_MAX) || words.untitled(say(issue.ref.id, VALUE_MAX));
  return [
    `${t.broke}: `,
    { bold: [title] },
    '\n',
    ...field(t.where, say(issue.culprit, LONG_MAX)),
    ...field(t.level, say(issue.level, VALUE_MAX)),
    ...field(t.category, issue.category === ERROR ? '' : say(issue.category, VALUE_MAX)),
    ...field(t.environment, issue.environments.map((name) => say(name, VALUE_MAX)).join(', ')),
    ...field(t.release, say(issue.release, VALUE_MAX)),
    ...field(t.project, say(issue.project, VALUE_MAX)),
    ...field(t.seen, seen === '' ? words.unknown : seen),
    ...field(t.first, moment(issue.firstSeen, zone) ?? words.unknown),
    ...field(t.last, moment(issue.lastSeen, zone) ?? words.unknown),
  ];
}

function frames(issue: IssueSnapshot, words: Words): Markup {
  const shown = issue.frames
    .slice(0, FRAMES_MAX)
    .map((frame, i): Markup => [`${i + 1}. `, { code: say(frame, LONG_MAX) }]);
  return section(words.task.frames, [...shown, ...rest(issue.frames.length - FRAMES_MAX, words)]);
}

function tags(issue: IssueSnapshot, words: Words): Markup {
  const all = Object.entries(issue.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = all
    .slice(0, TAGS_MAX)
    .map(([name, value]): Markup => [`${say(name, VALUE_MAX)}: `, { code: say(maskNamed(name, value), VALUE_MAX) }]);
  return section(words.task.tags, [...shown, ...rest(all.length - TAGS_MAX, words)]);
}

const rest = (count: number, words: Words): Markup[] => (count > 0 ? [[words.task.more(count)]] : []);

/** Leave is private: what stands here is that somebody is not available, never until when or for what reason. */
function why(input: TaskInput, words: Words): Markup {
  const { decision, unknown = false } = input;
  const w = words.why;
  const called = calledIn(input);
  const assignee = input.assignee === null ? null : called(input.assignee);
  const candidates = decision.reasons.flatMap((reason): Markup[] =>
    'person' in reason ? [[`${called(reason.person)}: ${words.because(reason.because)}`]] : [],
  );
  const sentences = [
    verdict(input, called, words),
    ...(unknown && assignee !== null ? [w.notInTracker(assignee)] : []),
  ];
  return [
    '\n',
    { bold: [w.heading] },
    `\n${sentences.join(' ')}`,
    ...(candidates.length > 0 ? [`\n${w.candidates}:`, { list: candidates }] : ['\n']),
  ];
}

/** By the name of today, else by that of when it was decided. */
function calledIn({ decision, nameOf }: TaskInput): (person: PersonKey) => string {
  const then = new Map(decision.reasons.flatMap((it) => ('person' in it ? [[it.person, it.name] as const] : [])));
  return (person) => say(nameOf?.(person) ?? then.get(person) ?? person, VALUE_MAX);
}

/** What the rule decided, and what a person did since. */
function verdict({ decision, assignee, zone }: TaskInput, called: (person: PersonKey) => string, words: Words): string {
  const w = words.why;
  const rule = say(decision.rule, VALUE_MAX);
  if ('skip' in decision.verdict) return `${w.rule(rule)} ${w.skipped(say(decision.verdict.skip, VALUE_MAX))}`;
  const chosen = decision.verdict.assign;
  const since = assignee === null || assignee === chosen ? [] : [w.since(called(assignee))];
  const blind = decision.degraded === undefined ? [] : [w.blind];
  if (chosen !== null) return [w.chosen(rule, called(chosen)), ...since, ...blind].join(' ');
  if (assignee !== null) return [w.foundNobody(rule), ...since, ...blind].join(' ');
  return `${w.rule(rule)} ${decision.degraded === undefined ? w.nobody(moment(decision.again, zone)) : w.blindNobody}`;
}

function links(issue: IssueSnapshot, operatorUrl: string | null, words: Words): Markup {
  const t = words.task;
  return section(t.links, [
    ...(issue.url === '' ? [] : [[{ link: issue.url, text: t.sentry }]]),
    ...(operatorUrl === null ? [] : [[{ link: operatorUrl, text: t.operator }]]),
  ]);
}
