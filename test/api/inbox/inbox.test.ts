import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { openInbox } from '../../../src/api/inbox/inbox';
import { ErrandError } from '../../../src/errors';
import { AT, deliver, entry, hint, refused, Room, seed, sent, waiting } from './support';

let room: Room;
beforeEach(() => {
  room = new Room();
});
afterEach(() => room.clear());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof ErrandError ? error.code : String(error)),
  );

describe('what waits', () => {
  test('comes back oldest first, a page at a time, also after a restart', async () => {
    let inbox = room.open();
    const ids = [];
    for (let i = 0; i < 7; i++) ids.push(await deliver(inbox, String(i)));
    // More of what waits already keeps its place.
    await deliver(inbox, '0');
    inbox = await room.reopen(inbox);
    const first = inbox.oldest(4);
    const rest = inbox.oldest(4, first.at(-1)?.key);
    expect([...first, ...rest].map((row) => row.first.delivery)).toEqual(ids);
    expect(inbox.counts()).toMatchObject({ waiting: 7, deliveries: 8, dead: 0 });
  });

  test('a page has at most 500', async () => {
    const inbox = room.open();
    await Promise.all(Array.from({ length: 510 }, (_, i) => deliver(inbox, String(i))));
    expect(inbox.oldest(Infinity)).toHaveLength(500);
    expect(inbox.unread(Infinity)).toHaveLength(500);
    expect(inbox.unread(Infinity)).toHaveLength(10);
  });

  test('a hint is kept as it was, with hostile text and its seed', async () => {
    const inbox = room.open();
    const whole = hint(inbox.newId(), '9', { environment: 'prod\u0000é\u{1f525}', seed: seed('9', '"\\\n</script>') });
    await inbox.append([whole], entry(whole.delivery));
    expect(waiting(inbox)).toEqual([whole]);
  });

  test('appends that come at once all stand, in the order of the calls', async () => {
    const inbox = room.open();
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => deliver(inbox, String(i))));
    expect(inbox.oldest(500).map((row) => row.first.delivery)).toEqual(ids);
  });

  test('many that come at once for one workflow are one row, and none is lost in it', async () => {
    const inbox = room.open();
    const environments = Array.from({ length: 20 }, (_, i) => `e${i}`);
    await Promise.all(environments.map((environment) => deliver(inbox, '1', { environment })));
    expect(inbox.counts().waiting).toBe(1);
    expect(waiting(inbox).map((one) => one.environment)).toEqual(environments);
  });

  test('what has arrived is gone, and what is not there does no harm', async () => {
    const inbox = room.open();
    await deliver(inbox, '1');
    const kept = await deliver(inbox, '2');
    const gone = inbox.oldest(1).map(sent);
    await inbox.settle([...gone, ...gone, { id: 'sentry:acme:never', seq: inbox.newId() }]);
    expect(waiting(inbox).map((one) => one.delivery)).toEqual([kept]);
    expect(inbox.get('sentry:acme:1')).toBeUndefined();
  });

  test('each row is given out as unread once, and again when it has changed', async () => {
    let inbox = room.open();
    const unread = (): string[] => inbox.unread(10).map((row) => row.ref.id);
    await deliver(inbox, '1');
    await deliver(inbox, '2');
    expect(unread()).toEqual(['1', '2']);
    expect(unread()).toEqual([]);
    await deliver(inbox, '3');
    await deliver(inbox, '2');
    expect(unread()).toEqual(['2', '3']);
    inbox = await room.reopen(inbox);
    expect(unread()).toEqual(['1', '2', '3']);
  });

  test('the count of bytes is what a fresh start finds', async () => {
    let inbox = room.open();
    for (let i = 0; i < 20; i++) await deliver(inbox, String(i % 3), { environment: `e${i % 4}`, seed: seed('1') });
    const [first] = inbox.oldest(1);
    await inbox.settle(first ? [refused(first, 'no')] : []);
    const sending = inbox.oldest(1).map(sent);
    await deliver(inbox, '1', { environment: 'late' });
    await inbox.settle(sending);
    const { bytes, waiting: rows, dead } = inbox.counts();
    inbox = await room.reopen(inbox);
    expect(inbox.counts()).toMatchObject({ bytes, waiting: rows, dead });
    expect(bytes).toBeGreaterThan(0);
  });
});

describe('ids', () => {
  test('grow when the clock stands still or goes back, and across a restart', async () => {
    let clock = Date.parse(AT);
    let inbox = room.open({ now: () => clock });
    const ids = Array.from({ length: 100 }, () => inbox.newId());
    clock -= 60_000;
    ids.push(inbox.newId(), await deliver(inbox));
    inbox = await room.reopen(inbox, { now: () => clock });
    ids.push(inbox.newId());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });
});

