/**
 * What an interleaving is made of: what could come next is kept in a list, and each thing in it happens to the product, the inbox
 * or a vendor. A virtual clock; nothing here waits.
 */
import type { Fact } from '../../src/core/issue/facts';
import { answered, Refused, type Flaws } from './answers';
import type { Choices } from './choices';
import { configured, type Config } from './config';
import { failureOf, lostFailure, passingCode, refusalCode, vendorOf, type Fault, type Vendor } from './faults';
import { Inbox } from './inbox';
import { Watch } from './invariants';
import { Life } from './life';
import type { Product } from './load';
import type { Job, Scheduled } from './sdk';
import { REF, World, type Webhook } from './world';

export type Broken = { invariant: string; what: string };

const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const T0 = Date.parse('2026-11-02T09:00:00.000Z');
/** Far more than an issue needs. */
const STEPS_MAX = 3_000;
const LATENCY = 40;
/** Until the tracker commits a POST whose answer was lost: within what the proof of ensureTask leaves. */
const LATE = 25 * SECOND;

type Attempt = { activity: Scheduled; attempt: number };
/** What could come next. */
export type Item = { at: number; fault?: Fault } & (
  | { is: 'webhook'; webhook: Webhook }
  | { is: 'send' }
  | { is: 'sent'; version: number }
  | ({ is: 'attempt' } & Attempt)
  | ({ is: 'answer'; deadline: number; outcome: { answer: unknown } | { error: Error } } & Attempt)
  | { is: 'timer'; seq: number }
  | { is: 'task' }
);

export class Stop extends Error {
  constructor(readonly broken: Broken) {
    super(broken.what);
  }
}

export class Engine {
  private readonly told: [at: number, what: string][] = [];
  steps = 0;
  protected world: World;
  protected readonly config: Config;
  protected readonly life: Life;
  private readonly inbox = new Inbox();
  private readonly watch: Watch;
  protected items: Item[] = [];
  private mailbox: Job[] = [];
  protected readonly storms = new Map<Vendor, { fault: Fault; left: number }>();
  /** Something happened of which no webhook came. */
  protected isUntold = false;

  constructor(
    protected readonly product: Product,
    protected readonly choices: Choices,
  ) {
    this.config = configured(product.defaults.DEFAULT_SETTINGS, choices);
    this.world = new World(T0, this.config.token);
    this.world.write = !this.config.observe;
    this.watch = new Watch(
      product,
      () => this.world,
      (invariant, what) => this.stop(invariant, what),
    );
    this.life = new Life(product, (fact) => this.heard(fact), this.config.already);
  }

  protected stormOf(name: string): Fault | undefined {
    const storm = this.storms.get(vendorOf(name));
    if (!storm || storm.left === 0) return undefined;
    storm.left -= 1;
    return storm.fault;
  }

  /** What comes next by time, unless that is further away. */
  protected async next(until: number): Promise<boolean> {
    this.post();
    const first = this.items.reduce<Item | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (!first || first.at > until) return false;
    await this.happen(first);
    return true;
  }

  protected async happen(item: Item): Promise<void> {
    this.steps += 1;
    if (this.steps > STEPS_MAX) this.stop('settles', `it goes on for more than ${STEPS_MAX} steps`);
    this.items = this.items.filter((one) => one !== item);
    this.world.now = Math.max(this.world.now, item.at) + 1;
    this.world.settleLate();
    switch (item.is) {
      case 'webhook':
        return this.receive(item);
      case 'send':
        return this.send(item);
      case 'sent':
        if (item.fault !== 'lost') this.inbox.sent(item.version);
        return;
      case 'attempt':
        return this.attempt(item);
      case 'answer':
        return this.answer(item);
      case 'timer':
        this.say('a timer fires');
        return this.deliver({ is: 'timer', seq: item.seq });
      case 'task':
        await this.task();
    }
  }

