/** From when on the task of an issue is looked for. */
import { ensureTask, findTask } from '../../src/activities/tracker';
import { destinationOf } from '../../src/core/issue/destination';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { TaskRef } from '../../src/core/refs';
import { decision, issue } from '../text/cases';
import { asActivity, depsWith } from '../support/activity';

const DAY_MS = 86_400_000;
const LINK: TaskRef = { tracker: 'asana', id: '42', url: 'https://app.shortcut.com/acme/story/42' };

/** What the tracker is asked for, by the look alone and by the one before the task is made. */
const PLACES = [destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Errors' })];

async function asked(some: IssueSnapshot, known: TaskRef[]): Promise<string[]> {
  const since: string[] = [];
  const deps = depsWith({
    rules: () => ({ projects: [], people: {} }),
    operatorUrl: () => null,
    trackers: {
      asana: {
        findTask: (input: { since: string }) => Promise.resolve((since.push(input.since), null)),
        ensureTask: (input: { since: string }) =>
          Promise.resolve((since.push(input.since), { task: LINK, assignee: null, made: true })),
      },
    },
    log: { info: () => undefined },
  });
  await asActivity(() => findTask(deps)({ issue: some, destinations: PLACES, knownTasks: known }));
  await asActivity(() =>
    ensureTask(deps)({
      issue: some,
      decision: decision(),
      assignee: null,
      generation: 0,
      destinations: PLACES,
      knownTasks: known,
      unknownOutcome: [],
    }),
  );
  return since;
}

it.each([[[]], [[LINK]]])('begins before the issue did, also where something is linked (%j)', async (known) => {
  const begun = Date.now() - 30 * DAY_MS;
  const since = await asked(issue({ firstSeen: new Date(begun).toISOString() }), known);
  expect(since).toHaveLength(2);
  for (const one of since) expect(Date.parse(one)).toBeLessThan(begun);
});

it('of an issue that begins ahead of the clock still sees the task that was made hours ago', async () => {
  const since = await asked(issue({ firstSeen: new Date(Date.now() + DAY_MS / 2).toISOString() }), []);
  for (const one of since) expect(Date.parse(one)).toBeLessThan(Date.now() - DAY_MS / 2);
});
