/** The tracker of a task: one write each, every one looked up before it is made. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context, type Info } from '@temporalio/activity';
import { workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import { decodeDestination, destinationOf } from '../core/issue/destination';
import { codeOf } from '../core/vendor';
import { applyRules } from '../rules/assign';
import type { Rules } from '../rules/load';
import { matchesGlob } from '../rules/pattern';
import { missingWords } from '../text/missing';
import { renderNote } from '../text/notes';
import { renderTask } from '../text/task';
import type { Writes } from '../core/issue/activities';
import type { TaskDestination, TaskSpec } from '../core/issue/decision';
import type { Abilities } from '../core/issue/settings';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Effects, Ensured, StepName } from '../core/issue/steps';
import type { Instant, PersonKey } from '../core/refs';
import type { Tracker } from '../vendors/tracker';
import { trackerOf, type Deps } from './deps';
import { asFailure, coded, signal } from './failure';
import { Halves } from './halves';
import { nameOf, withName } from './names';
import { EVER } from './tracker-list';

type Activity<K extends StepName> = (input: Effects[K][0]) => Promise<Effects[K][1]>;

/**
 * Before the beginning of the issue. The clock of a device or of a server may be hours ahead of that of Asana, and a first look may
 * have made the task before an issue seems to begin; a wrong time zone is at most 14 hours off.
 */
const CLOCK_SKEW = 24 * 60 * 60_000;

/**
 * From when on tasks are looked at: the issue's own beginning, or now when that lies ahead. An unknown beginning may lie anywhere.
 * A link shortens nothing: where it leads to the task no list is read, and where it does not, the task may be as old as the issue.
 */
function lookFrom(firstSeen: Instant | null, now: number): Instant {
  return new Date(Math.min(Date.parse(firstSeen ?? EVER), now) - CLOCK_SKEW).toISOString();
}

/**
 * Exactly once: the marker (the workflow id, last line of the notes) is looked for in every place before the one POST;
 * see the proof in vendors/asana/make.ts. One workflow per issue means that no two attempts run at once.
 */
export function ensureTask(deps: Deps): Activity<'ensureTask'> {
  const { operatorUrl, rules, admit, log } = deps;
  return coded(
    async ({ issue, decision, assignee, destinations, knownTasks }) => {
      if (!('task' in decision.verdict)) throw new Error('ensureTask needs a decision with a task');
      const marker = workflowIdOf(issue.ref);
      const about = { issue, decision, marker, operatorUrl: operatorUrl(marker), zone: rules().timezone };
      const input = { ...about, assignee, nameOf: (person: PersonKey) => nameOf(deps, person) };
      const draft = {
        title: renderTask(input).title,
        // Rendered when it is sent: the tracker looks people up before, and knows their names then.
        get body() {
          return renderTask(input).body;
        },
        get unassignedBody() {
          return assignee === null ? undefined : renderTask({ ...input, unknown: true }).body;
        },
        assignee,
        spec: decision.verdict.task,
      };
      const since = lookFrom(issue.firstSeen, Date.now());
      /** Of the rules in force now, so that a limit that is raised acts at once. */
      const mayMake = async (): Promise<void> => {
        const { maxNewTasks: max, stormWindow: window } = rules().settings;
        const request = { issue: marker, max, window, destination: destinationIn(draft.spec) };
        if ((await admit(issue.ref.scope, issue.project, request)) !== 'held') return;
        log.info({ issue: marker, project: issue.project }, 'over the rate limit: the task is made later');
        throw new ErrandError('storm_held');
      };
      const look = { marker, since, destinations, known: knownTasks };
      const got =
        (await findElsewhere(deps, look, draft.spec.tracker)) ??
        (await trackerOf(deps, draft.spec.tracker).ensureTask({
          ...mine(look, draft.spec.tracker),
          draft,
          admit: mayMake,
        }));
      const { task, made } = got;
      const { id, url } = task;
      // For the terminal of `up`, which shows what is told.
      const whom = assignee === null ? '' : `, for ${nameOf(deps, assignee) ?? assignee}`;
      if (made)
        log.info({ issue: marker, task: id, told: true }, `task made of ${issue.shortId ?? marker}${whom}: ${url}`);
      else log.info({ issue: marker, task: id }, 'task found');
      // Found by a further attempt also means: made by the one before, whose answer was lost.
      return { ...withName(deps, got), retried: isFurther(Context.current().info) };
    },
    ({ unknownOutcome }) => ({ unknownOutcome }),
  );
}

/** An attempt that was brought forward is numbered 1 again (service/history/workflow/activity.go, `ResetActivity`), and was scheduled later. */
function isFurther({ attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs }: Info): boolean {
  return attempt > 1 || currentAttemptScheduledTimestampMs > scheduledTimestampMs;
}

function destinationIn({ tracker, workspace, project, section }: TaskSpec): TaskDestination {
  return { tracker, workspace, project, ...(section === undefined ? {} : { section }) };
}

