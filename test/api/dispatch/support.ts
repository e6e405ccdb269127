/** A clock that moves only when told, and a pretend Temporal, so that no test of the dispatcher depends on speed. */
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../../src/api/dispatch/dispatch';
import type { Inbox } from '../../../src/api/inbox/inbox';
import type { Hint } from '../../../src/core/issue/hint';

export const FIRST = 5_000;
export const MAX = 900_000;

export class Clock {
  time = Date.parse('2026-01-01T00:00:00.000Z');
  private timers: { at: number; run: () => void }[] = [];

  readonly now = (): number => this.time;
  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };

  /** Moves on by `ms`, timer by timer; `settle` is awaited after each. */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const next = this.timers.filter((one) => one.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
      await settle();
    }
    this.time = end;
  }
}

export type Signal = { id: string; at: number; hints: Hint[]; deadline: number };

export class Invalid extends Error {}
export class Busy extends Error {}

/** Records every signal that arrived; `answer` decides about each attempt, and may be replaced at any time. */
export class PretendTemporal {
  readonly arrived: Signal[] = [];
  readonly attempts: Signal[] = [];
  readonly open = new Map<string, number>();
  mostOpen = 0;
  answer: (signal: Signal) => Promise<void> | void = () => {};

  constructor(private readonly clock: Clock) {}

  readonly send = async (id: string, _ref: unknown, hints: Hint[], deadline: number): Promise<void> => {
    const signal = { id, at: this.clock.now(), hints, deadline };
    this.attempts.push(signal);
    this.open.set(id, (this.open.get(id) ?? 0) + 1);
    this.mostOpen = Math.max(this.mostOpen, this.open.size);
    if ((this.open.get(id) ?? 0) > 1) throw new Error('two in flight for one id');
    try {
      await this.answer(signal);
      this.arrived.push(signal);
    } finally {
      this.open.delete(id);
    }
  };

  /** When and with how many hints each signal for an issue arrived, in seconds after `from`. */
  times(id: string, from: number): number[] {
    return this.arrived.filter((one) => one.id === id).map((one) => (one.at - from) / 1000);
  }
}

export class Stage {
  readonly clock = new Clock();
  readonly temporal = new PretendTemporal(this.clock);
  readonly logged: string[] = [];
  readonly dispatcher: Dispatcher;
  classify = (error: unknown): 'pause' | 'busy' | 'invalid' =>
    error instanceof Invalid ? 'invalid' : error instanceof Busy ? 'busy' : 'pause';

  constructor(
    readonly inbox: Inbox,
    at?: number,
    assigned?: DispatcherOptions['assigned'],
  ) {
    this.clock.time = at ?? this.clock.time;
    const log = (_fields: object, message: string): void => void this.logged.push(message);
    this.dispatcher = createDispatcher({
      inbox,
      send: this.temporal.send,
      assigned,
      wall: this.clock.now,
      classify: (error) => this.classify(error),
      settings: () => ({ first: FIRST, max: MAX }),
      log: { info: log, warn: log, error: log },
      now: this.clock.now,
      after: this.clock.after,
    });
  }

  readonly settle = (): Promise<void> => this.dispatcher.idle();
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, this.settle);
  }
  async poke(): Promise<void> {
    this.dispatcher.poke();
    await this.settle();
  }
}

/** Turns the event loop until it is so; the test's own time limit ends it otherwise. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
}