describe('when it fills up', () => {
  test('above 95 % nothing more is taken, and what was taken stays', async () => {
    const inbox = room.open({ maxEntries: 20 });
    const ids = [];
    for (let i = 0; i < 19; i++) ids.push(await deliver(inbox, String(i)));
    const late = inbox.newId();
    expect(await codeOf(inbox.append([hint(late, 'new')], entry(late)))).toBe('inbox_full');
    expect(inbox.delivery(late)).toBeUndefined();
    expect(waiting(inbox).map((one) => one.delivery)).toEqual(ids);
    await inbox.settle(inbox.oldest(5).map(sent));
    await expect(deliver(inbox, 'x')).resolves.toBeDefined();
  });

  test('what makes it no fuller is taken even then: more of what waits already', async () => {
    const inbox = room.open({ maxEntries: 2 });
    await deliver(inbox, '1');
    await deliver(inbox, '1');
    expect(await codeOf(deliver(inbox, '2'))).toBe('inbox_full');
    expect(await codeOf(deliver(inbox, '1'))).toBe('no error');
    expect(await codeOf(deliver(inbox, '1', { environment: 'prod' }))).toBe('no error');
  });

  test('many at once do not pass the bound together', async () => {
    const inbox = room.open({ maxEntries: 20 });
    const codes = await Promise.all(Array.from({ length: 60 }, (_, i) => codeOf(deliver(inbox, String(i)))));
    expect(codes.filter((code) => code === 'no error')).toHaveLength(19);
    expect(codes.filter((code) => code === 'inbox_full')).toHaveLength(41);
    expect(inbox.counts().waiting).toBe(19);
  });

  test('bytes count as entries do', async () => {
    const inbox = room.open({ maxBytes: 10_000 });
    const long = seed('1', randomBytes(2500).toString('hex'));
    expect(await codeOf(deliver(inbox, '1', { seed: long }))).toBe('no error');
    expect(await codeOf(deliver(inbox, '2', { seed: long }))).toBe('inbox_full');
  });

  test('a delivery without a hint is logged even then', async () => {
    const inbox = room.open({ maxEntries: 1 });
    const id = inbox.newId();
    await inbox.append([], entry(id, { issue: null, outcome: 'no issue' }));
    expect(inbox.delivery(id)?.outcome).toBe('no issue');
  });
});

describe('a disk that fails', () => {
  test('a directory that cannot be made, and a file that is no inbox: inbox_failed', () => {
    writeFileSync(join(room.dir, 'file'), '');
    expect(() => openInbox(join(room.dir, 'file', 'inside'))).toThrow(ErrandError);
    writeFileSync(join(room.dir, 'inbox.lmdb'), 'x'.repeat(20_000));
    chmodSync(join(room.dir, 'inbox.lmdb'), 0o600);
    expect(() => openInbox(room.dir)).toThrow(ErrandError);
  });

  test('an inbox in the format of another version is refused, and says so', async () => {
    const other = open({ path: join(room.dir, 'inbox.lmdb'), noSubdir: true, encoding: 'string' });
    await other.openDB({ name: 'hints', encoding: 'string' }).put('1', '{}');
    await other.close();
    expect(() => openInbox(room.dir)).toThrow(/another version of Errand: its format is 1, and this one reads 2/);
    const facts = open({ path: join(room.dir, 'inbox.lmdb'), noSubdir: true, encoding: 'string' });
    await facts.openDB({ name: 'facts', encoding: 'string' }).put('format', '3');
    await facts.close();
    expect(() => openInbox(room.dir)).toThrow(/its format is 3/);
  });

  test('a closed inbox takes nothing', async () => {
    const inbox = openInbox(room.dir);
    const id = inbox.newId();
    await inbox.close();
    expect(await codeOf(inbox.append([hint(id)], entry(id)))).toBe('inbox_failed');
    expect(await codeOf(inbox.settle([]))).toBe('inbox_failed');
  });
});

describe('the operators’ acts', () => {
  test('are listed newest first and bounded', async () => {
    const inbox = room.open({ maxLog: 10 });
    for (let i = 0; i < 250; i++) {
      const act = { id: inbox.newId(), at: AT, by: 'anna', act: 'retry', issue: 'sentry:acme:1', outcome: `no ${i}` };
      await inbox.appendAct(act);
    }
    const { items, next } = inbox.acts({ limit: 3 });
    expect(items.map((act) => act.outcome)).toEqual(['no 249', 'no 248', 'no 247']);
    expect(inbox.acts({ limit: 1, cursor: next ?? '' }).items[0]?.outcome).toBe('no 246');
    expect(inbox.counts().acts).toBeLessThanOrEqual(210);
  });
});