/** Reads only: by the link in Sentry, and by the marker in every place of the issue and of today's rules. */
export function findTask(deps: Deps): Activity<'findTask'> {
  const { rules } = deps;
  return coded(async ({ issue, destinations, knownTasks }) => {
    const here = rules().projects.find((p) => matchesGlob(p.glob, issue.project))?.destination;
    const everywhere = [...new Set([...destinations, ...(here ? [destinationOf(here)] : [])])];
    const since = lookFrom(issue.firstSeen, Date.now());
    const where = { since, destinations: everywhere, known: knownTasks };
    const found = await findElsewhere(deps, { marker: workflowIdOf(issue.ref), ...where });
    if (!found) return null;
    return withName(deps, { task: found.task, assignee: found.assignee, completed: found.completed });
  });
}

type Look = Parameters<Tracker['findTask']>[0];

/** What of a look one tracker can answer. */
function mine(look: Look, tracker: string): Look {
  const destinations = look.destinations.filter((one) => decodeDestination(one).tracker === tracker);
  return { ...look, destinations, known: look.known.filter((task) => task.tracker === tracker) };
}

/** In every tracker that the issue was ever sent to. @param but where its task is made, which looks by itself */
async function findElsewhere(deps: Deps, look: Look, but?: string): Promise<Ensured | null> {
  const sentTo = look.destinations.map((one) => decodeDestination(one).tracker);
  const names = new Set([...look.known.map((task) => task.tracker), ...sentTo]);
  for (const name of names) {
    // A link may lead to a tracker that was never ours.
    const tracker = name === but ? undefined : deps.trackers[name];
    const found = await tracker?.findTask(mine(look, name));
    if (found) return { ...found, made: false, incomplete: false };
  }
  return null;
}

/** What is missing is added, each thing by its own call that may be repeated. */
export function ensureDetails(deps: Deps): Activity<'ensureDetails'> {
  const { rules, can, log } = deps;
  return coded(async ({ task, issue, spec, given: before }) => {
    const { given, missing } = await trackerOf(deps, task.tracker).ensureDetails(
      task,
      specNow(rules(), issue, can(issue.ref.source), spec),
      before,
    );
    log.info(
      { issue: workflowIdOf(issue.ref), task: task.id, missing: missing.length },
      'details of the task looked at',
    );
    if (missing.length === 0) return null;
    const error = new ErrandError(codeOf(task.tracker, 'incomplete'), missingWords(missing));
    throw asFailure(error, Context.current().info.attempt, { details: [given] });
  });
}

/** By the rules in force now, since somebody may have corrected a name in them; of the decision where they want another place. */
function specNow(rules: Rules, issue: IssueSnapshot, can: Abilities, decided: TaskSpec): TaskSpec {
  const { verdict } = applyRules(rules, issue, can, new Date().toISOString());
  if (!('task' in verdict) || destinationOf(verdict.task) !== destinationOf(decided)) return decided;
  // Counted from the day of the decision.
  return { ...verdict.task, dueOn: decided.dueOn };
}

/** Subtasks are looked up by name before each missing one is made. */
export function ensureSubtasks(deps: Deps): Activity<'ensureSubtasks'> {
  return coded(async ({ task, titles }) => {
    await trackerOf(deps, task.tracker).ensureSubtasks(task, titles);
    return null;
  });
}

/** Reads only. */
export function verifyTask(deps: Deps): Activity<'verifyTask'> {
  return coded(({ task, spec }) => trackerOf(deps, task.tracker).verifyTask(task, destinationOf(spec)));
}

/** A state: setting it twice changes nothing. */
export function assignTask(deps: Deps): Activity<'assignTask'> {
  return coded(async ({ task, to, from }) => {
    await trackerOf(deps, task.tracker).assignTask(task, to, from);
    const name = to === null ? undefined : nameOf(deps, to);
    return name === undefined ? null : { name };
  });
}

/**
 * A state, and the comment that says why: both may be repeated. What one is refused holds up nothing of the other, and what may pass
 * of one is asked for alone, after the pause that a further attempt would have made: the tracker may still be about it.
 */
export function completeTask(deps: Deps): Writes['completeTask'] {
  return coded(async ({ task, completed, note }) => {
    const tracker = trackerOf(deps, task.tracker);
    const halves = new Halves<'complete' | 'comment'>();
    await halves.attempt('complete', () => tracker.completeTask(task, completed));
    if (note)
      await halves.attempt('comment', () =>
        tracker.comment(task, note.key, renderNote(note, { zone: deps.rules().timezone })),
      );
    halves.settle();
    if (halves.passing) await sleep(deps.rules().settings.retry.first, undefined, { signal: signal() });
    return halves.outcomes;
  });
}

/** The note's key stands in the comment's last line and is looked for first. */
export function comment(deps: Deps): Activity<'comment'> {
  return coded(async ({ task, note }) => {
    await trackerOf(deps, task.tracker).comment(task, note.key, renderNote(note, { zone: deps.rules().timezone }));
    return null;
  });
}
