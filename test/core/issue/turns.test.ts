/** Repeats, merges and the change of versions, in the pure core. */
import { nextWords, viewOf } from '../../../src/core/issue/describe';
import { finished, mustLook, plan } from '../../../src/core/issue/plan';
import { wantedAssignee } from '../../../src/core/issue/wanted';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { Done } from '../../../src/core/issue/steps';
import type { TaskRef } from '../../../src/core/refs';
import { decision, fold, fresh, hint, later, opened, REF, settle, snapshot, T0 } from '../../support/records';

const seen = (more: Partial<IssueSnapshot>, answers = 99) => ({ is: 'seen', issue: snapshot(more), answers }) as const;
const HOUR = 3_600_000;

test('until it has been read, it is shown as the webhook told it; nothing is done by that', () => {
  const r = fold(fresh(), [{ is: 'hinted', hint: hint({ seed: snapshot({ via: 'webhook', title: 'As told' }) }) }]);
  expect(viewOf(r)).toMatchObject({ title: 'As told', project: snapshot({}).project, rule: null, task: null });
  expect([plan(r, T0), mustLook(r, T0)]).toEqual([[], true]);
  expect(nextWords({ ...r, can: { ...r.can, write: false } }, T0)).toBe('The issue is being read in Sentry.');
  const read = fold(r, [seen({ title: 'As read' })]);
  expect(viewOf(read)).toMatchObject({ title: 'As read' });
});

describe('what is new about an issue that goes on', () => {
  const repeats = (r: ReturnType<typeof opened>): unknown[] =>
    r.pending.filter((o) => o.on === 'task').map(({ note }) => [note.key.replace(/\..*/, ''), note.facts]);
  const base = { assignee: 'anna', events: 4, users: 1 } as const;

  test('a count and a new release in one read are one comment', () => {
    const r = fold(opened(), [seen({ ...base, events: 10, release: 'shop@2' })]);
    expect(repeats(r)).toEqual([['x10', { events: 10, users: 1, release: 'shop@2' }]]);
  });

  test('within the hour it waits, and is said by the first read after it', () => {
    const first = fold(opened(), [seen({ ...base, release: 'shop@2' })]);
    const told = settle(first).record;
    const soon = fold(told, [seen({ ...base, release: 'shop@3', substatus: 'escalating' })], later(HOUR - 1));
    expect(repeats(soon)).toEqual([]);
    const after = fold(soon, [seen({ ...base, release: 'shop@3', substatus: 'escalating' })], later(HOUR));
    expect(repeats(after)).toEqual([['news-2', { events: 4, users: 1, release: 'shop@3', escalating: 1 }]]);
  });

  test('an escalation that ended and comes again is said again', () => {
    const one = settle(fold(opened(), [seen({ ...base, substatus: 'escalating' })])).record;
    const calm = fold(one, [seen({ ...base, substatus: 'ongoing' })], later(HOUR));
    const two = fold(calm, [seen({ ...base, substatus: 'escalating' })], later(2 * HOUR));
    expect(repeats(two)).toEqual([['news-2', { events: 4, users: 1, escalating: 1 }]]);
  });

  test('while it is closed it is remembered, not said', () => {
    const closed = settle(fold(opened(), [seen({ ...base, status: 'resolved', release: 'shop@2' })])).record;
    const back = fold(closed, [seen({ ...base, release: 'shop@2' })]);
    expect(repeats(back).map((r) => (r as unknown[])[0])).toEqual(['regressed-1']);
    expect(repeats(fold(settle(back).record, [seen({ ...base, release: 'shop@2' })]))).toEqual([]);
  });
});

describe('a merged issue', () => {
  const into = { ...REF, id: '1' };
  const merged = fold(opened(), [seen({ mergedInto: into, status: 'gone', shortId: 'SHOP-1', title: 'the survivor' })]);

  test('keeps its own name, points to the survivor, hints it once and is finished', () => {
    expect(merged.seen).toMatchObject({ shortId: 'SHOP-1A', title: 'Error: timeout', mergedInto: into });
    expect(finished(merged, T0)).toBe(false);
    const { record, did } = settle(merged);
    expect(did).toEqual(['hintIssue', 'completeTask', 'comment']);
    expect(finished(record, T0)).toBe(true);
  });

  test('first seen merged: no task, no name that belongs to another, and the survivor is hinted', () => {
    const r = fold(fresh(), [seen({ mergedInto: into, status: 'gone', shortId: 'SHOP-1' })]);
    expect(r.seen?.shortId).toBeUndefined();
    expect(settle(r).did).toEqual(['hintIssue', 'findTask']);
  });

  test('in observe mode, too, the survivor is hinted: that writes to no vendor', () => {
    expect(settle({ ...merged, can: { ...merged.can, write: false } }).did).toEqual(['hintIssue']);
  });
});

