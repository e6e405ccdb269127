/**
 * The legacy "WebHooks" plugin → hints. It signs nothing, so it is taken only on a path that cannot be guessed. It fires
 * only when an issue-alert rule does, never for a change of state
 * (getsentry/sentry: src/sentry/sentry_apps/services/legacy_webhook).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { saysIn, seedIn } from './shown';
import { environmentOf } from './wire/event';
import { issueId, issueIdInUrl } from './wire/id';
import type { FindPerson } from './wire/people';
import { field } from './wire/value';
import { record } from '../http/json';
import type { Instant } from '../../core/refs';
import type { Parsed, WebhookSource } from '../source';

const WHAT = 'legacy.triggered';

/**
 * Whether the path's token is the configured one, in constant time (digests are compared, so that the length does not
 * show either). No configured token: never.
 */
export function legacyTokenMatches(given: string, configured: string | undefined): boolean {
  if (!configured) return false;
  const sha = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(sha(given), sha(configured));
}

/**
 * The source behind `POST /webhooks/sentry/legacy/:token`. `verify` always agrees: the route has already compared the
 * token with {@link legacyTokenMatches}. `parse` never throws.
 */
export function sentryLegacySource(o: {
  org: string;
  person: FindPerson;
  /** As of `sentrySource`. */
  looksAt?: (tag: string) => boolean;
  now?: () => Instant;
}): WebhookSource {
  const now = o.now ?? (() => new Date().toISOString());
  const looksAt = o.looksAt ?? (() => false);
  return {
    unsigned: () => undefined,
    verify: () => ({ ok: true }),
    parse(body, _headers, cameBefore): Parsed {
      const event = record(field(body, 'event'));
      const id = issueId(field(body, 'id')) ?? issueIdInUrl(field(body, 'url'));
      if (id === undefined) return { what: 'unknown', understood: false, hints: [] };
      const understood = event !== undefined;
      const what = understood ? WHAT : 'unknown';
      const environment = environmentOf(event);
      const shown = cameBefore
        ? saysIn(id, body, { person: o.person })
        : seedIn(id, body, { org: o.org, now: now(), person: o.person }, looksAt);
      return {
        what,
        understood,
        hints: [
          {
            about: { issue: { source: 'sentry', scope: o.org, id } },
            urgent: false,
            what,
            ...(environment === undefined ? {} : { environment }),
            ...shown,
          },
        ],
      };
    },
  };
}
