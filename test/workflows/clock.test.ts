/** What a workflow takes for the time, when the SDK tells it a moment before the one that it waited for. */
import { TOO_EARLY } from '../../src/contract';
import { createClock } from '../../src/workflows/clock';

test('a timer that fires under the time of the task before is not waited for again', () => {
  let told = '2026-11-22T23:19:48.184Z';
  let historyLength = 3;
  const { now, reached } = createClock(() => ({ wall: told, historyLength }));
  expect(now()).toBe(told);
  reached('2026-11-22T23:19:54.133Z');
  expect(now()).toBe('2026-11-22T23:19:54.133Z');
  // A wait that ended earlier changes nothing any more.
  reached('2026-11-22T23:19:50.000Z');
  expect(now()).toBe('2026-11-22T23:19:54.133Z');
  told = '2026-11-22T23:19:55.164Z';
  historyLength = 9;
  expect(now()).toBe(told);
});

test('what happened since the last workflow task, under its time, is left to the next one', () => {
  let is = { wall: '2026-11-30T15:29:19.094Z', historyLength: 30 };
  const { begin } = createClock(() => is);
  begin();
  begin();
  // An activity was completed, and only a query has come: the history has grown, and the time has not.
  is = { wall: '2026-11-30T15:29:19.094Z', historyLength: 37 };
  expect(begin).toThrow(TOO_EARLY);
});

test('a workflow task has a time of its own, and several things in it have the same', () => {
  let is = { wall: '2026-11-30T15:29:19.094Z', historyLength: 30 };
  const { begin, now } = createClock(() => is);
  begin();
  is = { wall: '2026-11-30T15:29:32.601Z', historyLength: 40 };
  begin();
  begin();
  expect(now()).toBe(is.wall);
  // Reset to an earlier task: another length under another time.
  is = { wall: '2026-11-30T15:29:40.000Z', historyLength: 12 };
  begin();
  expect(now()).toBe(is.wall);
});
