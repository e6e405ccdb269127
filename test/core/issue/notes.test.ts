/** Comments and messages stand each for itself: what one is refused holds up no other. */
import { viewOf } from '../../../src/core/issue/describe';
import { plan } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { Step } from '../../../src/core/issue/steps';
import { fold, later, opened, settle, snapshot, succeed, T0 } from '../../support/records';

const HOUR = 3_600_000;
const seen = (more: Partial<IssueSnapshot> = {}): Fact => ({
  is: 'seen',
  issue: snapshot({ assignee: 'anna', ...more }),
  answers: 99,
});
const atRest = (): IssueRecord => ({ ...settle(fold(opened(), [seen()])).record, verified: true, due: {} });
type Said = Extract<Step, { do: 'comment' | 'tell' }>;
const saying = (r: IssueRecord, kind: Said['do'], now = T0): Said[] =>
  plan(r, now).flatMap((s) => (s.do === kind ? [s] : []));
const refuse = (r: IssueRecord, step: Said, code: string, now = T0): IssueRecord =>
  reduce(r, { is: 'failed', step: step.do, note: step.with.note.key, code, message: 'HTML is not valid' }, now);

/** Ten events, then a new release: two comments are owed. */
const twoOwed = (): IssueRecord =>
  fold(
    atRest(),
    [seen({ events: 10 }), seen({ events: 11, release: 'shop@1' }), seen({ events: 12, release: 'shop@2' })],
    later(2 * HOUR),
  );

test('a comment that Asana refuses for good is dropped with a word, and the next is made', () => {
  const r = twoOwed();
  const [first, second] = saying(r, 'comment', later(2 * HOUR));
  if (!first || !second) throw new Error('two comments were to be owed');
  const dropped = refuse(r, first, 'asana_refused', later(2 * HOUR));
  expect(dropped.attention).toEqual([]);
  expect(dropped.timeline.at(-1)?.what).toMatch(
    /^a comment was dropped \(repeated\), Asana refuses it: HTML is not valid/,
  );
  expect(saying(dropped, 'comment', later(2 * HOUR)).map((s) => s.with.note.key)).toEqual([second.with.note.key]);
});

test('a comment that cannot be made now waits, and the closing one is made all the same', () => {
  const r = twoOwed();
  const now = later(2 * HOUR);
  const failed = saying(r, 'comment', now).reduce((one, step) => refuse(one, step, 'asana_forbidden', now), r);
  expect(failed.attention.map((a) => a.step)).toEqual(['comment', 'comment']);
  expect(plan(failed, now)).toEqual([]);
  const closed = reduce(failed, seen({ status: 'resolved', events: 12, release: 'shop@2' }), now);
  const steps = plan(closed, now);
  expect(steps.map((s) => s.do)).toEqual(['completeTask', 'comment']);
  expect(saying(closed, 'comment', now)[0]?.with.note.say).toBe('resolved');
  // One line tells of both.
  expect(viewOf(failed).attention).toMatchObject([{ step: 'comment', code: 'asana_forbidden' }]);
});

test('each is tried again at its own time, and what succeeds takes only itself out of attention', () => {
  const r = twoOwed();
  const now = later(2 * HOUR);
  const [first, second] = saying(r, 'comment', now);
  if (!first || !second) throw new Error('two comments were to be owed');
  let failed = refuse(r, first, 'asana_forbidden', now);
  expect(saying(failed, 'comment', now).map((s) => s.with.note.key)).toEqual([second.with.note.key]);
  failed = refuse(failed, second, 'asana_forbidden', now);
  const done = reduce(failed, { is: 'done', done: succeed(second) }, now);
  expect(done.attention.map((a) => a.note)).toEqual([first.with.note.key]);
});

test('a chat message that fails holds up no other, and an hour later it alone is dropped', () => {
  const r = fold(atRest(), [seen({ status: 'resolved' })]);
  const back = fold(r, [seen({ status: 'unresolved', substatus: 'regressed' })]);
  const messages = saying(back, 'tell');
  expect(messages.length).toBeGreaterThan(0);
  const failed = messages.reduce((one, step) => refuse(one, step, 'slack_unavailable'), back);
  const late = later(2 * HOUR);
  const step = messages[0];
  if (!step) throw new Error('a message was to be owed');
  const dropped = refuse(failed, step, 'slack_unavailable', late);
  expect(dropped.attention).toEqual([]);
  expect(dropped.pending.filter((o) => o.on === 'chat')).toEqual([]);
});
