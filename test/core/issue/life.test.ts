import { mustDecide, mustLook, plan } from '../../../src/core/issue/plan';
import { wantedAssignee } from '../../../src/core/issue/wanted';
import { nextWake } from '../../../src/core/issue/wake';
import { reduce } from '../../../src/core/issue/state';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { TaskRef } from '../../../src/core/refs';
import {
  decision,
  fold,
  fresh,
  hint,
  later,
  opened,
  settle,
  settleUntil,
  snapshot,
  SPEC,
  T0,
} from '../../support/records';

const seen = (more: Partial<IssueSnapshot>, answers = 99) => ({ is: 'seen', issue: snapshot(more), answers }) as const;
const HOUR = 3_600_000;

describe('a new issue', () => {
  test('is read, decided, and gets one task, its link and one message', () => {
    let r = fold(fresh(), [{ is: 'hinted', hint: hint() }]);
    expect(mustLook(r, T0)).toBe(true);
    r = fold(r, [seen({}, 1)]);
    expect(mustLook(r, T0)).toBe(false);
    expect(mustDecide(r, T0)).toBeDefined();
    const { record, did } = settle(fold(r, [{ is: 'decided', decision: decision('anna') }]));
    expect(did).toEqual(['ensureTask', 'linkIssue', 'tell']);
    expect(record.state).toBe('open');
    expect(record.agreed).toMatchObject({
      taskAssignee: 'anna',
      taskDone: false,
      linked: true,
      sourceAssignee: 'anna',
    });
  });

  test('has its task looked at once more after the time that the rules say', () => {
    const { due, settings, verified } = opened();
    expect({ due: due.verify, verified }).toEqual({ due: later(settings.verifyAfter), verified: false });
  });

  test('with subtasks gets them after the task', () => {
    const withSubtasks = decision('anna', { verdict: { assign: 'anna', task: { ...SPEC, subtasks: ['a', 'b'] } } });
    const { did } = settle(fold(fresh(), [seen({}), { is: 'decided', decision: withSubtasks }]));
    expect(did).toEqual(['ensureTask', 'ensureSubtasks', 'linkIssue', 'tell']);
  });

  test.each(['resolved', 'archived', 'unknown'] as const)('first seen %s gets no task', (status) => {
    const { record, did } = settle(fold(fresh(), [seen({ status })]));
    expect(did).toEqual(status === 'unknown' ? [] : ['findTask']);
    expect(record.task).toBeUndefined();
    expect(mustDecide(record, T0)).toBeUndefined();
  });

  test('first seen resolved and then regressed gets its task', () => {
    const r = fold(fresh(), [seen({ status: 'resolved' }), seen({ status: 'unresolved' })]);
    expect(mustDecide(r, T0)).toBeDefined();
    expect(settle(fold(r, [{ is: 'decided', decision: decision('anna') }])).did).toContain('ensureTask');
  });

  test('resolved by an operator before the first read stays resolved, and gets no task', () => {
    const r = fold(fresh(), [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } }, seen({})]);
    expect(r.state).toBe('resolved');
    expect(settle(r).did).toEqual(['findTask', 'resolveIssue']);
  });

  test('skipped by rule is read again at most hourly', () => {
    const r = fold(fresh(), [seen({}), { is: 'decided', decision: decision(null, { verdict: { skip: 'no' } }) }]);
    expect(r.state).toBe('skipped');
    const noisy = fold(r, [{ is: 'hinted', hint: hint() }], later(60_000));
    expect(mustLook(noisy, later(60_000))).toBe(false);
    expect(nextWake(noisy, later(60_000))?.at).toBe(later(HOUR));
    expect(mustLook(noisy, later(HOUR))).toBe(true);
  });

  test('unknown to Sentry is looked for during ten minutes, then needs a person', () => {
    let r = reduce(fresh(), { is: 'missing', answers: 0 }, T0);
    expect(r.attention).toEqual([]);
    expect(nextWake(r, T0)?.at).toBe(later(5_000));
    r = reduce(r, { is: 'missing', answers: 0 }, later(10 * 60_000));
    expect(r.attention).toMatchObject([{ step: 'readIssue', code: 'sentry_issue_not_found', tries: 1 }]);
    expect(mustLook(r, later(10 * 60_000))).toBe(false);
    expect(mustLook(r, later(21 * 60_000))).toBe(true);
  });
});

