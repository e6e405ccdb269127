/**
 * Before the first webhook comes, one like it is read some times and forgotten. Right after a start many come at once, and what runs for
 * the first time takes many times as long: Sentry waits for a second.
 */
import { digestOf } from '../inbox/digests';
import { folded, pendingOf, textOf } from '../inbox/pending';
import type { WebhookSource } from '../../vendors/source';
import { jsonOf } from './json';

/** V8 compiles what has run some hundred times. */
const TIMES = 200;
/** A slow machine begins to listen all the same. */
const MOST_MS = 250;

const TITLE = 'TypeError: Cannot read properties of undefined';
const PERSON = { type: 'user', id: '1', name: 'warm', email: 'warm@example.com' };
const SAMPLE = Buffer.from(
  JSON.stringify({
    action: 'created',
    installation: { uuid: '00000000-0000-0000-0000-000000000000' },
    data: {
      issue: {
        id: '1',
        shortId: 'WARM-1',
        title: TITLE,
        culprit: 'warm(src/index)',
        level: 'error',
        status: 'unresolved',
        project: { id: '1', slug: 'warm', platform: 'node' },
        permalink: 'https://example.com/organizations/warm/issues/1/',
        assignedTo: PERSON,
        count: '1',
        userCount: 1,
        firstSeen: '2026-01-01T00:00:00.000Z',
        lastSeen: '2026-01-01T00:00:00.000Z',
        metadata: { type: 'TypeError', value: TITLE, filename: 'src/index.ts' },
      },
    },
  }),
);
const HEADERS = { 'sentry-hook-resource': 'issue', 'sentry-hook-timestamp': '1767225600' };

/** Reads a sample as far as the disk. Keeps nothing and tells nobody. */
export function warm(source: Pick<WebhookSource, 'parse'>): void {
  const until = performance.now() + MOST_MS;
  for (let n = 0; n < TIMES && performance.now() < until; n += 1) {
    digestOf(SAMPLE);
    const at = new Date().toISOString();
    for (const hint of source.parse(jsonOf(SAMPLE), HEADERS).hints)
      pendingOf(textOf(folded(undefined, { ...hint, delivery: '', at }, '')));
  }
}
