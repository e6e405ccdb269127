/** What must hold after every step. */
import { isDeepStrictEqual } from 'node:util';
import type { Fact } from '../../src/core/issue/facts';
import type { IssueRecord } from '../../src/core/issue/record';
import { WRITES } from './answers';
import type { Product } from './load';
import type { Run, Scheduled } from './sdk';
import type { World } from './world';

/** It fits comfortably into one continue-as-new argument: the bound of test/core/issue/properties.test.ts. */
export const RECORD_MAX = 64 * 1024;

export class Watch {
  /** Writes that were done since anything new was learnt. */
  private done: { name: string; input: unknown }[] = [];
  private unsettled: string | undefined;

  constructor(
    private readonly product: Product,
    private readonly world: () => World,
    private readonly stop: (invariant: string, what: string) => never,
  ) {}

  newLife(): void {
    this.done = [];
  }

  heard(fact: Fact): void {
    // Thrown here it would be the workflow's own.
    if (fact.is === 'failed' && fact.code === 'never_settled') this.unsettled ??= `${fact.step}: ${fact.message}`;
    if (fact.is !== 'done') {
      this.done = [];
      return;
    }
    const { do: name, with: input } = fact.done;
    this.done.push({ name, input });
  }

  /** A write is about to be made. */
  schedules({ name, input }: Scheduled, record: IssueRecord | undefined): void {
    if (WRITES[name] === undefined) return;
    if (record && !record.can.write) this.stop('observe writes nothing', `${name} is wanted`);
    if (this.done.some((one) => one.name === name && isDeepStrictEqual(one.input, input)))
      this.stop('no write is repeated', `${name} again, and nothing new was learnt`);
  }

  afterWrite(): void {
    const live = this.world().live();
    if (live.length > 1) this.stop('one task', `there are ${live.length}`);
    const comments = live[0]?.comments ?? [];
    if (new Set(comments).size < comments.length) this.stop('said once', comments.join(' '));
  }

  crosses(input: unknown): void {
    const size = JSON.stringify(input).length;
    if (size > RECORD_MAX) this.stop('bounded', `${size} bytes cross continue-as-new`);
  }

  /** Whatever is owed is under way, or has a time at which it is looked at again. */
  afterTask(run: Run, record: IssueRecord | undefined, isToldMore: boolean): void {
    this.afterWrite();
    const failure = this.product.failure();
    if (failure) this.stop('never fails', failure.stack ?? failure.message);
    if (this.unsettled !== undefined) this.stop('settles', this.unsettled);
    if (!record || isToldMore || run.pending.size > 0) return;
    const now = new Date(run.now).toISOString();
    const { plan, mustLook, mustDecide } = this.product.plan;
    const owed = plan(record, now)[0]?.do ?? (mustLook(record, now) ? 'a look' : mustDecide(record, now));
    if (owed !== undefined) this.stop('never stuck', `${owed} is owed, and nothing is under way`);
    const { verify, ...due } = record.due;
    const wakes = [...Object.values(due), ...record.attention.filter((a) => a.step !== 'believe').map((a) => a.again)];
    if (record.task && record.state !== 'done') wakes.push(...(verify === undefined ? [] : [verify]));
    const next = wakes.filter((at) => at > now).sort()[0];
    const alarm = Math.min(...[...run.timers.values()].map(({ at }) => at));
    if (next !== undefined && alarm > Date.parse(next))
      this.stop('never stuck', `something is due at ${next}, and no timer runs until then`);
    const unheard = record.heard > record.answered && record.state !== 'done';
    if (unheard && alarm === Infinity) this.stop('never stuck', 'a hint is not answered, and nothing will wake it');
  }
}