describe('closing and reopening', () => {
  test('resolved in Sentry completes the task, says so, and writes nothing back to Sentry', () => {
    const { record, did } = settle(fold(opened(), [seen({ status: 'resolved', assignee: 'anna' })]));
    expect(did).toEqual(['completeTask', 'comment']);
    expect(record.state).toBe('resolved');
  });

  test('our own resolve comes back as an echo and causes nothing', () => {
    const closed = settle(fold(opened(), [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } }]));
    expect(closed.did).toEqual(['completeTask', 'comment', 'resolveIssue']);
    expect(settle(fold(closed.record, [seen({ status: 'resolved', assignee: 'anna' })])).did).toEqual([]);
  });

  test('a stale read between the command and the write does not reopen it', () => {
    const r = fold(opened(), [
      { is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } },
      seen({ assignee: 'anna' }),
    ]);
    expect(r.state).toBe('resolved');
  });

  test('a regression reopens the same task, tells what was before, and prefers the same person', () => {
    const closed = settle(fold(opened(), [seen({ status: 'resolved', assignee: 'anna' })], later(1_000))).record;
    const back = fold(closed, [seen({ status: 'unresolved', substatus: 'regressed', assignee: 'anna' })], later(2_000));
    expect(back).toMatchObject({ state: 'open', regressions: 1, before: 'anna' });
    expect(mustDecide(back, T0)).toBeDefined();
    const { did, record } = settle(fold(back, [{ is: 'decided', decision: decision('anna') }]));
    expect(did).toEqual(['completeTask', 'comment', 'tell']);
    expect(record.agreed.taskDone).toBe(false);
    expect(record.task?.id).toBe('900');
    const note = back.pending.find((o) => o.on === 'task')?.note;
    expect(note).toMatchObject({
      key: expect.stringMatching(/^regressed-1\./) as string,
      facts: { resolvedAt: later(1_000), resolvedBy: 'Sentry', number: 1 },
    });
  });

  test('resolved while an attempt to make the task fails: what it may have made is looked for, and none is made', () => {
    const r = fold(fresh(), [
      seen({}),
      { is: 'decided', decision: decision('anna') },
      { is: 'failed', step: 'ensureTask', code: 'asana_outcome_unknown', message: '' },
      seen({ status: 'resolved' }),
    ]);
    expect(plan(r, T0)).toEqual([]);
    const { did, record } = settle(r, later(HOUR));
    expect(did).toEqual(['findTask']);
    expect(record.attention).toEqual([]);
  });

  test('resolved before any attempt: no task is made', () => {
    const r = fold(fresh(), [seen({}), seen({ status: 'resolved' }), { is: 'decided', decision: decision('anna') }]);
    expect(settle(r).did).not.toContain('ensureTask');
  });

  test('it ends after linger, and the task stays as it is', () => {
    const closed = settle(fold(opened(), [seen({ status: 'resolved' })])).record;
    const end = reduce(closed, { is: 'elapsed' }, later(91 * 24 * HOUR));
    expect(end.state).toBe('done');
    expect(plan(end, later(91 * 24 * HOUR))).toEqual([]);
  });
});

describe('people', () => {
  test('assigned by somebody in Sentry: the task follows, and nothing is written back', () => {
    const r = fold(opened(), [seen({ assignee: 'piotr' })]);
    expect(wantedAssignee(r)).toBe('piotr');
    expect(settle(r).did).toEqual(['assignTask']);
  });

  test('given in Sentry to another, and back to the one whom we had assigned: that is a choice, too', () => {
    const ours = fold(opened(), [seen({ assignee: 'anna' })]);
    const piotr = settle(fold(ours, [seen({ assignee: 'piotr' })])).record;
    const { record, did } = settle(fold(piotr, [seen({ assignee: 'anna' })]));
    expect(did).toEqual(['assignTask']);
    expect([record.agreed.sourceAssignee, record.agreed.taskAssignee]).toEqual(['anna', 'anna']);
  });

  test('unassigned by somebody in Sentry: nobody is fought', () => {
    const r = fold(opened(), [seen({ assignee: 'anna' }), seen({ assignee: null })]);
    expect(settle(r).did).toEqual([]);
  });

  test('an assignee whom the rules do not know is left alone in Sentry', () => {
    const r = fold(fresh(), [seen({ assigneeOther: 'unknown' }), { is: 'decided', decision: decision('anna') }]);
    const link = plan(settle(fold(r, [])).record, T0);
    expect(link).toEqual([]);
    expect(settle(r).record.agreed.sourceAssignee).toBeNull();
  });

  test('reassigned by an operator: task, Sentry and a comment', () => {
    const r = fold(opened(), [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'reassign', to: 'piotr' } }]);
    expect(settle(r).did).toEqual(['assignTask', 'comment', 'linkIssue']);
  });

  test('the same command twice acts once', () => {
    const command = { id: 'c', by: 'eva', do: 'reassign', to: 'piotr' } as const;
    const once = settle(fold(opened(), [{ is: 'commanded', command }])).record;
    expect(settle(fold(once, [{ is: 'commanded', command }])).did).toEqual([]);
  });

  test('nobody available: the task is made unassigned, and it is decided again at the given time', () => {
    const again = later(15 * HOUR);
    const r = settle(fold(fresh(), [seen({}), { is: 'decided', decision: decision(null, { again }) }])).record;
    expect(r.task).toBeDefined();
    expect(r.attention).toMatchObject([{ step: 'decide', code: 'nobody_available', again }]);
    expect(mustDecide(r, later(HOUR))).toBeUndefined();
    const morning = reduce(r, { is: 'elapsed' }, again);
    expect(mustDecide(morning, again)).toBeDefined();
    const { did, record } = settle(fold(morning, [{ is: 'decided', decision: decision('anna') }], again), again);
    expect(did).toEqual(expect.arrayContaining(['assignTask', 'linkIssue']));
    expect(record.attention).toEqual([]);
  });
});

