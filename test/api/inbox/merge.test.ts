import fc from 'fast-check';
import { newestOnly, saysOf, survivors } from '../../../src/api/inbox/merge';
import type { InboxEntry } from '../../../src/api/inbox/inbox';
import { hint, seed } from './support';

const entries = fc
  .array(
    fc.record({
      urgent: fc.boolean(),
      what: fc.constantFrom('issue.resolved', 'issue.assigned', 'error.created'),
      environment: fc.option(fc.constantFrom('prod', 'stage', 'dev'), { nil: undefined }),
      installation: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      seeded: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((all) =>
    all.map(({ seeded, ...said }, i): InboxEntry => {
      const key = `k${String(i).padStart(3, '0')}`;
      return { key, hint: hint(key, '1', { ...said, ...(seeded ? { seed: seed('1', key) } : {}) }) };
    }),
  );

const environmentsOf = (all: InboxEntry[]): Set<string> => new Set(all.flatMap((one) => one.hint.environment ?? []));

test('of waiting hints those survive that say something the others do not', () => {
  fc.assert(
    fc.property(entries, (all) => {
      const keys = new Set(survivors(all.map(saysOf)).map((one) => one.key));
      const left = all.filter((one) => keys.has(one.key));
      expect(keys.has(all[0]?.key ?? '')).toBe(true);
      expect(keys.has(all.at(-1)?.key ?? '')).toBe(true);
      expect(environmentsOf(left)).toEqual(environmentsOf(all));
      const urgent = (some: InboxEntry[]): Set<string> =>
        new Set(some.filter((one) => one.hint.urgent).map((one) => one.hint.what));
      expect(urgent(left)).toEqual(urgent(all));
      expect(left.findLast((one) => one.hint.seed)?.key).toBe(all.findLast((one) => one.hint.seed)?.key);
      expect(left.findLast((one) => one.hint.installation)?.key).toBe(
        all.findLast((one) => one.hint.installation)?.key,
      );
      // A bounded number, and nothing is left to take away.
      expect(left.length).toBeLessThanOrEqual(2 + 1 + 1 + 3 + 3);
      expect(survivors(left.map(saysOf))).toEqual(left.map(saysOf));
    }),
  );
});

test('merged to the newest, nothing is lost but the number', () => {
  fc.assert(
    fc.property(entries, (all) => {
      const left = newestOnly(all);
      const newest = left.at(-1);
      expect(newest?.key).toBe(all.at(-1)?.key);
      expect(newest?.hint.delivery).toBe(all.at(-1)?.hint.delivery);
      expect(newest?.hint.urgent).toBe(all.some((one) => one.hint.urgent));
      expect(environmentsOf(left)).toEqual(environmentsOf(all));
      expect(newest?.hint.installation).toBe(all.findLast((one) => one.hint.installation)?.hint.installation);
      expect(newest?.hint.seed).toEqual(all.findLast((one) => one.hint.seed)?.hint.seed);
      expect(left.length).toBeLessThanOrEqual(3);
      expect(left.map((one) => one.key)).toEqual(left.map((one) => one.key).toSorted());
    }),
  );
});

test('a repeat outlasts what came before it, and no snapshot that came after', () => {
  const one = (key: string, more: Parameters<typeof hint>[2]): InboxEntry => ({ key, hint: hint(key, '1', more) });
  const shown = one('k1', { seed: seed('1') });
  const again = one('k2', { repeated: { status: 'resolved' } });
  const plain = ['k3', 'k4', 'k5'].map((key) => one(key, {}));
  expect(newestOnly([shown, again, ...plain]).at(-1)?.hint).toMatchObject({
    seed: shown.hint.seed,
    repeated: again.hint.repeated,
  });
  expect(newestOnly([again, shown, ...plain]).at(-1)?.hint.repeated).toBeUndefined();
  expect(survivors([shown, again, ...plain].map(saysOf)).map((says) => says.key)).toEqual(['k1', 'k2', 'k5']);
});

test('an issue seen in hundreds of environments keeps a bounded number', () => {
  const all = Array.from({ length: 300 }, (_, i): InboxEntry => {
    const key = `k${String(i).padStart(3, '0')}`;
    return { key, hint: hint(key, '1', { environment: `e${i}`, urgent: true, what: `w${i}` }) };
  });
  expect(survivors(all.map(saysOf)).length).toBeLessThanOrEqual(34);
  expect(newestOnly(all).length).toBeLessThanOrEqual(20);
});
