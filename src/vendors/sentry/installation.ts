/** The uuid of the Sentry installation that links are made with, as a worker learns it. */
import type { Config } from '../../config/env';
import { createMemory } from '../http/memory';
import type { TemporalClient } from '../../temporal/client/client';

/** The feed is a workflow: a question to it costs a worker's turn, and the uuid changes when the integration is installed anew. */
const REMEMBERED_MS = 60_000;
/** There is none yet: the first delivery brings it. */
const UNKNOWN_MS = 5_000;

/** @returns the configured one, or the one that the feed keeps; undefined when there is none, or no feed answers */
export function installationOf(
  { sentry }: Pick<Config, 'sentry'>,
  temporal: Pick<TemporalClient, 'feed'>,
): () => Promise<string | undefined> {
  const memory = createMemory<string | undefined>({
    now: Date.now,
    ttlMs: (uuid) => (uuid === undefined ? UNKNOWN_MS : REMEMBERED_MS),
  });
  if (sentry.installation) return () => Promise.resolve(sentry.installation);
  return () => memory.get('', async () => (await temporal.feed(sentry.org).catch(() => undefined))?.installation);
}
