/** What goes along with something else, so that it is no action of its own, and what must wait. */
import { decidesWhenOpen, noteAlong, plan } from '../../../src/core/issue/plan';
import type { IssueRecord } from '../../../src/core/issue/record';
import { decision, fold, fresh, hint, opened, settle, snapshot, T0, TASK } from '../../support/records';

const seen = (more: object) => ({ is: 'seen', issue: snapshot({ assignee: 'anna', ...more }), answers: 99 }) as const;
const resolved = (): IssueRecord => fold(opened(), [seen({ status: 'resolved' })]);

test('a plan is read along when a decision follows, and not with each repeat', () => {
  expect(decidesWhenOpen(fresh())).toBe(true);
  expect(decidesWhenOpen(opened())).toBe(false);
  expect(decidesWhenOpen(settle(resolved()).record)).toBe(true);
  const skipped = fold(fresh(), [
    seen({}),
    { is: 'decided', decision: decision(null, { verdict: { skip: 'not deployed' } }) },
  ]);
  expect([skipped.state, decidesWhenOpen(skipped)]).toEqual(['skipped', true]);
});

test('a decision always follows where a plan was read along, and only there', () => {
  for (const before of [fresh(), opened(), settle(resolved()).record]) {
    const after = fold(before, [seen({ status: 'unresolved' })]);
    expect(after.decide).toBe(decidesWhenOpen(before));
  }
});

test('why it is closed, and why it is open again, is said along with that', () => {
  expect(noteAlong(plan(resolved(), T0))?.say).toBe('resolved');
  const back = fold(settle(resolved()).record, [
    seen({ status: 'unresolved' }),
    { is: 'decided', decision: decision('anna') },
  ]);
  expect(noteAlong(plan(back, T0))?.say).toBe('regressed');
});

test('what was owed before is said before: then the reason comes in its turn', () => {
  const repeated = fold(opened(), [seen({ events: 10 })]);
  expect(noteAlong(plan(repeated, T0))).toBeUndefined();
  expect(noteAlong(plan(fold(repeated, [seen({ events: 10, status: 'resolved' })]), T0))).toBeUndefined();
});

test('nobody is assigned in Sentry while a webhook may tell of somebody whom a person has chosen', () => {
  const made = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    seen({ assignee: null }),
    { is: 'decided', decision: decision('anna') },
  ]);
  const [make] = plan(made, T0);
  if (make?.do !== 'ensureTask') throw new Error('no task is owed');
  const got = {
    task: TASK,
    assignee: 'anna',
    completed: false,
    made: true,
    incomplete: false,
  };
  const linked = fold(made, [{ is: 'done', done: { do: 'ensureTask', with: make.with, got } }]);
  const assigns = (r: IssueRecord): unknown =>
    plan(r, T0).flatMap((s) => (s.do === 'linkIssue' ? [s.with.assignee] : []));
  expect(assigns(linked)).toEqual(['anna']);
  const told = fold(linked, [{ is: 'hinted', hint: hint({ what: 'issue.assigned' }) }]);
  expect(assigns(told)).toEqual([null]);
  expect(assigns(fold(told, [{ ...seen({ assignee: null }), answers: told.heard }]))).toEqual(['anna']);
});
