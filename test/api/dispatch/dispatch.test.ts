import { FIRST, Busy, Invalid, MAX, Stage, until } from './support';
import { deliver, entry, hint, Room, seed } from '../inbox/support';

let room: Room;
let stage: Stage;
beforeEach(() => {
  room = new Room();
  stage = new Stage(room.open());
  stage.dispatcher.start();
});
afterEach(async () => {
  stage.temporal.answer = () => {};
  await stage.dispatcher.stop();
  await room.clear();
});

const URGENT = { urgent: true, what: 'issue.resolved' };
const ISSUE = 'sentry:acme:1';

describe('a signal', () => {
  test('takes the first hint of an issue at once, and it is deleted only when it has arrived', async () => {
    let open = (): void => {};
    stage.temporal.answer = () => new Promise((resolve) => (open = resolve));
    const id = await deliver(stage.inbox, '1', { seed: seed('1') });
    stage.dispatcher.poke();
    await until(() => stage.temporal.attempts.length === 1);
    expect(stage.temporal.attempts[0]).toMatchObject({ id: ISSUE, deadline: stage.clock.now() + 5000 });
    expect(stage.temporal.attempts[0]?.hints).toEqual([hint(id, '1', { seed: seed('1') })]);
    expect(stage.inbox.counts().waiting).toBe(1);
    expect(stage.inbox.delivery(id)?.outcome).toBe('kept');
    open();
    await stage.settle();
    expect(stage.inbox.counts().waiting).toBe(0);
    expect(stage.inbox.delivery(id)?.outcome).toBe('dispatched');
    expect(stage.dispatcher.stats()).toMatchObject({ issues: 0, sent: 1, failed: 0, inFlight: 0, lastError: null });
  });

  test('finds what an earlier process left, oldest first, more than a page of it', async () => {
    await stage.dispatcher.stop();
    await Promise.all(Array.from({ length: 1100 }, (_, i) => deliver(stage.inbox, String(i))));
    stage.dispatcher.start();
    await stage.settle();
    expect(stage.temporal.arrived.map((one) => one.id)).toEqual(
      Array.from({ length: 1100 }, (_, i) => `sentry:acme:${i}`),
    );
    expect(stage.inbox.counts().waiting).toBe(0);
  });

  test('one in flight for an issue and 16 in all', async () => {
    const opens: (() => void)[] = [];
    stage.temporal.answer = () => new Promise((resolve) => opens.push(resolve));
    for (let i = 0; i < 20; i++) await deliver(stage.inbox, String(i), URGENT);
    stage.dispatcher.poke();
    await until(() => opens.length === 16);
    for (let i = 0; i < 20; i++) await deliver(stage.inbox, String(i), URGENT);
    stage.dispatcher.poke();
    await until(() => {
      opens.shift()?.();
      return stage.temporal.arrived.length === 36;
    });
    await stage.settle();
    expect(stage.temporal.mostOpen).toBe(16);
    // The 16 got a second signal for what came meanwhile; the four that had to wait got both hints as one.
    expect(stage.temporal.arrived).toHaveLength(36);
    expect(new Set(stage.temporal.arrived.flatMap((one) => one.hints.map((its) => its.delivery))).size).toBe(36);
    expect(stage.inbox.deliveries({ limit: 500 }).items.every((row) => row.outcome === 'dispatched')).toBe(true);
    expect(stage.inbox.counts().waiting).toBe(0);
  });

  test('one signal says all that waits, within 64 KiB; the newest snapshot goes along', async () => {
    const long = 'x'.repeat(7000);
    await stage.dispatcher.stop();
    for (let i = 0; i < 30; i++) {
      await deliver(stage.inbox, '1', { environment: `e${i}`, what: `what ${i}`, seed: seed('1', `${i} ${long}`) });
    }
    stage.dispatcher.start();
    await stage.settle();
    expect(stage.temporal.arrived).toHaveLength(1);
    const hints = stage.temporal.arrived[0]?.hints ?? [];
    expect(JSON.stringify(hints).length).toBeLessThanOrEqual(64 * 1024);
    expect(stage.inbox.counts().waiting).toBe(0);
    expect(hints.flatMap((one) => one.seed?.title ?? [])).toEqual([`29 ${long}`]);
  });

  test('a delivery about several issues reaches each of them', async () => {
    const id = stage.inbox.newId();
    await stage.inbox.append([hint(id, '1'), hint(id, '2')], entry(id));
    await stage.poke();
    expect(stage.temporal.arrived.map((one) => one.id)).toEqual([ISSUE, 'sentry:acme:2']);
    expect(stage.inbox.delivery(id)?.outcome).toBe('dispatched');
  });
});

