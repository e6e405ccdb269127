/** What happens while something else is under way, as exploring found it. */
import { plan, mustLook } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import { decision, fold, fresh, hint, later, opened, snapshot, succeed, T0 } from '../../support/records';

test('an assignment that Sentry refuses, because the issue is gone, is not tried again at once when a look finds it gone', () => {
  const decided = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'decided', decision: decision('anna') },
  ]);
  const made = plan(decided, T0).find((s) => s.do === 'ensureTask');
  expect(made).toBeDefined();
  const tasked = made ? reduce(decided, { is: 'done', done: succeed(made) }, T0) : decided;
  const link = plan(tasked, T0).find((s) => s.do === 'linkIssue');
  if (link?.do !== 'linkIssue') throw new Error('nothing is linked');
  const refused = { code: 'sentry_issue_not_found', message: 'gone' };
  const gone = reduce(
    tasked,
    { is: 'done', done: { do: 'linkIssue', with: link.with, got: { link: 'done', assign: refused } } },
    T0,
  );
  expect(mustLook(gone, T0)).toBe(true);
  const looked = reduce(gone, { is: 'missing', answers: 1 }, later(1_000));
  expect(plan(looked, later(1_000)).filter((s) => s.do === 'linkIssue')).toEqual([]);
  expect(looked.attention.map((a) => a.step)).toEqual(['assignIssue']);
});

test('resolved in Sentry by us after a look found it archived: another look tells that it is resolved', () => {
  const asked = fold(opened(), [{ is: 'commanded', command: { id: 'c1', by: 'eva', do: 'resolve' } }]);
  const step = plan(asked, T0).find((s) => s.do === 'resolveIssue');
  if (step?.do !== 'resolveIssue') throw new Error('nothing is resolved');
  const archived = reduce(asked, { is: 'seen', issue: snapshot({ status: 'archived' }), answers: 1 }, T0);
  const written = reduce(archived, { is: 'done', done: { do: 'resolveIssue', with: step.with, got: null } }, T0);
  expect(mustLook(written, T0)).toBe(true);
  const looked = reduce(written, { is: 'seen', issue: snapshot({ status: 'resolved' }), answers: 1 }, T0);
  expect(looked.state).toBe('resolved');
});

test('a decision that fails after the issue was closed leaves nothing that needs a person', () => {
  const r = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'commanded', command: { id: 'c1', by: 'eva', do: 'resolve' } },
    { is: 'failed', step: 'decide', code: 'unexpected', message: 'no' },
  ]);
  expect(r.state).toBe('resolved');
  expect(r.attention).toEqual([]);
});
