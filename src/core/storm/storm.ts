/**
 * The storm workflow's bookkeeping, pure: who was let in within the window, who is let in next. Who waits is not kept here:
 * each issue shows it by its own attention, and a look at all of them tells it.
 */
import { NO_PROJECT, type AdmitRequest, type ReleaseRequest } from '../../contract';
import type { TaskDestination } from '../issue/decision';
import type { Instant } from '../refs';
import { timeWords } from '../time';
import type { LeftOpen, Release, Storm, StormRecord, StormView, StormWork } from './record';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Until the first request tells what the rules say. */
const FIRST_MAX = 50;
const FIRST_WINDOW = 60 * MINUTE;
/** As many as the rules may allow in one window: with fewer kept, more would be let in. */
const ADMITTED_MAX = 10_000;
/** Let in by one release: their ids are 50 KB of the history. What is left is let in by the next one. */
export const RELEASE_MAX = 2_000;
const PLACES_MAX = 10;
const RELEASES_MAX = 20;
const CLOSING_MAX = 20;
const LEFT_OPEN_MAX = 5;
/** After a task that could not be written: longer than an answer of the tracker may be on its way. */
export const SHOW_AGAIN = MINUTE;
/** Refused, it is tried again after 1, 2, 4 … minutes, at most an hour: ten times are four hours, in which somebody may set it right. */
const REFUSED_AGAIN_MAX = 60 * MINUTE;
const REFUSED_MAX = 10;
/** Shown so long, so that it is seen after a weekend and a holiday. */
const LEFT_OPEN_SHOWN = 7 * 24 * 60 * MINUTE;
/** With a window of an hour: a look a minute. */
const LOOKS_PER_WINDOW = 60;
const LOOK_MIN = SECOND;
/** The first look comes sooner, so that people soon see the storm's task. */
const FIRST_LOOK_MAX = 10 * SECOND;

type Found = Awaited<ReturnType<StormWork['readStorm']>>;

export function freshRecord(): StormRecord {
  return { version: 1, max: FIRST_MAX, window: FIRST_WINDOW, admitted: [], toTell: [], closing: [], releases: [] };
}

/** Between two looks at what is held, ms. */
export function lookEvery({ window }: StormRecord): number {
  return Math.max(LOOK_MIN, window / LOOKS_PER_WINDOW);
}

/** When to look next; undefined without a storm. `lookedAt`: when the last look of this storm began. */
export function nextLook(r: StormRecord, lookedAt: Instant | undefined): number | undefined {
  if (!r.storm) return undefined;
  const every = lookEvery(r);
  if (lookedAt === undefined || lookedAt < r.storm.since)
    return Date.parse(r.storm.since) + Math.min(every, FIRST_LOOK_MAX);
  return Date.parse(lookedAt) + every;
}

/** Those let in within the window that ends `now`. */
function recent(r: StormRecord, now: number): StormRecord['admitted'] {
  return r.admitted.filter(([, at]) => at > now - r.window);
}

/** How many more may be let in now. */
export function roomIn(r: StormRecord, now: Instant): number {
  return Math.max(0, r.max - recent(r, Date.parse(now)).length);
}

/** So many ids must a look bring, that all that may be let in are among them. */
export function lookLimit(r: StormRecord, now: Instant, releasing: boolean): number {
  const wanted = releasing ? RELEASE_MAX : roomIn(r, now);
  return wanted === 0 ? 0 : wanted + r.admitted.length;
}

/**
 * Who was let in stays so and counts anew, because a task may be made only now. During a storm nobody passes those who
 * wait: they are let in by {@link looked}, in their order.
 */
export function admit(
  r: StormRecord,
  { issue, max, window, destination }: AdmitRequest,
  now: Instant,
): { record: StormRecord; answer: 'admitted' | 'held' } {
  const at = Date.parse(now);
  const record = { ...r, max, window, admitted: recent({ ...r, window }, at) };
  if (record.admitted.some(([id]) => id === issue)) return { record: letIn(record, [issue], at), answer: 'admitted' };
  if (!r.storm && record.admitted.length < max) return { record: letIn(record, [issue], at), answer: 'admitted' };
  const storm = r.storm ?? { since: now, heldAt: now, held: 0, destinations: [] };
  return {
    record: { ...record, storm: { ...storm, heldAt: now, destinations: placed(storm.destinations, destination) } },
    answer: 'held',
  };
}

