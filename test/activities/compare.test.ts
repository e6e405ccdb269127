/** What an audit makes of one issue or one task. */
import { judgeIssue, judgeTask, Tally } from '../../src/activities/audit';
import type { LatestRun } from '../../src/temporal/client/ledger';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { IssueView } from '../../src/core/issue/row';
import type { OurTask } from '../../src/vendors/tracker';
import { snapshot } from '../support/records';

const NOW = Date.parse('2026-11-20T12:00:00.000Z');
const OLD = '2026-11-20T11:00:00.000Z';
const FLOOR = '2026-11-01T00:00:00.000Z';

const task = (more: Partial<OurTask> = {}): OurTask => ({
  marker: 'sentry:acme:1',
  task: { tracker: 'asana', id: '11', url: 'https://asana/11' },
  createdAt: OLD,
  changedAt: OLD,
  completed: false,
  assignee: 'anna',
  ...more,
});
const issue = (more: Partial<IssueSnapshot> = {}): IssueSnapshot =>
  snapshot({ status: 'unresolved', firstSeen: OLD, assignee: 'anna', ...more });
const known = (row: Partial<IssueView> | undefined, over = false): LatestRun => ({
  mark: undefined,
  over,
  terminated: over,
  row: row && ({ state: 'open', attention: [], changedAt: OLD, ...row } as IssueView),
});
type Waits = IssueView['attention'][number];
const attention = (step: Waits['step'], code: string): Waits => ({ step, code, since: OLD, tries: 3 });
const failing = [attention('ensureTask', 'asana_forbidden')];

const CASES: [string, IssueSnapshot, OurTask[], LatestRun | undefined, unknown][] = [
  ['one task that says the same', issue(), [task()], known({}), null],
  ['the same, a moment ago', issue(), [task()], known({ changedAt: '2026-11-20T11:59:50.000Z' }), null],
  ['nobody in Sentry, somebody in Asana', issue({ assignee: null }), [task()], known({}), null],
  ['no task', issue(), [], known({}), { what: 'no_task' }],
  ['no task yet', issue(), [], known({ changedAt: '2026-11-20T11:59:50.000Z' }), { alone: 'on its way' }],
  ['not read yet', issue(), [], known(undefined), { alone: 'on its way' }],
  ['its workflow was ended', issue(), [], known({}, true), { what: 'no_task' }],
  [
    'its task fails',
    issue(),
    [],
    known({ attention: failing }),
    { detail: 'no task: ensureTask failed with asana_forbidden' },
  ],
  [
    'held in a storm',
    issue(),
    [],
    known({ attention: [{ step: 'ensureTask', code: 'storm_held', since: OLD, tries: 1 }] }),
    { detail: 'no task yet: it waits for the rate limit, too many came at once' },
  ],
  [
    'a person deleted its task while the chat failed: the chat is not why there is none',
    issue(),
    [],
    known({ attention: [attention('tell', 'slack_refused')], task: task().task }),
    { what: 'no_task', detail: 'its task is gone from the tracker' },
  ],
  [
    'its task is not made yet, and the chat fails, too',
    issue(),
    [],
    known({ attention: [attention('tell', 'slack_refused'), attention('decide', 'nobody_available')] }),
    { detail: 'no task: decide failed with nobody_available' },
  ],
  [
    'no task, and only what is owed in Sentry fails',
    issue(),
    [],
    known({ attention: [attention('resolveIssue', 'sentry_forbidden')] }),
    { what: 'no_task', detail: 'no task' },
  ],
  ['nobody follows it', issue(), [], undefined, { detail: 'no task, and it is not followed here' }],
  [
    'older than the floor',
    issue({ firstSeen: '2026-10-01T00:00:00.000Z' }),
    [],
    undefined,
    { alone: expect.stringMatching(/^older/) as string },
  ],
  ['skipped', issue(), [], known({ state: 'skipped' }), { alone: 'no task, by rule' }],
  ['muted', issue(), [], known({ state: 'muted' }), { alone: 'its task was deleted by a person' }],
  ['two', issue(), [task(), task()], known({}), { what: 'two_tasks' }],
  ['completed', issue(), [task({ completed: true })], known({}), { what: 'task_completed' }],
  [
    'somebody else',
    issue({ assignee: 'ewa' }),
    [task()],
    known({}),
    { what: 'assignee', detail: 'ewa in Sentry, anna in Asana' },
  ],
];

test.each(CASES)('an unresolved issue: %s', (_name, one, tasks, run, expected) => {
  const finding = judgeIssue(one, tasks, run, FLOOR, NOW);
  if (expected === null) expect(finding).toBeNull();
  else expect(finding).toMatchObject(expected as object);
});

describe('an open task whose issue Sentry does not list', () => {
  const plain = { keeps: false };
  test('is a difference only once Sentry has said so of the issue itself', () => {
    expect(judgeTask(issue({ status: 'resolved' }), known({}), plain, NOW)).toMatchObject({
      what: 'task_open',
      detail: expect.stringContaining('resolved') as string,
    });
    const merged = issue({ status: 'gone', mergedInto: { source: 'sentry', scope: 'acme', id: '7' } });
    expect(judgeTask(merged, known({}), plain, NOW)).toMatchObject({
      what: 'task_open',
      detail: expect.stringContaining('merged into 7') as string,
    });
    expect(judgeTask('missing', undefined, { keeps: true }, NOW)).toMatchObject({
      what: 'task_open',
      detail: expect.stringContaining('404') as string,
    });
  });

  test('is called not known when Sentry could not be asked, or said a word that is not known', () => {
    for (const unknown of [undefined, issue({ status: 'unknown' })])
      expect(judgeTask(unknown, known({}), plain, NOW)).toEqual({
        alone: expect.stringMatching(/^not known/) as string,
      });
  });

  test('is left open by the settings, or on its way', () => {
    const resolved = issue({ status: 'resolved' });
    expect(judgeTask(resolved, known({}), { keeps: true }, NOW)).toEqual({ alone: 'left open, by the settings' });
    const moving = known({ changedAt: '2026-11-20T11:59:50.000Z' });
    expect(judgeTask(resolved, moving, plain, NOW)).toEqual({ alone: 'on its way' });
  });
});

test('the thousands that a storm holds hide no other difference, and are counted', () => {
  const tally = new Tally();
  const about = { issue: 'sentry:acme:1', shortId: null, url: null, task: null };
  for (let i = 0; i < 3_000; i += 1) tally.note({ what: 'no_task', detail: 'held' }, about);
  tally.note({ what: 'two_tasks', detail: '2 tasks carry its id' }, about);
  expect(tally.counts).toEqual({ no_task: 3_000, two_tasks: 1 });
  expect(tally.differences.length + tally.more).toBe(3_001);
  expect(tally.differences.map((d) => d.what)).toContain('two_tasks');
  expect(tally.differences.length).toBeLessThan(100);
});
