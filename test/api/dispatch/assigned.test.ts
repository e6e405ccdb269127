import type { Standing } from '../../../src/core/issue/echo';
import type { Hint } from '../../../src/core/issue/hint';
import { AT, deliver, Room, seed } from '../inbox/support';
import type { DispatcherOptions } from '../../../src/api/dispatch/types';
import { Stage } from './support';

const ISSUE = 'sentry:acme:1';
const WAIT_MS = 60_000;
/** Of the workflow as it is when it has assigned anna and is at rest. */
const known: Standing = { mark: { status: 'unresolved', assignee: 'anna', can: 'source write' }, busy: false };
const assigned = (assignee: string | null, more: object = {}): Partial<Hint> => ({
  what: 'issue.assigned',
  urgent: true,
  seed: { ...seed('1'), shortId: 'SHOP-1', assignee, ...more },
});

const compare = (of: () => Promise<Standing | undefined>): DispatcherOptions['assigned'] => ({
  standing: of,
  wait: () => WAIT_MS,
});

let room: Room;
let stage: Stage;
let standing: Standing | undefined;
const begin = (): Stage => {
  const begun = new Stage(
    room.open(),
    stage?.clock.time,
    compare(() => Promise.resolve(standing)),
  );
  begun.dispatcher.start();
  return begun;
};
beforeEach(() => {
  room = new Room();
  standing = known;
  stage = begin();
});
afterEach(async () => {
  await stage.dispatcher.stop();
  await room.clear();
});

const fate = (id: string): string | undefined => stage.inbox.delivery(id)?.outcome;

test('an assignment that is known is no signal, whoever it bears the name of, and its fate is listed', async () => {
  const id = await deliver(stage.inbox, '1', assigned('anna'));
  await stage.poke();
  expect(stage.temporal.attempts).toEqual([]);
  expect(stage.inbox.delivery(id)).toMatchObject({ outcome: 'no change', why: 'says the assignee that is known' });
  expect(stage.inbox.counts().waiting).toBe(0);
  expect(stage.dispatcher.stats()).toMatchObject({ issues: 0, sent: 0 });
});

test.each<[string, Partial<Hint>, Standing | undefined]>([
  ['it names somebody else', assigned('bert'), known],
  ['nobody is known', assigned('anna'), { ...known, mark: { status: 'unresolved', assignee: null, can: 'source' } }],
  ['a team is assigned', assigned(null, { assigneeOther: 'team' }), known],
  ['the rules do not know the person', assigned(null, { assigneeOther: 'unknown' }), known],
  ['nobody is assigned any more', assigned(null), known],
  ['it shows another status', assigned('anna', { status: 'resolved' }), known],
  ['it shows no issue', { what: 'issue.assigned', urgent: true }, known],
  ['a body came before', { ...assigned('anna'), seed: undefined, repeated: { status: 'unresolved' } }, known],
  ['no such workflow runs', assigned('anna'), undefined],
  ['it was never read', assigned('anna'), { mark: undefined, busy: false }],
  ['a read or a write is under way', assigned('anna'), { ...known, busy: true }],
  ['Sentry cannot be read', assigned('anna'), { ...known, mark: { status: 'unresolved', assignee: 'anna', can: '' } }],
])('it is sent when %s', async (_when, hint, is) => {
  standing = is;
  const id = await deliver(stage.inbox, '1', hint);
  await stage.poke();
  expect(stage.temporal.arrived).toHaveLength(1);
  expect(fate(id)).toBe('dispatched');
});

test('what cannot be read is sent', async () => {
  await stage.dispatcher.stop();
  await stage.inbox.close();
  stage = new Stage(
    room.open(),
    stage.clock.time,
    compare(() => Promise.reject(new Error('away'))),
  );
  stage.dispatcher.start();
  await deliver(stage.inbox, '1', assigned('anna'));
  await stage.poke();
  expect(stage.temporal.arrived).toHaveLength(1);
});

