import fc from 'fast-check';
import {
  ENVIRONMENTS_MAX,
  folded,
  hintsOf,
  isUrgent,
  type Pending,
  pendingOf,
  rest,
  textOf,
} from '../../../src/api/inbox/pending';
import type { Hint } from '../../../src/core/issue/hint';
import { newestOf } from '../../../src/core/issue/seed';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { hint, seed } from './support';

const readAt = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const seqOf = (i: number): string => `s${String(i).padStart(3, '0')}`;

const shown = fc.record({ second: fc.nat(9), ofIssue: fc.boolean() }).map(({ second, ofIssue }): IssueSnapshot => ({
  ...seed('1'),
  readAt: readAt(second),
  ...(ofIssue ? { shortId: 'SHOP-1' } : {}),
}));
const hints = fc
  .array(
    fc.record({
      urgent: fc.boolean(),
      what: fc.constantFrom('issue.resolved', 'issue.assigned', 'error.created'),
      environment: fc.option(fc.constantFrom('prod', 'stage', 'dev', 'qa', 'eu'), { nil: undefined }),
      installation: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      carries: fc.oneof(
        fc.record({ seed: shown }),
        fc.constant({ repeated: { status: 'resolved' } as const }),
        fc.constant({}),
      ),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((all) => all.map(({ carries, ...said }, i): Hint => hint(`d${i}`, '1', { ...said, ...carries })));

/** The row of these hints, through its text each time, as on the disk. */
function rowOf(all: Hint[], from = 0): Pending | undefined {
  return all.reduce<Pending | undefined>(
    (row, one, i) => pendingOf(textOf(folded(row, one, seqOf(from + i)))),
    undefined,
  );
}
const namesOf = (all: Hint[]): Set<string> => new Set(all.flatMap((one) => one.environment ?? []));
const kindsOf = (all: Hint[]): Set<string> => new Set(all.map(({ what, urgent }) => `${what} ${urgent}`));

test('whatever came, the row says all of it but how often', () => {
  fc.assert(
    fc.property(hints, (all) => {
      const row = rowOf(all);
      const sent = row ? hintsOf(row) : [];
      expect(row?.first).toEqual({ delivery: 'd0', at: all[0]?.at });
      expect(sent.at(-1)?.delivery).toBe(all.at(-1)?.delivery);
      expect(row && isUrgent(row)).toBe(all.some((one) => one.urgent));
      expect(kindsOf(sent)).toEqual(kindsOf(all));
      expect(namesOf(sent)).toEqual(namesOf(all));
      expect(sent.at(-1)?.installation).toBe(all.findLast((one) => one.installation)?.installation);
      // Of each kind of snapshot the newest, both as one.
      const seeds = all.flatMap((one) => one.seed ?? []);
      const newest = [true, false].flatMap(
        (ofIssue) => newestOf(seeds.filter(({ shortId }) => (shortId !== undefined) === ofIssue)) ?? [],
      );
      expect(sent.flatMap((one) => one.seed ?? [])).toEqual([newestOf(newest)].flatMap((one) => one ?? []));
      // A doubt stands until something newer was shown.
      const last = all.findLast((one) => one.seed ?? one.repeated);
      expect(sent.flatMap((one) => one.repeated ?? [])).toEqual([last?.repeated].flatMap((one) => one ?? []));
      // A snapshot stays with the delivery that brought it.
      for (const { seed: one, delivery } of sent)
        if (one) expect(all.find((its) => its.delivery === delivery)?.seed).toBeDefined();
    }),
  );
});

test('what came while a row was being sent is what is left of it, as if it had come alone', () => {
  fc.assert(
    fc.property(hints, fc.nat(60), (all, n) => {
      const sentUpTo = Math.min(n, all.length) - 1;
      const later = all.slice(sentUpTo + 1);
      const left = rest(rowOf(all), sentUpTo < 0 ? '' : seqOf(sentUpTo));
      const alone = rowOf(later, sentUpTo + 1);
      expect(left === undefined).toBe(alone === undefined);
      if (!left || !alone) return;
      expect(left.kinds).toEqual(alone.kinds);
      expect(left.environments).toEqual(alone.environments);
      expect(left.installation).toEqual(alone.installation);
      expect(left.repeated).toEqual(alone.repeated);
      expect(left.seq).toBe(alone.seq);
      expect(left.key > seqOf(sentUpTo)).toBe(true);
      // Snapshots that were built before one that was sent are not told any more.
      for (const kind of ['issue', 'event'] as const) if (left[kind]) expect(left[kind]).toEqual(alone[kind]);
      expect(pendingOf(textOf(left))).toEqual(left);
    }),
  );
});

test('an issue of hundreds of environments and kinds keeps a bounded row, with the newest and the urgent in it', () => {
  const loud = Array.from({ length: 300 }, (_, i) =>
    hint(`d${i}`, '1', {
      environment: `e${i}`,
      urgent: i % 100 === 7,
      what: `w${i}`,
      seed: seed('1', 'x'.repeat(1_000)),
    }),
  );
  const row = rowOf(loud);
  const sent = row ? hintsOf(row) : [];
  expect(sent).toHaveLength(ENVIRONMENTS_MAX);
  expect(sent.map((one) => one.environment)).toEqual(loud.slice(-ENVIRONMENTS_MAX).map((one) => one.environment));
  expect(sent.filter((one) => one.urgent).map((one) => one.what)).toEqual(
    expect.arrayContaining(['w7', 'w107', 'w207']),
  );
  expect(sent.at(-1)).toMatchObject({ what: 'w299', delivery: 'd299' });
  expect(Buffer.byteLength(row ? textOf(row) : '')).toBeLessThan(6 * 1024);
  expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThan(8 * 1024);
});

test('a repeat outlasts what came before it, and no snapshot that came after', () => {
  const before = hint('d1', '1', { seed: seed('1') });
  const again = hint('d2', '1', { repeated: { status: 'resolved' } });
  const plain = [3, 4, 5].map((i) => hint(`d${i}`));
  const sentOf = (all: Hint[]): Hint[] => {
    const row = rowOf(all);
    return row ? hintsOf(row) : [];
  };
  expect(
    sentOf([before, again, ...plain]).map(({ delivery, seed: one, repeated }) => [delivery, !!one, !!repeated]),
  ).toEqual([
    ['d1', true, false],
    ['d2', false, true],
    ['d5', false, false],
  ]);
  expect(sentOf([again, before, ...plain]).flatMap((one) => one.repeated ?? [])).toEqual([]);
});
