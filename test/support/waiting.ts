/** Waiting for what happens in other processes: always bounded, and the failure says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Far beyond what any step takes on a loaded machine, also where a process stands still for half a minute and what it was asked
 * meanwhile is given up and asked again, and beyond what the product itself waits for a killed worker; only a test that fails waits
 * this long.
 */
export const PATIENCE_MS = 180_000;
const PAUSE_MS = 100;
const SHOWN_MAX = 2_000;

/**
 * Reads until `wanted` holds.
 * @param what     ends the sentence "waited 120 s for …"
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

/**
 * Asks until there is an answer: for calls that give up by themselves, when a machine stands still for some seconds, and that may
 * be made again.
 * @throws as {@link until}
 */
export async function answered<T>(what: string, call: () => Promise<T>): Promise<T> {
  return until(what, call, () => true);
}

function show(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? 'undefined');
  return text.slice(0, SHOWN_MAX);
}
