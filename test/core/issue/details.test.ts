/** A task whose tracker left something out: the assignee, or details. In the pure core. */
import { finished, plan } from '../../../src/core/issue/plan';
import { nextWake } from '../../../src/core/issue/wake';
import { reduce } from '../../../src/core/issue/state';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { Effects } from '../../../src/core/issue/steps';
import { decision, fold, fresh, hint, later, opened, settle, snapshot, succeed, T0, TASK } from '../../support/records';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const seen = (more: Partial<IssueSnapshot> = {}) => ({ is: 'seen', issue: snapshot(more), answers: 99 }) as const;
const failed = (step: 'assignTask' | 'ensureDetails' | 'ensureTask', code: string, more: object = {}): Fact => ({
  is: 'failed',
  step,
  code,
  message: 'section "Inbox": 403 no',
  ...more,
});
const act = (more: object) => ({ is: 'commanded', command: { id: 'c', by: 'otto', ...more } }) as Fact;

/** A new issue whose task was made or found, with what its tracker says of it. */
function ensured(task: Partial<Effects['ensureTask'][1]>, before: Fact[] = []): IssueRecord {
  const r = fold(fresh(), [seen(), { is: 'decided', decision: decision('anna') }, ...before]);
  const step = plan({ ...r, attention: [] }, T0)[0];
  if (step?.do !== 'ensureTask') throw new Error('a task is owed');
  return fold(r, [{ is: 'done', done: succeed(step, task) }]);
}
const owes = (r: IssueRecord, now = T0): string[] => plan(r, now).map((s) => s.do);
const notes = (r: IssueRecord): unknown[] => r.pending.map((o) => [o.on, o.note.say]);

describe('the assignee that was left out', () => {
  test('is given by a step of its own, without a comment: the body of the task says who was chosen', () => {
    const { did } = settle(ensured({ assignee: null }));
    expect(did).toEqual(['assignTask', 'linkIssue', 'tell']);
  });

  test('and left out again: that needs a person, nobody is named in the chat, and all else goes on', () => {
    const r = fold(ensured({ assignee: null }), [failed('assignTask', 'asana_not_assigned')]);
    expect(r.attention).toMatchObject([{ step: 'assignTask', code: 'asana_not_assigned', again: later(10 * 60_000) }]);
    expect(plan(r, T0).find((s) => s.do === 'tell')?.with).toMatchObject({ assignee: null });
    const { did, record } = settle(r);
    expect(did).toEqual(['linkIssue', 'tell']);
    expect(settle(fold(record, [act({ do: 'retry' })])).did).toEqual(['assignTask']);
  });

  test('somebody else whom the answer shows is replaced', () => {
    const step = plan(ensured({ assignee: 'piotr' }), T0).find((s) => s.do === 'assignTask');
    expect(step?.with).toMatchObject({ to: 'anna' });
  });

  test('a later decision is told on the task once it is true, not before', () => {
    const again = fold(opened(null), [{ is: 'decided', decision: decision('ewa') }]);
    expect(notes(again)).toEqual([]);
    const refused = fold(again, [failed('assignTask', 'asana_not_assigned')]);
    expect(notes(settle(refused).record)).toEqual([]);
    const step = plan(again, T0)[0];
    if (step?.do !== 'assignTask') throw new Error('it is to be assigned');
    const told = fold(again, [{ is: 'done', done: { ...step, got: null } }]);
    expect(told.pending).toMatchObject([
      { on: 'task', note: { say: 'reassigned', facts: { to: 'ewa', by: 'rule r' } } },
    ]);
  });

  test('a decision that was overtaken is not told', () => {
    const again = fold(opened(null), [{ is: 'decided', decision: decision('ewa') }]);
    const step = plan(again, T0)[0];
    if (step?.do !== 'assignTask') throw new Error('it is to be assigned');
    const overtaken = fold(again, [act({ do: 'reassign', to: 'piotr' }), { is: 'done', done: { ...step, got: null } }]);
    expect(notes(overtaken)).toEqual([]);
  });
});