describe('a noisy issue', () => {
  test('is signalled after 5 s, 10 s, … 15 min while the noise lasts, and its repeats do not fill the inbox', async () => {
    const from = stage.clock.now();
    const last = 2 * 60 * 60;
    let most = 0;
    for (let second = 0; second <= last; second += 4) {
      await deliver(stage.inbox, '1', { environment: second % 8 ? 'prod' : 'stage' });
      await stage.poke();
      most = Math.max(most, stage.inbox.counts().waiting);
      await stage.advance(4000);
    }
    const times = stage.temporal.times(ISSUE, from);
    expect(times.slice(0, 6)).toEqual([0, 5, 15, 35, 75, 155]);
    const gaps = times.map((at, i) => at - (times[i - 1] ?? at)).slice(1);
    expect(gaps.slice(-3)).toEqual([900, 900, 900]);
    expect(most).toBe(1);
    // Of one kind, and both environments.
    expect(stage.temporal.arrived.at(-1)?.hints).toHaveLength(2);
    expect(new Set(stage.temporal.arrived.at(-1)?.hints.map((one) => one.environment))).toEqual(
      new Set(['prod', 'stage']),
    );
  });

  test('after 15 min of silence it counts as new', async () => {
    for (let i = 0; i < 20; i++) {
      await deliver(stage.inbox);
      await stage.poke();
      await stage.advance(FIRST);
    }
    await stage.advance(2 * MAX);
    expect(stage.inbox.counts().waiting).toBe(0);
    const before = stage.temporal.arrived.length;
    const from = stage.clock.now();
    for (let i = 0; i < 3; i++) {
      await deliver(stage.inbox);
      await stage.poke();
      await stage.advance(FIRST);
    }
    expect(stage.temporal.times(ISSUE, from).slice(before)).toEqual([0, 5, 15]);
  });

  test('another issue is not held up by it', async () => {
    for (let i = 0; i < 600; i++) await deliver(stage.inbox, '1');
    await stage.poke();
    await deliver(stage.inbox, '2');
    await stage.poke();
    expect(stage.temporal.arrived.map((one) => one.id)).toEqual([ISSUE, 'sentry:acme:2']);
  });

  test('a change of state goes at once and takes the held ones along', async () => {
    await deliver(stage.inbox);
    await stage.poke();
    const held = await deliver(stage.inbox);
    await stage.poke();
    expect(stage.temporal.arrived).toHaveLength(1);
    expect(stage.dispatcher.stats()).toMatchObject({ issues: 1, delayed: 1 });
    const urgent = await deliver(stage.inbox, '1', URGENT);
    await stage.poke();
    expect(stage.temporal.arrived[1]?.at).toBe(stage.clock.now());
    expect(stage.temporal.arrived[1]?.hints.map((one) => one.delivery)).toEqual([held, urgent]);
    expect(stage.dispatcher.stats()).toMatchObject({ issues: 0, delayed: 0 });
  });

  test('what is urgent and comes while a signal is under way follows it at once', async () => {
    let open = (): void => {};
    stage.temporal.answer = () => new Promise((resolve) => (open = resolve));
    await deliver(stage.inbox);
    stage.dispatcher.poke();
    await until(() => stage.temporal.attempts.length === 1);
    stage.temporal.answer = () => {};
    const urgent = await deliver(stage.inbox, '1', URGENT);
    stage.dispatcher.poke();
    open();
    await until(() => stage.temporal.arrived.length === 2);
    expect(stage.temporal.arrived[1]?.hints.map((one) => one.delivery)).toEqual([urgent]);
  });
});

