/** The limits that one token has in this process. */
import { BucketBusy, createBucket } from '../../../src/vendors/http/bucket';

describe('createBucket', () => {
  it('lets a burst through, then refuses to wait longer than allowed', async () => {
    const now = 1_000;
    const bucket = createBucket({ perMinute: 60, burst: 2, now: () => now });
    await bucket.take({ maxWaitMs: 0 });
    await bucket.take({ maxWaitMs: 0 });
    const waits = [1000, 2000, 3000];
    for (const waitMs of waits) {
      const sent: unknown = await bucket.take({ maxWaitMs: 999 }).catch((error: unknown) => error);
      expect(sent).toBeInstanceOf(BucketBusy);
      expect(sent).toMatchObject({ waitMs });
    }
  });

  it('takes only its share of the rate and of the burst, as it is at the time', async () => {
    let share = 0.5;
    const now = (): number => 0;
    const bucket = createBucket({ perMinute: 60, burst: 4, share: () => share, now });
    expect(bucket.rate()).toBe(30);
    for (let i = 0; i < 2; i += 1) await bucket.take({ maxWaitMs: 0 });
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toMatchObject({ waitMs: 2_000 });
    share = 1;
    expect(bucket.rate()).toBe(60);
  });

  it('lets one through where the share of the burst is less than one', async () => {
    const bucket = createBucket({ perMinute: 60, burst: 2, share: () => 0.1, now: () => 0 });
    await bucket.take({ maxWaitMs: 0 });
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toBeInstanceOf(BucketBusy);
  });

  describe('that may be of a slower plan', () => {
    const MINUTE = 60_000;
    const learn = { perMinute: 150, firstMs: MINUTE, maxMs: 60 * MINUTE, inFlight: 5 };
    let now = 0;
    beforeEach(() => (now = 1));
    const slowPlan = () => createBucket({ perMinute: 1500, burst: 1500, learn, now: () => now });
    const isSlow = (bucket: ReturnType<typeof slowPlan>): boolean => bucket.rate() === 150;

    it('falls to it when it is refused, for twice as long each time, up to an hour', () => {
      const bucket = slowPlan();
      expect(isSlow(bucket)).toBe(false);
      const minutes: number[] = [];
      for (let i = 0; i < 8; i += 1) {
        // Several in flight count once.
        for (let n = 0; n < 3; n += 1) bucket.refused(0);
        const from = now;
        while (isSlow(bucket)) now += MINUTE / 2;
        minutes.push((now - from) / MINUTE);
      }
      expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    });

    it('only pauses once it was let have more within a minute than the slower plan gives', async () => {
      const bucket = slowPlan();
      for (let i = 0; i <= 155; i += 1) await bucket.take({ maxWaitMs: 0 });
      bucket.refused(1000);
      expect(isSlow(bucket)).toBe(false);
    });

    it.each([
      ['not more than that and those in flight', 155, 0],
      ['more, but in a minute and a half', 156, 600],
    ])('falls to it after %s', async (_, turns, perTurn) => {
      const bucket = slowPlan();
      for (let i = 0; i < turns; i += 1) {
        await bucket.take({ maxWaitMs: 0 });
        now += perTurn;
      }
      bucket.refused(1000);
      expect(isSlow(bucket)).toBe(true);
    });

    describe('and is shared by seven processes, none of which may send as much as would prove the faster one', () => {
      const shared = () => createBucket({ perMinute: 1500, burst: 1500, learn, share: () => 1 / 7, now: () => now });
      const isShareSlow = (bucket: ReturnType<typeof slowPlan>): boolean => Math.round(bucket.rate()) === 21;
      const take = async (bucket: ReturnType<typeof slowPlan>, turns: number): Promise<void> => {
        for (let i = 0; i < turns; i += 1) await bucket.take({ maxWaitMs: 0 });
      };

      it('our share of that many excuses a refusal, with all that were in flight', async () => {
        const bucket = shared();
        await take(bucket, 23);
        for (let n = 0; n < 3; n += 1) bucket.refused(1000);
        expect(isShareSlow(bucket)).toBe(false);
      });

      it('the others may have been idle: the next refusal is not excused, unless as much was let through again', async () => {
        const bucket = shared();
        await take(bucket, 23);
        bucket.refused(0);
        now += MINUTE;
        await take(bucket, 23);
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(false);
        now += MINUTE;
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(true);
      });

      it('less than our share excuses nothing', async () => {
        const bucket = shared();
        await take(bucket, 22);
        bucket.refused(0);
        expect(isShareSlow(bucket)).toBe(true);
      });
    });

    it('after an hour at the full rate without a refusal the next one costs a minute again, and not before', () => {
      const bucket = slowPlan();
      const slowAfter = (quiet: number): number => {
        now += quiet;
        bucket.refused(0);
        const from = now;
        while (isSlow(bucket)) now += MINUTE / 2;
        return (now - from) / MINUTE;
      };
      expect([0, 0, 0, 59 * MINUTE, 60 * MINUTE, 0].map(slowAfter)).toEqual([1, 2, 4, 8, 1, 2]);
    });

    it('counts nothing of before a refusal as let through', async () => {
      const bucket = slowPlan();
      for (let i = 0; i < 150; i += 1) await bucket.take({ maxWaitMs: 0 });
      bucket.refused(0);
      now += MINUTE;
      for (let i = 0; i < 150; i += 1) await bucket.take({ maxWaitMs: 10_000_000 });
      bucket.refused(0);
      expect(isSlow(bucket)).toBe(true);
    });
  });

  it('spends nothing saved up after a refusal', async () => {
    const bucket = createBucket({ perMinute: 60, burst: 10, now: () => 0 });
    bucket.refused(0);
    await expect(bucket.take({ maxWaitMs: 0 })).rejects.toMatchObject({ waitMs: 1000 });
  });

  it('serves in order, and a waiter who gives up holds nobody up', async () => {
    const bucket = createBucket({ perMinute: 6_000, burst: 1 });
    const order: number[] = [];
    const abort = new AbortController();
    const turns = [1, 2, 3, 4].map((n) =>
      bucket.take(n === 2 ? { signal: abort.signal } : {}).then(
        () => order.push(n),
        () => order.push(-n),
      ),
    );
    abort.abort();
    await Promise.all(turns);
    expect(order.filter((n) => n > 0)).toEqual([1, 3, 4]);
    expect(order).toContain(-2);
  });
});
