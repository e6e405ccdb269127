/** Clocks for waiting. The wall clock says what time it is; it may be set forward or back at any moment. */

/**
 * Milliseconds since 1970 as they were when the process began, and from there on only forward, at the pace of time: for
 * pauses, limits and what is remembered for a while. A wall clock that is set back by a day would make each of them a day long.
 */
export function steady(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Looks at most once in `ms`, however many ask; between two looks they share the last answer.
 * @param now in ms, only ever forward
 */
export function atMostEvery<T>(ms: number, look: () => Promise<T>, now: () => number = steady): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (!last || now() - last.at >= ms) last = { at: now(), answer: look() };
    return last.answer;
  };
}

/**
 * Measures from now on. Answers the milliseconds that have passed by whichever clock says more: the wall clock may have been
 * set back, and the steady one may stand still while a machine sleeps.
 */
export function stopwatch(wall: () => number = Date.now): () => number {
  const began = { wall: wall(), steady: steady() };
  return () => Math.max(wall() - began.wall, steady() - began.steady);
}
