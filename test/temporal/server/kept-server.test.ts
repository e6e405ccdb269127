/** The embedded server is started again when it ends by itself, for as long as it is wanted. */
import type { ServerEnd } from '../../../src/temporal/server/supervisor';
import { keepRunning } from '../../../src/temporal/server/kept-server';
import { until } from './support/processes';

class Server {
  stopped = 0;
  end: (how: ServerEnd) => void = () => undefined;
  readonly ended = new Promise<ServerEnd>((done) => (this.end = done));
  stop(): Promise<void> {
    this.stopped += 1;
    this.end({ code: 0, signal: null, tail: [] });
    return Promise.resolve();
  }
}
const DIED: ServerEnd = { code: 1, signal: null, tail: ['error: disk full'] };

let said: string[];
const say = (line: string): void => void said.push(line);
/** The pauses, each over at once. */
let pauses: number[];
const atOnce = (ms: number): Promise<void> => {
  pauses.push(ms);
  return Promise.resolve();
};
const never = (_ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((done) => signal.addEventListener('abort', () => done()));
beforeEach(() => {
  said = [];
  pauses = [];
});

test('a start that fails is tried again in growing pauses, and nobody is told of an unhandled rejection', async () => {
  const first = new Server();
  const second = new Server();
  let starts = 0;
  const start = (): Promise<Server> => {
    starts += 1;
    return starts < 4 ? Promise.reject(new Error('no space left.')) : Promise.resolve(second);
  };
  const kept = keepRunning(first, start, say, atOnce);
  first.end(DIED);
  await until('it runs again', () => said.includes('Temporal runs again.'));
  expect([starts, first.stopped]).toEqual([4, 1]);
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(said).toEqual([
    'Temporal ended by itself (1). It said: error: disk full It is started again in 1 s.',
    'Temporal did not start: no space left. It is started again in 2 s.',
    'Temporal did not start: no space left. It is started again in 4 s.',
    'Temporal did not start: no space left. It is started again in 8 s.',
    'Temporal runs again.',
  ]);
  await kept.stop();
  expect(second.stopped).toBeGreaterThan(0);
  expect(starts).toBe(4);
});

test('stopped in a pause: nothing is started any more', async () => {
  const first = new Server();
  let starts = 0;
  const kept = keepRunning(first, () => Promise.reject(new Error(String((starts += 1)))), say, never);
  first.end(DIED);
  await until('the pause', () => said.length > 0);
  await kept.stop();
  expect(starts).toBe(0);
});

test('stopped while one starts: it is told to give up, and stopped if it came up all the same', async () => {
  const first = new Server();
  const second = new Server();
  let asked = false;
  let gaveUp = false;
  const start = (signal: AbortSignal): Promise<Server> => {
    asked = true;
    return new Promise((done) =>
      signal.addEventListener('abort', () => {
        gaveUp = true;
        done(second);
      }),
    );
  };
  const kept = keepRunning(first, start, say, atOnce);
  first.end(DIED);
  await until('the start', () => asked);
  await kept.stop();
  expect(gaveUp).toBe(true);
  expect(second.stopped).toBeGreaterThan(0);
});
