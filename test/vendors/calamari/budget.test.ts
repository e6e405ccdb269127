/** The daily and hourly budget. */
import { BELIEVED_MAX_MS, BELIEVED_MIN_MS, createBudget } from '../../../src/vendors/calamari/budget';
import { DAY, HOUR, MINUTE, SECOND } from './support';

describe('the budget', () => {
  let now: number;
  const spendable = (budget: ReturnType<typeof createBudget>): boolean => {
    try {
      budget.spend();
      return true;
    } catch {
      return false;
    }
  };
  beforeEach(() => (now = 0));

  it.each([
    ['hourly', 600, HOUR],
    ['daily', 2_400, DAY],
  ])('ends, %s, at %d calls and comes back with the first of them', (name, calls, window) => {
    const budget = createBudget(() => now);
    const step = window / calls / 1.01;
    for (let i = 0; i < calls; i += 1, now += step) budget.spend();
    const wait = Math.ceil(window - now);
    expect(() => budget.spend()).toThrow(`${name} budget`);
    expect(() => budget.spend()).toThrow(expect.objectContaining({ retryAfter: wait }) as Error);
    now = window;
    budget.spend();
    expect(() => budget.spend()).toThrow(`${name} budget`);
  });

  it('is divided among the processes that ask', () => {
    let share = 1 / 3;
    const budget = createBudget(
      () => now,
      () => share,
    );
    for (let i = 0; i < 200; i += 1) budget.spend();
    expect(spendable(budget)).toBe(false);
    // One of them has ended.
    share = 1 / 2;
    for (let i = 0; i < 100; i += 1) budget.spend();
    expect(spendable(budget)).toBe(false);
  });

  it('an answer is believed from a minute up to an hour, the longer the less of the day is left and the more people there are', () => {
    const budget = createBudget(() => now);
    expect(budget.believedFor(5)).toBe(BELIEVED_MIN_MS);
    // 2,400 calls a day are one in 36 s; ten of them ask about 500 people.
    expect(budget.believedFor(500)).toBe(10 * 36 * SECOND);
    let before = BELIEVED_MIN_MS;
    for (let i = 0; i < 2_400; i += 1, now += DAY / 2_500) {
      budget.spend();
      expect(budget.believedFor(5)).toBeGreaterThanOrEqual(before);
      before = budget.believedFor(5);
    }
    expect(before).toBe(BELIEVED_MAX_MS);
    now += DAY;
    expect(budget.believedFor(5)).toBe(BELIEVED_MIN_MS);
  });

  it('an outage of a day, asked into every second, does not use it up', () => {
    const budget = createBudget(() => now);
    const calls: number[] = [];
    for (; now < DAY; now += SECOND) {
      if (!spendable(budget)) continue;
      calls.push(now);
      budget.failed();
    }
    expect(calls.slice(0, 5)).toEqual([0, 1, 3, 7, 15].map((seconds) => seconds * SECOND));
    expect(calls.length).toBeLessThan(1_600);
    now += HOUR;
    budget.spend();
    budget.answered();
    // It is back: nobody waits any more.
    budget.spend();
  });

  it('while Calamari fails, one call at a time looks whether it is back', () => {
    const budget = createBudget(() => now);
    budget.spend();
    budget.failed();
    now += SECOND;
    expect([spendable(budget), spendable(budget)]).toEqual([true, false]);
  });

  it('after QUOTA_EXCEEDED nothing is asked for as long as Calamari says, or for five minutes, and answers are believed for an hour', () => {
    const budget = createBudget(() => now);
    expect(budget.refused(90 * SECOND)).toBe(90 * SECOND);
    expect(budget.believedFor(1)).toBe(BELIEVED_MAX_MS);
    now += 89 * SECOND;
    expect(spendable(budget)).toBe(false);
    now += SECOND;
    expect(spendable(budget)).toBe(true);
    budget.refused(undefined);
    // An answer to a call that had been under way already.
    budget.answered();
    now += 5 * MINUTE - 1;
    expect(spendable(budget)).toBe(false);
    now += 1;
    expect(spendable(budget)).toBe(true);
    now += HOUR;
    expect(budget.believedFor(1)).toBe(BELIEVED_MIN_MS);
  });
});
