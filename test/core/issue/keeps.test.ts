/** What is kept while nothing can be done: a person's end, a decision and its turn. */
import { failed } from '../../../src/core/issue/attention';
import { finished, mustDecide, plan } from '../../../src/core/issue/plan';
import { nextWake } from '../../../src/core/issue/wake';
import { reduce } from '../../../src/core/issue/state';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { decision, fold, fresh, later, opened, settle, snapshot, T0 } from '../../support/records';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LINGER = 90 * DAY;
const seen = (more: Partial<IssueSnapshot> = {}): Fact => ({
  is: 'seen',
  issue: snapshot({ assignee: 'anna', ...more }),
  answers: 99,
});
const atRest = (): IssueRecord => ({ ...settle(fold(opened(), [seen()])).record, verified: true, due: {} });

describe('what a person ended here, and Sentry still shows as unresolved', () => {
  const onlyHere = (): IssueRecord => {
    const r = atRest();
    const settings = { ...r.settings, sync: { toSentry: false, toTracker: true } };
    return settle(fold({ ...r, settings }, [{ is: 'commanded', command: { id: 'c', by: 'otto', do: 'resolve' } }]))
      .record;
  };
  const taskDeleted = (): IssueRecord => {
    const r = { ...atRest(), due: { verify: T0 } };
    const [step] = plan(r, T0);
    if (step?.do !== 'verifyTask') throw new Error(`expected verifyTask, got ${step?.do}`);
    return reduce(r, { is: 'done', done: { ...step, got: 'gone' } }, T0);
  };

  test.each([
    ['an issue that an operator resolved without telling Sentry', onlyHere, 'resolved'],
    ['an issue whose task a person deleted', taskDeleted, 'muted'],
  ] as const)('%s does not end after linger, so that no sweep begins it anew', (_, make, state) => {
    let r = make();
    expect(r.state).toBe(state);
    for (const at of [later(LINGER), later(2 * LINGER), later(3 * LINGER)]) {
      r = reduce(r, { is: 'elapsed' }, at);
      expect([r.state, finished(r, at), settle(r, at).did]).toEqual([state, false, []]);
      expect(nextWake(r, at)?.at).toBe(later(LINGER, at));
    }
    const end = later(4 * LINGER);
    const resolved = settle(reduce(r, seen({ status: 'resolved' }), later(3 * LINGER + HOUR)), end).record;
    expect(finished(reduce(resolved, { is: 'elapsed' }, later(5 * LINGER)), later(5 * LINGER))).toBe(true);
  });
});

describe('a task that could not be made', () => {
  const decided = (): IssueRecord =>
    fold(fresh(), [seen({ assignee: null }), { is: 'decided', decision: decision('anna') }]);
  const refused = (r: IssueRecord, code: string): IssueRecord => {
    const copy = structuredClone(r);
    failed(copy, 'ensureTask', code, 'x', T0);
    return copy;
  };

  test('held by a storm: nothing is done by itself for a day, however long it waits', () => {
    const r = refused(decided(), 'storm_held');
    expect(nextWake(r, T0)?.at).toBe(later(DAY));
    for (const hours of [1, 5, 23]) {
      const now = later(hours * HOUR);
      expect([mustDecide(r, now), plan(r, now)]).toEqual([undefined, []]);
    }
  });

  test('let in: it is only seen whether the decision still holds, and then it is made for the same person', () => {
    const r = refused(decided(), 'storm_held');
    const now = later(3 * HOUR);
    const let_in = fold(
      r,
      [{ is: 'commanded', command: { id: 'c', by: 'the rate limit', do: 'retry', released: true } }],
      now,
    );
    expect(mustDecide(let_in, now)).toBe('again');
    expect(plan(let_in, now)).toEqual([]);
    const kept = reduce(let_in, { is: 'kept', at: now }, now);
    expect(mustDecide(kept, now)).toBeUndefined();
    expect(kept).toMatchObject({ decisionCount: 1, decisions: [{ rule: 'r', at: now }] });
    expect(plan(kept, now)).toMatchObject([{ do: 'ensureTask', with: { assignee: 'anna' } }]);
  });

  test('refused by Asana: each further try keeps the decision, unless it does not hold any more', () => {
    let r = refused(decided(), 'asana_forbidden');
    for (let i = 0; i < 5; i += 1) {
      const again = r.attention[0]?.again ?? T0;
      expect(mustDecide(r, again)).toBe('again');
      r = reduce(r, { is: 'kept', at: again }, again);
      expect(plan(r, again)).toMatchObject([{ do: 'ensureTask', with: { assignee: 'anna' } }]);
      r = fold(r, [{ is: 'failed', step: 'ensureTask', code: 'asana_forbidden', message: 'x' }], again);
    }
    expect(r.decisionCount).toBe(1);
    const again = r.attention[0]?.again ?? T0;
    const other = reduce(r, { is: 'decided', decision: decision('ewa', { at: again }) }, again);
    expect(plan(other, again)).toMatchObject([{ do: 'ensureTask', with: { assignee: 'ewa' } }]);
  });

  test('a decision that is wanted for another reason is a new one', () => {
    expect(mustDecide(fold(fresh(), [seen({ assignee: null })]), T0)).toBe('new');
  });
});
