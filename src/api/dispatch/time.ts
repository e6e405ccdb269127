/** Waiting, in a form that tests replace by a clock of their own. */

/** Runs `run` once after `ms`; answers how to prevent that. */
export type After = (ms: number, run: () => void) => () => void;

export const afterTimeout: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Nobody waits for the answer any longer. */
export class Abandoned extends Error {}

/** `work`'s outcome, or Abandoned when there is none within `ms`; what `work` does later is ignored. */
export async function within<T>(ms: number, after: After, work: () => Promise<T>): Promise<T> {
  let cancel: () => void = () => {};
  const abandoned = new Promise<never>((_resolve, reject) => {
    cancel = after(ms, () => reject(new Abandoned(`No answer within ${ms} ms.`)));
  });
  try {
    return await Promise.race([work(), abandoned]);
  } finally {
    cancel();
  }
}

export const PAUSE_FIRST = 1000;
const PAUSE_MAX = 30_000;

/** ms before the next try, after so many that failed in a row. */
export function pauseAfter(failures: number): number {
  return Math.min(PAUSE_MAX, PAUSE_FIRST * 2 ** failures);
}
