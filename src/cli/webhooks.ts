/** Whether webhooks with a right signature come, as a running Errand says on its operators' listener. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ready } from '../api/public';
import { ZONE_HEADER } from '../contract';
import { moment } from '../text/say';

/** It looks at Temporal for a second at most, and at the disk. */
const TIMEOUT_MS = 5_000;
/** Whoever waits for the first webhook watches the terminal meanwhile. */
const LOOK_MS = 3_000;

/** @returns undefined when nobody answers, or somebody else; `zone`: IANA, that of its rules */
export async function readyAt(operatorUrl: string): Promise<(Ready & { zone?: string }) | undefined> {
  try {
    const answer = await fetch(`${operatorUrl}/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const ready = (await answer.json()) as Partial<Ready> | null;
    const zone = answer.headers.get(ZONE_HEADER);
    return ready?.webhooks ? { ...(ready as Ready), ...(zone === null ? {} : { zone }) } : undefined;
  } catch {
    return undefined;
  }
}

export function firstWords({ webhooks: { firstVerified }, zone }: Pick<Ready, 'webhooks'> & { zone?: string }): string {
  return firstVerified === null
    ? 'No verified webhook has come yet.'
    : `The first verified webhook came on ${moment(firstVerified, zone) ?? firstVerified}.`;
}

/** Says it now, and where none has come, once one does. Never rejects. */
export async function sayFirst(operatorUrl: string, say: (line: string) => void, stopped: AbortSignal): Promise<void> {
  for (let before: string | undefined; !stopped.aborted;) {
    const ready = await readyAt(operatorUrl);
    const words = ready && firstWords(ready);
    if (words !== undefined && words !== before && !stopped.aborted) say(words);
    if (typeof ready?.webhooks.firstVerified === 'string') return;
    before = words ?? before;
    await sleep(LOOK_MS, undefined, { signal: stopped, ref: false }).catch(() => undefined);
  }
}
