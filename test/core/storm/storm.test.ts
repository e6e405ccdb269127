import fc from 'fast-check';
import { refOf, stormIdOf, stormOf, type AdmitRequest } from '../../../src/contract';
import { failed } from '../../../src/core/issue/attention';
import { parseAct } from '../../../src/core/issue/commands';
import {
  admit,
  freshRecord,
  looked,
  lookEvery,
  lookLimit,
  nextLook,
  release,
  RELEASE_MAX,
  roomIn,
  stormView,
} from '../../../src/core/storm/storm';
import { plan } from '../../../src/core/issue/plan';
import { reduce } from '../../../src/core/issue/state';
import type { Instant } from '../../../src/core/refs';
import type { StormRecord } from '../../../src/core/storm/record';
import { decision, fold, fresh, later, snapshot, T0 } from '../../support/records';

const WINDOW = 3_600_000;
const MAX = 3;
const PLACE = { tracker: 'asana', workspace: 'Acme', project: 'Errors' };
const request = (n: number, max = MAX): AdmitRequest => ({
  issue: `sentry:acme:${n}`,
  max,
  window: WINDOW,
  destination: PLACE,
});

test('the id of a storm workflow is no id of an issue, and neither is the marker of its task', () => {
  expect(stormIdOf('acme', 'shop')).toBe('storm:acme:shop');
  expect(stormIdOf('acme', '')).toBe('storm:acme:*');
  expect(stormOf('storm:acme:shop')).toEqual({ scope: 'acme', project: 'shop' });
  expect(stormOf('storm:acme:*')).toEqual({ scope: 'acme', project: '' });
  expect(stormOf('sentry:acme:4711')).toBeUndefined();
  const others = ['storm:acme:shop', 'storm:acme:shop/2026-11-02T09.00.00.000Z', 'feed:sentry:acme', 'rotation:a:b'];
  expect(others.map(refOf)).toEqual([undefined, undefined, undefined, undefined]);
  expect(refOf('sentry:acme:4711')).toEqual({ source: 'sentry', scope: 'acme', id: '4711' });
});

test('who is held asks by itself only after a day; another failure after ten minutes', () => {
  const again = (code: string): Instant | undefined => {
    const r = fresh();
    failed(r, 'ensureTask', code, '', T0);
    return r.attention[0]?.again;
  };
  expect(again('storm_held')).toBe(later(24 * 3_600_000));
  expect(again('asana_refused')).toBe(later(600_000));
});

test('resolved while it is held, it leaves the attention at once: nothing was attempted that could still come into being', () => {
  const closed = (code: string): string[] => {
    const seen = { is: 'seen', issue: snapshot({ status: 'resolved' }), answers: 2 } as const;
    const open = fold(fresh(), [
      { is: 'seen', issue: snapshot(), answers: 1 },
      { is: 'decided', decision: decision('anna') },
      { is: 'failed', step: 'ensureTask', code, message: '' },
    ]);
    expect(plan(open, T0).map((s) => s.do)).not.toContain('ensureTask');
    return plan(reduce(open, seen, later(1_000)), later(1_000)).map((s) => s.do);
  };
  expect(closed('storm_held')).toEqual(['findTask']);
  expect(closed('asana_refused')).toEqual([]);
});

test('an issue that is held says so, and not that something failed', () => {
  const { timeline } = fold(fresh(), [{ is: 'failed', step: 'ensureTask', code: 'storm_held', message: '' }]);
  expect(timeline.map((t) => t.what)).toEqual(['waits for the rate limit: too many new issues at once']);
});

test('an issue that is let in says who released it; by hand it says what was asked', () => {
  const told = (input: unknown): string | undefined => {
    const parsed = parseAct('retry', input, 'c1', T0);
    if (!('command' in parsed)) throw new Error('no command');
    return fold(fresh(), [{ is: 'commanded', command: parsed.command }]).timeline.at(-1)?.what;
  };
  expect(told({ id: 'storm-1', by: 'otto', released: true })).toBe('released by otto');
  expect(told({ by: 'otto', released: 'maybe' })).toBe('otto asked: retry');
  expect(told(undefined)).toBe('an operator asked: retry');
});

