/** Sentry: one read or one write each. */
import type { Effects, Reads } from '../types';
import { ErrandError } from '../errors';
import type { Deps } from './deps';
import { coded, signal } from './failure';

const NO_TOKEN = 'SENTRY_AUTH_TOKEN is not set.';

/**
 * Reads only, so it is safe to repeat. Without a token the newest snapshot that a webhook carried is all there is.
 */
export function readIssue({ sentry }: Deps): Reads['readIssue'] {
  return coded(async ({ ref, seed, environments, known }) => {
    if (!sentry) {
      if (seed) return { ...seed, environments: [...new Set([...environments, ...seed.environments])] };
      // It was read once, when there was a token: that it cannot be read now does not mean that it is gone.
      if (known) throw new ErrandError('sentry_unauthorized', NO_TOKEN);
      return 'missing';
    }
    return sentry.readIssue(ref, environments, { signal: signal() });
  });
}

/**
 * The external issue is an upsert keyed on issue and app (docs.sentry.io/api/integration/), and it is looked up first; the
 * assignee is a state. Repeating either changes nothing.
 */
export function linkIssue({
  sentry,
  installation: own,
  rules,
}: Deps): (i: Effects['linkIssue'][0]) => Promise<Effects['linkIssue'][1]> {
  return coded(async ({ ref, task, place, link, assignee, installation }) => {
    if (!sentry) throw new ErrandError('sentry_unauthorized', NO_TOKEN);
    const uuid = own ?? installation;
    if (link && uuid) await sentry.linkIssue({ ref, task, place, installation: uuid }, { signal: signal() });
    if (assignee === null) return { assigned: false };
    const person = rules().people[assignee];
    const who = person?.sentry ?? person?.asana;
    return { assigned: who !== undefined && (await sentry.assign(ref, who, { signal: signal() })) };
  });
}

/** `status: resolved` is a state: setting it twice changes nothing. */
export function resolveIssue({ sentry }: Deps): (i: Effects['resolveIssue'][0]) => Promise<null> {
  return coded(async ({ ref }) => {
    if (!sentry) throw new ErrandError('sentry_unauthorized', NO_TOKEN);
    await sentry.resolve(ref, { signal: signal() });
    return null;
  });
}

/** A hint only asks to look again: repeating it changes nothing. */
export function hintIssue({ sendHints }: Deps): (i: Effects['hintIssue'][0]) => Promise<null> {
  return coded(async ({ ref, hint }) => {
    await sendHints(ref, [hint]);
    return null;
  });
}
