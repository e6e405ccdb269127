/** Work that is done so many at a time. */

/** At most `size()` calls of `run` at a time, and never less than one; the others wait in order. */
export function createGate(size: () => number): <T>(run: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let inside = 0;
  const isFull = (): boolean => inside >= Math.max(1, Math.floor(size()));
  return async (run) => {
    if (isFull()) await new Promise<void>((resolve) => queue.push(resolve));
    else inside += 1;
    try {
      return await run();
    } finally {
      inside -= 1;
      while (queue.length > 0 && !isFull()) {
        inside += 1;
        queue.shift()?.();
      }
    }
  };
}
