/** What could be stuck without anybody hearing of it. */
import { finished, mustDecide, plan } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { decision, fold, fresh, later, opened, settle, settleUntil, snapshot, T0 } from '../../support/records';

const seen = (more: Partial<IssueSnapshot>, answers = 99) => ({ is: 'seen', issue: snapshot(more), answers }) as const;
const HOUR = 3_600_000;

describe('nothing is stuck in silence', () => {
  const failed = (step: 'ensureTask' | 'linkIssue' | 'assignTask' | 'completeTask', code: string) =>
    ({ is: 'failed', step, code, message: '' }) as const;
  const DAY = 24 * HOUR;

  test('a failed link does not keep an issue alive after its end', () => {
    let r = fold(settleUntil(fold(fresh(), [seen({}), { is: 'decided', decision: decision('anna') }]), 'linkIssue'), [
      failed('linkIssue', 'sentry_refused'),
      seen({ status: 'resolved' }),
    ]);
    r = reduce(r, { is: 'elapsed' }, later(91 * DAY));
    expect(finished(settle(r, later(91 * DAY)).record, later(91 * DAY))).toBe(true);
  });

  test('a task that could not be made is decided anew before the next try, so that corrected rules count', () => {
    const r = fold(fresh(), [
      seen({}),
      { is: 'decided', decision: decision('anna') },
      failed('ensureTask', 'asana_place_unknown'),
    ]);
    const retried = reduce(r, { is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry' } }, later(1_000));
    expect(mustDecide(retried, later(1_000))).toBeDefined();
    expect(plan(retried, later(1_000))).toEqual([]);
    const again = reduce(retried, { is: 'decided', decision: decision('piotr', { at: later(1_001) }) }, later(1_001));
    expect(mustDecide(again, later(1_001))).toBeUndefined();
    expect(plan(again, later(1_001))[0]).toMatchObject({ do: 'ensureTask', with: { assignee: 'piotr' } });
  });

  test('back with nobody available: the task is taken from whom is on leave', () => {
    const back = fold(settle(fold(opened(), [seen({ status: 'resolved' })])).record, [seen({})]);
    const nobody = settle(fold(back, [{ is: 'decided', decision: decision(null, { again: later(DAY) }) }])).record;
    expect(nobody.agreed.taskAssignee).toBeNull();
  });

  test.each([
    ['assigned in Sentry', seen({ assignee: 'piotr' })],
    ['archived in Sentry', seen({ status: 'archived' })],
  ])('%s: that nobody was available needs nobody any more', (_what, fact) => {
    const r = fold(fresh(), [seen({}), { is: 'decided', decision: decision(null, { again: later(DAY) }) }, fact]);
    expect(r.attention).toEqual([]);
    expect(r.due.decideAgain).toBeUndefined();
  });

  test('resolved while it was decided that nobody is available: nothing waits', () => {
    const r = fold(fresh(), [
      seen({}),
      seen({ status: 'resolved' }),
      { is: 'decided', decision: decision(null, { again: later(DAY) }) },
    ]);
    expect(r.attention).toEqual([]);
    expect(r.due.decideAgain).toBeUndefined();
  });

  test('a task that answers 404 is looked at, and its loss settles what it failed', () => {
    const r = fold({ ...opened(), verified: true }, [
      seen({ status: 'resolved' }),
      failed('completeTask', 'asana_not_found'),
    ]);
    const look = plan(r, T0).find((s) => s.do === 'verifyTask');
    if (look?.do !== 'verifyTask') throw new Error('no look');
    const gone = reduce(r, { is: 'done', done: { ...look, got: 'gone' } }, T0);
    expect(gone.attention).toEqual([]);
    expect(settle(gone).did).toEqual([]);
  });

  test('an issue that Sentry never knows ends after a week', () => {
    let r = reduce(fresh(), { is: 'missing', answers: 0 }, T0);
    r = reduce(r, { is: 'missing', answers: 0 }, later(8 * DAY));
    expect(finished(r, later(8 * DAY))).toBe(true);
  });

  test('another person is tried at once, whatever became of the first', () => {
    const to = (who: string, id: string) =>
      ({ is: 'commanded', command: { id, by: 'eva', do: 'reassign', to: who } }) as const;
    const r = fold(opened(), [to('bob', '1'), failed('assignTask', 'unknown_person'), to('piotr', '2')]);
    expect(plan(r, T0)[0]).toMatchObject({ do: 'assignTask', with: { to: 'piotr' } });
    expect(settle(fold(r, [to('anna', '3')])).record.attention).toEqual([]);
  });

  test('a skipped issue that comes back again and again says nothing', () => {
    let r = fold(fresh(), [seen({}), { is: 'decided', decision: decision(null, { verdict: { skip: 'no' } }) }]);
    for (let i = 0; i < 5; i++) r = fold(r, [seen({ status: 'resolved' }), seen({})]);
    expect(r.pending).toEqual([]);
  });

  test('back, but the rules skip it now: its task stays closed', () => {
    const back = fold(settle(fold(opened(), [seen({ status: 'resolved' })])).record, [seen({})]);
    expect(plan(back, T0).map((s) => s.do)).not.toContain('completeTask');
    const skipped = settle(
      fold(back, [{ is: 'decided', decision: decision(null, { verdict: { skip: 'no' } }) }]),
    ).record;
    expect(skipped.agreed.taskDone).toBe(true);
  });
});
