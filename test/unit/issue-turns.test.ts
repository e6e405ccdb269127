/** Repeats, merges and the change of versions, in the pure core. */
import { finished } from '../../src/issue/plan';
import { upgrade } from '../../src/issue/state';
import type { IssueSnapshot } from '../../src/types';
import { fold, fresh, later, opened, REF, settle, snapshot, T0 } from '../support/records';

const seen = (more: Partial<IssueSnapshot>, answers = 99) => ({ is: 'seen', issue: snapshot(more), answers }) as const;
const HOUR = 3_600_000;

describe('what is new about an issue that goes on', () => {
  const repeats = (r: ReturnType<typeof opened>): unknown[] =>
    r.owed.filter((o) => o.on === 'task').map(({ note }) => [note.key.replace(/\..*/, ''), note.facts]);
  const base = { assignee: 'anna', events: 4, users: 1 } as const;

  test('a count and a new release in one read are one comment', () => {
    const r = fold(opened(), [seen({ ...base, events: 10, release: 'shop@2' })]);
    expect(repeats(r)).toEqual([['x10', { events: 10, users: 1, release: 'shop@2' }]]);
  });

  test('within the hour it waits, and is said by the first read after it', () => {
    const first = fold(opened(), [seen({ ...base, release: 'shop@2' })]);
    const told = settle(first).record;
    const soon = fold(told, [seen({ ...base, release: 'shop@3', substatus: 'escalating' })], later(HOUR - 1));
    expect(repeats(soon)).toEqual([]);
    const after = fold(soon, [seen({ ...base, release: 'shop@3', substatus: 'escalating' })], later(HOUR));
    expect(repeats(after)).toEqual([['news-2', { events: 4, users: 1, release: 'shop@3', escalating: 1 }]]);
  });

  test('an escalation that ended and comes again is said again', () => {
    const one = settle(fold(opened(), [seen({ ...base, substatus: 'escalating' })])).record;
    const calm = fold(one, [seen({ ...base, substatus: 'ongoing' })], later(HOUR));
    const two = fold(calm, [seen({ ...base, substatus: 'escalating' })], later(2 * HOUR));
    expect(repeats(two)).toEqual([['news-2', { events: 4, users: 1, escalating: 1 }]]);
  });

  test('while it is closed it is remembered, not said', () => {
    const closed = settle(fold(opened(), [seen({ ...base, status: 'resolved', release: 'shop@2' })])).record;
    const back = fold(closed, [seen({ ...base, release: 'shop@2' })]);
    expect(repeats(back).map((r) => (r as unknown[])[0])).toEqual(['regressed-1']);
    expect(repeats(fold(settle(back).record, [seen({ ...base, release: 'shop@2' })]))).toEqual([]);
  });
});

describe('a merged issue', () => {
  const into = { ...REF, id: '1' };
  const merged = fold(opened(), [seen({ mergedInto: into, status: 'gone', shortId: 'SHOP-1', title: 'the survivor' })]);

  test('keeps its own name, points to the survivor, hints it once and is finished', () => {
    expect(merged.seen).toMatchObject({ shortId: 'SHOP-1A', title: 'Error: timeout', mergedInto: into });
    expect(finished(merged, T0)).toBe(false);
    const { record, did } = settle(merged);
    expect(did).toEqual(['hintIssue', 'completeTask', 'comment']);
    expect(finished(record, T0)).toBe(true);
  });

  test('first seen merged: no task, no name that belongs to another, and the survivor is hinted', () => {
    const r = fold(fresh(), [seen({ mergedInto: into, status: 'gone', shortId: 'SHOP-1' })]);
    expect(r.seen?.shortId).toBeUndefined();
    expect(settle(r).did).toEqual(['hintIssue']);
  });

  test('in observe mode, too, the survivor is hinted: that writes to no vendor', () => {
    expect(settle({ ...merged, can: { ...merged.can, write: false } }).did).toEqual(['hintIssue']);
  });
});

test('a record of version 1 is taken over as it is, and what it has seen is no news', () => {
  const { told: _, ...old } = settle(fold(opened(), [seen({ release: 'shop@1', assignee: 'anna' })])).record;
  const r = upgrade({ ...old, version: 1 });
  expect(r).toMatchObject({ version: 2, told: { releases: ['shop@1'], environments: ['production'], count: 0 } });
  expect(upgrade(r)).toBe(r);
  expect(settle(fold(r, [seen({ release: 'shop@1', assignee: 'anna' })])).did).toEqual([]);
});
