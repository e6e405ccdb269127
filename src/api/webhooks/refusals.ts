/**
 * What is said in the log of webhooks that were refused. Whoever sends them costs nothing and may send thousands a second, each with 16 KiB
 * of path: so each line is cut, and there are only some in a minute. The log of `api` is turned over at a few MB, and with it what an operator
 * looks for; how many were refused stands in `errand_deliveries_total`.
 */
import type { FastifyBaseLogger } from 'fastify';
import { steady } from '../../process/clock';

/** Enough to see who sends, to what path and what is wrong with it: some 8 KB in a minute, 11 MB in a day of nothing else. */
const LINES = 20;
const WINDOW_MS = 60_000;
/** A path of ours has some 40 characters; one with a long token 200. */
const PATH_MAX = 200;

export type Refused = (request: { url: string; ip: string }, why: string) => void;

/** @param now milliseconds of a clock that nobody sets */
export function sayRefusals(log: Pick<FastifyBaseLogger, 'warn'>, now: () => number = steady): Refused {
  let window = { since: -Infinity, said: 0, unsaid: 0 };
  return ({ url, ip }, why) => {
    const at = now();
    if (at - window.since >= WINDOW_MS) {
      if (window.unsaid > 0)
        log.warn({ unsaid: window.unsaid }, 'as many more webhooks were refused before this, for their signatures');
      window = { since: at, said: 0, unsaid: 0 };
    }
    if (window.said >= LINES) {
      window.unsaid += 1;
      return;
    }
    window.said += 1;
    const path = url.length > PATH_MAX ? `${url.slice(0, PATH_MAX - 1)}…` : url;
    log.warn({ path, from: ip }, `webhook refused, its signature: ${why}`);
  };
}