describe('details that were left out', () => {
  const incomplete = ensured({ incomplete: true });

  test('are given by a step of their own', () => {
    const { did, record } = settle(incomplete);
    expect(did).toEqual(['ensureDetails', 'linkIssue', 'tell']);
    expect(record.agreed.details).toBe(true);
    expect(record.timeline.at(-3)?.what).toBe('the details of the task are set');
  });

  test.each<[string, Partial<Effects['ensureTask'][1]>, Fact[], boolean]>([
    ['made with all of them', {}, [], false],
    ['found by a further attempt: the one before may have made it bare', { made: false, retried: true }, [], true],
    ['found after a try in attention', { made: false }, [failed('ensureTask', 'asana_outcome_unknown')], true],
    ['found as an earlier life left it: people own it by now', { made: false }, [], false],
    [
      'adopted, after a try that failed',
      { made: false },
      [failed('ensureTask', 'asana_unavailable'), { is: 'hinted', hint: hint({ what: 'rebuilt', task: TASK }) }],
      false,
    ],
  ])('a task that was %s', (_, task, before, owed) => {
    expect(owes(ensured(task, before)).includes('ensureDetails')).toBe(owed);
  });

  test('what Asana refuses is told once, tried once a day and at once on retry, and holds nothing up', () => {
    const r = fold(incomplete, [failed('ensureDetails', 'asana_incomplete')]);
    expect(r.attention).toMatchObject([{ step: 'ensureDetails', again: later(DAY) }]);
    expect(r.timeline.at(-1)?.what).toBe('section "Inbox": 403 no');
    const rest = { ...settle(r).record, due: {} };
    expect(owes(rest, later(DAY - 1))).toEqual([]);
    expect(nextWake(rest, T0)?.at).toBe(later(DAY));
    expect(owes(rest, later(DAY))).toEqual(['ensureDetails']);
    const twice = reduce(rest, failed('ensureDetails', 'asana_incomplete'), later(DAY));
    expect(twice.attention).toMatchObject([{ tries: 2, again: later(2 * DAY) }]);
    expect(twice.timeline.filter((entry) => entry.what.includes('403'))).toHaveLength(1);
    expect(owes(fold(rest, [act({ do: 'retry' })]))).toEqual(['ensureDetails']);
  });

  test('an outage of it is tried as any other', () => {
    const r = fold(incomplete, [failed('ensureDetails', 'asana_unavailable')]);
    expect(r.attention[0]?.again).toBe(later(10 * 60_000));
  });

  test('what it has had is remembered, so that what a person takes away is not given again', () => {
    const r = fold(incomplete, [failed('ensureDetails', 'asana_incomplete', { given: ['tag "gold"'] })]);
    const step = plan(r, later(DAY)).find((s) => s.do === 'ensureDetails');
    expect(step?.with).toMatchObject({ given: ['tag "gold"'] });
  });

  test('a closed issue needs none, and gets them when it is back', () => {
    const closed = settle(
      fold(incomplete, [failed('ensureDetails', 'asana_incomplete'), seen({ status: 'resolved' })]),
    );
    expect(closed.did).not.toContain('ensureDetails');
    expect(closed.record.attention).toEqual([]);
    const end = reduce(closed.record, { is: 'elapsed' }, later(91 * DAY));
    expect(finished(end, later(91 * DAY))).toBe(true);
    const back = settle(fold(closed.record, [seen(), { is: 'decided', decision: decision('anna') }]));
    expect(back.did).toContain('ensureDetails');
  });

  test('a task that answers 404 meanwhile is looked at', () => {
    const r = fold({ ...incomplete, due: {} }, [failed('ensureDetails', 'asana_not_found')]);
    expect(owes(r)).toContain('verifyTask');
  });
});
