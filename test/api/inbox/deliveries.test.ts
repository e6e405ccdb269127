import { AT, deliver, entry, hint, refused, Room, seed, sent, waiting } from './support';

let room: Room;
beforeEach(() => {
  room = new Room();
});
afterEach(() => room.clear());

const clock = { now: () => Date.parse('2026-02-03T04:05:06.789Z') };

test('newest first, by pages, and by id', async () => {
  const inbox = room.open();
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push(await deliver(inbox, String(i)));
  const first = inbox.deliveries({ limit: 2 });
  const second = inbox.deliveries({ limit: 2, cursor: first.next ?? '' });
  const third = inbox.deliveries({ limit: 2, cursor: second.next ?? '' });
  expect([first, second, third].map((page) => page.items.map((row) => row.id))).toEqual([
    [ids[4], ids[3]],
    [ids[2], ids[1]],
    [ids[0]],
  ]);
  expect(third.next).toBeNull();
  expect(inbox.delivery(ids[2] ?? '')).toEqual(entry(ids[2] ?? '', { issue: 'sentry:acme:2' }));
  expect(inbox.delivery('nothing')).toBeUndefined();
});

test('the snapshot is not in the log', async () => {
  const inbox = room.open();
  const id = await deliver(inbox, '1', { seed: seed('1') });
  await inbox.settle(inbox.oldest(1).map(sent));
  expect(await inbox.replay(id)).toBe(1);
  expect(waiting(inbox)).toEqual([hint(id, '1')]);
});

test('kept, then dispatched with the time, once all its hints are gone', async () => {
  const inbox = room.open(clock);
  const id = inbox.newId();
  await inbox.append([hint(id, '1'), hint(id, '2')], entry(id));
  const rows = inbox.oldest(2);
  await inbox.settle(rows.slice(0, 1).map(sent));
  expect(inbox.delivery(id)?.outcome).toBe('kept');
  await inbox.settle(rows.slice(1).map(sent));
  expect(inbox.delivery(id)).toMatchObject({ outcome: 'dispatched', dispatchedAt: '2026-02-03T04:05:06.789Z' });
});

test('a delivery shares the fate of the one that its row began with', async () => {
  const inbox = room.open(clock);
  const first = await deliver(inbox);
  const second = await deliver(inbox);
  expect(inbox.counts().waiting).toBe(1);
  expect(inbox.delivery(first)).toEqual(entry(first));
  expect(inbox.delivery(second)).toEqual(entry(second, { why: `joined with ${first}` }));
  await inbox.settle(inbox.oldest(1).map(sent));
  expect(inbox.counts().waiting).toBe(0);
  const dispatched = { outcome: 'dispatched', dispatchedAt: '2026-02-03T04:05:06.789Z' } as const;
  expect(inbox.delivery(second)).toEqual(entry(second, { ...dispatched, why: `joined with ${first}` }));
  expect(inbox.delivery(first)).toEqual(entry(first, dispatched));
});

test('what comes while its row is being sent waits, and has a fate of its own', async () => {
  let now = Date.parse(AT);
  let inbox = room.open({ now: () => now });
  const first = await deliver(inbox, '1', { environment: 'prod' });
  const sending = inbox.oldest(1);
  const second = await deliver(inbox, '1', { what: 'issue.resolved', urgent: true });
  const third = await deliver(inbox, '1', { what: 'issue.assigned', urgent: true });
  await inbox.settle(sending.map(sent));
  // A second telling of the same, as after a write that was taken for failed, changes nothing.
  await inbox.settle(sending.map(sent));
  inbox = await room.reopen(inbox, { now: () => now });
  expect(waiting(inbox).map(({ delivery, environment }) => [delivery, environment])).toEqual([
    [second, undefined],
    [third, undefined],
  ]);
  expect(inbox.delivery(first)).toMatchObject({ outcome: 'dispatched', dispatchedAt: AT });
  expect(inbox.delivery(second)).toEqual(entry(second));
  expect(inbox.delivery(third)).toEqual(entry(third, { why: `joined with ${second}` }));
  now += 60_000;
  await inbox.settle(inbox.oldest(1).map(sent));
  expect(inbox.delivery(first)?.dispatchedAt).toBe(AT);
  for (const id of [second, third])
    expect(inbox.delivery(id)).toMatchObject({ outcome: 'dispatched', dispatchedAt: '2026-01-01T00:01:00.000Z' });
});

test('a delivery is told also when the one that its row began with has left the log', async () => {
  const inbox = room.open({ maxLog: 10 });
  const first = await deliver(inbox);
  for (let i = 0; i < 205; i++) await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  const second = await deliver(inbox);
  for (let i = 0; i < 8; i++) await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  // Closing waits for the log to be cut.
  const cut = await room.reopen(inbox, { maxLog: 10 });
  expect(cut.delivery(first)).toBeUndefined();
  expect(cut.delivery(second)?.outcome).toBe('kept');
  await cut.settle(cut.oldest(1).map(sent));
  expect(cut.delivery(second)?.outcome).toBe('dispatched');
});

