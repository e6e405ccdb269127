/** What the terminal of `up` shows of its processes: what needs a person, and one quiet line for a webhook and for a task. */
import { stepWords } from '../core/issue/words';
import { NAMED } from '../vendors/names';
import { terminalLine, terminalText } from '../text/terminal';

/** Under `up` nobody starts a worker or Temporal by hand, and a token is read when `up` starts. */
const UNDER_UP: readonly [RegExp, string][] = [
  [/Start one: `errand worker`\./, 'It is started again by itself.'],
  [
    /Start Temporal, or correct TEMPORAL_ADDRESS\./,
    'The one that `up` brings along is started again by itself; another is at TEMPORAL_ADDRESS.',
  ],
  [/restart the worker/, 'restart `errand up`'],
  [/start a worker, which/, 'restart `errand up`, which'],
  [/the worker’s log/, 'worker.log in DATA_DIR'],
];
/** @param todo what the catalogue says to do */
export function adviceUnderUp(todo: string): string {
  return UNDER_UP.reduce((words, [from, to]) => words.replace(from, to), todo);
}

/** Marks a line of the log that is shown although it needs nobody. */
export const TOLD = { told: true } as const;

type LogLine = {
  level?: string;
  msg?: string;
  told?: boolean;
  todo?: string;
  why?: string;
  err?: { message?: string };
  /** What the SDK says with each of its own lines. */
  sdkComponent?: string;
  workflowId?: string;
  activityType?: string;
  attempt?: number;
};
/** `quiet`: news rather than trouble. */
export type Shown = { text: string; quiet: boolean };

/** Words of Temporal's SDK about itself; the server or the worker that they are about is started again, and a stuck issue is an alert. */
const OF_SDK = ['core', 'worker'];
const ACTIVITY_FAILED = 'Activity failed';

/** The log holds everything. @param name the process, whose log is `<name>.log` @returns undefined for what is not shown */
export function shownLine(line: string, name: string): Shown | undefined {
  let entry: LogLine;
  try {
    entry = JSON.parse(line) as LogLine;
  } catch {
    return { text: terminalText(line), quiet: false };
  }
  const { level = '', msg = '', err, why, todo } = entry;
  if (entry.told === true) return { text: terminalLine(msg), quiet: true };
  if (!['warn', 'error', 'fatal'].includes(level)) return undefined;
  if (msg === ACTIVITY_FAILED && entry.activityType !== undefined)
    return { text: terminalLine(failed(entry)), quiet: false };
  if (OF_SDK.includes(entry.sdkComponent ?? '')) {
    const text = `something is wrong inside of Temporal's SDK, which goes on by itself: see ${name}.log in DATA_DIR`;
    return level === 'warn' ? undefined : { text, quiet: false };
  }
  const words = [msg, entry.workflowId, err?.message, why, todo && adviceUnderUp(todo)];
  const parts = words.flatMap((word) => (word ? [terminalLine(String(word))] : []));
  return { text: parts.join(' — '), quiet: false };
}

/** `sentry:acme:123: could not make the Asana task, or find it (attempt 3): Asana refused the token (401).` */
function failed({ workflowId, activityType = '', attempt, err }: LogLine): string {
  const which = attempt === undefined ? '' : ` (attempt ${attempt})`;
  const what = `could not ${stepWords(activityType, NAMED)}${which}: ${err?.message ?? 'it did not say why'}`;
  return workflowId === undefined ? what : `${workflowId}: ${what}`;
}

/** Of a storm's webhooks a person reads no more than these in a second. */
const QUIET_PER_SECOND = 10;
const SECOND_MS = 1_000;
/** What is tried every other second is said once a minute. */
const SAME_AGAIN_MS = 60_000;
/** Different lines that are remembered for that. */
const REMEMBERED_MAX = 100;

/** Lets through what is worth a line, with the time given in ms; of the rest of the quiet lines the next one tells how many. */
export class Calm {
  private second = 0;
  private inSecond = 0;
  private left = 0;
  private readonly said = new Map<string, number>();

  /** @returns the lines to print for this one: none, itself, or what was left out and itself */
  lines({ text, quiet }: Shown, now: number): string[] {
    return quiet ? this.news(text, now) : this.trouble(text, now);
  }

  /** @returns what was left out, at the end of a storm that nothing came after; to be asked every second or so */
  rest(now: number): string[] {
    if (this.left === 0 || now - this.second < SECOND_MS) return [];
    const words = `and ${this.left} more such lines: see the log in DATA_DIR`;
    this.left = 0;
    return [words];
  }

  private news(text: string, now: number): string[] {
    const before = this.rest(now);
    if (now - this.second >= SECOND_MS) {
      this.second = now;
      this.inSecond = 0;
    }
    this.inSecond += 1;
    if (this.inSecond <= QUIET_PER_SECOND) return [...before, text];
    this.left += 1;
    return before;
  }

  private trouble(text: string, now: number): string[] {
    const last = this.said.get(text);
    if (last !== undefined && now - last < SAME_AGAIN_MS) return [];
    this.said.delete(text);
    this.said.set(text, now);
    const [oldest] = this.said.keys();
    if (this.said.size > REMEMBERED_MAX && oldest !== undefined) this.said.delete(oldest);
    return [text];
  }
}

/** Each line with the local time in front, for whoever comes back to a terminal after lunch; an empty one stays empty. */
export function timed(text: string, now: Date): string {
  const time = now.toTimeString().slice(0, 'hh:mm:ss'.length);
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${time}  ${line}`))
    .join('\n');
}
