/** What the chaos run says that it has reached: if this is wrong, its table proves nothing. */
import {
  cannot,
  CELLS,
  cellsWanted,
  FAULTS,
  reachedBy,
  transitionOf,
  TRANSITIONS,
  type Seen,
  type Work,
} from './cells';
import type { Happened } from './expect';
import type { Act, Life } from './schedule';
import { cellsTable, storyText } from './table';

const RESOLVE: Act = { at: 0, do: 'resolve' };
const life: Life = {
  id: '7',
  number: 0,
  round: 0,
  title: 'Error',
  project: 'shop',
  environment: 'production',
  acts: [RESOLVE, { at: 100, do: 'regress' }],
};
const resolved: Happened = { began: 1_000, at: 1_100, do: 'resolve' };
const closed: Work = {
  name: 'completeTask',
  from: 3_000,
  to: 4_000,
  input: { task: { tracker: 'asana', id: '55' }, completed: true },
  result: {},
};
const nothing: Seen = { api: [], worker: [], stopped: [], temporal: [], leftOut: [], webhooks: [], calls: [] };
const reached = (seen: Partial<Seen>, work = [closed], done: Happened[] = [resolved]) => [
  ...reachedBy(life, done, work, { ...nothing, ...seen }),
];
const call = { at: 3_500, vendor: 'asana', method: 'PUT', path: '/api/1.0/tasks/55', body: '', befell: 'status 429' };

it('nothing is reached where nothing was done', () => {
  expect(reached({})).toEqual([]);
});

it.each<[string, Partial<Seen>]>([
  ['api killed', { api: [{ from: 500, to: 1_050 }] }],
  ['worker killed', { worker: [{ from: 3_500, to: 3_500 }] }],
  ['worker stopped', { stopped: [{ from: 2_000, to: 2_500 }] }],
  ['Temporal killed', { temporal: [{ from: 3_900, to: 9_000 }] }],
  ['Asana leaves out', { leftOut: [{ from: 0, to: 3_000 }] }],
  ['webhook dropped', { webhooks: [{ issue: '7', at: 1_050, copies: 0, arrived: [] }] }],
  ['webhook doubled', { webhooks: [{ issue: '7', at: 1_050, copies: 2, arrived: [1_060, 1_900] }] }],
  ['Asana 429', { calls: [call] }],
  ['Asana 500', { calls: [{ ...call, befell: 'status 500' }] }],
  ['Asana done, then reset', { calls: [{ ...call, befell: 'commitThenReset' }] }],
  ['Sentry 500', { calls: [{ ...call, vendor: 'sentry', path: '/api/0/issues/7/', befell: 'status 500' }] }],
  ["Sentry: a proxy's page", { calls: [{ ...call, vendor: 'sentry', path: '/api/0/issues/7/', befell: 'page 404' }] }],
  ['Sentry 404', { calls: [{ ...call, vendor: 'sentry', path: '/api/0/issues/7/', befell: 'status 404' }] }],
])('%s, while an issue is being resolved', (fault, seen) => {
  expect(reached(seen)).toEqual([`${fault} × resolved`]);
});

it('a webhook is overtaken by one that was sent after it and was there before it', () => {
  const own = { issue: '7', at: 1_050, copies: 1, arrived: [4_000] };
  const other = { issue: '8', at: 1_500, copies: 1, arrived: [2_000] };
  expect(reached({ webhooks: [own, other] })).toEqual(['webhook overtaken × resolved']);
  expect(reached({ webhooks: [own, { ...other, at: 1_000 }] })).toEqual([]);
});

it('the body of a new task tells whose it is', () => {
  const raised = { ...life, acts: [{ at: 0, do: 'raise' } as const] };
  const made = { ...closed, name: 'ensureTask', input: {}, result: { task: { id: '55' } } };
  const post = { ...call, method: 'POST', path: '/api/1.0/tasks', befell: 'commitLate' };
  const of = (body: string) =>
    reachedBy(raised, [{ ...resolved, do: 'raise' }], [made], { ...nothing, calls: [{ ...post, body }] });
  expect([...of('{"notes":"...\\nsentry:acme:7"}')]).toEqual(['Asana done late × created']);
  expect([...of('{"notes":"...\\nsentry:acme:71"}')]).toEqual([]);
});

it.each<[string, Partial<Seen>, Work[], Happened[]]>([
  ['before it began', { api: [{ from: 0, to: 999 }] }, [closed], [resolved]],
  ['after it was over', { api: [{ from: 4_001, to: 5_000 }] }, [closed], [resolved]],
  ['of another issue', { webhooks: [{ issue: '8', at: 1_050, copies: 0, arrived: [] }] }, [closed], [resolved]],
  ['of another task', { calls: [{ ...call, path: '/api/1.0/tasks/56' }] }, [closed], [resolved]],
  ['and the act was not done', { api: [{ from: 0, to: 9_000 }] }, [closed], [{ ...resolved, skipped: 'why' }]],
  [
    'and the task was reopened only',
    { api: [{ from: 0, to: 9_000 }] },
    [{ ...closed, input: { completed: false } }],
    [resolved],
  ],
  [
    'and the next act came first',
    { api: [{ from: 0, to: 9_000 }] },
    [closed],
    [resolved, { began: 2_000, at: 2_000, do: 'regress' }],
  ],
])('a fault is not counted: %s', (_why, seen, work, done) => {
  expect(reached(seen, work, done)).toEqual([]);
});

it('an act is the transition that it makes', () => {
  const to = (act: Act, before: Happened[] = [], environment = 'production') =>
    transitionOf({ environment }, act, before);
  expect(to({ at: 0, do: 'repeat' })).toBeUndefined();
  expect(to({ at: 0, do: 'repeat' }, [resolved])).toBe('reopened');
  expect(to({ at: 0, do: 'delete', early: true })).toBe('made again');
  expect(to({ at: 0, do: 'delete' })).toBeUndefined();
  expect(to({ at: 0, do: 'raise' }, [], 'local')).toBe('skipped');
  expect(to(RESOLVE, [], 'local')).toBeUndefined();
});

it('every fault and every transition has cells, and what is missed is named', () => {
  for (const fault of FAULTS) expect(TRANSITIONS.some((t) => cannot(fault, t) === undefined)).toBe(true);
  for (const t of TRANSITIONS) expect(FAULTS.some((fault) => cannot(fault, t) === undefined)).toBe(true);
  expect(cellsWanted(500) / CELLS.length).toBeGreaterThanOrEqual(0.95);
  expect(cellsWanted(40)).toBe(0);
  const text = cellsTable(new Set(CELLS.slice(1)), 2_000);
  expect(text).toContain(`Reached ${CELLS.length - 1} of ${CELLS.length} cells, wanted ${cellsWanted(2_000)}.`);
  expect(text).toContain(`Missed: ${CELLS[0]}.`);
});

it('a difference is printed with the newest events of its history, without the routine between them', () => {
  const events = Array.from({ length: 50 }, (_, i) => [
    `t${i} activityTaskScheduled assignTask`,
    `t${i} workflowTaskStarted`,
  ]);
  const story = { column: 'stuck', life: undefined, what: 'it needs attention' } as const;
  const text = storyText({ ...story, because: [], timeline: [], history: events.flat() }, 1, []);
  expect(text).toMatch(/^stuck: it needs attention\n/);
  expect(text).toContain('its history in Temporal, the last 40 of 100 lines:');
  expect(text).toContain('t49 activityTaskScheduled assignTask');
  expect(text).not.toContain('workflowTaskStarted');
});
