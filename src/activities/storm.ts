/** What a storm workflow does: look who waits, tell whose turn it is, keep the storm's task. */
import { createHash } from 'node:crypto';
import { NO_PROJECT, stormIdOf } from '../contract';
import { ErrandError } from '../errors';
import { destinationOf } from '../core/issue/destination';
import { means } from '../core/vendor';
import type { Held } from '../temporal/client/ledger';
import { releaseCommand } from '../text/command';
import { LISTED_MAX, renderStorm, stormOver } from '../text/storm';
import type { TaskDestination, TaskSpec } from '../core/issue/decision';
import type { Instant, TaskRef } from '../core/refs';
import type { StormRef, StormWork } from '../core/storm/record';
import { trackerOf, type Deps } from './deps';
import { coded } from './failure';
import { signalPause } from './hint';

const CLOCK_SKEW = 5 * 60_000;

/** `storm:acme:shop/2026-11-22T21.58.16.042Z`: on the last line of its task's notes, and of no other's. */
export function stormMarker({ scope, project, since }: StormRef): string {
  return `${stormIdOf(scope, project)}/${since.replaceAll(':', '.')}`;
}

/** Tells one list of the held from another, as far as the task shows it. */
function digestOf(held: Held[]): string {
  const shown = held.slice(0, LISTED_MAX).map(({ row }) => [row.id, row.shortId, row.title]);
  return createHash('sha256')
    .update(JSON.stringify([held.length, shown]))
    .digest('hex')
    .slice(0, 16);
}

/** Reads only. */
export function readStorm({ ledger, rules }: Deps): StormWork['readStorm'] {
  return coded(async ({ scope, project, limit }) => {
    const held = await ledger.held(scope, project);
    const { settings, timezone } = rules();
    const { maxNewTasks: max, stormWindow: window } = settings;
    const first = held.slice(0, limit).map(({ row }) => row.id);
    return { held: held.length, first, digest: digestOf(held), max, window, timezone };
  });
}

/** A command per issue and turn, so that a repeated attempt changes nothing. */
export function tellHeld({ releaseIssue }: Deps): StormWork['tellHeld'] {
  return coded(async ({ issues, id }) => {
    for (const { issue, by } of issues) {
      await releaseIssue(issue, { id: `storm-${id}`, by });
      await signalPause();
    }
    return null;
  });
}

/** Exactly once by the same means as an issue's task: one workflow, its own marker, looked for before the one POST. */
export function showStorm(deps: Deps): StormWork['showStorm'] {
  const { ledger, rules, log } = deps;
  return coded(
    async ({ storm, destinations, task: known, max, window }) => {
      const marker = stormMarker(storm);
      const held = await ledger.held(storm.scope, storm.project);
      const { project } = storm;
      const command = releaseCommand(project === '' ? NO_PROJECT : project);
      const rows = held.map(({ row }) => row);
      const { title, body } = renderStorm({ marker, project, held: rows, max, window, command });
      const digest = digestOf(held);
      if (known) {
        try {
          await trackerOf(deps, known.tracker).rewriteTask(known, body);
        } catch (e) {
          if (e instanceof ErrandError && means(e.code, 'not_found')) return { task: 'gone', digest };
          throw e;
        }
        return { task: known, digest };
      }
      const draft = { title, body, assignee: null, spec: specOf(destinations.at(-1)) };
      const tracker = trackerOf(deps, draft.spec.tracker);
      const where = {
        marker,
        since: lookFrom(storm.since),
        destinations: within(destinations, draft.spec.tracker),
        known: [],
      };
      const { task, made, incomplete } = await tracker.ensureTask({ ...where, draft });
      log.info({ storm: marker, task: task.id, told: made, held: held.length }, `storm task made: ${task.url}`);
      // Found: an attempt before this one has made it, with the list of that time.
      if (!made) await tracker.rewriteTask(task, body);
      // How complete a found one was made, nobody knows any more.
      if (!made || incomplete) await putRight(marker, task, draft.spec);
      return { task, digest };
    },
    () => ({ unknownOutcome: rules().settings.unknownOutcome }),
  );

  /** Its section, once: a storm's task in another section is of use all the same, so whatever fails is only logged. */
  async function putRight(storm: string, task: TaskRef, spec: TaskSpec): Promise<void> {
    try {
      const { missing } = await trackerOf(deps, task.tracker).ensureDetails(task, spec, []);
      if (missing.length > 0) log.warn({ storm, task: task.id, missing }, 'the storm task lacks details');
    } catch (e) {
      if (!(e instanceof ErrandError)) throw e;
      log.warn({ storm, task: task.id, code: e.code, said: e.detail }, 'the storm task may lack details');
    }
  }
}

/** The comment is looked for first, and completing is a state: safe to repeat. */
export function closeStorm(deps: Deps): StormWork['closeStorm'] {
  const { rules, log } = deps;
  return coded(async ({ storm, destinations, task: known, until }) => {
    const marker = stormMarker(storm);
    const { tracker: name } = known ?? specOf(destinations.at(-1));
    const tracker = trackerOf(deps, name);
    const where = {
      marker,
      since: lookFrom(storm.since),
      destinations: within(destinations, name),
      known: known ? [known] : [],
    };
    const found = await tracker.findTask(where);
    if (!found) return null;
    await tracker.comment(found.task, 'storm-over', stormOver(storm.since, until, rules().timezone));
    await tracker.completeTask(found.task, true);
    log.info({ storm: marker, task: found.task.id }, 'storm task completed');
    return null;
  });
}

function lookFrom(since: Instant): Instant {
  return new Date(Date.parse(since) - CLOCK_SKEW).toISOString();
}

/** Those of one tracker. */
function within(destinations: TaskDestination[], tracker: string): string[] {
  return destinations.filter((one) => one.tracker === tracker).map(destinationOf);
}

/** Unassigned: a storm is everybody's. */
function specOf(destination: TaskDestination | undefined): TaskSpec {
  if (!destination) throw new Error('a storm without a place');
  return { ...destination, followers: [], tags: [], fields: {}, subtasks: [], verify: false };
}