/** Issues around one storm workflow: who waits shows it, as in visibility, and who is told asks again. */
class World {
  record: StormRecord = freshRecord();
  now: Instant = T0;
  lookedAt: Instant | undefined;
  /** Waiting, in the order they came. */
  held: number[] = [];
  told: number[] = [];
  posts: { issue: number; at: number }[] = [];
  releasedAny = false;
  private next = 0;

  constructor(readonly max = MAX) {}

  pass(ms: number): void {
    this.now = later(ms, this.now);
  }

  /** @param makes false: the attempt fails after it was let in */
  ask(issue: number, makes: boolean): 'admitted' | 'held' {
    const { record, answer } = admit(this.record, request(issue, this.max), this.now);
    this.record = record;
    if (answer === 'held') {
      if (!this.held.includes(issue)) this.held.push(issue);
    } else if (makes) {
      this.posts.push({ issue, at: Date.parse(this.now) });
      this.held = this.held.filter((one) => one !== issue);
    }
    return answer;
  }

  raise(makes = true): number {
    this.next += 1;
    this.ask(this.next, makes);
    if (!makes && !this.held.includes(this.next)) this.told.push(this.next);
    return this.next;
  }

  found(releasing: boolean): Parameters<typeof looked>[1] {
    const limit = lookLimit(this.record, this.now, releasing);
    const first = this.held.slice(0, limit).map((n) => `sentry:acme:${n}`);
    return { held: this.held.length, first, digest: '', max: this.max, window: WINDOW };
  }

  look(): void {
    this.record = looked(this.record, this.found(false), this.now, this.now);
    this.lookedAt = this.now;
    this.tell();
  }

  release(id = `r${this.now}`): { released: number; left: number } {
    this.releasedAny = true;
    const { record, done } = release(this.record, { id, by: 'otto' }, this.found(true), this.now);
    this.record = record;
    this.tell();
    return done;
  }

  private tell(): void {
    this.told.push(...this.record.toTell.map(({ issue }) => Number(issue.split(':')[2])));
    this.record = { ...this.record, toTell: [] };
  }

  answer(makes = true): void {
    for (const issue of this.told.splice(0)) {
      this.ask(issue, makes);
      if (!makes) this.told.push(issue);
    }
  }
}

