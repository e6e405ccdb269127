/** The wall clock is set back or forward by a day in the middle of things; what waits goes on waiting as long as it should. */
import { createDispatcher } from '../../src/api/dispatch/dispatch';
import { steady, stopwatch } from '../../src/process/clock';
import { createMemory } from '../../src/vendors/http/memory';
import { createBucket } from '../../src/vendors/http/bucket';
import { kindOfSweep, startOfSweep, sweptUpTo } from '../../src/core/feed/feed';
import type { SweepReport } from '../../src/core/feed/activities';
import type { FeedRecord } from '../../src/core/feed/record';
import { deliver, Room } from '../api/inbox/support';

const DAY = 24 * 60 * 60_000;
let offset = 0;

beforeEach(() => {
  const real = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => real() + offset);
});
afterEach(() => {
  jest.restoreAllMocks();
  offset = 0;
});

function clockJumps(ms: number): void {
  offset = ms;
}

it.each([-DAY, DAY])('a stopwatch, %i ms: never shows less than has passed', (ms) => {
  const watch = stopwatch();
  clockJumps(ms);
  expect(watch()).toBeGreaterThanOrEqual(Math.max(0, ms));
  const before = steady();
  clockJumps(-ms);
  expect(Math.abs(steady() - before)).toBeLessThan(DAY / 2);
});

it('a vendor asked for a pause and the clock was set back: the pause is not a day longer', async () => {
  const bucket = createBucket({ perMinute: 6_000, burst: 1 });
  bucket.refused(50);
  clockJumps(-DAY);
  await expect(bucket.take({ maxWaitMs: 5_000 })).resolves.toBeUndefined();
});

it('a name was looked up and the clock was set back: it is looked up again when its time is over', async () => {
  let time = steady();
  const memory = createMemory<number>({ now: () => time, ttlMs: () => 1_000 });
  let reads = 0;
  const read = (): Promise<number> => Promise.resolve((reads += 1));
  await memory.get('me', read);
  clockJumps(-DAY);
  time += 1_001;
  expect(await memory.get('me', read)).toBe(2);
});

it('Temporal refused a signal and the clock was set back: the next try comes after its second, not after a day', async () => {
  const room = new Room();
  const inbox = room.open();
  let sends = 0;
  const arrived = new Promise<void>((done) => {
    const quiet = (): void => undefined;
    const dispatcher = createDispatcher({
      inbox,
      send: () => {
        sends += 1;
        if (sends === 1) {
          setImmediate(() => clockJumps(-DAY));
          return Promise.reject(new Error('unavailable'));
        }
        return (dispatcher.stop().then(done), Promise.resolve());
      },
      classify: () => 'pause',
      settings: () => ({ first: 100, max: 1_000 }),
      log: { info: quiet, warn: quiet, error: quiet },
    });
    void deliver(inbox).then(() => dispatcher.start());
  });
  await arrived;
  expect(sends).toBe(2);
  await room.clear();
});

describe('a sweep', () => {
  const NOW = '2026-11-10T12:00:00.000Z';
  const AHEAD = '2026-11-11T12:00:00.000Z';
  const FLOOR = '2026-11-01T00:00:00.000Z';
  const report = { kind: 'full', startedAt: AHEAD, pages: 1 } as SweepReport;
  const record: FeedRecord = { version: 1, floor: FLOOR, watermark: AHEAD, lastFull: AHEAD, sweeps: 1, silent: 0 };

  it('by a worker whose clock is a day ahead: the watermark stays at the time that it is', () => {
    expect(sweptUpTo(report, NOW)).toBe(NOW);
    expect(sweptUpTo({ ...report, startedAt: FLOOR }, NOW)).toBe(FLOOR);
  });

  it('after a watermark of tomorrow: everything is looked at again', () => {
    expect(startOfSweep(record, NOW)).toBe(FLOOR);
    expect(startOfSweep({ ...record, watermark: NOW }, NOW)).toBe(NOW);
    expect(kindOfSweep({ ...record, last: { ...report, kind: 'recent' } }, NOW)).toBe('full');
  });
});
