/** A server that is kept running: whenever it ends by itself it is started again, until that succeeds or it is no longer wanted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pausesBetweenStarts } from '../../process/again';
import { steady } from '../../process/clock';
import type { DevServer } from './dev-server';
import { telling } from './supervised';
import type { ServerEnd } from './supervisor';

type Server = Pick<DevServer, 'ended' | 'stop'>;

/** Resolves after so many milliseconds, or when the signal is aborted. */
type Waits = (ms: number, signal: AbortSignal) => Promise<void>;
const sleepUntil: Waits = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * @param server runs already
 * @param startAgain starts one that takes its place; ends soon, and leaves nothing behind, once `signal` is aborted
 * @param say a line for the terminal
 * @returns what stops it for good; resolves when nothing runs any more
 */
export function keepRunning(
  server: Server,
  startAgain: (signal: AbortSignal) => Promise<Server>,
  say: (line: string) => void,
  waits: Waits = sleepUntil,
): { stop(): Promise<void> } {
  const unwanted = new AbortController();
  const { signal } = unwanted;
  const pauseAfter = pausesBetweenStarts();
  let begun = steady();
  let running: Server | undefined = server;

  const again = async (why: string): Promise<Server | undefined> => {
    for (let reason = why; !signal.aborted;) {
      const pause = pauseAfter(steady() - begun);
      say(`Temporal ${reason} It is started again in ${pause / 1_000} s.`);
      await waits(pause, signal);
      if (signal.aborted) return undefined;
      begun = steady();
      try {
        const started = await startAgain(signal);
        if (signal.aborted) await started.stop();
        else say('Temporal runs again.');
        return started;
      } catch (error) {
        reason = `did not start: ${(error as Error).message}`;
      }
    }
    return undefined;
  };

  const keeping = (async () => {
    while (running) {
      const { code, signal: by, tail }: ServerEnd = await running.ended;
      // Also when it has ended: only then are its files free.
      await running.stop();
      running = signal.aborted ? undefined : await again(`ended by itself (${by ?? code}). It said: ${telling(tail)}`);
    }
  })();
  return {
    stop: async () => {
      unwanted.abort();
      await running?.stop();
      await keeping;
    },
  };
}
