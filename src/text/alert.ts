/** An alert's one message: what needs a person, since when, what to do; and at its end, that it is over. */
import type { Alert, Instant, Markup } from '../types';
import { releaseCommand, retryAllCommand, shellWord } from './command';
import { en, type Words } from './en';
import { say, utc } from './say';

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
/** Who waits in a storm is not let in by asking again; and what is stuck cannot hear it. */
const isRetried = (code: string): boolean => code !== 'storm_held' && code !== 'workflow_stuck';

/**
 * The catalogue's advice is for one issue. Here its commands are those for all that the alert is about, to be pasted as they
 * are; where it takes an id, that of an example.
 */
export function adviceOf({ code, count, some, projects }: Alert, todo: string): string {
  const id = some[0] ? shellWord(some[0].name) : '…';
  const project = projects?.some[0];
  return todo
    .replaceAll('errand retry <id>', () => (count === 0 ? 'errand sweep' : retryAllCommand(code)))
    .replaceAll('errand release --project <slug>', () =>
      project === undefined ? 'errand release' : releaseCommand(project),
    )
    .replaceAll('<id>', () => id);
}

/**
 * @param entry the code's own words in the catalogue of errors; undefined for a code of another version
 * @returns with nobody mentioned: an alert is read by who is there
 */
export function renderAlert(
  alert: Alert,
  entry: { message: string; todo: string } | undefined,
  words: Words = en,
): Markup {
  const w = words.alert;
  const { vendor, code, count, more, most = { count, more }, sweeps = 0, since, over, some, said, projects } = alert;
  const message = say(entry?.message ?? '', WORDS_MAX);
  const begin = utc(since) ?? '';
  if (over !== undefined) {
    const concerned = ofWorkflows(code) ? w.mostWorkflows(most.count, most.more) : w.mostIssues(most.count, most.more);
    return [
      { bold: [w.over(vendor)] },
      `\n${message} (`,
      { code },
      `)\n${w.lasted(begin, utc(over) ?? '', lasted(since, over, words))}`,
      ...(most.count > 0 ? [` ${concerned}`] : []),
    ];
  }
  const what = [
    ...(count > 0 ? [ofWorkflows(code) ? w.workflows(count, more) : w.issues(count, more)] : []),
    ...(sweeps > 0 ? [code === 'webhooks_silent' ? w.silent(sweeps) : w.sweeps(sweeps)] : []),
  ];
  const todo = entry?.todo ?? '';
  const names = projects?.some.map((slug) => (slug === UNKNOWN ? words.storm.anyProject : say(slug, NAME_MAX)));
  const lines: Markup[] = [
    [{ bold: [`${vendor}: ${what.join(', ')}`] }],
    [`${message} (`, { code }, ')'],
    // As code: whatever a vendor says, Slack makes no link and no mention of it.
    ...(said ? [[w.said, { code: say(said, SAID_MAX) }]] : []),
    ...(projects && names && names.length > 0 ? [[w.projects(names.join(', '), projects.others)]] : []),
    [w.since(begin)],
    ...(entry ? [[w.todo, ...withCode(todo, (piece) => adviceOf(alert, piece))]] : []),
  ];
  if (some.length > 0) {
    const named = some.flatMap((one, i): Markup => [
      i === 0 ? '' : ', ',
      one.url === null ? say(one.name, NAME_MAX) : { link: one.url, text: say(one.name, NAME_MAX) },
    ]);
    lines.push([...named, count > some.length ? w.others(count - some.length, more) : '']);
    const retry = retryAllCommand(code);
    const hint = isRetried(code) && !adviceOf(alert, todo).includes(retry) ? [' · ', ...withCode(w.retry(retry))] : [];
    lines.push([...withCode(w.list), ...hint]);
  }
  return lines.flatMap((line, i): Markup => [i === 0 ? '' : '\n', ...line]);
}
