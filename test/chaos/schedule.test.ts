/** One seed is one schedule. */
import { roundLength, ROUND_ISSUES, scheduleOf, type ActName } from './schedule';

const KINDS = { handsOnTemporal: true, lives: 'all', backlog: 8 } as const;

it('one seed gives one schedule, and another gives another', () => {
  expect(scheduleOf(3, 40, KINDS)).toEqual(scheduleOf(3, 40, KINDS));
  expect(scheduleOf(4, 40, KINDS)).not.toEqual(scheduleOf(3, 40, KINDS));
});

it('every life begins with its error, its acts come in order and within the round', () => {
  for (const { acts } of scheduleOf(1, ROUND_ISSUES, KINDS).lives) {
    expect(acts[0]?.do).toBe('raise');
    const times = acts.map((a) => a.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThanOrEqual(roundLength(ROUND_ISSUES));
  }
});

it('a round of CI has every kind of act', () => {
  const kinds = new Set(scheduleOf(1, 150, KINDS).lives.flatMap(({ acts }) => acts.map((a) => a.do)));
  const all: ActName[] = [
    'raise',
    'repeat',
    'resolve',
    'regress',
    'archive',
    'unarchive',
    'assign',
    'remove',
    'merge',
    'complete',
    'delete',
  ];
  expect([...kinds].sort()).toEqual([...all, 'terminate', 'reset'].sort());
});

it('more issues than fit into a round make more rounds', () => {
  const { rounds, lives } = scheduleOf(1, ROUND_ISSUES + 1, KINDS);
  expect([rounds, lives.at(-1)?.round]).toEqual([2, 1]);
});

it('nobody is given an issue in Sentry who is on leave', () => {
  const { away, lives } = scheduleOf(2, 150, KINDS);
  expect(lives.flatMap(({ acts }) => acts.map((a) => a.to))).not.toContain(away);
});
