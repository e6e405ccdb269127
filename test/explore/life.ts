/** The workflow of the issue: its run, what it asks for, and its replay on another worker. */
import { isDeepStrictEqual } from 'node:util';
import type { Fact } from '../../src/core/issue/facts';
import type { IssueRecord } from '../../src/core/issue/record';
import type { Product } from './load';
import { Run, type Job, type Scheduled } from './sdk';
import { MARKER } from './world';

type Activation = { now: number; jobs: Job[]; historyLength: number; suggested: boolean };

/** What an activation adds to a history besides what it was told. */
const TASK_EVENTS = 3;

export class Life {
  run: Run | undefined;
  record: IssueRecord | undefined;
  /** Runs that have begun. */
  runs = 0;
  historyLength = 0;
  suggested = false;
  private journal: Activation[] = [];
  private input: unknown;
  private asked: Scheduled[] = [];
  private replaying = false;

  constructor(
    private readonly product: Product,
    private readonly heard: (fact: Fact) => void,
    /** Events in the history of each run before anything happened: a run with many parks soon. */
    private readonly already: number,
  ) {}

  /** One life at a time is heard. */
  private listen(): void {
    this.product.listen((fact, after) => {
      this.record = after;
      if (!this.replaying) this.heard(fact);
    });
  }

  /** @returns what the workflow asked for */
  async begin(input: unknown, continued: boolean, now: number, jobs: Job[]): Promise<Scheduled[]> {
    this.runs += 1;
    this.listen();
    this.input = input;
    this.journal = [];
    this.suggested = false;
    this.historyLength = this.already;
    this.record = (input as { record?: IssueRecord }).record;
    this.run = this.fresh(continued);
    return this.step(now, jobs);
  }

  async activate(now: number, jobs: Job[]): Promise<Scheduled[]> {
    return this.step(now, jobs);
  }

  /**
   * Another worker makes the run anew from its history.
   * @returns what is not as it was
   */
  async replay(): Promise<string | undefined> {
    const { run: before, record, historyLength, suggested } = this;
    if (!before || this.journal.length === 0) return undefined;
    this.replaying = true;
    const waiting = [...before.pending.keys()];
    const timers = [...before.timers.values()].map(({ seq, at }) => [seq, at]);
    this.run = this.fresh(this.continued);
    for (const [i, activation] of this.journal.entries()) {
      this.historyLength = activation.historyLength;
      this.suggested = activation.suggested;
      if (i === 0) await this.run.begin(this.product.issue, clone(this.input), activation.now, activation.jobs);
      else await this.run.activate(activation.now, activation.jobs);
    }
    this.asked = [];
    this.historyLength = historyLength;
    this.suggested = suggested;
    this.replaying = false;
    if (!isDeepStrictEqual(this.record, record)) return 'the record';
    if (!isDeepStrictEqual([...this.run.pending.keys()], waiting)) return 'the activities that are under way';
    const now = [...this.run.timers.values()].map(({ seq, at }) => [seq, at]);
    return isDeepStrictEqual(now, timers) ? undefined : 'the timers';
  }

  private continued = false;

  private fresh(continued: boolean): Run {
    this.continued = continued;
    const outside = {
      schedule: (activity: Scheduled) => void this.asked.push(activity),
      historyLength: () => this.historyLength,
      suggestContinue: () => this.suggested,
    };
    return new Run(MARKER, outside, continued ? `run-${this.runs - 1}` : undefined);
  }

  private async step(now: number, jobs: Job[]): Promise<Scheduled[]> {
    if (!this.run) return [];
    this.historyLength += TASK_EVENTS + jobs.length;
    this.journal.push({ now, jobs, historyLength: this.historyLength, suggested: this.suggested });
    this.asked = [];
    if (this.journal.length === 1) await this.run.begin(this.product.issue, clone(this.input), now, jobs);
    else await this.run.activate(now, jobs);
    const { asked } = this;
    this.historyLength += asked.length;
    return asked;
  }
}

function clone(x: unknown): unknown {
  return JSON.parse(JSON.stringify(x));
}
