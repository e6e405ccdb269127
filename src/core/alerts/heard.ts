/** Pure: what processes tell of themselves (the signal `troubles` to the alerts), kept between two looks. */
import type { OwnTrouble } from '../../contract';
import type { Instant } from '../refs';
import type { Trouble } from './record';
import { addTrouble, keyOf } from './alerts';
import { isObject } from '../issue/commands';

/** What each process said last. `at`: when it came, by the workflow's clock. */
export type Heard = Record<string, { at: Instant; troubles: OwnTrouble[] }>;

/** Ten workers and a few receivers, each perhaps once more under the name of a container before. */
const PROCESSES_MAX = 50;
/** A worker has five codes, one for the rules and one for each vendor; room for those of a later version. */
const TROUBLES_MAX = 10;
const NAME_MAX = 100;
const SAID_MAX = 200;
/** Three times what a process repeats itself after (trouble-teller.ts): who is not heard any more is gone. */
const BELIEVED_MS = 15 * 60_000;
/** Whose fault it is where nobody else's is told. */
const OURS = 'Errand';
const CODE = /^[a-z_]{1,40}$/;

/** Total: whatever a signal carries; undefined when nobody says who speaks. What is no trouble is left out. */
function parseTold(input: unknown): { from: string; troubles: OwnTrouble[] } | undefined {
  if (!isObject(input) || typeof input.from !== 'string' || input.from === '') return undefined;
  const all: unknown[] = Array.isArray(input.troubles) ? input.troubles : [];
  const troubles = all.slice(0, TROUBLES_MAX).flatMap((one): OwnTrouble[] => {
    if (!isObject(one) || typeof one.code !== 'string' || !CODE.test(one.code)) return [];
    if (typeof one.since !== 'string' || Number.isNaN(Date.parse(one.since))) return [];
    if (typeof one.times !== 'number' || !(one.times > 0)) return [];
    const said = typeof one.said === 'string' ? one.said.slice(0, SAID_MAX) : '';
    const vendor = typeof one.vendor === 'string' && one.vendor !== '' ? { vendor: one.vendor.slice(0, NAME_MAX) } : {};
    return [{ code: one.code, since: one.since, times: one.times, said, ...vendor }];
  });
  return { from: input.from.slice(0, NAME_MAX), troubles };
}

/** @returns what is known after a signal; the input is not changed */
export function heardAfter(heard: Heard, input: unknown, at: Instant): Heard {
  const told = parseTold(input);
  if (!told) return heard;
  const others = Object.entries(stillBelieved(heard, at)).filter(([from]) => from !== told.from);
  // The newest stay: whoever still suffers says so again.
  const mine: [string, Heard[string]][] =
    told.troubles.length > 0 ? [[told.from, { at, troubles: told.troubles }]] : [];
  return Object.fromEntries([...others, ...mine].slice(-PROCESSES_MAX));
}

function stillBelieved(heard: Heard, now: Instant): Heard {
  return Object.fromEntries(
    Object.entries(heard).filter(([, { at }]) => Date.parse(now) - Date.parse(at) < BELIEVED_MS),
  );
}

/** What a look found and what processes told; of one cause once, with the highest number. */
export function withHeard(troubles: Trouble[], heard: Heard, now: Instant): Trouble[] {
  const all = new Map(troubles.map((t) => [keyOf(t), { ...t }]));
  for (const own of Object.values(stillBelieved(heard, now)).flatMap((one) => one.troubles))
    addTrouble(all, { count: 0, some: [], ...own, vendor: own.vendor ?? OURS });
  return [...all.values()];
}