test('how a row ended is forgotten after as many others, but not that its hints are dead', async () => {
  const inbox = room.open({ maxLog: 10, now: clock.now });
  const dead = await deliver(inbox, 'dead');
  const old = await deliver(inbox, 'old');
  const many = inbox.newId();
  const hints = Array.from({ length: 230 }, (_, i) => hint(many, String(i)));
  await inbox.append(hints, entry(many));
  const [first, second, ...others] = inbox.oldest(500);
  await inbox.settle(first && second ? [refused(first, 'no'), sent(second)] : []);
  expect(inbox.delivery(old)?.dispatchedAt).toBeDefined();
  await inbox.settle(others.map(sent));
  expect(inbox.delivery(old)).toEqual(entry(old, { issue: 'sentry:acme:old', outcome: 'dispatched' }));
  expect(inbox.delivery(dead)).toMatchObject({ outcome: 'dead', why: 'no' });
});

test('the log is bounded and the hints of what it forgets are not', async () => {
  const inbox = room.open({ maxLog: 50 });
  await Promise.all(Array.from({ length: 400 }, (_, i) => deliver(inbox, String(i))));
  await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  const reopened = await room.reopen(inbox, { maxLog: 50 });
  expect(reopened.counts().deliveries).toBeLessThanOrEqual(251);
  expect(reopened.counts().waiting).toBe(400);
  await reopened.settle(reopened.oldest(500).map(sent));
  expect(reopened.counts().waiting).toBe(0);
});

describe('dead hints', () => {
  test('are listed with the reason, marked in the log, and come back whole', async () => {
    let inbox = room.open(clock);
    const id = await deliver(inbox, '1', { seed: seed('1') });
    const [row] = inbox.oldest(1);
    await inbox.settle(row ? [refused(row, 'invalid argument')] : []);
    inbox = await room.reopen(inbox, clock);
    expect(inbox.counts()).toMatchObject({ waiting: 0, dead: 1 });
    expect(inbox.delivery(id)).toMatchObject({ outcome: 'dead', why: 'invalid argument' });
    const [dead] = inbox.listDead();
    expect(dead).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/) as string,
      at: '2026-02-03T04:05:06.789Z',
      why: 'invalid argument',
      hint: hint(id, '1', { seed: seed('1') }),
    });

    expect(await inbox.replay('another')).toBe(0);
    expect(await inbox.replay(dead?.id ?? '')).toBe(1);
    expect(await inbox.replay(dead?.id ?? '')).toBe(0);
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 0 });
    expect(waiting(inbox)).toEqual([hint(id, '1', { seed: seed('1') })]);
    // A reader who has passed the old row sees it.
    expect(inbox.unread(10).map(({ first }) => first.delivery)).toEqual([id]);
    expect(inbox.delivery(id)).toEqual(entry(id));
    await inbox.settle(inbox.oldest(1).map(sent));
    expect(inbox.delivery(id)?.outcome).toBe('dispatched');
  });

  test('all that were refused in one signal come back together, by any of their deliveries, into what waits by then', async () => {
    const inbox = room.open();
    const ids = [await deliver(inbox), await deliver(inbox, '1', { what: 'issue.resolved', urgent: true })];
    const repeat = await deliver(inbox);
    const [row] = inbox.oldest(1);
    const later = await deliver(inbox, '1', { what: 'issue.assigned', urgent: true });
    await inbox.settle(row ? [refused(row, 'no')] : []);
    expect([...ids, repeat].map((id) => inbox.delivery(id)?.outcome)).toEqual(['dead', 'dead', 'dead']);
    expect(inbox.delivery(later)).toEqual(entry(later));
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 2 });
    expect(await inbox.replay(ids[0] ?? '')).toBe(2);
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 0 });
    expect([...ids, repeat].map((id) => inbox.delivery(id)?.outcome)).toEqual(['kept', 'kept', 'kept']);
    expect(waiting(inbox).map(({ what }) => what)).toEqual([
      'issue.assigned',
      'issue.resolved',
      'event_alert.triggered',
    ]);
    await inbox.settle(inbox.oldest(1).map(sent));
    expect([...ids, repeat, later].map((id) => inbox.delivery(id)?.outcome)).toEqual(Array(4).fill('dispatched'));
  });

  test('what is revived while its row is being sent stays waiting', async () => {
    const inbox = room.open();
    const id = await deliver(inbox);
    const [row] = inbox.oldest(1);
    await inbox.settle(row ? [refused(row, 'no')] : []);
    await deliver(inbox, '1', { what: 'error.created' });
    const sending = inbox.oldest(1);
    await inbox.replay(id);
    await inbox.settle(sending.map(sent));
    expect(inbox.delivery(id)?.outcome).toBe('kept');
    expect(waiting(inbox).map((one) => one.delivery)).toEqual([id]);
  });

  test('a delivery is replayed by its own id: from the dead, from the log, or not at all', async () => {
    const inbox = room.open();
    const id = await deliver(inbox);
    const [row] = inbox.oldest(1);
    await inbox.settle(row ? [refused(row, 'no')] : []);
    expect(await inbox.replay(id)).toBe(1);
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 0 });
    await inbox.settle(inbox.oldest(1).map(sent));
    expect(inbox.delivery(id)?.outcome).toBe('dispatched');
    expect(await inbox.replay(id)).toBe(1);
    expect(inbox.delivery(id)).toEqual(entry(id, { issue: 'sentry:acme:1' }));
    expect(await inbox.replay('nothing')).toBe(0);
  });
});