describe('attention is per step', () => {
  test('a link that fails holds up neither the chat nor the close', () => {
    const r = fold(fresh(), [seen({}), { is: 'decided', decision: decision('anna') }]);
    const failed = fold(settleUntil(r, 'linkIssue'), [
      { is: 'failed', step: 'linkIssue', code: 'sentry_forbidden', message: 'no' },
    ]);
    // The other half of the step goes on by itself.
    expect(plan(failed, T0)).toMatchObject([
      { do: 'linkIssue', with: { link: false, assignee: 'anna' } },
      { do: 'tell' },
    ]);
    expect(plan(fold(failed, [seen({ status: 'resolved' })]), T0).map((s) => s.do)).toEqual([
      'completeTask',
      'comment',
      'tell',
    ]);
  });

  test('it is tried again after 10 min, doubling to an hour, and at once on retry', () => {
    let r = fold(opened(), [{ is: 'commanded', command: { id: 'r', by: 'eva', do: 'reassign', to: 'piotr' } }]);
    const agains: number[] = [];
    for (let i = 0; i < 5; i++) {
      r = reduce(r, { is: 'failed', step: 'assignTask', code: 'asana_forbidden', message: '' }, T0);
      agains.push((Date.parse(r.attention[0]?.again ?? '') - Date.parse(T0)) / 60_000);
    }
    expect(agains).toEqual([10, 20, 40, 60, 60]);
    r = fold(r, [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry' } }]);
    expect(r.attention[0]?.again).toBe(T0);
  });

  test('chat that fails for an hour is dropped', () => {
    const r = fold(opened(), [seen({ status: 'resolved' }), seen({})]);
    const stale = reduce(r, { is: 'failed', step: 'tell', code: 'slack_refused', message: '' }, later(2 * HOUR));
    expect(stale.pending.some((o) => o.on === 'chat')).toBe(false);
    expect(stale.attention).toEqual([]);
  });
});

describe('the task goes missing', () => {
  test('at the first look: made once more', () => {
    const task = opened().task;
    if (!task) throw new Error('no task');
    const done = { do: 'verifyTask', with: { task, ref: fresh().ref, spec: SPEC }, got: 'gone' } as const;
    const r = fold(opened(), [{ is: 'done', done }]);
    expect(r.generation).toBe(2);
    const again = settle(r).record;
    expect(again.task).toBeDefined();
    const twice = fold(again, [{ is: 'done', done }]);
    expect(twice).toMatchObject({ state: 'muted', taskDeleted: true });
    expect(settle(twice).did).toEqual([]);
  });

  const missed = (task: TaskRef | undefined) =>
    ({ is: 'hinted', hint: hint({ what: 'missed', missed: task ?? { tracker: 'asana', id: '', url: '' } }) }) as const;
  const gone = (r: IssueRecord): IssueRecord => {
    const look = plan(r, T0).find((s) => s.do === 'verifyTask');
    return look?.do === 'verifyTask' ? reduce(r, { is: 'done', done: { ...look, got: 'gone' } }, T0) : r;
  };

  test('a sweep misses it later: looked for, and its deletion is respected', () => {
    const r = { ...opened(), verified: true, due: {} };
    expect(gone(fold(r, [missed(r.task)]))).toMatchObject({ state: 'muted', taskDeleted: true });
  });

  test('a sweep misses it, and the rules wanted no first look: its deletion is respected, too', () => {
    const r = { ...opened(), verified: false, due: {} };
    expect(gone(fold(r, [missed(r.task)]))).toMatchObject({ state: 'muted', generation: 1 });
  });

  test('a sweep misses it before its first look: that comes at its time', () => {
    const r = { ...opened(), due: { verify: later(1) } };
    const after = fold(r, [missed(r.task)]);
    expect(after).toMatchObject({ verified: false, due: { verify: later(1) } });
  });

  test('a sweep misses a task that is no longer the issue’s, or of an issue that is closed: nothing is looked for', () => {
    const r = { ...opened(), verified: true, due: {} };
    const older = fold(r, [missed({ tracker: 'asana', id: '1', url: 'https://app.asana.com/0/0/1' })]);
    expect(older.due.verify).toBeUndefined();
    const closed = fold(r, [seen({ status: 'resolved' }), missed(r.task)]);
    expect(closed.due.verify).toBeUndefined();
  });
});
