/** Waiting for what happens in other processes: always bounded, and the failure says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Far beyond what any step takes on a loaded machine; only a test that fails waits this long. */
export const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;
const SHOWN_MAX = 2_000;

/**
 * Reads until `wanted` holds.
 * @param what     ends the sentence "waited 60 s for …"
 * @returns the value that held
 * @throws Error that names `what` and shows the last value, or the last error of `read`
 */
export async function until<T>(
  what: string,
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
  patience = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patience;
  let last: unknown;
  for (;;) {
    try {
      const value = await read();
      if (wanted(value)) return value;
      last = value;
    } catch (e) {
      last = e;
    }
    if (Date.now() >= deadline)
      throw new Error(`waited ${patience / 1_000} s for ${what}; the last look: ${show(last)}`);
    await sleep(PAUSE_MS);
  }
}

function show(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? 'undefined');
  return text.slice(0, SHOWN_MAX);
}
