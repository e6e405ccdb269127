import { deliver, entry, hint, Room, seed } from './support';

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
  await inbox.remove(inbox.oldest(1).map((one) => one.key));
  expect(await inbox.replay(id)).toBe(1);
  expect(inbox.oldest(1)[0]?.hint).toEqual(hint(id, '1'));
});

test('kept, then dispatched with the time, once all its hints are gone', async () => {
  const inbox = room.open(clock);
  const id = inbox.newId();
  await inbox.append([hint(id, '1'), hint(id, '2')], entry(id));
  const keys = inbox.oldest(2).map((one) => one.key);
  await inbox.remove(keys.slice(0, 1));
  expect(inbox.delivery(id)?.outcome).toBe('kept');
  await inbox.remove(keys.slice(1));
  expect(inbox.delivery(id)).toMatchObject({ outcome: 'dispatched', dispatchedAt: '2026-02-03T04:05:06.789Z' });
});

test('a joined delivery shares the fate of the other', async () => {
  const inbox = room.open(clock);
  const first = await deliver(inbox);
  const second = await deliver(inbox);
  const [to, from] = inbox.oldest(2).map((one) => one.key);
  await inbox.join(new Map([[from ?? '', to ?? '']]));
  expect(inbox.counts().waiting).toBe(1);
  expect(inbox.delivery(second)).toMatchObject({ outcome: 'kept', why: `joined with ${first}` });
  await inbox.remove([to ?? '']);
  expect(inbox.delivery(second)).toMatchObject({ outcome: 'dispatched', dispatchedAt: '2026-02-03T04:05:06.789Z' });
  expect(inbox.delivery(first)?.why).toBeUndefined();
});

test('a joined delivery is told also when the other has left the log', async () => {
  const inbox = room.open({ maxLog: 10 });
  const first = await deliver(inbox);
  for (let i = 0; i < 205; i++) await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  const second = await deliver(inbox);
  const [to, from] = inbox.oldest(2).map((one) => one.key);
  await inbox.join(new Map([[from ?? '', to ?? '']]));
  for (let i = 0; i < 8; i++) await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  // Closing waits for the log to be cut.
  const cut = await room.reopen(inbox, { maxLog: 10 });
  expect(cut.delivery(first)).toBeUndefined();
  expect(cut.delivery(second)?.outcome).toBe('kept');
  await cut.remove([to ?? '']);
  expect(cut.delivery(second)?.outcome).toBe('dispatched');
});

test('a join with something that is not there changes nothing', async () => {
  const inbox = room.open();
  const id = await deliver(inbox);
  const key = inbox.oldest(1)[0]?.key ?? '';
  await inbox.join(new Map([[key, 'nowhere']]));
  await inbox.join(new Map([[key, key]]));
  expect(inbox.counts().waiting).toBe(1);
  expect(inbox.delivery(id)?.outcome).toBe('kept');
});

test('merged deliveries are dispatched with the newest', async () => {
  const inbox = room.open(clock);
  const ids = [];
  for (let i = 0; i < 4; i++) ids.push(await deliver(inbox));
  await inbox.merge();
  ids.push(await deliver(inbox));
  await inbox.merge();
  expect(inbox.oldest(9).map((one) => one.hint.delivery)).toEqual(ids.slice(-1));
  expect(ids.map((id) => inbox.delivery(id)?.outcome)).toEqual(['kept', 'kept', 'kept', 'kept', 'kept']);
  await inbox.remove(inbox.oldest(9).map((one) => one.key));
  expect(new Set(ids.map((id) => inbox.delivery(id)?.outcome))).toEqual(new Set(['dispatched']));
});

test('the log is bounded and the hints of what it forgets are not', async () => {
  const inbox = room.open({ maxLog: 50 });
  await Promise.all(Array.from({ length: 400 }, (_, i) => deliver(inbox, String(i))));
  await inbox.append([], entry(inbox.newId(), { outcome: 'no issue' }));
  const reopened = await room.reopen(inbox, { maxLog: 50 });
  expect(reopened.counts().deliveries).toBeLessThanOrEqual(251);
  expect(reopened.counts().waiting).toBe(400);
  await reopened.remove(reopened.oldest(500).map((one) => one.key));
  expect(reopened.counts().waiting).toBe(0);
});

describe('dead hints', () => {
  test('are listed with the reason, marked in the log, and come back whole', async () => {
    let inbox = room.open(clock);
    const id = await deliver(inbox, '1', { seed: seed('1') });
    const key = inbox.oldest(1)[0]?.key ?? '';
    await inbox.bury(key, 'invalid argument');
    inbox = await room.reopen(inbox, clock);
    expect(inbox.counts()).toMatchObject({ waiting: 0, dead: 1 });
    expect(inbox.delivery(id)).toMatchObject({ outcome: 'dead', why: 'invalid argument' });
    const [dead] = inbox.listDead();
    expect(dead).toMatchObject({ at: '2026-02-03T04:05:06.789Z', why: 'invalid argument' });

    expect(await inbox.revive('another')).toBe(false);
    expect(await inbox.revive(dead?.id ?? '')).toBe(true);
    expect(await inbox.revive(dead?.id ?? '')).toBe(false);
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 0 });
    const [back] = inbox.oldest(1);
    expect(back?.hint).toEqual(hint(id, '1', { seed: seed('1') }));
    // A reader who has passed the old key sees it.
    expect(back && back.key > key).toBe(true);
    expect(inbox.delivery(id)).toEqual(entry(id));
    await inbox.remove([back?.key ?? '']);
    expect(inbox.delivery(id)?.outcome).toBe('dispatched');
  });

  test('a delivery is replayed by its own id: from the dead, from the log, or not at all', async () => {
    const inbox = room.open();
    const id = await deliver(inbox);
    await inbox.bury(inbox.oldest(1)[0]?.key ?? '', 'no');
    expect(await inbox.replay(id)).toBe(1);
    expect(inbox.counts()).toMatchObject({ waiting: 1, dead: 0 });
    await inbox.remove(inbox.oldest(1).map((one) => one.key));
    expect(await inbox.replay(id)).toBe(1);
    expect(inbox.delivery(id)).toEqual(entry(id, { issue: 'sentry:acme:1' }));
    expect(await inbox.replay('nothing')).toBe(0);
  });
});