function letIn(r: StormRecord, issues: string[], at: number): StormRecord {
  const entries = issues.map((id): [string, number] => [id, at]);
  const again = new Set(issues);
  const others = r.admitted.filter(([id]) => !again.has(id));
  return { ...r, admitted: [...others, ...entries].slice(-Math.max(ADMITTED_MAX, r.max)) };
}

function placed(destinations: TaskDestination[], destination: TaskDestination): TaskDestination[] {
  const same = (p: TaskDestination): boolean =>
    p.tracker === destination.tracker &&
    p.workspace === destination.workspace &&
    p.project === destination.project &&
    p.section === destination.section;
  return [...destinations.filter((p) => !same(p)), destination].slice(-PLACES_MAX);
}

/** The first who wait are let in while there is room. The storm is over once nobody waits. `began`: when the look did. */
export function looked(r: StormRecord, found: Found, began: Instant, now: Instant): StormRecord {
  const at = Date.parse(now);
  const { max, window, timezone } = found;
  const ruled = { ...r, max, window, ...(timezone === undefined ? {} : { timezone }) };
  const record = { ...ruled, admitted: recent(ruled, at) };
  if (!r.storm) return record;
  // Who was told to wait a moment ago shows it only after that.
  const isQuiet = Date.parse(r.storm.heldAt) + lookEvery(record) <= Date.parse(began);
  if (found.held === 0 && r.toTell.length === 0 && isQuiet) {
    const { storm, ...rest } = record;
    const shown = storm?.shown === undefined ? [] : [{ ...storm, held: 0 }];
    return { ...rest, closing: [...r.closing, ...shown].slice(-CLOSING_MAX) };
  }
  const next = waiting(record, found).slice(0, roomIn(record, now));
  const storm = { ...r.storm, held: found.held };
  return {
    ...letIn(record, next, at),
    storm,
    toTell: [...r.toTell, ...next.map((issue) => ({ issue, by: RATE_LIMIT }))],
  };
}

/** When the task of a storm that is over may be written next, ms since 1970. */
export function closeAt(r: StormRecord, { failed, refused = 0 }: Storm): number {
  if (!failed) return 0;
  const pause =
    refused > 0 ? Math.min(REFUSED_AGAIN_MAX, SHOW_AGAIN * 2 ** (refused - 1)) : Math.max(lookEvery(r), SHOW_AGAIN);
  return Date.parse(failed.at) + pause;
}

/**
 * The task of the storm that began at `since` could not be completed. What the tracker refuses again and again is given up, and said.
 * @param refused it will not be done, other than an outage @returns `given` when it is given up
 */
export function notClosed(
  r: StormRecord,
  since: Instant,
  { refused, ...why }: { at: Instant; code: string; message: string; refused: boolean },
): { record: StormRecord; given?: LeftOpen } {
  const old = r.closing.find((s) => s.since === since);
  if (!old) return { record: r };
  const times = refused ? (old.refused ?? 0) + 1 : old.refused;
  const others = r.closing.filter((s) => s !== old);
  if (refused && times !== undefined && times >= REFUSED_MAX) {
    const given = { since, task: old.task ?? null, ...why };
    const leftOpen = [...(r.leftOpen ?? []), given].slice(-LEFT_OPEN_MAX);
    return { record: { ...r, closing: others, leftOpen }, given };
  }
  const failed = { ...why, tries: (old.failed?.tries ?? 0) + 1 };
  const still = { ...old, failed, ...(times === undefined ? {} : { refused: times }) };
  return { record: { ...r, closing: r.closing.map((s) => (s === old ? still : s)) } };
}

function leftOpenOf(r: StormRecord, now: Instant): LeftOpen[] {
  return (r.leftOpen ?? []).filter(({ at }) => Date.parse(at) > Date.parse(now) - LEFT_OPEN_SHOWN);
}

