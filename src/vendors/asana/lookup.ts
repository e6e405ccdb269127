/** Finding the task of a marker in the projects it may lie in. */
import { steady } from '../../process/clock';
import { ErrandError } from '../../errors';
import type { AsanaClient } from './client';
import { createMemory } from '../http/memory';
import { carries, markerIn, markersIn, TASK_FIELDS, taskOf, type AsanaTask } from './task';
import { asText } from '../http/json';
import { oldestFirst } from '../tracker';

const DAY_MS = 86_400_000;
/** Older tasks come from the shared index, newer ones from a fresh listing. */
const FRESH_MS = 7 * DAY_MS + 10 * 60_000;
const INDEX_MS = 10 * 60_000;
/**
 * Tasks of ours whose notes the list shows as empty, or not at all, are read one by one, so many of them at most. Of more that it
 * does not show at all nothing is known, and one of them may be the task that is looked for.
 */
const REREAD_MAX = 20;

/** `me`: gid of the token's own user; `now`: in place of both clocks, for tests. */
export function createLookup(client: AsanaClient, me: () => Promise<string>, now?: () => number) {
  type Index = { since: string; tasks: Map<string, AsanaTask> };
  const indexes = createMemory<Index>({ now: now ?? steady, ttlMs: () => INDEX_MS, max: 100 });

  /** All tasks in `project` (gid), changed since `since`; oldest first. Reads all pages. */
  async function allIn(project: string, since: string, pageRead?: () => void): Promise<AsanaTask[]> {
    const isOurs = await ours();
    const pages = await client.tasksSince(project, since, TASK_FIELDS, pageRead);
    const listed = pages
      .flatMap((json) => taskOf(json, client.hosts) ?? [])
      .sort(oldestFirst(({ createdAt, gid }) => ({ createdAt, id: gid })));
    const blank = listed.filter((task) => isOurs(task) && !task.notes?.trim());
    const untold = new Set(
      pages.filter((json) => typeof json['notes'] !== 'string').map((json) => asText(json['gid'])),
    );
    const first = blank.filter(({ gid }) => untold.has(gid));
    if (first.length > REREAD_MAX)
      throw new ErrandError('asana_unavailable', `GET tasks of project ${project}: the list does not show the notes.`);
    const then = blank.filter(({ gid }) => !untold.has(gid)).reverse();
    for (const task of [...first, ...then].slice(0, REREAD_MAX)) task.notes = await richNotes(task.gid);
    return listed;
  }

  /** Those that our own user made; one that does not say who made it counts by its marker, like the others. */
  async function oursIn(project: string, since: string, pageRead?: () => void): Promise<AsanaTask[]> {
    return (await allIn(project, since, pageRead)).filter(await ours());
  }

  async function ours(): Promise<(task: AsanaTask) => boolean> {
    const mine = await me();
    return ({ createdBy }) => createdBy === undefined || createdBy === mine;
  }

  /** The notes of a task whose plain notes came back empty. */
  async function richNotes(gid: string): Promise<string | undefined> {
    return taskOf(await client.task(gid, 'gid,html_notes'), client.hosts)?.notes;
  }

  async function indexed(project: string, since: string): Promise<Map<string, AsanaTask>> {
    const known = indexes.age(project) < INDEX_MS ? await indexes.get(project, () => build(project, since)) : undefined;
    if (known && known.since > since) indexes.forget(project);
    return (await indexes.get(project, () => build(project, since))).tasks;
  }

  async function build(project: string, since: string): Promise<Index> {
    const tasks = new Map<string, AsanaTask>();
    const all = await allIn(project, since);
    const add = (marker: string, task: AsanaTask): void => {
      // The oldest of duplicates stays.
      if (!tasks.has(marker)) tasks.set(marker, task);
    };
    for (const task of all) {
      const last = markerIn(task.notes);
      if (last !== undefined) add(last, task);
    }
    // A line of that form that stands above another counts where no task has it as its last.
    for (const task of all) for (const marker of markersIn(task.notes)) add(marker, task);
    return { since, tasks };
  }

  /** One task; undefined when the answer is none. Throws `asana_not_found` when Asana does not know it. */
  async function read(gid: string): Promise<AsanaTask | undefined> {
    const task = taskOf(await client.task(gid, TASK_FIELDS), client.hosts);
    if (task && !task.notes?.trim()) task.notes = await richNotes(gid);
    return task;
  }

  /**
   * The oldest task in `project` (gid) that carries `marker`, completed or not, changed since `since`; or undefined. Whoever made it:
   * the marker says more than the author, since one wrong answer about who we are would hide all of them. Reads all pages afresh
   * for the last 7 days; what is older comes from an index of at most 10 minutes.
   */
  async function find(project: string, marker: string, since: string): Promise<AsanaTask | undefined> {
    const freshSince = new Date((now ?? Date.now)() - FRESH_MS).toISOString();
    const recent = await allIn(project, since > freshSince ? since : freshSince);
    // A task of another issue that a person wrote this marker into comes last.
    const hit =
      recent.find((task) => markerIn(task.notes) === marker) ?? recent.find((task) => carries(task.notes, marker));
    if (hit || since >= freshSince) return hit;
    return (await indexed(project, since)).get(marker);
  }

  return { find, read, oursIn };
}
