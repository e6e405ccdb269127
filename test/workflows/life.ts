/** What all lives share. */
import assert from 'node:assert/strict';
import type { Ends, TaskView } from '../support/sandbox-view';
import type { TestWorld } from '../support/test-world';
import type { IssueRef } from '../../src/core/refs';
import { workflowIdOf } from '../../src/contract';

export type Life = {
  /** Also the name of its recorded history. */
  name: string;
  play: (world: TestWorld) => Promise<void>;
};

/** A task that was just made for the first person in the rules. */
export const NEW_TASK: TaskView = {
  completed: false,
  assignee: 'anna',
  subtasks: [],
  comments: [],
  stories: ['assigned'],
};
/** How most issues look after their first minute. */
export const OPENED: Ends = {
  sentry: { status: 'unresolved', assignee: 'anna', linked: 1 },
  tasks: [NEW_TASK],
  chat: ['opened-1'],
};

/**
 * @param task   what differs from a new task; `stories` are those after its first assignment
 * @param sentry what differs from an open issue that has the task's assignee and its link
 */
export function ends(
  task: Partial<TaskView>,
  sentry: Partial<NonNullable<Ends['sentry']>> = {},
  chat = OPENED.chat,
): Ends {
  const assignee = task.assignee === undefined ? NEW_TASK.assignee : task.assignee;
  const stories = [...(assignee === null ? [] : NEW_TASK.stories), ...(task.stories ?? [])];
  return {
    sentry: { status: 'unresolved', assignee, linked: 1, ...sentry },
    tasks: [{ ...NEW_TASK, ...task, stories }],
    chat,
  };
}

/** Deep equality of plain JSON. Both sides are copied, because jest and Node's fetch have a JSON of their own each. */
export function same(actual: unknown, expected: unknown, what?: string): void {
  const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
  assert.deepEqual(copy(actual), copy(expected), what);
}

/** Compares the three vendors once the issue has come to rest. */
export async function compare(world: TestWorld, ref: IssueRef, expected: Ends): Promise<void> {
  same(await world.ends(ref), expected, `the vendors at the end of ${workflowIdOf(ref)}`);
}

/** A new issue with its task, verified, at rest. */
export async function open(world: TestWorld, issue: Parameters<TestWorld['raise']>[0] = {}): Promise<IssueRef> {
  const ref = await world.raise(issue);
  await world.hint(ref);
  await world.until(ref, 'a task', (s) => s.task !== null);
  await world.quiet(ref);
  return ref;
}

/** A request with the token of our own user, as an attempt of ours whose answer was lost would have made it. */
export async function asana(world: TestWorld, path: string, data: object): Promise<{ gid: string }> {
  const answer = await fetch(`${world.sandbox.url}/api/1.0${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.sandbox.tokens.asana}`, 'content-type': 'application/json' },
    body: JSON.stringify({ data }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { data: { gid: string } }).data;
}

/** gid of the project where the tasks of most issues lie. */
export async function projectOfErrors(world: TestWorld): Promise<string> {
  const { 'asana-projects': projects } = (await world.control('world', {}, 'GET')) as {
    'asana-projects': { gid: string; name: string }[];
  };
  const place = world.rules.projects.at(-1)?.destination.project;
  return projects.find((p) => p.name === place || p.gid === place)?.gid ?? '';
}
