/**
 * Tells a wrong secret from strangers: webhooks that were refused for their signature, while none with a right one came. And when the
 * first right one came, ever.
 */
import { steady } from '../../process/clock';
import type { Instant } from '../../core/refs';
import type { Inbox } from '../inbox/types';

/** Sentry's signed webhooks, as the log of deliveries names them. */
export const SENTRY = 'sentry';
/** What a secret that was changed on one side only looks like, within minutes; a stranger's probes are told from it by what is verified meanwhile. */
const REFUSED = 5;
const WITHIN_MS = 10 * 60_000;
const FACT = 'signatures';
const PAGE = 500;

/** `why`: the commonest diagnosis. `paths`: routes of ours, so there are few. */
export type Refused = { since: Instant; times: number; why: string; paths: Record<string, number> };
/** `refused`: they need a person, until one is verified. */
export type SignatureState = { firstVerified: Instant | null; refused: Refused | null };

export type Signatures = {
  /** @param path the route, not what was asked for */
  refused(path: string, why: string): void;
  verified(): void;
  state(): SignatureState;
};

type Refusal = { at: number; wall: Instant; path: string; why: string };

/**
 * @param changed it begins to need a person, has become twice as many, or is over
 * @param now ms of a clock that nobody sets
 */
export function createSignatures(
  inbox: Pick<Inbox, 'facts' | 'deliveries'>,
  changed: (refused: Refused | null) => void,
  now: () => number = steady,
): Signatures {
  const kept = restored(inbox);
  let { firstVerified } = kept;
  let refused = kept.refused;
  /** Of `refused`, how often each diagnosis was made; after a restart from what is kept. */
  let whys = new Map(refused ? [[refused.why, refused.times]] : []);
  let toldAt = refused?.times ?? 0;
  let recent: Refusal[] = [];
  let verifiedAt: number | undefined;
  let saved = true;

  /** What cannot be written now is written with the next change, or the next that is verified. */
  const save = (): void => {
    saved = true;
    inbox.facts.set(FACT, JSON.stringify({ firstVerified, refused })).catch(() => {
      saved = false;
    });
  };
  const tell = (): void => {
    toldAt = refused?.times ?? 0;
    save();
    changed(refused);
  };
  const count = ({ path, why }: Refusal, into: Refused): void => {
    into.times += 1;
    into.paths[path] = (into.paths[path] ?? 0) + 1;
    whys.set(why, (whys.get(why) ?? 0) + 1);
    into.why = [...whys].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  };

  if (refused) changed(refused);
  else if (firstVerified !== null && inbox.facts.get(FACT) === undefined) save();
  return {
    refused(path, why) {
      const one: Refusal = { at: now(), wall: new Date().toISOString(), path, why };
      if (refused) {
        count(one, refused);
        if (refused.times >= 2 * toldAt) tell();
        return;
      }
      recent = [...recent, one].slice(-REFUSED);
      const [first = one] = recent;
      if (recent.length < REFUSED || one.at - first.at > WITHIN_MS) return;
      if (verifiedAt !== undefined && one.at - verifiedAt <= WITHIN_MS) return;
      whys = new Map();
      refused = { since: first.wall, times: 0, why, paths: {} };
      for (const each of recent) count(each, refused);
      recent = [];
      tell();
    },
    verified() {
      verifiedAt = now();
      recent = [];
      const isFirst = firstVerified === null;
      firstVerified ??= new Date().toISOString();
      if (refused) {
        refused = null;
        tell();
      } else if (isFirst || !saved) save();
    },
    state: () => ({ firstVerified, refused: refused && { ...refused, paths: { ...refused.paths } } }),
  };
}

/** As it was kept; where nothing was, by the log of deliveries, in which only verified ones of this source stand. */
function restored(inbox: Pick<Inbox, 'facts' | 'deliveries'>): SignatureState {
  const text = inbox.facts.get(FACT);
  if (text !== undefined) return JSON.parse(text) as SignatureState;
  let firstVerified: Instant | null = null;
  let cursor: string | undefined;
  do {
    const { items, next } = inbox.deliveries({ limit: PAGE, cursor });
    firstVerified = items.findLast((d) => d.source === SENTRY)?.at ?? firstVerified;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return { firstVerified, refused: null };
}

/** `does not match the secret; at /webhooks/sentry 5, /sentry-webhook 1` */
export function refusedWords({ why, paths }: Refused): string {
  return `${why}; at ${Object.entries(paths)
    .map(([path, times]) => `${path} ${times}`)
    .join(', ')}`;
}
