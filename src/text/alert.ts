/** An alert's one message: what needs a person, since when, what to do; and at its end, that it is over. */
import type { Alert } from '../core/alerts/record';
import type { Instant } from '../core/refs';
import type { Markup } from './fit';
import { releaseCommand, retryAllCommand, shellWord } from './command';
import { en, type Words } from './en';
import { moment, say } from './say';

const NAME_MAX = 60;
/** Stands for the project of issues that no delivery named one of. */
const UNKNOWN = '*';
const WORDS_MAX = 500;
/** Of a vendor's own words: a line or two of Slack. */
export const SAID_MAX = 200;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Text with pieces of `code` in it, as the catalogue of errors has it; `each` may change what a piece says. */
function withCode(text: string, each = (piece: string): string => piece): Markup {
  return text.split('`').map((piece, i) => (i % 2 === 1 ? { code: each(piece) } : each(piece)));
}

/** `12 minutes`, `3 hours`, `2 days`; rounded down, a minute at least. */
function lasted(from: Instant, to: Instant, words: Words): string {
  const ms = Math.max(MINUTE, Date.parse(to) - Date.parse(from));
  if (ms < HOUR) return words.alert.minutes(Math.floor(ms / MINUTE));
  return ms < 2 * DAY ? words.alert.hours(Math.floor(ms / HOUR)) : words.alert.days(Math.floor(ms / DAY));
}

/** Workflows need not be issues. */
const ofWorkflows = (code: string): boolean => code === 'workflow_stuck' || code === 'workflow_failed';
/** Who waits in a storm is not let in by asking again; what is stuck cannot hear it; and each repeated webhook is to be looked at. */
const isRetried = (code: string): boolean => !['storm_held', 'workflow_stuck', 'repeated_delivery'].includes(code);

/**
 * The catalogue's advice is for one issue. Here its commands are those for all that the alert is about, to be pasted as they
 * are; where it takes an id, that of an example.
 */
export function adviceOf({ code, count, some, projects }: Alert, todo: string): string {
  const id = some[0] ? shellWord(some[0].name) : '…';
  const project = projects?.some[0];
  return todo
    .replaceAll(/errand retry <id>(?! --code)/g, () => (count === 0 ? 'errand sweep' : retryAllCommand(code)))
    .replaceAll('errand release --project <slug>', () =>
      project === undefined ? 'errand release' : releaseCommand(project),
    )
    .replaceAll('<id>', () => id);
}

type Entry = { message: string; todo: string } | undefined;

/**
 * @param entry the code's own words in the catalogue of errors; undefined for a code of another version
 * @param zone IANA, for times; absent: UTC
 * @returns with nobody mentioned: an alert is read by who is there
 */
export function renderAlert(alert: Alert, entry: Entry, zone?: string, words: Words = en): Markup {
  return joined(linesOf(alert, entry, zone, words));
}

/** The same for `errand alerts`, where there is no message to compare with: also how many it concerned at most. */
export function alertInTerminal(alert: Alert, entry: Entry, zone?: string, words: Words = en): Markup {
  const { most, count, over } = alert;
  const lines = [...linesOf(alert, entry, zone, words)];
  if (over === undefined && most.count > count) lines.push([atMost(alert, words)]);
  return joined(lines);
}

/** The same of one cause of issues that are listed beside it. */
export function renderCause(alert: Alert, entry: Entry, zone?: string, words: Words = en): Markup {
  return joined(openLines(alert, entry, zone, words, true));
}

function linesOf(alert: Alert, entry: Entry, zone: string | undefined, words: Words): Markup[] {
  return alert.over === undefined ? openLines(alert, entry, zone, words) : overLines(alert, entry, zone, words);
}

function joined(lines: Markup[]): Markup {
  return lines.flatMap((line, i): Markup => [i === 0 ? '' : '\n', ...line]);
}

function atMost({ code, most }: Alert, { alert: w }: Words): string {
  return ofWorkflows(code) ? w.mostWorkflows(most.count, most.more) : w.mostIssues(most.count, most.more);
}

function overLines(alert: Alert, entry: Entry, zone: string | undefined, words: Words): Markup[] {
  const w = words.alert;
  const { vendor, code, most, since, over = since } = alert;
  const concerned = most.count > 0 ? ` ${atMost(alert, words)}` : '';
  return [
    [{ bold: [w.over(vendor)] }],
    [`${say(entry?.message ?? '', WORDS_MAX)} (`, { code }, ')'],
    [`${w.lasted(moment(since, zone) ?? '', moment(over, zone) ?? '', lasted(since, over, words))}${concerned}`],
  ];
}

/** What a process counts of a code that it tells itself. */
function timesWords(code: string, { alert: w }: Words): (times: number) => string {
  if (code === 'rules_broken') return w.mistakes;
  return code === 'webhooks_refused' ? w.refused : w.calls;
}

/** @param listed the issues are listed beside it */
function openLines(alert: Alert, entry: Entry, zone: string | undefined, words: Words, listed = false): Markup[] {
  const w = words.alert;
  const { vendor, code, count, more, sweeps = 0, times = 0, since, some, said, projects } = alert;
  const what = [
    ...(count > 0 ? [ofWorkflows(code) ? w.workflows(count, more) : w.issues(count, more)] : []),
    ...(sweeps > 0 ? [code === 'webhooks_silent' ? w.silent(sweeps) : w.sweeps(sweeps)] : []),
    ...(times > 0 ? [timesWords(code, words)(times)] : []),
  ];
  const todo = entry?.todo ?? '';
  const names = projects?.some.map((slug) => (slug === UNKNOWN ? words.storm.anyProject : say(slug, NAME_MAX)));
  const lines: Markup[] = [
    [{ bold: [`${vendor}: ${what.join(', ')}`] }],
    [`${say(entry?.message ?? '', WORDS_MAX)} (`, { code }, ')'],
    // As code: whatever a vendor says, Slack makes no link and no mention of it.
    ...(said ? [[w.said, { code: say(said, SAID_MAX) }]] : []),
    ...(projects && names && names.length > 0 ? [[w.projects(names.join(', '), projects.others)]] : []),
    [w.since(moment(since, zone) ?? '')],
    ...(entry ? [[w.todo, ...withCode(todo, (piece) => adviceOf(alert, piece))]] : []),
  ];
  if (some.length === 0) return lines;
  const named = some.flatMap((one, i): Markup => [
    i === 0 ? '' : ', ',
    one.url === null ? say(one.name, NAME_MAX) : { link: one.url, text: say(one.name, NAME_MAX) },
  ]);
  const retry = retryAllCommand(code);
  const hints = [
    ...(listed ? [] : [w.list]),
    ...(isRetried(code) && !adviceOf(alert, todo).includes(retry) ? [w.retry(retry)] : []),
  ];
  lines.push([...named, count > some.length ? w.others(count - some.length, more) : '']);
  if (hints.length > 0) lines.push(withCode(hints.join(' · ')));
  return lines;
}
