/**
 * What `@temporalio/workflow` gives to a workflow, in one process and without a server: the product's own loop runs on it. An activation
 * is a workflow task: what has happened is told, and then everything runs that can. Time is what the scheduler says.
 */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';

/** One thing that happened to a workflow. */
export type Job =
  | { is: 'signal'; name: string; input: unknown }
  | { is: 'answer'; seq: number; answer: unknown }
  | { is: 'failure'; seq: number; error: Error }
  | { is: 'timer'; seq: number };

export type ActivityOptions = {
  startToCloseTimeout: number;
  retry: { maximumAttempts: number; initialInterval: number; backoffCoefficient: number; maximumInterval: number };
};
export type Scheduled = { seq: number; name: string; input: unknown; options: ActivityOptions };
export type Timer = { seq: number; at: number };
/** What a workflow asks of the world outside. */
export type Outside = {
  schedule: (activity: Scheduled) => void;
  /** Events in the history, of which a run parks when there are many. */
  historyLength: () => number;
  suggestContinue: () => boolean;
};
export type End = { is: 'done'; result: string } | { is: 'continued'; input: unknown } | { is: 'thrown'; error: Error };

class ContinueAsNew extends Error {
  constructor(readonly input: unknown) {
    super('continue as new');
  }
}

type Waiter = { resolve: (value: unknown) => void; reject: (error: Error) => void };
type Condition = { isTrue: () => boolean; resolve: () => void };
type Handler = (...args: unknown[]) => unknown;

/** Microtasks first: what a workflow can do without anything from outside is done after this. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** More turns than any activation needs; beyond, the loop spins. */
const TURNS_MAX = 500;

/** One run of a workflow. */
export class Run {
  end: End | undefined;
  readonly timers = new Map<number, Timer & Waiter>();
  readonly pending = new Map<number, Waiter>();
  private readonly signals = new Map<string, Handler>();
  /** Signals that came before there was a handler. */
  private early: (Job & { is: 'signal' })[] = [];
  private conditions: Condition[] = [];
  private seq = 0;
  private ids = 0;
  private readonly attributes = new Map<unknown, unknown>();
  private readonly memo: Record<string, unknown> = {};
  /** Milliseconds since 1970. */
  now = 0;
  private startedAt = 0;

  constructor(
    readonly workflowId: string,
    readonly outside: Outside,
    private readonly continuedFrom: string | undefined,
  ) {}

  /** Runs the workflow for the first time, and what came with it. */
  async begin(workflow: (input: unknown) => Promise<string>, input: unknown, now: number, jobs: Job[]): Promise<void> {
    this.now = now;
    this.startedAt = now;
    enter(this);
    // What started it is there before its handlers are.
    for (const job of jobs) this.take(job);
    void workflow(input).then(
      (result) => (this.end = { is: 'done', result }),
      (e: unknown) => {
        const error = e instanceof Error ? e : new Error(String(e));
        this.end = error instanceof ContinueAsNew ? { is: 'continued', input: error.input } : { is: 'thrown', error };
      },
    );
    await this.activate(now, []);
  }

  async activate(now: number, jobs: Job[]): Promise<void> {
    this.now = now;
    enter(this);
    for (const job of jobs) this.take(job);
    await settled();
    for (let turns = 0; !this.end; turns += 1) {
      const ready = this.conditions.filter((c) => c.isTrue());
      if (ready.length === 0) return;
      if (turns > TURNS_MAX) {
        this.end = { is: 'thrown', error: new Error('The workflow spins.') };
        return;
      }
      this.conditions = this.conditions.filter((c) => !ready.includes(c));
      for (const { resolve } of ready) resolve();
      await settled();
    }
  }

  private take(job: Job): void {
    switch (job.is) {
      case 'signal': {
        const handler = this.signals.get(job.name);
        if (handler) handler(job.input);
        else this.early.push(job);
        return;
      }
      case 'timer': {
        const timer = this.timers.get(job.seq);
        this.timers.delete(job.seq);
        return timer?.resolve(undefined);
      }
      case 'answer':
      case 'failure': {
        const waiter = this.pending.get(job.seq);
        this.pending.delete(job.seq);
        return job.is === 'answer' ? waiter?.resolve(job.answer) : waiter?.reject(job.error);
      }
    }
  }

