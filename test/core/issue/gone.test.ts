/** A 404 on an issue that was known: believed only three times in a row, at once, after ten minutes and after one hour more. */
import { finished, mustLook, plan } from '../../../src/core/issue/plan';
import { nextWake } from '../../../src/core/issue/wake';
import { markOf, nextWords } from '../../../src/core/issue/describe';
import { reduce } from '../../../src/core/issue/state';
import type { Command, Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { decision, fold, fresh, hint, later, opened, settle, snapshot, T0 } from '../../support/records';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MISSING: Fact = { is: 'missing', answers: 99 };
const seen = (more: Partial<IssueSnapshot>) => ({ is: 'seen', issue: snapshot(more), answers: 99 }) as const;
const SECOND_LOOK = later(10 * MINUTE);
const THIRD_LOOK = later(10 * MINUTE + HOUR);

/** At rest after its task was made: the link and the assignee are known. */
const atRest = (): IssueRecord => ({
  ...settle(fold(opened(), [seen({ assignee: 'anna' })])).record,
  verified: true,
  due: {},
});
/** The looks that count, each when it is due. */
const thrice = (r: IssueRecord): IssueRecord =>
  [T0, SECOND_LOOK, THIRD_LOOK].reduce((record, at) => fold(record, [{ is: 'elapsed' }, MISSING], at), r);
const countGone = (r: IssueRecord): IssueRecord => {
  const [step] = plan(r, THIRD_LOOK);
  if (step?.do !== 'countGone') throw new Error(`expected countGone, got ${step?.do}`);
  return reduce(r, { is: 'done', done: { ...step, got: null } }, THIRD_LOOK);
};

test('the first 404 closes nothing: the issue stays open, and is looked at again after ten minutes', () => {
  const r = fold(atRest(), [MISSING]);
  expect(r).toMatchObject({ state: 'open', agreed: { source: 'unresolved' }, attention: [] });
  expect(plan(r, T0)).toEqual([]);
  expect(nextWake(r, T0)?.at).toBe(SECOND_LOOK);
  expect(mustLook(r, T0)).toBe(false);
  expect(mustLook(fold(r, [{ is: 'elapsed' }], SECOND_LOOK), SECOND_LOOK)).toBe(true);
  expect(nextWords(r, T0)).toMatch(/^Sentry does not show it any more\. It is read again at/);
  expect(markOf(r)).toMatchObject({ status: 'unresolved' });
});

test('a hint in between is looked at at once, and its 404 does not count as one of the three', () => {
  let r = fold(atRest(), [MISSING]);
  for (let i = 1; i < 9; i += 1) {
    r = fold(r, [{ is: 'hinted', hint: hint() }], later(i * MINUTE));
    expect(mustLook(r, later(i * MINUTE))).toBe(true);
    r = fold(r, [MISSING], later(i * MINUTE));
  }
  expect(r.gone?.looks).toBe(1);
  expect(plan(r, later(9 * MINUTE))).toEqual([]);
});

test('three in a row, and a merge or a proxy would be over: then it is asked whether so many are gone, and believed', () => {
  const r = thrice(atRest());
  expect(plan(r, THIRD_LOOK).map((s) => s.do)).toEqual(['countGone']);
  const believed = countGone(r);
  expect(believed).toMatchObject({ state: 'resolved', because: 'deleted in Sentry', agreed: { source: 'gone' } });
  expect(settle(believed, THIRD_LOOK).did).toEqual(['completeTask', 'comment']);
});

test('one look that shows it again begins anew, and says nothing to anybody', () => {
  let r = fold(atRest(), [MISSING]);
  r = fold(r, [{ is: 'elapsed' }, seen({ assignee: 'anna' })], SECOND_LOOK);
  expect(r.gone).toBeUndefined();
  expect(r.due.gone).toBeUndefined();
  expect(settle(r, SECOND_LOOK).did).toEqual([]);
  expect(fold(r, [MISSING], THIRD_LOOK).gone?.looks).toBe(1);
});

test('a merge that takes ten seconds ends as a merge, not as a deletion', () => {
  const into = { source: 'sentry', scope: 'acme', id: '77' };
  const r = fold(atRest(), [MISSING]);
  const merged = fold(
    r,
    [{ is: 'elapsed' }, seen({ status: 'gone', mergedInto: into, shortId: 'SHOP-77' })],
    SECOND_LOOK,
  );
  expect(merged).toMatchObject({ state: 'done', because: 'merged into SHOP-77 in Sentry' });
  expect(settle(merged, SECOND_LOOK).did).toEqual(['hintIssue', 'completeTask', 'comment']);
});

test('a day later it is looked at once more: still gone, it is over', () => {
  const { record } = settle(countGone(thrice(atRest())), THIRD_LOOK);
  const next = later(DAY, THIRD_LOOK);
  expect(nextWake(record, THIRD_LOOK)?.at).toBe(next);
  expect(finished(record, THIRD_LOOK)).toBe(false);
  const over = fold(record, [{ is: 'elapsed' }, MISSING], next);
  expect(over).toMatchObject({ state: 'done', because: 'deleted in Sentry' });
  expect(finished(over, next)).toBe(true);
});

test('a day later it is there again: the task is reopened, and what was said is corrected', () => {
  const { record } = settle(countGone(thrice(atRest())), THIRD_LOOK);
  const next = later(DAY, THIRD_LOOK);
  const back = fold(record, [{ is: 'elapsed' }, seen({ assignee: 'anna' })], next);
  expect(back.state).toBe('open');
  const { did, record: settled } = settle(
    fold(back, [{ is: 'decided', decision: decision('anna', { at: next }) }], next),
    next,
  );
  expect(did).toEqual(expect.arrayContaining(['completeTask', 'comment', 'tell']));
  expect(settled.agreed).toMatchObject({ taskDone: false, source: 'unresolved' });
  const note = back.pending.find((o) => o.on === 'task')?.note;
  expect(note).toMatchObject({ say: 'regressed', facts: { was: 'gone' } });
});

test('there again and resolved, the task stays closed', () => {
  const { record } = settle(countGone(thrice(atRest())), THIRD_LOOK);
  const next = later(DAY, THIRD_LOOK);
  const back = fold(record, [{ is: 'elapsed' }, seen({ assignee: 'anna', status: 'resolved' })], next);
  expect(back).toMatchObject({ state: 'resolved', agreed: { source: 'resolved' } });
  expect(back.because).toBeUndefined();
  expect(back.due.finish).toBeDefined();
  expect(settle(back, next).did).toEqual([]);
});

describe('more than ten of one project are gone', () => {
  const held = (): IssueRecord =>
    reduce(
      thrice(atRest()),
      { is: 'failed', step: 'countGone', code: 'sentry_many_gone', message: 'many' },
      THIRD_LOOK,
    );

  test('so it waits for a person, in one attention, with its task open', () => {
    const r = held();
    expect(r.attention).toMatchObject([{ step: 'readIssue', code: 'sentry_many_gone' }]);
    expect(r.state).toBe('open');
    expect(plan(r, THIRD_LOOK)).toEqual([]);
  });

  test('it is looked at again meanwhile, does not ask by itself, and stays in that attention while it is missing', () => {
    let r = held();
    for (let i = 0; i < 30; i += 1) {
      const at = r.attention[0]?.again ?? T0;
      expect(mustLook(r, at)).toBe(true);
      r = fold(r, [MISSING], at);
      expect(plan(r, at)).toEqual([]);
    }
    expect(r.attention).toMatchObject([{ step: 'readIssue', code: 'sentry_many_gone', tries: 31 }]);
    expect(r.state).toBe('open');
  });

  test.each<[string, Partial<Extract<Command, { do: 'retry' }>>]>([
    ['of all that needs attention', {}],
    ['of something else', { code: 'asana_unauthorized' }],
    ['of its storm workflow', { by: 'the rate limit', released: true }],
  ])('a retry %s does not say that it is so', (_, more) => {
    const at = later(5 * MINUTE, THIRD_LOOK);
    const r = fold(held(), [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry', ...more } }, MISSING], at);
    expect(r).toMatchObject({ state: 'open', attention: [{ code: 'sentry_many_gone' }] });
    expect(plan(r, at)).toEqual([]);
  });

  test('a person who ends it here ends it for good, and Sentry is not asked to resolve what it does not show', () => {
    const at = later(5 * MINUTE, THIRD_LOOK);
    const r = fold(held(), [{ is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } }], at);
    expect(r).toMatchObject({ state: 'resolved', resolvedBy: 'eva', attention: [] });
    expect(settle(r, at).did).toEqual(['completeTask', 'comment']);
  });

  test('a person who retries with its code says that it is so', () => {
    const at = later(5 * MINUTE, THIRD_LOOK);
    const command: Command = { id: 'c', by: 'eva', do: 'retry', code: 'sentry_many_gone' };
    const r = fold(held(), [{ is: 'commanded', command }], at);
    expect(mustLook(r, at)).toBe(true);
    const believed = fold(r, [MISSING], at);
    expect(believed).toMatchObject({ state: 'resolved', because: 'deleted in Sentry', attention: [] });
    expect(settle(believed, at).did).toEqual(['completeTask', 'comment']);
  });

  test('and when it is back after all, everything is as it was', () => {
    const r = fold(held(), [seen({ assignee: 'anna' })], later(DAY));
    expect(r).toMatchObject({ state: 'open', attention: [] });
    expect(r.gone).toBeUndefined();
  });
});

test('a project that cannot be read is no deletion: the look fails, and counts for nothing', () => {
  let r = fold(atRest(), [MISSING]);
  for (const at of [SECOND_LOOK, THIRD_LOOK, later(DAY)])
    r = fold(
      r,
      [{ is: 'elapsed' }, { is: 'failed', step: 'readIssue', code: 'sentry_project_not_found', message: 'x' }],
      at,
    );
  expect(r).toMatchObject({ state: 'open', gone: { looks: 1 } });
  expect(plan(r, later(DAY))).toEqual([]);
});

test('an issue whose project is hidden and which a person ends here needs nobody any more, for all its time', () => {
  let r = fold(atRest(), [
    { is: 'failed', step: 'readIssue', code: 'sentry_project_not_found', message: 'x' },
    { is: 'commanded', command: { id: 'c', by: 'otto', do: 'resolve' } },
  ]);
  expect(settle(r).did).toEqual(['completeTask', 'comment']);
  r = settle(r).record;
  expect(r).toMatchObject({ state: 'resolved', resolvedBy: 'otto', attention: [] });
  expect(mustLook(r, later(30 * DAY))).toBe(false);
  expect(finished(fold(r, [{ is: 'elapsed' }], later(91 * DAY)), later(91 * DAY))).toBe(true);
});

describe('what a person had ended stays so when Sentry shows the issue again as it was', () => {
  const NEXT = later(DAY, THIRD_LOOK);
  const backFrom = (r: IssueRecord): IssueRecord => {
    const gone = thrice(r);
    const believed = gone.agreed.source === 'gone' ? gone : countGone(gone);
    expect(believed).toMatchObject({ because: 'deleted in Sentry', agreed: { source: 'gone' } });
    const still = settle(believed, THIRD_LOOK).record;
    return fold(still, [{ is: 'elapsed' }, seen({ assignee: 'anna' })], NEXT);
  };

  test('an issue whose task a person deleted gets no new one', () => {
    const { task: _, ...rest } = atRest();
    const r = { ...rest, state: 'muted', because: 'its task was deleted', taskDeleted: true } as const;
    const back = backFrom(r);
    expect(back).toMatchObject({ state: 'muted', because: 'its task was deleted', generation: 1 });
    expect(settle(back, NEXT).did).toEqual([]);
  });

  test('one that was resolved here alone stays resolved, without a regression', () => {
    const settings = { ...atRest().settings, sync: { toSentry: false, toTracker: true } };
    const closed = fold({ ...atRest(), settings }, [
      { is: 'commanded', command: { id: 'c', by: 'otto', do: 'resolve' } },
    ]);
    const back = backFrom(settle(closed).record);
    expect(back).toMatchObject({ state: 'resolved', resolvedBy: 'otto', regressions: 0 });
    expect(back.due.finish).toBeDefined();
    expect(settle(back, NEXT).did).toEqual([]);
  });
});

test.each(['linkIssue', 'assignIssue', 'resolveIssue'] as const)(
  'a 404 of %s is a question whether the issue is gone, and no attention for ever',
  (step) => {
    const resolved = fold(atRest(), [seen({ status: 'resolved', assignee: 'anna' })]);
    const r = fold(settle(resolved).record, [
      { is: 'failed', step, code: 'sentry_issue_not_found', message: 'Could not find the corresponding issue' },
    ]);
    expect(mustLook(r, T0)).toBe(true);
    const believed = countGone(thrice(r));
    expect(believed).toMatchObject({ agreed: { source: 'gone' }, attention: [] });
  },
);

test('a status that is not known tells nothing of what was believed, and the look of a day later stays', () => {
  const { record } = settle(countGone(thrice(atRest())), THIRD_LOOK);
  const soon = later(HOUR, THIRD_LOOK);
  const r = fold(record, [{ is: 'hinted', hint: hint() }, seen({ status: 'unknown' }), MISSING], soon);
  expect(r).toMatchObject({ state: 'resolved', because: 'deleted in Sentry' });
  expect(nextWake(r, soon)?.at).toBe(later(DAY, THIRD_LOOK));
});

test('without a task nothing can be closed wrongly: it is believed without asking how many others are gone, nor for a task', () => {
  const { task: _, ...rest } = atRest();
  const skipped: IssueRecord = { ...rest, state: 'skipped' };
  const believed = thrice(skipped);
  expect(believed).toMatchObject({ state: 'resolved', because: 'deleted in Sentry', agreed: { source: 'gone' } });
  expect(settle(believed, THIRD_LOOK).did).toEqual([]);
});

test('a resolved issue that is missing for the first time is not called deleted', () => {
  const resolved = fold(atRest(), [seen({ status: 'resolved', assignee: 'anna' })]);
  const words = nextWords(fold(settle(resolved).record, [MISSING]), T0);
  expect(words).toMatch(/^Sentry does not show it any more\. It is read again at/);
});

test('in observe mode nothing is written, and it ends all the same', () => {
  const observed = atRest();
  const r = thrice({ ...observed, can: { ...observed.can, write: false } });
  const believed = countGone(r);
  expect(believed.state).toBe('resolved');
  expect(settle(believed, THIRD_LOOK).did).toEqual([]);
});

test('a status that is not known changes nothing, whatever came before', () => {
  const r = atRest();
  for (const status of ['unknown', 'gone'] as const) {
    const after = fold(r, [seen({ status, assignee: 'anna' })]);
    expect(after).toMatchObject({ state: 'open', agreed: { source: 'unresolved' } });
    expect(settle(after).did).toEqual([]);
  }
  expect(fold(fresh(), [seen({ status: 'unknown' })]).state).toBe('new');
});
