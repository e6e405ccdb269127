/** `settings.sync` switches a direction off, whatever the change is. */
import { reduce } from '../../../src/core/issue/state';
import type { Command, Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { fold, later, opened, settle, snapshot, T0 } from '../../support/records';

const HOUR = 3_600_000;
const seen = (more: Partial<IssueSnapshot>): Fact => ({
  is: 'seen',
  issue: snapshot({ assignee: 'anna', ...more }),
  answers: 99,
});
const MISSING: Fact = { is: 'missing', answers: 99 };
const RESOLVE: Command = { id: 'c', by: 'otto', do: 'resolve' };

const atRest = (toTracker: boolean): IssueRecord => {
  const r = { ...settle(fold(opened(), [seen({})])).record, verified: true, due: {} };
  return { ...r, settings: { ...r.settings, goneAfter: [], sync: { toTracker, toSentry: true } } };
};
/** What is written once this has happened. */
const writes = (r: IssueRecord, facts: Fact[]): string[] => settle(fold(r, facts, later(HOUR)), later(HOUR)).did;

const INTO = { source: 'sentry', scope: 'acme', id: '77' };
const CLOSED: [string, Fact[]][] = [
  ['resolved', [seen({ status: 'resolved' })]],
  ['archived', [seen({ status: 'archived' })]],
  ['deleted', [MISSING]],
  ['merged', [seen({ status: 'gone', mergedInto: INTO, shortId: 'SHOP-77' })]],
];

test.each(CLOSED)(
  'sync.toTracker: false: one that is %s in Sentry keeps its task open, with a word on it',
  (_, facts) => {
    expect(writes(atRest(true), facts)).toContain('completeTask');
    const did = writes(atRest(false), facts);
    expect(did).not.toContain('completeTask');
    expect(did).toContain('comment');
  },
);

test.each(CLOSED)(
  'sync.toTracker: false: once an operator closed it and it came back, %s in Sentry is Sentry’s all the same',
  (_, facts) => {
    const closed = settle(fold(atRest(false), [{ is: 'commanded', command: RESOLVE }])).record;
    const back = settle(reduce(closed, seen({ status: 'unresolved', substatus: 'regressed' }), T0)).record;
    expect(back.state).toBe('open');
    expect(writes(back, facts)).not.toContain('completeTask');
  },
);

test('sync.toTracker: false: what an operator resolves here is completed', () => {
  expect(writes(atRest(false), [{ is: 'commanded', command: RESOLVE }])).toContain('completeTask');
});

test('sync.toTracker: false: one that an operator resolves while Sentry does not show it is completed', () => {
  const held = fold(atRest(false), [
    MISSING,
    { is: 'failed', step: 'readIssue', code: 'sentry_many_gone', message: 'x' },
  ]);
  expect(writes(held, [{ is: 'commanded', command: RESOLVE }])).toContain('completeTask');
});
