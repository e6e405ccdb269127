/** Sending on while the disk takes nothing, and stopping. */
import { Stage, until } from './support';
import { deliver, hint, Room } from '../inbox/support';

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

describe('when the disk does not take it', () => {
  test('a signal that arrived is not repeated because its removal failed', async () => {
    const settle = jest.spyOn(stage.inbox, 'settle').mockRejectedValue(new Error('disk'));
    await deliver(stage.inbox);
    await stage.poke();
    expect(stage.temporal.arrived).toHaveLength(1);
    expect(stage.dispatcher.stats().lastError).toBe('disk');
    await stage.advance(5000);
    settle.mockRestore();
    await stage.advance(5000);
    expect(stage.temporal.arrived).toHaveLength(1);
    expect(stage.inbox.counts().waiting).toBe(0);
  });

  test('nor because something comes after it: only that is sent', async () => {
    const settle = jest.spyOn(stage.inbox, 'settle').mockRejectedValue(new Error('disk'));
    await deliver(stage.inbox, '1', { environment: 'prod' });
    await stage.poke();
    const later = await deliver(stage.inbox, '1', { ...URGENT, environment: 'stage' });
    await stage.poke();
    expect(stage.temporal.arrived[1]?.hints).toEqual([hint(later, '1', { ...URGENT, environment: 'stage' })]);
    expect(stage.inbox.counts().waiting).toBe(1);
    settle.mockRestore();
    await stage.advance(5000);
    expect(stage.inbox.counts().waiting).toBe(0);
    expect(stage.temporal.arrived).toHaveLength(2);
  });
});

test('stop waits for what is in flight, writes it down and starts nothing more', async () => {
  let open = (): void => {};
  stage.temporal.answer = () => new Promise((resolve) => (open = resolve));
  await deliver(stage.inbox, '1');
  stage.dispatcher.poke();
  await until(() => stage.temporal.attempts.length === 1);
  const stopped = stage.dispatcher.stop();
  await deliver(stage.inbox, '2');
  stage.dispatcher.poke();
  open();
  await stopped;
  await stage.advance(60_000);
  expect(stage.temporal.attempts).toHaveLength(1);
  expect(stage.inbox.oldest(10).map((row) => row.ref.id)).toEqual(['2']);
});
