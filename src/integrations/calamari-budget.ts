/** The hourly budget of the company's key, so that Errand never uses up what others need it for. */
import { ErrandError } from '../errors';

const HOUR_MS = 3_600_000;
/** Of the 720 an hour that Calamari allows one company; the rest is left to its other integrations. */
const CALLS_PER_HOUR = 600;

export type Budget = {
  /** Throws `calamari_unavailable`, with the time to wait, when 600 calls lie within the last hour. */
  spend: () => void;
  /** 0 … 1: how much of the hour's calls is used up. */
  used: () => number;
};

export function createBudget(now: () => number): Budget {
  let spent: number[] = [];
  const recent = (at: number): number[] => (spent = spent.filter((one) => one > at - HOUR_MS));
  return {
    used: () => recent(now()).length / CALLS_PER_HOUR,
    spend() {
      const at = now();
      recent(at);
      const [first] = spent;
      if (first !== undefined && spent.length >= CALLS_PER_HOUR) {
        throw new ErrandError('calamari_unavailable', 'The hourly budget is used up.', first + HOUR_MS - at);
      }
      spent.push(at);
    },
  };
}
