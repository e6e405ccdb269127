/** What the installation can do changes while issues live: its mode, a token, chat. */
import type { Instant } from '../refs';
import type { IssueRecord } from './record';
import type { Abilities, Settings } from './settings';
import { tellClosed } from './life';
import { wantsDone } from './wanted';

/** Nothing, until the first read tells. */
export const NOTHING: Abilities = { write: false, source: false, installation: false, chat: false };

/** `chat source write`: the same word for the same abilities, so that a sweep sees which issues know of others. */
export function abilityWord(can: Abilities): string {
  return Object.entries(can)
    .flatMap(([name, is]) => (is ? [name] : []))
    .sort()
    .join(' ');
}

/** The reverse of {@link abilityWord}. */
export function abilitiesInWord(word: string): (keyof Abilities)[] {
  return word.split(' ') as (keyof Abilities)[];
}

/** The worker that answered can do this, by these settings. */
export function able(r: IssueRecord, can: Abilities, settings: Settings, now: Instant): void {
  const before = r.can;
  r.can = can;
  r.settings = settings;
  if (can.write && !before.write) writesNow(r, now);
  // What happened meanwhile is no news.
  if (can.chat && !before.chat) r.pending = r.pending.filter((o) => o.on !== 'chat');
}

/** Everything was decided and recorded until now, and nothing written. */
function writesNow(r: IssueRecord, now: Instant): void {
  r.pending = [];
  if (r.task && r.agreed.taskDone !== true && wantsDone(r)) tellClosed(r, now);
  // Who was available when it was decided may be away.
  if (r.state === 'open' && !r.task && r.decisions.length > 0) r.recheck = true;
}

/** Total: what a refused write says of the abilities; undefined for anything else. */
export function abilitiesIn(x: unknown): Abilities | undefined {
  const given = (typeof x === 'object' && x !== null ? x : {}) as Partial<Abilities>;
  return Object.keys(NOTHING).every((name) => typeof given[name as keyof Abilities] === 'boolean')
    ? (given as Abilities)
    : undefined;
}
