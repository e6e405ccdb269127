/** An alert's one message: what needs a person, since when, what to do; and at its end, that it is over. */
import type { Alert, Instant, Markup } from '../types';
import { en, type Words } from './en';
import { say, utc } from './say';

const NAME_MAX = 60;
const WORDS_MAX = 500;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Text with pieces of `code` in it, as the catalogue of errors has it. */
function withCode(text: string): Markup {
  return text.split('`').map((piece, i) => (i % 2 === 1 ? { code: piece } : piece));
}

/** `12 minutes`, `3 hours`, `2 days`; rounded down, a minute at least. */
function lasted(from: Instant, to: Instant, words: Words): string {
  const ms = Math.max(MINUTE, Date.parse(to) - Date.parse(from));
  if (ms < HOUR) return words.alert.minutes(Math.floor(ms / MINUTE));
  return ms < 2 * DAY ? words.alert.hours(Math.floor(ms / HOUR)) : words.alert.days(Math.floor(ms / DAY));
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
  const { vendor, code, count, more, sweeps = 0, since, over, some } = alert;
  const message = say(entry?.message ?? '', WORDS_MAX);
  const begin = utc(since) ?? '';
  if (over !== undefined)
    return [
      { bold: [w.over(vendor)] },
      `\n${message} (`,
      { code },
      `)\n${w.lasted(begin, utc(over) ?? '', lasted(since, over, words))}`,
    ];
  const what = [
    ...(count > 0
      ? [code === 'workflow_stuck' || code === 'workflow_failed' ? w.workflows(count, more) : w.issues(count, more)]
      : []),
    ...(sweeps > 0 ? [code === 'webhooks_silent' ? w.silent(sweeps) : w.sweeps(sweeps)] : []),
  ];
  const lines: Markup[] = [
    [{ bold: [`${vendor}: ${what.join(', ')}`] }],
    [`${message} (`, { code }, ')'],
    [w.since(begin)],
    ...(entry ? [[w.todo, ...withCode(say(entry.todo, WORDS_MAX))]] : []),
  ];
  if (some.length > 0) {
    const named = some.flatMap((one, i): Markup => [
      i === 0 ? '' : ', ',
      one.url === null ? say(one.name, NAME_MAX) : { link: one.url, text: say(one.name, NAME_MAX) },
    ]);
    lines.push([...named, count > some.length ? w.others(count - some.length, more) : '']);
    // Who waits in a storm is not let in by asking again.
    lines.push([...withCode(w.list), ...(code === 'storm_held' ? [] : [' · ', ...withCode(w.retry(code))])]);
  }
  return lines.flatMap((line, i): Markup => [i === 0 ? '' : '\n', ...line]);
}
