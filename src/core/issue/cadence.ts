/** When something happens again: pure arithmetic on instants. */
import type { Instant } from '../refs';
import { plus, since } from '../time';
import type { Settings } from './settings';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A skipped issue is read again at most this often, however noisy it is. */
export const SKIPPED_LOOK_EVERY = 60 * MINUTE;
/** A 404 before the first successful read may be Sentry's own lag; after this it is a missing right or a wrong organisation. */
export const MISSING_PATIENCE = 10 * MINUTE;
/** The pauses between attempts double up to this. */
const ATTENTION_MAX = 60 * MINUTE;
/** By then it is not lag and nobody gives the right any more: the issue was deleted before it was read. */
export const MISSING_FOR_GOOD = 7 * DAY;
/** A new release, environment or escalation is said at most this often; a deployment can bring several at once. */
export const NEWS_EVERY = 60 * MINUTE;
const MISSING_FIRST = 5 * SECOND;
const MISSING_MAX = MINUTE;
/** A chat message that could not be sent for this long is no longer news. */
export const CHAT_PATIENCE = 60 * MINUTE;

/** When a step in attention is tried again: `attentionAgain`, doubling to an hour. `tries` counts from 1. */
export function tryAgainAt(settings: Settings, tries: number, now: Instant): Instant {
  const pause = settings.attentionAgain * 2 ** Math.min(tries - 1, 20);
  return plus(now, Math.max(SECOND, Math.min(pause, Math.max(ATTENTION_MAX, settings.attentionAgain))));
}

/** Once a day, or after `attentionAgain` when that is longer. */
export function tryDailyAt(settings: Settings, now: Instant): Instant {
  return plus(now, Math.max(DAY, settings.attentionAgain));
}

/** When to look for an issue that Sentry does not know yet: as long again as it has been missing, 5 s to 1 min. */
export function lookForMissingAt(missingSince: Instant, now: Instant): Instant {
  return plus(now, Math.min(Math.max(since(missingSince, now), MISSING_FIRST), MISSING_MAX));
}

/** The highest of `commentAt` that `events` has reached; 0 when none. */
export function repeatsReached(commentAt: number[], events: number): number {
  return Math.max(0, ...commentAt.filter((n) => n <= events));
}
