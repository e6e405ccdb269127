/** How long to wait before a process that has ended by itself is started again. */
const FIRST_MS = 1_000;
const MAX_MS = 30_000;
/** One that ran this long was well: the next pause is short again. */
const WELL_MS = 60_000;

/** @returns the pause before the next start, in ms, given how long the process ran: 1 s, doubling to 30 s while it does not run well */
export function pausesBetweenStarts(): (ranMs: number) => number {
  let next = FIRST_MS;
  return (ranMs) => {
    const pause = ranMs > WELL_MS ? FIRST_MS : next;
    next = Math.min(pause * 2, MAX_MS);
    return pause;
  };
}
