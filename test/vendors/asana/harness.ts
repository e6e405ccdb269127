/** What the tests of the Asana tracker share: a tracker before a pretend Asana, made anew for each test. */
import { ErrandError } from '../../../src/errors';
import { createAsanaTracker, type AsanaTracker } from '../../../src/vendors/asana/tracker';
import { createBucket } from '../../../src/vendors/http/bucket';
import type { TaskSpec } from '../../../src/core/issue/decision';
import type { Ensured } from '../../../src/core/issue/steps';
import type { TaskRef } from '../../../src/core/refs';
import type { TaskDraft } from '../../../src/vendors/tracker';
import { fakeAsana, type FakeAsana } from './fake';
import type { Reply, Seen } from '../support';

export const MARKER = 'sentry:acme:4711';
export const SINCE = '2026-01-01T00:00:00.000Z';
const ADDRESSES: Record<string, string> = {
  anna: 'anna@example.com',
  piotr: 'piotr@example.com',
  ghost: 'ghost@example.com',
};
const KEYS: Record<string, string> = { '901': 'anna', '902': 'piotr' };

export function draft(spec: Partial<TaskSpec> = {}, more: Partial<TaskDraft> = {}): TaskDraft {
  return {
    title: 'TypeError: x < y && z',
    body: ['Something ', { bold: ['broke'] }, ' <here> & there\n', { link: 'https://sentry.io/1', text: 'Sentry' }],
    assignee: 'anna',
    spec: {
      tracker: 'asana',
      workspace: 'Acme',
      project: 'Checkout bugs',
      followers: [],
      tags: [],
      fields: {},
      subtasks: [],
      verify: true,
      ...spec,
    },
    ...more,
  };
}

export const ref = (id: string): TaskRef => ({ tracker: 'asana', id, url: 'https://app.asana.com/x' });

/** The code that a call fails with, or what it did instead. */
export async function codeOf(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ErrandError ? error.code : `no ErrandError: ${String(error)}`;
}

/** A fault of the POST that makes a task. */
export const onPost =
  (reply: Reply, times = Infinity) =>
  (request: Seen): Reply | undefined =>
    request.method === 'POST' && request.path.endsWith('/tasks') && (times -= 1) >= 0 ? reply : undefined;

export class AsanaHarness {
  asana!: FakeAsana;
  tracker!: AsanaTracker;
  /** What the tracker takes for both clocks, in ms since 1970. */
  clock = 0;
  private readonly made: AsanaTracker[] = [];

  /** Starts and stops with each test of the file. */
  constructor() {
    beforeEach(async () => {
      this.asana = await fakeAsana();
      this.clock = Date.now();
      this.make();
    });
    afterEach(async () => {
      for (const one of this.made.splice(0)) one.close();
      await this.asana.close();
    });
  }

  /** Another tracker takes the place of the one before: a restart, or another worker. */
  make(more: Partial<Parameters<typeof createAsanaTracker>[0]> = {}): AsanaTracker {
    this.tracker = createAsanaTracker({
      baseUrl: `${this.asana.url}/api/1.0/`,
      token: 'pat',
      person: (key) => (ADDRESSES[key] ? { asana: ADDRESSES[key] } : undefined),
      personOf: (who) => KEYS[who],
      bucket: createBucket({ perMinute: 1e6, burst: 1e4 }),
      now: () => this.clock,
      timeoutMs: 30_000,
      ...more,
    });
    this.made.push(this.tracker);
    return this.tracker;
  }

  ensure(
    spec: Partial<TaskSpec> = {},
    more: Partial<TaskDraft> = {},
    known: TaskRef[] = [],
    places: string[] = [],
    marker = MARKER,
  ): Promise<Ensured> {
    return this.tracker.ensureTask({ marker, draft: draft(spec, more), since: SINCE, destinations: places, known });
  }

  /** The POSTs that were to make a task. */
  posts(): Seen[] {
    return this.asana.seen.filter((one) => one.method === 'POST' && one.path.endsWith('/tasks'));
  }

  /** What the last of them said, or another. */
  sent(n = -1): Record<string, unknown> {
    return (this.posts().at(n)?.body as { data: Record<string, unknown> } | undefined)?.data ?? {};
  }
}