  /** What Sentry has to tell, and what the inbox has to send. */
  protected post(): void {
    for (const webhook of this.world.webhooks.splice(0))
      this.items.push({ is: 'webhook', at: this.world.now + LATENCY, webhook });
    if (!this.inbox.isEmpty && !this.items.some(({ is }) => is === 'send' || is === 'sent'))
      this.items.push({ is: 'send', at: this.world.now + LATENCY });
  }

  protected receive(item: Item & { is: 'webhook' }): void {
    const { webhook, fault } = item;
    this.say(`${fault ?? 'comes'}: webhook ${webhook.what}`);
    if (fault === 'dropped') {
      this.isUntold = true;
      return;
    }
    if (fault === 'delayed') return void this.items.push({ is: 'webhook', at: this.world.now + 5 * MINUTE, webhook });
    if (fault === 'doubled') this.items.push({ is: 'webhook', at: this.world.now + MINUTE, webhook });
    this.inbox.keep(webhook, this.instant());
  }

  /** Signal with start. */
  protected send(item: Item & { is: 'send' }): void {
    const sent = this.inbox.take();
    if (!sent) return;
    if (item.fault === 'fail') return void this.items.push({ is: 'send', at: this.world.now + SECOND });
    this.deliver({ is: 'signal', name: 'hints', input: [sent.hint] });
    // Nothing tells that it has arrived: it is sent again.
    if (item.fault === 'lost') this.items.push({ is: 'send', at: this.world.now + SECOND });
    else this.items.push({ is: 'sent', at: this.world.now + LATENCY, version: sent.version });
  }

  protected deliver(job: Job): void {
    this.mailbox.push(job);
    if (!this.items.some(({ is }) => is === 'task')) this.items.push({ is: 'task', at: this.world.now + 1 });
  }

  protected attempt(item: Item & { is: 'attempt' }): void {
    const { activity, attempt } = item;
    const { name, options } = activity;
    const fault = item.fault ?? this.stormOf(name);
    const flaws: Flaws = {
      blind: this.product.blind,
      leftOut: fault === 'left out',
      notFound: fault === '404',
      ...(fault === 'late' && name === 'ensureTask' ? { late: LATE } : {}),
    };
    const deadline = this.world.now + options.startToCloseTimeout;
    let outcome: { answer: unknown } | { error: Error };
    try {
      if (fault === 'fail' || fault === 'outage') throw new Refused(passingCode(name));
      const made = this.world.live().length > 0 || this.world.late.length > 0;
      if (fault === 'refuse') throw new Refused(refusalCode(name, made));
      const input = activity.input;
      outcome = { answer: answered(name, input, { w: this.world, settings: this.config.settings, attempt, flaws }) };
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      outcome = { error: e };
    }
    this.watch.afterWrite();
    this.say(`${fault ?? 'done'}: ${name}, attempt ${attempt}`);
    const answer: Item = { is: 'answer', at: this.world.now + LATENCY, activity, attempt, deadline, outcome };
    if (fault === 'lost') this.lose(answer);
    else if (fault === 'lost for good')
      this.deliver({ is: 'failure', seq: activity.seq, error: lostFailure(activity) });
    else if (fault === 'outage') this.fail(activity, new Refused(passingCode(name)));
    else this.items.push(answer);
  }

  protected answer(item: Item & { is: 'answer' }): void {
    const { activity, outcome, deadline, attempt } = item;
    if (this.world.now > deadline || item.fault === 'lost') return this.lose(item);
    if ('answer' in outcome) {
      return this.deliver({ is: 'answer', seq: activity.seq, answer: outcome.answer });
    }
    const failure = failureOf(activity, outcome.error, attempt);
    if (failure.final || attempt >= activity.options.retry.maximumAttempts) this.fail(activity, outcome.error);
    else this.again(activity, attempt, this.world.now, failure.pause);
  }