describe('when Temporal does not take it', () => {
  test('everything is kept, and it is tried again after 1, 2, 4, … 30 s, one at a time', async () => {
    stage.temporal.answer = () => Promise.reject(new Error('unavailable'));
    for (let i = 0; i < 40; i++) await deliver(stage.inbox, String(i));
    const from = stage.clock.now();
    await stage.poke();
    expect(stage.dispatcher.stats()).toMatchObject({ pausedUntil: from + 1000, lastError: 'unavailable' });
    await stage.advance(200_000);
    const times = [...new Set(stage.temporal.attempts.map((one) => (one.at - from) / 1000))];
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]);
    expect(stage.temporal.attempts.filter((one) => one.at > from)).toHaveLength(10);
    expect(stage.inbox.counts()).toMatchObject({ waiting: 40, dead: 0 });

    stage.temporal.answer = () => {};
    await stage.advance(30_000);
    expect(new Set(stage.temporal.arrived.map((one) => one.id)).size).toBe(40);
    expect(stage.inbox.counts().waiting).toBe(0);
    expect(stage.dispatcher.stats().pausedUntil).toBeNull();
  });

  test('an issue that is refused does not stand in the others’ way', async () => {
    stage.temporal.answer = (signal) => (signal.id === ISSUE ? Promise.reject(new Error('deadline')) : undefined);
    for (let i = 0; i < 5; i++) await deliver(stage.inbox, String(i));
    await stage.poke();
    await stage.advance(60_000);
    expect(new Set(stage.temporal.arrived.map((one) => one.id)).size).toBe(4);
    expect(stage.inbox.counts().waiting).toBe(1);
  });

  test('a workflow that is busy keeps its own hints waiting, and no other’s', async () => {
    stage.temporal.answer = (signal) =>
      signal.id === ISSUE ? Promise.reject(new Busy('Workflow is busy.')) : undefined;
    await deliver(stage.inbox, '1', URGENT);
    const from = stage.clock.now();
    await stage.poke();
    for (let i = 2; i < 40; i++) await deliver(stage.inbox, String(i));
    await stage.poke();
    // All at once, while the busy one still waits.
    expect(new Set(stage.temporal.arrived.map((one) => one.id)).size).toBe(38);
    expect(stage.temporal.arrived.every((one) => one.at === from)).toBe(true);
    expect(stage.dispatcher.stats()).toMatchObject({ pausedUntil: null, failing: false, invalid: 0, dead: 0 });
    // What comes for it meanwhile does not wake it either.
    await deliver(stage.inbox, '1', URGENT);
    await stage.poke();
    await stage.advance(100_000);
    const tries = stage.temporal.attempts.filter((one) => one.id === ISSUE).map((one) => (one.at - from) / 1000);
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
    stage.temporal.answer = () => {};
    await stage.advance(30_000);
    expect(stage.temporal.times(ISSUE, from)).toEqual([121]);
    expect(stage.inbox.counts()).toMatchObject({ waiting: 0, dead: 0 });
  });

  test('repeats during an outage do not fill the inbox, and the urgent is among what is left', async () => {
    stage.temporal.answer = () => Promise.reject(new Error('unavailable'));
    for (let i = 0; i < 300; i++) {
      await deliver(stage.inbox, '1', i === 150 ? URGENT : {});
      if (i % 10 === 0) await stage.poke();
    }
    await stage.poke();
    expect(stage.inbox.counts().waiting).toBe(1);
    stage.temporal.answer = () => {};
    await stage.advance(60_000);
    expect(stage.temporal.arrived[0]?.hints.map((one) => one.what)).toContain('issue.resolved');
  });

  test('an invalid signal is tried three times, then listed as dead, and can be revived', async () => {
    stage.temporal.answer = (signal) => (signal.id === ISSUE ? Promise.reject(new Invalid('bad id')) : undefined);
    const id = await deliver(stage.inbox, '1');
    await deliver(stage.inbox, '2');
    await stage.poke();
    await stage.advance(60_000);
    expect(stage.temporal.attempts.filter((one) => one.id === ISSUE)).toHaveLength(3);
    expect(stage.inbox.counts()).toMatchObject({ waiting: 0, dead: 1 });
    expect(stage.inbox.delivery(id)).toMatchObject({ outcome: 'dead', why: 'bad id' });
    expect(stage.dispatcher.stats()).toMatchObject({ dead: 1, issues: 0, pausedUntil: null });

    stage.temporal.answer = () => {};
    await stage.inbox.replay(id);
    await stage.poke();
    expect(stage.temporal.arrived.at(-1)?.hints.map((one) => one.delivery)).toEqual([id]);
    expect(stage.inbox.delivery(id)?.outcome).toBe('dispatched');
  });

  test('a send that never answers is abandoned after twice its deadline and repeated', async () => {
    stage.temporal.answer = () => new Promise(() => {});
    stage.temporal.open.clear();
    await deliver(stage.inbox);
    stage.dispatcher.poke();
    await until(() => stage.temporal.attempts.length === 1);
    stage.temporal.answer = () => {};
    stage.temporal.open.clear();
    // Only the abandonment is due within 10 s; it is what settles the dispatcher.
    await stage.clock.advance(10_000, () => Promise.resolve());
    await stage.settle();
    await stage.advance(1000);
    expect(stage.temporal.arrived).toHaveLength(1);
  });

  test('a classifier that throws counts as a pause', async () => {
    stage.temporal.answer = () => Promise.reject(new Error('x'));
    stage.classify = () => {
      throw new Error('classifier');
    };
    await deliver(stage.inbox);
    await stage.poke();
    expect(stage.dispatcher.stats()).toMatchObject({ failed: 1, dead: 0 });
    expect(stage.inbox.counts().waiting).toBe(1);
  });
});
