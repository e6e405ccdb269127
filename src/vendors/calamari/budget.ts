/**
 * What Calamari may be asked, and how long its answers are believed so that this suffices. Its limits hold for the whole
 * company, whose other integrations share them; a process knows its own calls only, and keeps to its share.
 */
import { ErrandError } from '../../errors';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * Calamari allows a company 720 calls an hour and 2,880 a day (developers.calamari.io; its own shift-ctl keeps to the former,
 * users confirm the latter). The sixth of both that is not taken here is for the company's other integrations.
 */
const BUDGETS = [
  { calls: 600, windowMs: HOUR_MS, name: 'hourly' },
  { calls: 2_400, windowMs: DAY_MS, name: 'daily' },
] as const;
/** How many people one call asks about. No limit is documented: 50 addresses make a body of 2 KB. */
export const PEOPLE_PER_CALL = 50;
/** While the day's calls are fresh: one call a minute is 1,440 a day, well below the budget. */
export const BELIEVED_MIN_MS = 60_000;
/** Nothing older is used, because nobody on leave is to be assigned: leave that was entered an hour ago counts. */
export const BELIEVED_MAX_MS = HOUR_MS;
/** Doubled with every failure in a row, up to what the budget bears for ever. */
const FIRST_PAUSE_MS = 1_000;
/**
 * After QUOTA_EXCEEDED without `Retry-After`, which is not documented. 288 calls a day in vain are a tenth of the
 * daily limit, if it was that one.
 */
const QUOTA_PAUSE_MS = 5 * 60_000;

export type Budget = {
  /** Before a call. @throws `calamari_unavailable` with the ms to wait when it may not be made now */
  spend(): void;
  /** The call that was spent last came back with an answer. */
  answered(): void;
  /** It came back without one: the next call waits, and one alone looks whether Calamari is back. */
  failed(): void;
  /**
   * The company has used up a limit: nothing is asked until `retryAfter` ms are over, and for an hour, the shorter of both
   * windows, answers are believed as long as may be. Answers the pause in ms.
   */
  refused(retryAfter: number | undefined): number;
  /** How long (ms) an answer about one of `people` people is believed now, between the two bounds above. */
  believedFor(people: number): number;
};

/**
 * @param now ms, only forward
 * @param share how much of the budgets is this process's, above 0 and up to 1; asked for at every use
 */
export function createBudget(now: () => number, share: () => number = () => 1): Budget {
  let spent: number[] = [];
  /** Calls in a row without an answer, with the one that is under way. */
  let failures = 0;
  let pausedUntil = 0;
  let quotaUntil = 0;
  let scarceUntil = 0;

  const allowed = (calls: number): number => Math.max(1, Math.floor(calls * Math.min(1, share())) || 1);
  const within = (windowMs: number): number[] => {
    const after = now() - windowMs;
    return spent.filter((at) => at > after);
  };
  /**
   * How far apart (ms) groups of `calls` calls have to be so that no budget ever runs dry: what is left, spread over its
   * window. Who spends at most `left` per window still has limit ÷ e, 37 %, when a whole window is over and what was spent
   * first comes back.
   */
  const spacing = (calls: number): number =>
    Math.max(
      ...BUDGETS.map((one) => {
        const left = allowed(one.calls) - within(one.windowMs).length;
        return left > 0 ? (calls * one.windowMs) / left : Infinity;
      }),
    );
  const pauseOf = (): number => Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), spacing(1), BELIEVED_MAX_MS);
  const unavailable = (why: string, wait: number): ErrandError =>
    new ErrandError('calamari_unavailable', why, Math.ceil(wait));

  return {
    spend() {
      const at = now();
      if (quotaUntil > at) throw unavailable('The quota of the company’s key is used up.', quotaUntil - at);
      if (pausedUntil > at)
        throw unavailable('It failed a moment ago, and is asked again after a pause.', pausedUntil - at);
      for (const { calls, windowMs, name } of BUDGETS) {
        const recent = within(windowMs);
        const leaving = recent[recent.length - allowed(calls)];
        if (leaving !== undefined) throw unavailable(`The ${name} budget is used up.`, leaving + windowMs - at);
      }
      spent = [...within(DAY_MS), at];
      if (failures === 0) return;
      failures += 1;
      pausedUntil = at + pauseOf();
    },
    answered() {
      failures = 0;
      pausedUntil = 0;
    },
    failed() {
      // Further ones count when they are spent: of many at the same time, the first says it all.
      if (failures > 0) return;
      failures = 1;
      pausedUntil = now() + pauseOf();
    },
    refused(retryAfter) {
      const at = now();
      quotaUntil = Math.max(quotaUntil, at + (retryAfter ?? QUOTA_PAUSE_MS));
      scarceUntil = at + HOUR_MS;
      return quotaUntil - at;
    },
    /**
     * A full call asks about whoever was asked about longest ago, so that `people` ÷ 50 calls renew everybody, and no more
     * are made within the time for which one answer is believed: each is made for somebody whose answer is older than that,
     * and takes fifty such people, as long as there are any. So this many calls, spread as above, never use up a budget.
     * At an hour they are people ÷ 50 × 24 a day, less than the budget below 5,000 people. The 37 %, 880 calls a day, are for
     * people asked about for the first time, for absences that begin, and for addresses that Calamari does not know.
     */
    believedFor(people) {
      const needed = now() < scarceUntil ? BELIEVED_MAX_MS : spacing(Math.ceil(people / PEOPLE_PER_CALL));
      return Math.min(BELIEVED_MAX_MS, Math.max(BELIEVED_MIN_MS, needed));
    },
  };
}