  /** Nobody answers it any more: Temporal repeats it after its time. */
  protected lose(item: Item & { is: 'answer' }): void {
    this.items = this.items.filter((one) => one !== item);
    const { activity, attempt, deadline } = item;
    if (attempt < activity.options.retry.maximumAttempts) return this.again(activity, attempt, deadline);
    this.deliver({ is: 'failure', seq: activity.seq, error: lostFailure(activity) });
  }

  protected fail(activity: Scheduled, error: Error): void {
    this.deliver({ is: 'failure', seq: activity.seq, error: failureOf(activity, error, Infinity).error });
  }

  protected again(activity: Scheduled, attempt: number, from: number, pause?: number): void {
    const { initialInterval, backoffCoefficient, maximumInterval } = activity.options.retry;
    const usual = Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
    const at = Math.max(from, this.world.now) + (pause ?? usual);
    this.items.push({ is: 'attempt', at, activity, attempt: attempt + 1 });
  }

  /** A workflow task: the workflow is told what has happened. */
  protected async task(): Promise<void> {
    const jobs = this.mailbox.splice(0);
    const { life, world } = this;
    const start = { ref: REF, settings: this.config.settings };
    let asked: Scheduled[];
    if (life.run) asked = await life.activate(world.now, jobs);
    else if (jobs.some((job) => job.is === 'signal')) {
      this.watch.newLife();
      asked = await life.begin(
        start,
        false,
        world.now,
        jobs.filter((job) => job.is === 'signal'),
      );
    } else return;
    for (let end = life.run?.end; end; end = life.run?.end) {
      const { run } = life;
      if (end.is === 'thrown') this.stop('never fails', end.error.stack ?? end.error.message);
      if (run && (run.pending.size > 0 || asked.length > 0)) this.stop('ends in order', 'with work under way');
      this.items = this.items.filter((item) => item.is !== 'timer');
      this.say(end.is === 'done' ? `its life is over: ${end.result}` : 'continued as new');
      if (end.is === 'done') {
        life.run = undefined;
        return;
      }
      this.watch.crosses(end.input);
      asked = await life.begin(end.input, true, world.now, []);
    }
    this.began(asked);
  }

  protected began(asked: Scheduled[]): void {
    const { life, world } = this;
    for (const activity of asked) {
      this.watch.schedules(activity, life.record);
      this.items.push({ is: 'attempt', at: world.now + LATENCY, activity, attempt: 1 });
    }
    this.timers();
    if (life.run) this.watch.afterTask(life.run, life.record, this.mailbox.length > 0);
  }

  /** Those of the run, as it has them now. */
  protected timers(): void {
    const { run } = this.life;
    const kept = this.items.filter((item) => item.is !== 'timer');
    const timers = [...(run?.timers.values() ?? [])].map(({ seq, at }): Item => ({ is: 'timer', seq, at }));
    this.items = [...kept, ...timers];
  }

  protected heard(fact: Fact): void {
    this.watch.heard(fact);
    const more = fact.is === 'failed' ? ` ${fact.step} ${fact.code}` : fact.is === 'done' ? ` ${fact.done.do}` : '';
    const status = fact.is === 'seen' ? ` ${fact.issue.status}, ${fact.issue.assignee ?? 'nobody'}` : '';
    this.say(`  learnt: ${fact.is}${more}${status}`);
  }

  protected async until(end: number): Promise<void> {
    while (await this.next(end));
    this.world.now = Math.max(this.world.now, end);
  }

  protected instant(): string {
    return new Date(this.world.now).toISOString();
  }

  protected say(what: string): void {
    this.told.push([this.world.now, what]);
  }

  protected stop(invariant: string, what: string): never {
    throw new Stop({ invariant, what });
  }

  /** What happened, a line each, with its day of the month and time. */
  story(): string[] {
    return this.told.map(([at, what]) => `${new Date(at).toISOString().slice(8, 23)} ${what}`);
  }
}