  nextSeq(): number {
    this.seq += 1;
    return this.seq;
  }

  /** The module, as the workflow's code sees it. */
  info() {
    return {
      workflowId: this.workflowId,
      startTime: new Date(this.startedAt),
      continuedFromExecutionRunId: this.continuedFrom,
      historyLength: this.outside.historyLength(),
      continueAsNewSuggested: this.outside.suggestContinue(),
      typedSearchAttributes: this.attributes,
      memo: this.memo,
    };
  }
  handle(name: string, handler: Handler): void {
    this.signals.set(name, handler);
    const mine = this.early.filter((job) => job.name === name);
    this.early = this.early.filter((job) => job.name !== name);
    for (const { input } of mine) handler(input);
  }
  wait(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve) => this.conditions.push({ isTrue, resolve }));
  }
  upsert(pairs: { key: unknown; value: unknown }[]): void {
    for (const { key, value } of pairs) this.attributes.set(key, value);
  }
  remember(rows: Record<string, unknown>): void {
    Object.assign(this.memo, rows);
  }
  id(): string {
    this.ids += 1;
    return `${this.workflowId}-${this.now}-${this.ids}`;
  }
}

/** One workflow runs at a time. */
let current: Run;

function enter(run: Run): void {
  current = run;
}

/** Its timers stop with it; nothing else is ever cancelled by the product. */
class CancellationScope {
  static active: CancellationScope | undefined;
  private readonly cancels: (() => void)[] = [];

  run<T>(work: () => Promise<T>): Promise<T> {
    const before = CancellationScope.active;
    CancellationScope.active = this;
    try {
      return work();
    } finally {
      CancellationScope.active = before;
    }
  }
  cancel(): void {
    for (const cancel of this.cancels.splice(0)) cancel();
  }
  onCancel(cancel: () => void): void {
    this.cancels.push(cancel);
  }
}

function sleep(ms: number): Promise<unknown> {
  const run = current;
  const seq = run.nextSeq();
  return new Promise((resolve, reject) => {
    run.timers.set(seq, { seq, at: run.now + Math.max(1, Math.ceil(ms)), resolve, reject });
    CancellationScope.active?.onCancel(() => {
      if (run.timers.delete(seq)) reject(new CancelledFailure('timer cancelled'));
    });
  });
}

function proxyActivities(options: ActivityOptions): Record<string, (input: unknown) => Promise<unknown>> {
  return new Proxy(
    {},
    {
      get: (_target, name) => (input: unknown) => {
        const run = current;
        const seq = run.nextSeq();
        const answer = new Promise((resolve, reject) => run.pending.set(seq, { resolve, reject }));
        run.outside.schedule({ seq, name: String(name), input, options });
        return answer;
      },
    },
  );
}

const named = (name: string): { name: string } => ({ name });

/** In place of `@temporalio/workflow`. */
export const SDK = {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  TimeoutFailure,
  isCancellation: (e: unknown) => e instanceof CancelledFailure,
  allHandlersFinished: () => true,
  condition: (isTrue: () => boolean) => current.wait(isTrue),
  continueAsNew: (input: unknown) => Promise.reject(new ContinueAsNew(input)),
  defineQuery: named,
  defineSignal: named,
  defineUpdate: (name: string) => ({ name: `update ${name}` }),
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  proxyActivities,
  setCurrentDetails: () => undefined,
  setDefaultSignalHandler: () => undefined,
  setHandler: ({ name }: { name: string }, handler: Handler) => current.handle(name, handler),
  sleep,
  upsertMemo: (rows: Record<string, unknown>) => current.remember(rows),
  upsertSearchAttributes: (pairs: { key: unknown; value: unknown }[]) => current.upsert(pairs),
  uuid4: () => current.id(),
  workflowInfo: () => current.info(),
};

/** `Date` of a workflow: its time stands still within an activation. */
export class WorkflowDate extends Date {
  constructor(value?: string | number) {
    super(value ?? current.now);
  }
  static override now(): number {
    return current.now;
  }
}