describe('what an earlier run made', () => {
  const task: TaskRef = { tracker: 'asana', id: '900', url: 'https://app.asana.com/0/1/900' };
  const found = (completed: boolean): Done => ({
    do: 'findTask',
    with: { issue: snapshot(), destinations: [], knownTasks: [] },
    got: { task, assignee: 'ewa', completed },
  });

  test('first seen resolved, its task still open: it is completed, and says why', () => {
    const r = fold(fresh(), [seen({ status: 'resolved' }), { is: 'done', done: found(false) }]);
    expect(settle(r).did).toEqual(['completeTask', 'comment']);
  });

  test('first seen resolved, its task completed: nothing is said or done', () => {
    const r = fold(fresh(), [seen({ status: 'resolved' }), { is: 'done', done: found(true) }]);
    expect(settle(r).did).toEqual([]);
  });

  test('open again, its task found completed: it is reopened and both the task and the chat hear of it', () => {
    const decided = fold(fresh(), [seen({}), { is: 'decided', decision: decision('anna') }]);
    const step = plan(decided, T0)[0];
    if (step?.do !== 'ensureTask') throw new Error('a task is owed');
    const got = { task, assignee: 'ewa', completed: true, made: false, incomplete: false };
    const r = fold(decided, [{ is: 'done', done: { do: 'ensureTask', with: step.with, got } }]);
    expect(r.pending.map((o) => [o.on, o.note.say])).toEqual([
      ['task', 'regressed'],
      ['chat', 'regressed'],
    ]);
    expect(settle(r).did).toContain('completeTask');
  });

  test('an operator began this run and Sentry does not know the issue: it is over at once', () => {
    const earlier = { ...viewOf(opened()), state: 'done' as const };
    const r = fold({ ...fresh(), earlier }, [{ is: 'missing', answers: 0 }]);
    expect(r).toMatchObject({ state: 'done', because: 'deleted in Sentry', attention: [] });
    expect(viewOf(r)).toMatchObject({ title: earlier.title, shortId: earlier.shortId, task: earlier.task });
  });
});

describe('an operator acts on a closed issue', () => {
  const act = (more: object) => ({ is: 'commanded', command: { id: 'c', by: 'otto', ...more } }) as Fact;

  test('a person chosen while it is closed gets it when it comes back, and only then is it said', () => {
    const closed = settle(fold(opened(), [seen({ status: 'resolved', assignee: 'anna' })])).record;
    const chosen = settle(fold(closed, [act({ do: 'reassign', to: 'piotr' })]));
    expect(chosen.did).toEqual([]);
    const back = fold(chosen.record, [seen({ assignee: 'anna' }), { is: 'decided', decision: decision('anna') }]);
    const { did, record } = settle(back);
    expect(did).toEqual(['completeTask', 'assignTask', 'comment', 'comment', 'linkIssue', 'tell']);
    expect(wantedAssignee(record)).toBe('piotr');
    // The next time it is the rules' turn again, which prefer whoever had it.
    const again = fold(record, [seen({ status: 'resolved', assignee: 'piotr' }), seen({ assignee: 'piotr' })]);
    expect(again).toMatchObject({ before: 'piotr' });
    expect(again.override).toBeUndefined();
  });

  test('resolving an archived issue resolves it in Sentry, too', () => {
    const archived = settle(fold(opened(), [seen({ status: 'archived', assignee: 'anna' })])).record;
    expect(settle(fold(archived, [act({ do: 'resolve' })])).did).toEqual(['comment', 'resolveIssue']);
  });

  test('resolved before its first read, which shows it archived or resolved: a later regression is not resolved by us', () => {
    for (const status of ['archived', 'resolved'] as const) {
      const r = settle(fold(fresh(), [act({ do: 'resolve' }), seen({ status })])).record;
      const back = settle(fold(r, [seen({}), { is: 'decided', decision: decision('anna') }]));
      expect([status, back.record.state]).toEqual([status, 'open']);
      expect(back.did).not.toContain('resolveIssue');
    }
  });
});

test('a merge hint is looked at even by a skipped issue', () => {
  const skip = decision(null, { verdict: { skip: 'no' } });
  const skipped = fold(fresh(), [seen({}), { is: 'decided', decision: skip }]);
  const told = fold(skipped, [{ is: 'hinted', hint: hint({ what: 'merged with SHOP-2' }) }]);
  expect(mustLook(told, T0)).toBe(true);
});

describe('the echo of our own write', () => {
  const told = (what: string, more: Partial<IssueSnapshot>) =>
    ({ is: 'hinted', hint: hint({ what, seed: snapshot({ via: 'webhook', ...more }) }) }) as const;

  test('is not looked at', () => {
    const assigned = fold(opened(), [told('issue.assigned', { assignee: 'anna' })]);
    expect(mustLook(assigned, T0)).toBe(false);
    // Also when Sentry is faster than the answer to our write.
    const asked = fold(opened(), [{ is: 'commanded', command: { id: 'c', by: 'otto', do: 'resolve' } }]);
    expect(mustLook(fold(asked, [told('issue.resolved', { status: 'resolved', assignee: 'anna' })]), T0)).toBe(false);
  });

  test.each([
    ['somebody else was assigned', told('issue.assigned', { assignee: 'piotr' })],
    ['somebody whom the rules do not know', told('issue.assigned', { assignee: null, assigneeOther: 'unknown' })],
    ['it was resolved', told('issue.resolved', { status: 'resolved', assignee: 'anna' })],
    ['it was opened again', told('issue.unresolved', { assignee: 'anna' })],
    ['an event came', told('event_alert.triggered', { assignee: 'anna' })],
  ])('%s: that is looked at', (_, fact) => {
    expect(mustLook(fold(opened(), [fact]), T0)).toBe(true);
  });

  test('what came before it is still looked at', () => {
    const r = fold(opened(), [told('event_alert.triggered', {}), told('issue.assigned', { assignee: 'anna' })]);
    expect(mustLook(r, T0)).toBe(true);
  });
});
