import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInbox } from '../../../src/api/inbox/inbox';
import { ErrandError } from '../../../src/errors';
import { AT, deliver, entry, hint, Room, seed } from './support';

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

describe('waiting hints', () => {
  test('come back oldest first, a page at a time, also after a restart', async () => {
    let inbox = room.open();
    const ids = [];
    for (let i = 0; i < 7; i++) ids.push(await deliver(inbox, String(i)));
    inbox = await room.reopen(inbox);
    const first = inbox.oldest(4);
    const rest = inbox.oldest(4, first.at(-1)?.key);
    expect([...first, ...rest].map((one) => one.hint.delivery)).toEqual(ids);
    expect(inbox.counts()).toMatchObject({ waiting: 7, deliveries: 7, dead: 0 });
  });

  test('a page has at most 500', async () => {
    const inbox = room.open();
    await Promise.all(Array.from({ length: 510 }, () => deliver(inbox)));
    expect(inbox.oldest(Infinity)).toHaveLength(500);
  });

  test('a hint is kept as it was, with hostile text and its seed', async () => {
    const inbox = room.open();
    const whole = hint(inbox.newId(), '9', { environment: 'prod\u0000é\u{1f525}', seed: seed('9', '"\\\n</script>') });
    await inbox.append([whole], entry(whole.delivery));
    expect(inbox.oldest(1)[0]?.hint).toEqual(whole);
  });

  test('appends that come at once all stand, in the order of the calls', async () => {
    const inbox = room.open();
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => deliver(inbox, String(i))));
    expect(inbox.oldest(500).map((one) => one.hint.delivery)).toEqual(ids);
  });

  test('removed ones are gone, and unknown keys do no harm', async () => {
    const inbox = room.open();
    await deliver(inbox, '1');
    const kept = await deliver(inbox, '2');
    const key = inbox.oldest(1)[0]?.key ?? '';
    await inbox.remove([key, key, 'never there']);
    expect(inbox.oldest(10).map((one) => one.hint.delivery)).toEqual([kept]);
    expect(inbox.get(key)).toBeUndefined();
  });

  test('the count of bytes is what a fresh start finds', async () => {
    let inbox = room.open();
    for (let i = 0; i < 20; i++) await deliver(inbox, String(i % 3), { environment: `e${i % 4}`, seed: seed('1') });
    await inbox.merge();
    await inbox.bury(inbox.oldest(1)[0]?.key ?? '', 'no');
    await inbox.remove([inbox.oldest(1)[0]?.key ?? '']);
    const { bytes, waiting, dead } = inbox.counts();
    inbox = await room.reopen(inbox);
    expect(inbox.counts()).toMatchObject({ bytes, waiting, dead });
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
  test('above 80 % each issue keeps its newest hint with the urgency, environments and installation of all', async () => {
    const inbox = room.open({ maxEntries: 20 });
    await deliver(inbox, '1', { urgent: true, what: 'issue.assigned', environment: 'prod' });
    await deliver(inbox, '1', { installation: 'uuid-1', environment: 'stage', seed: seed('1') });
    for (let i = 0; i < 14; i++) await deliver(inbox, '1', { environment: 'prod' });
    const other = await deliver(inbox, '2');
    const last = await deliver(inbox, '1');
    await inbox.close();
    const again = openInbox(room.dir, { maxEntries: 20 });
    try {
      const left = again.oldest(50).map((one) => one.hint);
      expect(left.length).toBeLessThanOrEqual(5);
      const ours = left.filter((one) => one.about.issue.id === '1');
      expect(ours.at(-1)).toMatchObject({ delivery: last });
      expect(ours.some((one) => one.urgent)).toBe(true);
      expect(ours.some((one) => one.installation === 'uuid-1' && one.seed)).toBe(true);
      expect(new Set(ours.map((one) => one.environment))).toEqual(new Set(['prod', 'stage', undefined]));
      expect(left.filter((one) => one.about.issue.id === '2').map((one) => one.delivery)).toEqual([other]);
    } finally {
      await again.close();
    }
  });

  test('above 95 % nothing more is taken, and what was taken stays', async () => {
    const inbox = room.open({ maxEntries: 20 });
    const ids = [];
    for (let i = 0; i < 19; i++) ids.push(await deliver(inbox, String(i)));
    const refused = inbox.newId();
    expect(await codeOf(inbox.append([hint(refused)], entry(refused)))).toBe('inbox_full');
    expect(inbox.delivery(refused)).toBeUndefined();
    expect(inbox.oldest(50).map((one) => one.hint.delivery)).toEqual(ids);
    await inbox.remove(inbox.oldest(5).map((one) => one.key));
    await expect(deliver(inbox, 'x')).resolves.toBeDefined();
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

  test('a closed inbox takes nothing', async () => {
    const inbox = openInbox(room.dir);
    const id = inbox.newId();
    await inbox.close();
    expect(await codeOf(inbox.append([hint(id)], entry(id)))).toBe('inbox_failed');
    expect(await codeOf(inbox.remove(['a']))).toBe('inbox_failed');
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
