import { digestOf, REMEMBERED_MS } from '../../../src/api/inbox/digests';
import type { Inbox } from '../../../src/api/inbox/inbox';
import { until } from '../../support/run';
import { entry, hint, Room, seed } from './support';

let room: Room;
beforeEach(() => {
  room = new Room();
});
afterEach(() => room.clear());

const digest = (text: string): string => digestOf(Buffer.from(text));
async function take(inbox: Inbox, body: string, issue = '1'): Promise<string> {
  const id = inbox.newId();
  await inbox.append([hint(id, issue, { seed: seed(issue) })], entry(id), digest(body));
  return id;
}

test('a body is remembered with its delivery, also by the next process, and its newest delivery counts', async () => {
  let inbox = room.open();
  expect(inbox.lastWith(digest('a'))).toBeUndefined();
  const first = await take(inbox, 'a');
  expect(inbox.lastWith(digest('a'))).toBe(first);
  inbox = await room.reopen(inbox);
  expect(inbox.lastWith(digest('a'))).toBe(first);
  const second = await take(inbox, 'a');
  expect(inbox.lastWith(digest('a'))).toBe(second);
  expect(inbox.lastWith(digest('b'))).toBeUndefined();
});

test('two bodies that differ in their last byte only are two', () => {
  const begins = '{"action":"resolved","data":{"issue":{"id":"1"';
  expect(digest(`${begins}1`)).not.toBe(digest(`${begins}2`));
});

test('of two that come together one is the second', async () => {
  const inbox = room.open();
  const writing = take(inbox, 'a');
  expect(inbox.lastWith(digest('a'))).toBeDefined();
  expect(inbox.lastWith(digest('a'))).toBe(await writing);
});

test('one that could not be kept is not remembered', async () => {
  const inbox = room.open({ maxEntries: 2 });
  await take(inbox, 'a');
  await expect(take(inbox, 'b', '2')).rejects.toThrow();
  expect(inbox.lastWith(digest('b'))).toBeUndefined();
});

test('the oldest of too many are forgotten; one that comes again and again is not', async () => {
  const inbox = room.open({ maxDigests: 100 });
  for (let i = 0; i < 400; i++) {
    await take(inbox, `body ${i}`);
    if (i % 50 === 0) await take(inbox, 'again and again');
  }
  await until('the oldest are forgotten', () => Promise.resolve(inbox.lastWith(digest('body 0')) === undefined));
  expect(inbox.lastWith(digest('body 399'))).toBeDefined();
  expect(inbox.lastWith(digest('again and again'))).toBeDefined();
});

test('after 90 days a body is forgotten', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const inbox = room.open({ now: () => now });
  await take(inbox, 'a');
  now += REMEMBERED_MS - 1;
  await take(inbox, 'b');
  expect(inbox.lastWith(digest('a'))).toBeDefined();
  // It is looked for once in a minute.
  now += 60_000;
  await take(inbox, 'c');
  await until('it is forgotten', () => Promise.resolve(inbox.lastWith(digest('a')) === undefined));
  expect(inbox.lastWith(digest('b'))).toBeDefined();
});
