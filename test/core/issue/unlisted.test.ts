/** An issue that Sentry’s list does not show. */
import { mustLook } from '../../../src/core/issue/plan';
import { markOf } from '../../../src/core/issue/describe';
import { parseHints } from '../../../src/core/issue/commands';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { fold, hint, later, opened, settle, snapshot, T0 } from '../../support/records';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const seen = (more: Partial<IssueSnapshot>) => ({ is: 'seen', issue: snapshot(more), answers: 99 }) as const;

/** At rest after its task was made: the link and the assignee are known. */
const atRest = (): IssueRecord => ({
  ...settle(fold(opened(), [seen({ assignee: 'anna' })])).record,
  verified: true,
  due: {},
});

describe('not in Sentry’s list', () => {
  test('when it was asked for is never ahead of the time, so that no question is put off by a wrong clock', () => {
    const ahead = hint({ what: 'unlisted', unlisted: 'answered', at: later(400 * DAY) });
    expect(fold(atRest(), [{ is: 'hinted', hint: ahead }]).unlisted).toBe(T0);
  });

  test('a hint of somebody’s own with a long text for a time makes no record longer', () => {
    const typed = { ...hint(), unlisted: 'answered', at: 'x'.repeat(300_000), delivery: 'y'.repeat(300_000) };
    const { hints } = parseHints([typed]);
    expect(JSON.stringify(hints).length).toBeLessThan(2_000);
    expect(hints[0]?.unlisted).toBeUndefined();
  });

  const answered: Fact = { is: 'hinted', hint: hint({ what: 'unlisted', at: later(HOUR), unlisted: 'answered' }) };

  test('asked for by its id and as it was: nothing is read, and the mark keeps when it was asked', () => {
    const before = atRest();
    const r = fold(before, [answered], later(HOUR));
    expect(mustLook(r, later(HOUR))).toBe(false);
    expect(markOf(r)).toMatchObject({ status: 'unresolved', assignee: 'anna', unlisted: later(HOUR) });
    expect(r.timeline).toEqual(before.timeline);
  });

  test('not shown by its id either: it is read', () => {
    const unanswered = hint({ what: 'unlisted', at: later(HOUR), unlisted: 'unanswered' });
    const r = fold(atRest(), [{ is: 'hinted', hint: unanswered }], later(HOUR));
    expect(mustLook(r, later(HOUR))).toBe(true);
    expect(markOf(r)?.unlisted).toBe(later(HOUR));
  });

  test('once it happens again Sentry lists it, and the mark is taken off', () => {
    const r = fold(atRest(), [answered], later(HOUR));
    const same = fold(r, [seen({ assignee: 'anna' })], later(2 * HOUR));
    expect(same.unlisted).toBe(later(HOUR));
    const again = fold(r, [seen({ assignee: 'anna', lastSeen: later(2 * HOUR) })], later(2 * HOUR));
    expect(again.unlisted).toBeUndefined();
  });
});
