/** What a workflow takes for the time, when the SDK tells it a moment before the one that it waited for. */
import { createClock } from '../../src/workflows/clock';

test('a timer that fires under the time of the task before is not waited for again', () => {
  let told = '2026-11-22T23:19:48.184Z';
  const { now, reached } = createClock(() => told);
  expect(now()).toBe(told);
  reached('2026-11-22T23:19:54.133Z');
  expect(now()).toBe('2026-11-22T23:19:54.133Z');
  // A wait that ended earlier changes nothing any more.
  reached('2026-11-22T23:19:50.000Z');
  expect(now()).toBe('2026-11-22T23:19:54.133Z');
  told = '2026-11-22T23:19:55.164Z';
  expect(now()).toBe(told);
});
