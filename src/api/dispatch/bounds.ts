/** How much is sent at once, and how long each step may take (milliseconds). */
export const PAGE = 500;
export const IN_FLIGHT = 16;
export const DEADLINE = 5000;
/** A send that ignores its deadline is abandoned after so long; it may still arrive, which does no harm. */
export const ABANDON = 2 * DEADLINE;
/** Looked at again after so long, even unasked. */
export const POLL = 30_000;
/** After the inbox could not be read or written. */
export const DISK_AGAIN = 1000;