test('three of five are let in; the others wait, and each gets its turn in the order they came', () => {
  const world = new World();
  for (let n = 0; n < 5; n += 1) world.raise();
  expect(world.posts.map((p) => p.issue)).toEqual([1, 2, 3]);
  expect(stormView(world.record, 'shop', world.now)).toMatchObject({ since: T0, admitted: 3, max: 3 });
  world.pass(30 * 60_000);
  // Somebody new passes nobody, also when there is room.
  world.look();
  world.pass(30 * 60_000);
  world.raise();
  expect(world.held).toEqual([4, 5, 6]);
  world.look();
  expect(world.told).toEqual([4, 5, 6]);
  world.answer();
  expect(world.posts.map((p) => p.issue)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(world.record.storm).toBeDefined();
  world.pass(lookEvery(world.record));
  world.look();
  expect(world.record.storm).toBeUndefined();
});

test('an attempt that is killed between the answer and the task is let in again, and takes no second place', () => {
  const world = new World();
  world.raise(false);
  world.pass(59 * 60_000);
  expect(world.ask(1, true)).toBe('admitted');
  world.raise();
  world.raise();
  expect([roomIn(world.record, world.now), world.held]).toEqual([0, []]);
});

test('a limit that is raised acts at the next look', () => {
  const world = new World();
  for (let n = 0; n < 8; n += 1) world.raise();
  expect(world.held).toHaveLength(5);
  const found = { ...world.found(false), first: world.held.map((n) => `sentry:acme:${n}`), max: 100 };
  world.record = looked(world.record, found, world.now, world.now);
  expect(world.record.toTell).toHaveLength(5);
});

test('a release lets all in at once, the same one only once; new ones wait for their turn as before', () => {
  const world = new World();
  for (let n = 0; n < 8; n += 1) world.raise();
  expect(world.release('a')).toMatchObject({ released: 5, left: 0 });
  world.answer();
  expect(world.posts.map((p) => p.issue)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  world.raise();
  expect(world.held).toEqual([9]);
  expect(world.release('a')).toMatchObject({ released: 5 });
  expect(world.held).toEqual([9]);
});

test('more than one release takes are let in by the next', () => {
  const world = new World();
  for (let n = 0; n < RELEASE_MAX + 10 + MAX; n += 1) world.raise();
  expect(world.release('a')).toMatchObject({ released: RELEASE_MAX, left: 10 });
  expect(world.release('b')).toMatchObject({ released: 10, left: 0 });
});

test('a storm is not over while who was told to wait a moment ago may not show it yet', () => {
  const world = new World();
  for (let n = 0; n < 4; n += 1) world.raise();
  world.held = [];
  world.pass(1_000);
  world.look();
  expect(world.record.storm).toBeDefined();
  world.pass(lookEvery(world.record));
  world.look();
  expect(world.record.storm).toBeUndefined();
});

test('the first look comes after ten seconds, later ones sixty times in the window; without a storm there is none', () => {
  const world = new World();
  expect(nextLook(world.record, undefined)).toBeUndefined();
  for (let n = 0; n < 4; n += 1) world.raise();
  expect(nextLook(world.record, undefined)).toBe(Date.parse(later(10_000)));
  expect(nextLook(world.record, later(10_000))).toBe(Date.parse(later(70_000)));
});

type Event = 'raise' | 'raise and fail' | 'answer' | 'answer and fail' | 'look' | 'release' | 'ask by itself';
const events = (kinds: Event[]) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(20 * 60_000)), { maxLength: 80 });

function play(world: World, happened: [Event, number][]): void {
  for (const [what, ms] of happened) {
    if (what === 'raise') world.raise();
    else if (what === 'raise and fail') world.raise(false);
    else if (what === 'answer') world.answer();
    else if (what === 'answer and fail') world.answer(false);
    else if (what === 'look') world.look();
    else if (what === 'release') world.release();
    else for (const issue of [...world.held]) world.ask(issue, true);
    world.pass(ms);
  }
}

const KINDS: Event[] = ['raise', 'raise and fail', 'answer', 'answer and fail', 'look', 'ask by itself'];

test('never more than so many tasks within the window, whatever comes when', () => {
  fc.assert(
    fc.property(events(KINDS), fc.integer({ min: 1, max: 6 }), (happened, max) => {
      const world = new World(max);
      play(world, happened);
      for (const { at } of world.posts)
        expect(world.posts.filter((p) => p.at <= at && p.at > at - WINDOW).length).toBeLessThanOrEqual(max);
    }),
  );
});

test('nothing that is held is lost: with looks going on everybody is let in, and the storm ends', () => {
  fc.assert(
    fc.property(events([...KINDS, 'release']), fc.integer({ min: 1, max: 6 }), (happened, max) => {
      const world = new World(max);
      play(world, happened);
      for (let n = 0; n < 200 && (world.held.length > 0 || world.record.storm); n += 1) {
        world.pass(WINDOW / 2);
        // As by their own attention, when nobody told them: the storm workflow may have forgotten.
        for (const issue of [...world.held]) world.ask(issue, true);
        world.look();
        world.answer();
      }
      expect([world.held, world.record.storm]).toEqual([[], undefined]);
    }),
  );
});

test('the record is bounded', () => {
  const world = new World(5);
  for (let n = 0; n < 12_000; n += 1) world.raise();
  for (let n = 0; n < 8; n += 1) world.release(`r${n}`);
  const { record } = world;
  // The server's limit for one payload is 2 MiB.
  expect(JSON.stringify(record).length).toBeLessThan(600_000);
});
