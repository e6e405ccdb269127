/** Tells the alerts what this process finds wrong with itself: once it changes, and again while it lasts. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { OwnTrouble, ProcessTroubles } from '../contract';
import { entryOf } from '../errors';
import { SAID_MAX } from '../text/alert';
import { say } from '../text/say';

/** Nobody alerts yet, or Temporal is away. */
const AGAIN_MS = 10_000;
/** A third of what it is believed for (issue/heard.ts), so that two that are lost do not end an alert. */
const REPEAT_MS = 5 * 60_000;

export type TroubleTeller = {
  /** undefined: it is over. The message may hold what people wrote: it is scrubbed and cut here. */
  set(code: OwnTrouble['code'], trouble: Omit<OwnTrouble, 'code'> | undefined): void;
  /** In order; what only this process suffers from ends with it, where it can still be told. */
  end(): Promise<void>;
};

/**
 * The same after a restart, so that one takes back what it said before. Processes of one machine that share a directory see the same in it.
 * @param dir what the process keeps, or reads
 */
export function processName(role: 'api' | 'worker', dir: string): string {
  return `${role} ${hostname()} ${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`;
}

/**
 * Begins by telling that nothing is wrong, or what is: an earlier process of this name may have said something else.
 * @param tell false: nobody took it. What is not taken is told again until it is.
 * @param failed ms until then @param lasting ms until what lasts is repeated
 * @param ends what it tells is over when it ends: it is of this process alone
 */
export function createTroubleTeller(
  from: string,
  tell: (told: ProcessTroubles) => Promise<boolean>,
  { failed = AGAIN_MS, lasting = REPEAT_MS, ends = false }: { failed?: number; lasting?: number; ends?: boolean } = {},
): TroubleTeller {
  const troubles = new Map<string, OwnTrouble>();
  let pending = true;
  let telling = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (ms: number): void => {
    timer = setTimeout(() => {
      pending = true;
      void work();
    }, ms);
    timer.unref();
  };
  async function work(): Promise<void> {
    if (telling || stopped) return;
    telling = true;
    clearTimeout(timer);
    let taken = true;
    // What changes while it is told is pending after it.
    while (pending && taken && !stopped) {
      pending = false;
      taken = await tell({ from, troubles: [...troubles.values()] }).catch(() => false);
    }
    telling = false;
    if (stopped) return;
    if (!taken) later(failed);
    else if (troubles.size > 0) later(lasting);
  }

  // Not before what is known already has been set.
  queueMicrotask(() => void work());
  return {
    set(code, trouble) {
      const vendor = entryOf(code)?.vendor;
      const whose = vendor === undefined ? {} : { vendor };
      if (trouble) troubles.set(code, { code, ...trouble, ...whose, said: say(trouble.said, SAID_MAX) });
      else if (!troubles.delete(code)) return;
      pending = true;
      void work();
    },
    async end() {
      stopped = true;
      clearTimeout(timer);
      if (ends && troubles.size > 0) await tell({ from, troubles: [] }).catch(() => false);
    },
  };
}