describe('in the first minute of an issue', () => {
  beforeEach(() => (standing = { ...known, firstRunAt: new Date(stage.clock.time).toISOString() }));

  test('it waits, and is compared then', async () => {
    standing = { mark: undefined, busy: true, firstRunAt: AT };
    const id = await deliver(stage.inbox, '1', assigned('anna'));
    await stage.poke();
    await stage.advance(WAIT_MS - 1);
    expect(fate(id)).toBe('kept');
    expect(stage.temporal.attempts).toEqual([]);
    standing = { ...known, firstRunAt: AT };
    await stage.advance(1);
    expect(fate(id)).toBe('no change');
    expect(stage.temporal.attempts).toEqual([]);
  });

  test('that of a person waits as long, and is sent', async () => {
    const id = await deliver(stage.inbox, '1', assigned('bert'));
    await stage.poke();
    await stage.advance(WAIT_MS - 1);
    expect(stage.temporal.attempts).toEqual([]);
    await stage.advance(1);
    expect(fate(id)).toBe('dispatched');
    expect(stage.temporal.arrived[0]?.hints[0]?.seed?.assignee).toBe('bert');
  });

  test.each([
    ['the echo and then the person', 'anna', 'bert'],
    ['a person, and back again', 'bert', 'anna'],
  ])('%s: both are sent, since the order in which they come is not that of Sentry', async (_what, first, then) => {
    await deliver(stage.inbox, '1', assigned(first));
    await stage.poke();
    await deliver(stage.inbox, '1', assigned(then));
    await stage.poke();
    await stage.advance(WAIT_MS);
    expect(stage.temporal.arrived).toHaveLength(1);
  });

  test('another change takes it along at once', async () => {
    await deliver(stage.inbox, '1', assigned('anna'));
    await stage.poke();
    await deliver(stage.inbox, '1', { what: 'issue.resolved', urgent: true });
    await stage.poke();
    expect(stage.temporal.arrived.map(({ hints }) => hints.map(({ what }) => what))).toEqual([
      ['issue.assigned', 'issue.resolved'],
    ]);
  });

  test('it waits on the disk: a restart waits for the rest of the minute', async () => {
    const id = await deliver(stage.inbox, '1', assigned('bert'));
    await stage.poke();
    await stage.advance(WAIT_MS / 2);
    await stage.dispatcher.stop();
    await stage.inbox.close();
    stage = begin();
    await stage.advance(WAIT_MS / 2 - 1);
    expect(fate(id)).toBe('kept');
    await stage.advance(1);
    expect(fate(id)).toBe('dispatched');
  });

  test('a clock of Temporal that is ahead of ours holds it for a minute, not longer', async () => {
    standing = { ...known, firstRunAt: new Date(stage.clock.time + 60 * WAIT_MS).toISOString() };
    const id = await deliver(stage.inbox, '1', assigned('bert'));
    await stage.poke();
    await deliver(stage.inbox, '1', assigned('bert'));
    await stage.poke();
    await stage.advance(WAIT_MS - 1);
    expect(fate(id)).toBe('kept');
    await stage.advance(1);
    expect(fate(id)).toBe('dispatched');
  });
});

test('what comes while it is compared is not lost', async () => {
  await stage.dispatcher.stop();
  await stage.inbox.close();
  let answer = (): void => {};
  stage = new Stage(
    room.open(),
    stage.clock.time,
    compare(() => new Promise((done) => (answer = () => done(known)))),
  );
  stage.dispatcher.start();
  const echo = await deliver(stage.inbox, '1', assigned('anna'));
  stage.dispatcher.poke();
  while (stage.dispatcher.stats().inFlight === 0) await new Promise((turn) => setImmediate(turn));
  const person = await deliver(stage.inbox, '1', assigned('bert'));
  answer();
  await stage.settle();
  expect([fate(echo), fate(person)]).toEqual(['no change', 'dispatched']);
  expect(stage.temporal.arrived.map(({ id, hints }) => [id, hints.map(({ seed: s }) => s?.assignee)])).toEqual([
    [ISSUE, ['bert']],
  ]);
});
