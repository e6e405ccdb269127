/** What happens while something else is under way, as exploring found it. */
import type { IssueRecord } from '../../../src/core/issue/record';
import { plan, mustLook } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import { decision, fold, fresh, hint, later, opened, snapshot, succeed, T0, TASK } from '../../support/records';

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

const taskOf = (r: ReturnType<typeof opened>, do_: 'completeTask' | 'assignTask') =>
  plan(r, T0).find((s) => s.do === do_);

test('a completion whose answer was lost, before the issue came back: the task is opened again all the same', () => {
  const resolved = reduce(opened(), { is: 'seen', issue: snapshot({ status: 'resolved' }), answers: 1 }, T0);
  expect(taskOf(resolved, 'completeTask')?.with).toMatchObject({ completed: true });
  const lost = fold(resolved, [{ is: 'failed', step: 'completeTask', code: 'unexpected', message: 'no answer' }]);
  const back = fold(lost, [
    { is: 'seen', issue: snapshot({ readAt: later(1_000) }), answers: 1 },
    { is: 'decided', decision: decision('anna') },
  ]);
  expect(back.state).toBe('open');
  expect(taskOf(back, 'completeTask')?.with).toMatchObject({ completed: false });
});

test('a completion cut off by the mode that refuses its next attempt: back in live, the task is opened again', () => {
  const { can, settings } = opened();
  const resolved = reduce(opened(), { is: 'seen', issue: snapshot({ status: 'resolved' }), answers: 1 }, T0);
  const back = fold(resolved, [
    { is: 'able', can: { ...can, write: false }, settings, refused: ['completeTask'] },
    { is: 'able', can, settings },
    { is: 'seen', issue: snapshot({ readAt: later(1_000) }), answers: 1 },
    { is: 'decided', decision: decision('anna') },
  ]);
  expect(taskOf(back, 'completeTask')?.with).toMatchObject({ completed: false });
});

test('an assignment whose answer was lost, before the first one is wanted again: it is written again', () => {
  const given = fold(opened(), [
    { is: 'commanded', command: { id: 'c1', by: 'eva', do: 'reassign', to: 'piotr' } },
    { is: 'failed', step: 'assignTask', code: 'unexpected', message: 'no answer' },
    { is: 'commanded', command: { id: 'c2', by: 'eva', do: 'reassign', to: 'anna' } },
  ]);
  expect(taskOf(given, 'assignTask')?.with).toMatchObject({ to: 'anna' });
});

test('of an issue that ended in quiet the task stays as it is, also where how it stands is unknown', () => {
  const r = { ...opened(), state: 'done' as const };
  delete r.agreed.taskDone;
  expect(taskOf(r, 'completeTask')).toBeUndefined();
});

test('a refused key of the availability service needs nobody once a person has chosen', () => {
  const r = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'commanded', command: { id: 'c1', by: 'eva', do: 'reassign', to: 'piotr' } },
    { is: 'decided', decision: decision('anna') },
    { is: 'failed', step: 'decide', code: 'calamari_unauthorized', message: 'no' },
  ]);
  expect(r.attention).toEqual([]);
});

test('back, and skipped by the rules of today, while a person deleted its task: its comment is not tried for ever', () => {
  const resolved = reduce(opened(), { is: 'seen', issue: snapshot({ status: 'resolved' }), answers: 1 }, T0);
  const back = fold(resolved, [
    { is: 'seen', issue: snapshot({ readAt: later(1_000) }), answers: 1 },
    { is: 'decided', decision: decision(null, { verdict: { skip: 'noise' } }) },
  ]);
  const said = plan(back, T0).find((s) => s.do === 'comment');
  if (said?.do !== 'comment') throw new Error('nothing is said');
  const { key } = said.with.note;
  const refused = reduce(
    back,
    { is: 'failed', step: 'comment', note: key, code: 'asana_not_found', message: 'no' },
    T0,
  );
  expect(refused.attention).toEqual([]);
  expect(plan(refused, later(86_400_000)).filter((s) => s.do === 'comment')).toEqual([]);
});

test('archived in Sentry and its task deleted by a person: a recheck makes no task before Sentry shows it as unresolved', () => {
  const deleted: IssueRecord = { ...opened(), taskDeleted: true };
  delete deleted.task;
  const archived = reduce(deleted, { is: 'seen', issue: snapshot({ status: 'archived' }), answers: 1 }, T0);
  const rechecked = fold(archived, [
    { is: 'commanded', command: { id: 'c1', by: 'eva', do: 'recheck' } },
    { is: 'seen', issue: snapshot({ status: 'archived', readAt: later(1_000) }), answers: 1 },
  ]);
  expect([rechecked.state, plan(rechecked, T0)]).toEqual(['muted', []]);
  const back = reduce(rechecked, { is: 'seen', issue: snapshot({ readAt: later(2_000) }), answers: 1 }, T0);
  expect([back.state, back.taskDeleted]).toEqual(['open', false]);
});

test('a task of an attempt that was never answered is looked for and completed, though the rules skip its issue by now', () => {
  const SKIP = decision(null, { verdict: { skip: 'noise' } });
  const unanswered = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'decided', decision: decision('anna') },
    { is: 'failed', step: 'ensureTask', code: 'unexpected', message: 'no answer' },
    { is: 'decided', decision: SKIP },
  ]);
  expect([unanswered.state, unanswered.attention.map((a) => a.step)]).toEqual(['skipped', ['ensureTask']]);
  const { due, attention } = unanswered;
  const ended = reduce(unanswered, { is: 'elapsed' }, due.finish ?? T0);
  expect(ended.state).toBe('skipped');
  const look = plan(ended, attention[0]?.again ?? T0).filter((s) => s.do === 'findTask');
  expect(look).toHaveLength(1);
  const [first] = look;
  if (!first) throw new Error('nothing is looked for');
  const found = { task: TASK, assignee: 'anna', completed: false };
  const known = reduce(ended, { is: 'done', done: { do: 'findTask', with: first.with, got: found } }, T0);
  expect([known.attention, known.pending]).toEqual([[], []]);
  expect(taskOf(known, 'completeTask')?.with).toMatchObject({ completed: true });
});

test('an issue that the rules skip, and that was only held by the rate limit, is not looked for in Asana', () => {
  const r = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'decided', decision: decision('anna') },
    { is: 'failed', step: 'ensureTask', code: 'storm_held', message: 'held' },
    { is: 'decided', decision: decision(null, { verdict: { skip: 'noise' } }) },
  ]);
  expect([r.attention, plan(r, later(86_400_000 * 2))]).toEqual([[], []]);
});