const RATE_LIMIT = 'the rate limit';

function waiting({ admitted }: StormRecord, { first }: Found): string[] {
  const inside = new Set(admitted.map(([id]) => id));
  return first.filter((id) => !inside.has(id));
}

/** All that wait are let in beyond the limit, {@link RELEASE_MAX} at a time. */
export function release(
  r: StormRecord,
  { id, by }: ReleaseRequest,
  found: Found,
  now: Instant,
): { record: StormRecord; done: Release } {
  const before = r.releases.find((one) => one.id === id);
  if (before) return { record: r, done: before };
  const all = waiting(r, found);
  const next = all.slice(0, RELEASE_MAX);
  const left = found.held - (found.first.length - all.length) - next.length;
  const done = { id, by, at: now, released: next.length, left };
  const record = letIn({ ...r, max: found.max, window: found.window }, next, Date.parse(now));
  return {
    record: {
      ...record,
      toTell: [...r.toTell, ...next.map((issue) => ({ issue, by }))],
      releases: [...r.releases, done].slice(-RELEASES_MAX),
    },
    done,
  };
}

/** One row of `GET /storms`. */
export function stormView(r: StormRecord, project: string, now: Instant): StormView {
  return {
    project: project === '' ? NO_PROJECT : project,
    since: r.storm?.since ?? null,
    held: r.storm?.held ?? 0,
    telling: r.toTell.length,
    admitted: recent(r, Date.parse(now)).length,
    max: r.max,
    window: r.window,
    task: r.storm?.task ?? null,
    failed: r.storm?.failed ?? null,
    leftOpen: leftOpenOf(r, now),
  };
}

/** Markdown for the Web UI. */
export function detailsOfStorm(r: StormRecord, now: Instant): string {
  const { storm, max, window } = r;
  const when = (at: Instant): string => timeWords(at, r.timezone);
  const lines = [
    `${recent(r, Date.parse(now)).length} of ${max} new tasks were allowed within the last ${window / MINUTE} minutes.`,
  ];
  if (storm) {
    lines.push(
      '',
      `⚠ A storm since ${when(storm.since)}: ${storm.held} ${storm.held === 1 ? 'issue waits for its' : 'issues wait for their'} turn.`,
    );
    if (storm.task) lines.push('', `Its task: ${storm.task.url}`);
    const { failed } = storm;
    if (failed)
      lines.push(
        '',
        `⚠ its task failed ${failed.tries}× with \`${failed.code}\`, at ${when(failed.at)}: ${failed.message}`,
      );
  }
  for (const { since, code, message, task } of leftOpenOf(r, now))
    lines.push(
      '',
      `⚠ The task of the storm of ${when(since)} could not be completed (\`${code}\`: ${message}); complete it by hand: ${task?.url ?? 'find it by its marker, storm:…'}`,
    );
  if (r.toTell.length > 0) lines.push('', `${r.toTell.length} are allowed now and are still to be told.`);
  for (const { at, by, released } of r.releases.slice(-3)) lines.push('', `${when(at)}: ${by} released ${released}.`);
  return lines.join('\n');
}

const isText = (x: unknown): x is string => typeof x === 'string' && x !== '';
const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x) && x > 0;

/** Total. */
export function isAdmitRequest(x: unknown): x is AdmitRequest {
  const { issue, max, window, destination } = (x ?? {}) as Partial<Record<keyof AdmitRequest, unknown>>;
  const { tracker, workspace, project } = (destination ?? {}) as Partial<Record<keyof TaskDestination, unknown>>;
  return isText(issue) && isNumber(max) && isNumber(window) && isText(tracker) && isText(workspace) && isText(project);
}

/** Total: by hand a release needs no input. */
export function parseRelease(x: unknown, fallbackId: string): ReleaseRequest {
  const { id, by } = (x ?? {}) as Partial<Record<keyof ReleaseRequest, unknown>>;
  return { id: isText(id) ? id : fallbackId, by: isText(by) ? by : 'an operator' };
}
