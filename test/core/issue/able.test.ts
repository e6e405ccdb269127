/** The mode, a token or chat changes while an issue lives. */
import { abilitiesIn, abilityWord, NOTHING } from '../../../src/core/issue/able';
import { markOf } from '../../../src/core/issue/describe';
import { mustDecide, mustLook, plan } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { Abilities } from '../../../src/core/issue/settings';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { CAN, decision, fold, fresh, later, opened, settle, snapshot, T0 } from '../../support/records';

const HOUR = 3_600_000;
const able = (r: IssueRecord, can: Partial<Abilities>): Fact => ({
  is: 'able',
  can: { ...CAN, ...can },
  settings: r.settings,
});
const seen = (more: Partial<IssueSnapshot> = {}): Fact => ({ is: 'seen', issue: snapshot(more), answers: 99 });
const atRest = (): IssueRecord => {
  const r = settle(fold(opened(), [seen({ assignee: 'anna' })])).record;
  return { ...r, verified: true, due: {} };
};
const observing = (r: IssueRecord): IssueRecord => reduce(r, able(r, { write: false }), T0);

test('a new record can do nothing until its first read tells what can be done', () => {
  const { can: _, ...rest } = fresh();
  const r: IssueRecord = { ...rest, can: NOTHING };
  expect(plan(fold(r, [seen(), { is: 'decided', decision: decision('anna') }]), T0)).toEqual([]);
  const told = fold(r, [able(r, {}), seen(), { is: 'decided', decision: decision('anna') }]);
  expect(plan(told, T0).map((s) => s.do)).toEqual(['ensureTask']);
});

test('observe → live: it is decided again who is there, and then the task is made', () => {
  const r = observing(fold(fresh(), [seen(), { is: 'decided', decision: decision('anna') }]));
  expect(settle(r).did).toEqual([]);
  const live = reduce(r, able(r, {}), later(HOUR));
  expect(mustDecide(live, later(HOUR))).toBeDefined();
  expect(plan(live, later(HOUR))).toEqual([]);
  const decided = reduce(live, { is: 'decided', decision: decision('ewa') }, later(HOUR));
  expect(settle(decided, later(HOUR)).did.slice(0, 1)).toEqual(['ensureTask']);
});

test('observe → live: what happened meanwhile is no news', () => {
  const r = fold(observing(atRest()), [
    seen({ status: 'archived' }),
    seen({ status: 'unresolved', assignee: 'anna', events: 5_000, release: 'shop@9' }),
  ]);
  const live = reduce(r, able(r, {}), later(HOUR));
  const decided = reduce(live, { is: 'decided', decision: decision('anna') }, later(HOUR));
  expect(settle(decided, later(HOUR)).did).not.toContain('tell');
  expect(settle(decided, later(HOUR)).did).not.toContain('comment');
});

test('observe → live: a task whose issue was resolved meanwhile is completed, and says why', () => {
  const r = fold(observing(atRest()), [seen({ status: 'resolved', assignee: 'anna' })]);
  expect(settle(r).did).toEqual([]);
  const live = reduce(r, able(r, {}), later(HOUR));
  expect(settle(live, later(HOUR)).did).toEqual(['completeTask', 'comment']);
});

test('live → observe: a refused write is no attention, and nothing more is tried', () => {
  const r = fold(atRest(), [seen({ status: 'resolved', assignee: 'anna' })]);
  expect(plan(r, T0)).not.toEqual([]);
  const refused = observing(r);
  expect(plan(refused, T0)).toEqual([]);
  expect(refused.attention).toEqual([]);
});

test('Slack comes later: only what happens from then on is told', () => {
  const r = fold(atRest(), [able(atRest(), { chat: false }), seen({ status: 'resolved', assignee: 'anna' })]);
  const back = settle(fold(r, [seen({ status: 'unresolved', assignee: 'anna' })])).record;
  const slack = reduce(back, able(back, {}), later(HOUR));
  expect(settle(slack, later(HOUR)).did).not.toContain('tell');
});

test('the token is taken away: a look that cannot be made is no attention, and the issue stays as it is', () => {
  const r = fold(atRest(), [
    { is: 'failed', step: 'readIssue', code: 'sentry_unauthorized', message: 'revoked' },
    able(atRest(), { source: false }),
    { is: 'unread', answers: 99 },
  ]);
  expect(r).toMatchObject({ state: 'open', attention: [], agreed: { source: 'unresolved' } });
  expect(mustLook(r, later(HOUR))).toBe(false);
  expect(markOf(r)).toMatchObject({ can: 'chat installation write' });
});

test('abilities have one word, whatever their order', () => {
  const { chat, ...rest } = CAN;
  expect(abilityWord({ chat, ...rest })).toBe(abilityWord(CAN));
  expect(abilityWord(NOTHING)).toBe('');
});

test.each([undefined, null, 'x', {}, [CAN], { ...CAN, write: 'yes' }])('%j are no abilities', (x) => {
  expect(abilitiesIn(x)).toBeUndefined();
  expect(abilitiesIn(CAN)).toEqual(CAN);
});
