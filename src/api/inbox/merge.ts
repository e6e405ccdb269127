/**
 * Which of one issue's waiting hints may be dropped because others say as much. A hint only says "look again", so
 * what must survive is: that there was one, since when, how urgent, from which environments and installation, and the
 * newest of what it carries.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { workflowIdOf } from '../../contract';
import { isOfIssue, newestOf } from '../../core/issue/seed';
import type { Hint } from '../../core/issue/hint';
import type { Instant } from '../../core/refs';
import type { InboxEntry } from './types';

/** What a hint says beside "look again". */
export type Says = Pick<Hint, 'urgent' | 'what' | 'environment' | 'installation' | 'repeated'> & {
  key: string;
  /** When its snapshot was built, and whether it is one of the issue itself. */
  seed?: { at: Instant; ofIssue: boolean };
};

/** The environments of one issue that are kept apart; the record itself bounds its list likewise. */
const ENVIRONMENTS = 20;
/** Different urgent things (`issue.resolved`, …) that are kept apart; Sentry has six, the rest is for other sources. */
const URGENT_KINDS = 10;

export function saysOf({ key, hint }: InboxEntry): Says {
  const { urgent, what, environment, installation, seed, repeated } = hint;
  const says: Says = { key, urgent, what, environment, installation, repeated };
  return seed ? { ...says, seed: { at: seed.readAt, ofIssue: isOfIssue(seed) } } : says;
}

/**
 * Of one issue's hints, oldest first, those that must be kept: the first, the newest, the newest with an installation, those
 * with the newest seed and the newest one of the issue itself, the newest repeat, the newest of each environment and of each urgent
 * kind. At most 36, however many there are.
 */
export function survivors(hints: Says[]): Says[] {
  const keep = new Set<string>();
  const environments = new Set<string>();
  const kinds = new Set<string>();
  let installed = false;
  const first = hints[0];
  for (const seeded of [newestSeeded(hints), newestSeeded(hints.filter((hint) => hint.seed?.ofIssue))])
    if (seeded) keep.add(seeded.key);
  for (const newest of [hints.at(-1), hints.findLast((hint) => hint.repeated)]) if (newest) keep.add(newest.key);
  for (const hint of hints.toReversed()) {
    if (hint.installation !== undefined && !installed) keep.add(hint.key);
    if (hint.environment !== undefined && !environments.has(hint.environment) && environments.size < ENVIRONMENTS) {
      environments.add(hint.environment);
      keep.add(hint.key);
    }
    if (hint.urgent && !kinds.has(hint.what) && kinds.size < URGENT_KINDS) {
      kinds.add(hint.what);
      keep.add(hint.key);
    }
    installed ||= hint.installation !== undefined;
  }
  if (first) keep.add(first.key);
  return hints.filter((hint) => keep.has(hint.key));
}

/** Of hints in the order in which they came, the one with the newest snapshot. */
export function newestSeeded(hints: Says[]): Says | undefined {
  return hints.reduce<Says | undefined>(
    (best, hint) => (hint.seed && (!best?.seed || hint.seed.at >= best.seed.at) ? hint : best),
    undefined,
  );
}

/**
 * One issue's hints, oldest first, as few as can be: the newest, with the urgency of all, the newest installation and
 * seed; and beside it one small hint for every other environment.
 */
export function newestOnly(entries: InboxEntry[]): InboxEntry[] {
  const newest = entries.at(-1);
  if (!newest) return [];
  const backwards = entries.toReversed();
  const seed = newestOf(entries.flatMap((entry) => entry.hint.seed ?? []));
  const installation = backwards.find((entry) => entry.hint.installation !== undefined)?.hint.installation;
  const environment = backwards.find((entry) => entry.hint.environment !== undefined)?.hint.environment;
  const urgent = entries.some((entry) => entry.hint.urgent);
  // What came after it is newer than the doubt.
  const repeated = backwards.find((entry) => entry.hint.seed ?? entry.hint.repeated)?.hint.repeated;
  const { repeated: _repeated, ...rest } = newest.hint;
  const kept: InboxEntry[] = [
    {
      key: newest.key,
      hint: {
        ...rest,
        urgent,
        ...(repeated === undefined ? {} : { repeated }),
        ...(installation === undefined ? {} : { installation }),
        ...(environment === undefined ? {} : { environment }),
        ...(seed === undefined ? {} : { seed }),
      },
    },
  ];
  const seen = new Set([environment]);
  for (const entry of backwards) {
    if (entry === newest || seen.has(entry.hint.environment) || seen.size >= ENVIRONMENTS) continue;
    if (entry.hint.environment === undefined) continue;
    seen.add(entry.hint.environment);
    const { seed: _seed, repeated: _before, ...small } = entry.hint;
    kept.unshift({ key: entry.key, hint: small });
  }
  return kept;
}

/** Some of one issue's hints, oldest first: those that stay, changed; the keys of the others, and which hint speaks for them. */
export function mergedPage(keys: string[], get: (key: string) => Hint | undefined) {
  const entries = keys.flatMap((key) => {
    const hint = get(key);
    return hint ? [{ key, hint }] : [];
  });
  const stay = newestOnly(entries);
  const kept = new Set(stay.map((entry) => entry.key));
  const gone = entries.map((entry) => entry.key).filter((key) => !kept.has(key));
  const newest = stay.at(-1);
  return { stay, gone, joined: newest && { delivery: newest.hint.delivery, key: newest.key } };
}

/** The keys of what waits, by issue, each oldest first; read page by page with requests answered in between. */
export async function keysByIssue(read: (after?: string) => InboxEntry[]): Promise<string[][]> {
  const byIssue = new Map<string, string[]>();
  for (let page = read(); page.length > 0; page = read(page.at(-1)?.key)) {
    for (const { key, hint } of page) {
      const issue = workflowIdOf(hint.about.issue);
      const keys = byIssue.get(issue);
      if (keys) keys.push(key);
      else byIssue.set(issue, [key]);
    }
    await nextTurn();
  }
  return [...byIssue.values()];
}
