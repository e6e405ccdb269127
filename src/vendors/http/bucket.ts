/**
 * The limits that one vendor token has in this process: a token bucket that all callers wait in, in the order in which
 * they came, and gates for calls in flight. The buckets are the real limit; Temporal's queue rates are the coarse one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steady } from '../../process/clock';

/** The wait would be longer than the caller may take; `waitMs`: when to come again. */
export class BucketBusy extends Error {
  constructor(readonly waitMs: number) {
    super(`The rate limit asks for ${waitMs} ms.`);
    this.name = 'BucketBusy';
  }
}

type TakeOptions = { /** Longest wait in ms, default endless. */ maxWaitMs?: number; signal?: AbortSignal };
export type Bucket = {
  /** Waits for a turn, first come first served. Throws {@link BucketBusy}, or the reason of an aborted signal. */
  take(options?: TakeOptions): Promise<void>;
  /** Nobody goes before `ms` from now (`Retry-After`); a shorter pause never cuts a longer one. */
  pause(ms: number): void;
  /** A refusal for too many requests: pauses, and falls to the slow rate if the bucket has one. */
  refused(pauseMs: number): void;
  /** Requests per minute in force now. */
  rate(): number;
};
type BucketOptions = {
  perMinute: number;
  /** Requests that may go at once after a quiet time. */
  burst: number;
  /**
   * A refusal may mean a slower plan of `perMinute`: we fall to it for `firstMs`, after a further refusal for twice as long, up to
   * `maxMs`; after {@link QUIET_MS} at the full rate without a refusal it begins anew. Who was let have more within a minute, beside
   * the `inFlight` whose answer is still to come, has no such plan: from then on a refusal only pauses. Our share of that many is
   * a likelihood only, since the others may have been idle: it excuses one refusal, until it is met again.
   */
  learn?: { perMinute: number; firstMs: number; maxMs: number; inFlight: number };
  /** The part of the rate, over 0 and at most 1, that this process may use: other processes have the same token. */
  share?: () => number;
  now?: () => number;
};

const MINUTE = 60_000;
/** As the longest time at the slow rate (vendors/asana/call.ts): so rare a refusal comes of a burst, or of others with the same token. */
const QUIET_MS = 60 * MINUTE;
/** Refusals so close together are of calls that were in flight together: each has 10 s. */
const SAME_MS = 10_000;

/** A fair token bucket. `perMinute` and `burst` are at least 1. */
export function createBucket({ perMinute, burst, learn, share = () => 1, now = steady }: BucketOptions): Bucket {
  let tokens = burst;
  let filledAt = now();
  let pausedUntil = 0;
  let slowUntil = 0;
  let slowFor = learn?.firstMs ?? 0;
  /** Turns within the last minute, none of which was refused; undefined when there is nothing to learn any more. */
  let taken: number[] | undefined = learn && [];
  /** Within a minute our share of more than the slow plan has was taken. */
  let isLikely = false;
  /** The answers to calls that were in flight at an excused refusal. */
  let excusedUntil = 0;
  let waiting = 0;
  let horizon = 0;
  let tail: Promise<void> = Promise.resolve();

  const rate = (): number => share() * (learn && now() < slowUntil ? learn.perMinute : perMinute);
  const fill = (): void => {
    const at = now();
    // One token must fit, or nobody would ever have a turn.
    tokens = Math.min(Math.max(1, burst * share()), tokens + (Math.max(0, at - filledAt) * rate()) / MINUTE);
    filledAt = at;
  };
  /** Milliseconds until `ahead` callers and one more have had their turn. */
  const waitFor = (ahead: number): number => {
    fill();
    const lacking = ahead + 1 - tokens;
    const forTokens = lacking > 0 ? Math.ceil((lacking * MINUTE) / rate()) : 0;
    return Math.max(forTokens, pausedUntil - now());
  };

  /** Those who are sent away are told different times, or they would all come back at once and be sent away again. */
  const busy = (wait: number): BucketBusy => {
    horizon = Math.max(horizon + MINUTE / rate(), now() + wait);
    return new BucketBusy(Math.ceil(horizon - now()));
  };

  const turn = async (giveUpAt: number, signal: AbortSignal | undefined): Promise<void> => {
    for (;;) {
      signal?.throwIfAborted();
      const wait = waitFor(0);
      if (wait <= 0) break;
      if (now() + wait > giveUpAt) throw busy(wait);
      await sleep(wait, undefined, { signal });
    }
    tokens -= 1;
    prove();
  };

  const prove = (): void => {
    if (!learn || !taken) return;
    taken = [...taken.filter((at) => at > now() - MINUTE), now()];
    const most = learn.perMinute + learn.inFlight;
    if (taken.length > most) taken = undefined;
    // At the slow rate a small share is a few calls, and the burst alone exceeds it.
    else if (now() >= slowUntil && taken.length > most * share()) isLikely = true;
  };

  /** Falls to the slow rate, unless it is likely that the plan has none. */
  const fall = (pauseMs: number): void => {
    if (!learn || !taken) return;
    taken = [];
    const at = now();
    if (at < excusedUntil) return;
    if (isLikely) {
      isLikely = false;
      excusedUntil = at + Math.max(pauseMs, SAME_MS);
      return;
    }
    if (slowUntil > 0 && at >= slowUntil + QUIET_MS) slowFor = learn.firstMs;
    // Several calls in flight are refused at once.
    else if (slowUntil > 0 && at >= slowUntil) slowFor = Math.min(2 * slowFor, learn.maxMs);
    slowUntil = at + slowFor;
  };

  return {
    async take({ maxWaitMs = Infinity, signal } = {}) {
      const expected = waitFor(waiting);
      if (expected > maxWaitMs) throw busy(expected);
      const giveUpAt = now() + maxWaitMs;
      waiting += 1;
      const mine = tail.then(() => turn(giveUpAt, signal)).finally(() => (waiting -= 1));
      tail = mine.catch(() => undefined);
      await mine;
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },
    refused(pauseMs) {
      fill();
      // A refused request counts against the vendor's limit too, so what was saved up is not spent on more of them.
      tokens = Math.min(tokens, 0);
      fall(pauseMs);
      pausedUntil = Math.max(pausedUntil, now() + pauseMs);
    },
    rate,
  };
}
