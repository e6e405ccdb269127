/** Without a token for Sentry the webhooks' own snapshots are all there is: the newest wins, in whatever order they come. */
import fc from 'fast-check';
import { folded, hintsOf, type Pending } from '../../../src/api/inbox/pending';
import { jsonOf } from '../../../src/api/webhooks/json';
import { sentrySource } from '../../../src/vendors/sentry/webhook';
import { nextWords } from '../../../src/core/issue/describe';
import { reduce } from '../../../src/core/issue/state';
import type { Hint } from '../../../src/core/issue/hint';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { fold, fresh, hint, later, opened, settle, snapshot, T0 } from '../../support/records';

const BLIND = { write: true, source: false, installation: false, chat: true };
const built = (seconds: number, more: Partial<IssueSnapshot> = {}): IssueSnapshot =>
  snapshot({ via: 'webhook', readAt: later(seconds * 1_000), ...more });
const told = (seed: IssueSnapshot, what = 'issue.created'): Hint => hint({ what, seed, urgent: true });
/** What an event tells: no short id, and of the issue's state nothing. */
const event = (seconds: number, more: Partial<IssueSnapshot> = {}): IssueSnapshot =>
  built(seconds, { shortId: undefined, project: '', events: 1, users: 0, assignee: null, ...more });

const hear = (r: IssueRecord, seed: IssueSnapshot): IssueRecord => reduce(r, { is: 'hinted', hint: told(seed) }, T0);
const read = (r: IssueRecord): IssueRecord =>
  r.seed ? reduce(r, { is: 'seen', issue: r.seed, answers: r.heard }, T0) : r;
const blind = (): IssueRecord => ({ ...fresh(), can: BLIND });

test('in whatever order they come, with reads in between: what was built last stands', () => {
  const status = fc.constantFrom<IssueSnapshot['status']>('unresolved', 'resolved', 'archived');
  const seeds = fc.uniqueArray(fc.record({ at: fc.nat(1_000), status }), {
    selector: (s) => s.at,
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(seeds, fc.infiniteStream(fc.boolean()), (all, reads) => {
      const record = all.reduce((r, s) => {
        const heard = hear(r, built(s.at, { status: s.status }));
        return reads.next().value ? read(heard) : heard;
      }, blind());
      const newest = all.toSorted((a, b) => a.at - b.at).at(-1);
      expect(read(record).seen).toMatchObject({ status: newest?.status, readAt: later((newest?.at ?? 0) * 1_000) });
    }),
  );
});

test('of the same second the later to come stands', () => {
  const record = hear(hear(blind(), built(5, { status: 'resolved' })), built(5, { status: 'unresolved' }));
  expect(record.seed?.status).toBe('unresolved');
});

test('an event tells nothing of status, names, counts and assignee', () => {
  const known = built(1, { events: 40, users: 7, assignee: 'anna', owners: ['ewa'] });
  const after = hear(hear(blind(), known), event(2, { release: 'shop@2' }));
  expect(after.seed).toMatchObject({
    shortId: known.shortId,
    project: 'shop',
    events: 40,
    users: 7,
    assignee: 'anna',
    owners: ['ewa'],
    release: 'shop@2',
  });
  const archived = hear(hear(blind(), built(1, { status: 'archived' })), event(2));
  expect(archived.seed?.status).toBe('archived');
  const resolved = hear(hear(blind(), built(1, { status: 'resolved' })), event(2));
  expect(resolved.seed?.status).toBe('unresolved');
});

test('the token was taken away: a webhook older than the last read brings nothing back', () => {
  const now = later(60_000);
  const closed = reduce(
    opened(),
    { is: 'seen', issue: snapshot({ status: 'resolved', readAt: now }), answers: 1 },
    now,
  );
  const rest = settle(closed, now).record;
  const after = fold(rest, [{ is: 'seen', issue: built(10), answers: 1 }], now);
  expect({ state: after.state, seen: after.seen, regressions: after.regressions }).toEqual({
    state: 'resolved',
    seen: rest.seen,
    regressions: 0,
  });
  const back = fold(rest, [{ is: 'seen', issue: built(61), answers: 1 }], now);
  expect(back.state).toBe('open');
});

test('an operator resolves: closed here, and it says that Sentry is not told', () => {
  const seen = read(hear(blind(), built(1)));
  const closed = fold(seen, [{ is: 'commanded', command: { id: '1', by: 'eva', do: 'resolve' } }]);
  const words = nextWords(settle(closed).record, T0);
  expect(words).toMatch(/Closed here; in Sentry it is not\..*no SENTRY_AUTH_TOKEN/);
  expect(nextWords(opened(), T0)).not.toContain('SENTRY_AUTH_TOKEN');
});

describe('waiting in the inbox', () => {
  /** As they are sent when they came in this order. */
  const sent = (seeds: IssueSnapshot[]): Hint[] => {
    const row = seeds.reduce<Pending | undefined>(
      (before, seed, i) => folded(before, { ...told(seed), delivery: `d${i}` }, `s${i}`),
      undefined,
    );
    return row ? hintsOf(row) : [];
  };
  const seedsOf = (hints: Hint[]): IssueSnapshot[] => hints.flatMap((h) => h.seed ?? []);

  test('the snapshot that was overtaken is not the one that is sent', () => {
    const [newest, overtaken] = [built(9, { status: 'resolved' }), built(1)];
    expect(seedsOf(sent([newest, overtaken]))).toEqual([newest]);
    expect(seedsOf(sent([overtaken, newest]))).toEqual([newest]);
    expect(seedsOf(sent([newest, ...[2, 3, 4, 5, 6].map((s) => built(s))]))).toEqual([newest]);
  });

  test('an event that came last takes along what was told of the issue', () => {
    const [seed, more] = seedsOf(sent([built(1, { project: 'shop' }), event(2), event(3)]));
    expect([seed?.shortId, seed?.project, seed?.readAt, more]).toEqual(['SHOP-1A', 'shop', later(3_000), undefined]);
  });

  test('in whatever order they come: what is sent is the same', () => {
    const seeds = [
      built(1),
      built(4, { status: 'archived', assignee: 'anna' }),
      event(3),
      event(6, { release: 'shop@2' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(seeds, { minLength: seeds.length }), (all) => {
        expect(seedsOf(sent(all))).toEqual(seedsOf(sent(seeds)));
      }),
    );
  });
});

describe('when a webhook was built', () => {
  const NOW = '2026-11-02T09:00:30.500Z';
  const source = sentrySource({ secrets: ['x'], org: 'acme', person: () => undefined, now: () => NOW });
  const body = { action: 'created', data: { issue: { id: '4711', title: 'T', status: 'unresolved' } } };
  const readAt = (stamp: string | undefined): string | undefined =>
    source.parse(jsonOf(Buffer.from(JSON.stringify(body))), {
      'sentry-hook-resource': 'issue',
      ...(stamp === undefined ? {} : { 'sentry-hook-timestamp': stamp }),
    }).hints[0]?.seed?.readAt;
  const seconds = (at: string): string => String(Date.parse(at) / 1_000);

  test.each([
    ['its own time', seconds('2026-11-02T09:00:12.000Z'), '2026-11-02T09:00:12.000Z'],
    ['none', undefined, NOW],
    ['no number', 'yesterday', NOW],
    ['of the future', seconds('2026-11-03T09:00:12.000Z'), NOW],
  ])('%s', (_what, stamp, expected) => {
    expect(readAt(stamp)).toBe(expected);
  });
});
