/** Merging duplicates while Asana refuses one of them: the activity against the pretend Asana, over HTTP. */
import { mergeDuplicates } from '../../src/activities/duplicates';
import type { DuplicatesReport } from '../../src/core/feed/activities';
import type { Hint } from '../../src/core/issue/hint';
import type { TaskRef } from '../../src/core/refs';
import { asActivity, depsWith } from '../support/activity';
import { AsanaBox } from '../vendors/asana/box';

const box = new AsanaBox();
const MARKERS = ['sentry:acme:1', 'sentry:acme:2', 'sentry:acme:3'];

let log: { task?: string; code?: string; said?: string }[];
let hints: Hint[];
/** The tasks that their issues work on, by marker; those of the others are among the listed. */
let works: Map<string, TaskRef>;
/** Open here, and its task was deleted. */
const DELETED: TaskRef = { tracker: 'asana', id: '999', url: 'https://app.asana.com/0/0/999' };

type Shown = { gid: string; completed: boolean; notes: string };
let project: string;

beforeEach(async () => {
  log = [];
  hints = [];
  works = new Map();
  const task = await box.bare();
  const { memberships } = (await box.shown(task)) as { memberships: { project: { gid: string } }[] };
  project = memberships[0]?.project.gid ?? '';
  await box.control(`/asana/tasks/${task.id}/describe`, { notes: 'nobody’s' });
});

/** Two tasks of each issue. @returns the gids of the younger ones */
async function duplicates(): Promise<string[]> {
  const younger: string[] = [];
  for (const marker of MARKERS) {
    for (const nth of ['first', 'second']) {
      const made = (await box.control('/asana/tasks', { name: nth, notes: `${nth}\n\n${marker}`, project })) as Shown;
      if (nth === 'second') younger.push(made.gid);
    }
  }
  return younger;
}

function merge(): Promise<DuplicatesReport> {
  const row = { state: 'open', task: DELETED, changedAt: '2026-01-01T00:00:00.000Z' };
  const run = mergeDuplicates(
    depsWith({
      trackers: { asana: box.tracker },
      rules: () => ({ projects: [{ destination: { tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' } }] }),
      can: () => ({ write: true }),
      ledger: {
        latestRuns: () => Promise.resolve(new Map([...works].map(([marker, task]) => [marker, { row: { task } }]))),
        *unresolved() {
          yield [{ ref: { source: 'sentry', scope: 'acme', id: '9' }, run: { row } }];
        },
      },
      sendHints: (_ref: unknown, all: Hint[]) => Promise.resolve(void hints.push(...all)),
      log: { warn: (fields: object) => void log.push(fields) },
    }),
  );
  return asActivity(() => run({ org: 'acme', since: '2026-01-01T00:00:00.000Z', dryRun: false, all: true }));
}

async function shown(gid: string): Promise<Shown | undefined> {
  const { 'asana-tasks': tasks } = (await box.control('/world', {}, 'GET')) as { 'asana-tasks': Shown[] };
  return tasks.find((task) => task.gid === gid);
}

it.each<[string, (gid: string) => object]>([
  ['its comments cannot be read', (gid) => ({ path: `/tasks/${gid}/stories$`, status: 403 })],
  ['it takes no comment', (gid) => ({ path: `/tasks/${gid}/stories$`, method: 'POST', status: 400 })],
  ['it cannot be changed', (gid) => ({ path: `/tasks/${gid}$`, method: 'PUT', status: 403 })],
])('a duplicate is refused: %s; the others are merged, and deleted tasks are looked for', async (_, fault) => {
  const younger = await duplicates();
  await box.control('/faults', { vendor: 'asana', kind: 'status', ...fault(younger[0] ?? '') });
  expect(await merge()).toEqual({ merged: 2, refused: 1, unread: [], missed: 1 });
  expect(log).toMatchObject([{ task: expect.stringContaining(younger[0] ?? '') as string }]);
  expect(hints.map(({ what }) => what)).toEqual(['duplicates', 'duplicates', 'duplicates', 'missed']);
  const after = await Promise.all(younger.map(shown));
  expect(after.map((task) => task?.completed)).toEqual([false, true, true]);
  await box.control('/faults', {}, 'DELETE');
  expect(await merge()).toEqual({ merged: 1, unread: [], missed: 1 });
  expect(await shown(younger[0] ?? '')).toMatchObject({ completed: true });
});

it('a duplicate whose completion Asana ignores keeps its marker, so that the next sweep finds it', async () => {
  const younger = await duplicates();
  await box.treat({ leaveOut: ['completed'] });
  expect(await merge()).toMatchObject({ merged: 0, refused: 3 });
  expect(log.map(({ code }) => code)).toEqual(['asana_ignored', 'asana_ignored', 'asana_ignored']);
  await box.treat({});
  expect(await merge()).toMatchObject({ merged: 3 });
  for (const gid of younger) {
    const task = await shown(gid);
    expect(task?.completed).toBe(true);
    expect(task?.notes).not.toMatch(/sentry:acme/);
  }
  expect(await merge()).toMatchObject({ merged: 0 });
});

it('a task that a person wrote the id of another issue into is never merged, and the log says so', async () => {
  for (const notes of ['x\n\nsentry:acme:2', 'x\n\nsentry:acme:1\nsentry:acme:2'])
    await box.control('/asana/tasks', { name: 'x', notes, project });
  expect(await merge()).toMatchObject({ merged: 0 });
  expect(hints.filter(({ what }) => what === 'duplicates')).toEqual([]);
  expect(box.warned).toMatchObject([[expect.stringContaining('not merged'), { ids: 'sentry:acme:1, sentry:acme:2' }]]);
});

it('a task that an issue works on and that Asana does not show holds up no other', async () => {
  await duplicates();
  const hidden: TaskRef = { tracker: 'asana', id: '424242', url: 'https://app.asana.com/0/0/424242' };
  works.set(MARKERS[0] ?? '', hidden);
  await box.control('/faults', { vendor: 'asana', kind: 'status', status: 403, path: '/tasks/424242$' });
  expect(await merge()).toMatchObject({ merged: 2, refused: 1, missed: 1 });
});

it('a refused token concerns all: the sweep says that Asana could not be asked', async () => {
  const younger = await duplicates();
  await box.control('/faults', { vendor: 'asana', kind: 'status', status: 401, path: `/tasks/${younger[0]}` });
  await expect(merge()).rejects.toMatchObject({ type: 'asana_unauthorized' });
});
