/**
 * One interleaving: what could come next is kept in a list, and the choices say what does, what fails on the way, and what people
 * do meanwhile. Then the faults are over, and everything comes to rest. A virtual clock; nothing here waits.
 */
import type { Fact } from '../../src/core/issue/facts';
import type { IssueRecord } from '../../src/core/issue/record';
import { judge } from '../../src/activities/sweep';
import { abilityWord } from '../../src/core/issue/able';
import { answered, abilities, Refused, type Flaws } from './answers';
import { Choices } from './choices';
import { configured, type Config } from './config';
import { atRest } from './expect';
import {
  FAULTS,
  failureOf,
  lostFailure,
  passingCode,
  refusalCode,
  vendorOf,
  VENDORS,
  type Fault,
  type Vendor,
} from './faults';
import { Inbox } from './inbox';
import { Watch } from './invariants';
import { Life } from './life';
import type { Product } from './load';
import type { Job, Scheduled } from './sdk';
import { ACTS, REF, World, type Webhook } from './world';

export type Broken = { invariant: string; what: string };
export type Outcome = { broken?: Broken; story: () => string[]; steps: number };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const T0 = Date.parse('2026-11-02T09:00:00.000Z');
/** While faults last time goes on by itself no further than this; a jump takes it further. */
const SOON = 20 * MINUTE;
/** What is tried again once a day has been tried again by then. */
const REST = 26 * HOUR;
/** Enough for what a sweep has told. */
const AFTER_SWEEP = 2 * HOUR;
const SWEEPS = 5;
/** Far more than an issue needs. */
const STEPS_MAX = 3_000;
const LATENCY = 40;
/** More than the attempts that the policy allows, so that another try fails, too. */
const STORM_MAX = 6;
/** Until the tracker commits a POST whose answer was lost: within what the proof of ensureTask leaves. */
const LATE = 25 * SECOND;
const OPERATOR_ACTS = ['retry', 'resolve', 'reassign', 'recheck', 'mute', 'unmute'] as const;

type Attempt = { activity: Scheduled; attempt: number };
type Item = { at: number; fault?: Fault } & (
  | { is: 'webhook'; webhook: Webhook }
  | { is: 'send' }
  | { is: 'sent'; version: number }
  | ({ is: 'attempt' } & Attempt)
  | ({ is: 'answer'; deadline: number; outcome: { answer: unknown } | { error: Error } } & Attempt)
  | { is: 'timer'; seq: number }
  | { is: 'task' }
);

class Stop extends Error {
  constructor(readonly broken: Broken) {
    super(broken.what);
  }
}

export async function play(product: Product, choices: Choices): Promise<Outcome> {
  const simulation = new Simulation(product, choices);
  try {
    await simulation.run();
    return { story: () => simulation.story(), steps: simulation.steps };
  } catch (e) {
    if (!(e instanceof Stop)) throw e;
    return { broken: e.broken, story: () => simulation.story(), steps: simulation.steps };
  }
}

type Settled = { record: IssueRecord; world: World };
const settledLives = new WeakMap<Product, Map<string, Settled>>();

/** Played once for each configuration: half of the time would go into it. */
async function settledOf(product: Product, config: Config): Promise<Settled> {
  const known = settledLives.get(product) ?? new Map<string, Settled>();
  settledLives.set(product, known);
  const key = String(config.which);
  const made = known.get(key) ?? (await new Simulation(product, new Choices([config.which])).settle());
  known.set(key, made);
  return made;
}

class Simulation {
  private readonly told: [at: number, what: string][] = [];
  steps = 0;
  private world: World;
  private readonly config: Config;
  private readonly inbox = new Inbox();
  private readonly life: Life;
  private readonly watch: Watch;
  private items: Item[] = [];
  private mailbox: Job[] = [];
  private readonly storms = new Map<Vendor, { fault: Fault; left: number }>();
  private commands = 0;
  /** Something happened of which no webhook came. */
  private isUntold = false;

  constructor(
    private readonly product: Product,
    private readonly choices: Choices,
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

  /** What happened, a line each, with its day of the month and time. */
  story(): string[] {
    return this.told.map(([at, what]) => `${new Date(at).toISOString().slice(8, 23)} ${what}`);
  }

  /** The life of an issue to which nothing happens. */
  async settle(): Promise<Settled> {
    this.world.tell('issue.created', false);
    await this.until(this.world.now + HOUR);
    const { record } = this.life;
    if (!record) throw new Error('Nothing has begun.');
    return { record, world: this.world };
  }

  /** As a run that was continued. */
  private async goOnFrom({ record, world }: Settled): Promise<void> {
    this.world = world.copy();
    const { settings } = this.config;
    const asked = await this.life.begin({ ref: REF, settings, record }, true, world.now, []);
    this.say('it has its task, as the rules want it');
    this.began(asked);
  }

  async run(): Promise<void> {
    this.world.tell('issue.created', false);
    // Most begin with an issue that has its task.
    if (this.choices.draw(3) > 0) await this.goOnFrom(await settledOf(this.product, this.config));
    while (!this.choices.over) await this.choose();
    await this.rest();
  }

  /** One choice of what comes next. */
  private async choose(): Promise<void> {
    const kind = this.choices.draw(16);
    this.post();
    if (kind <= 3) return void (await this.next(this.world.now + SOON));
    if (kind <= 5) return this.until(this.world.now + MINUTE);
    if (kind <= 7) {
      const item = this.items[this.choices.draw(this.items.length)];
      if (item) await this.happen(item);
      return undefined;
    }
    if (kind <= 10) return this.act(this.choices.draw(ACTS.length));
    if (kind === 11) return this.operate();
    if (kind === 12) return this.spoil();
    if (kind <= 14) return this.storm();
    const special = this.choices.draw(4);
    if (special === 0) return this.crash();
    if (special === 1) return void (await this.next(Infinity));
    if (special === 2) return void this.sweep();
    this.life.suggested = true;
    this.say('Temporal suggests to continue as new');
  }

  private act(which: number): void {
    const act = ACTS[which];
    if (!act || (this.config.observe && act.name === 'the mode is switched')) return;
    act.do(this.world);
    if (act.untold) this.isUntold = true;
    this.say(act.name);
    this.post();
  }

  private operate(): void {
    const act = this.choices.of(OPERATOR_ACTS);
    this.commands += 1;
    if (!this.life.run) return;
    const more = act === 'reassign' ? { to: 'piotr' } : act === 'mute' ? { for: '1h' } : {};
    this.say(`an operator asks: ${act}`);
    this.deliver({ is: 'signal', name: act, input: { id: `c${this.commands}`, by: 'eva', ...more } });
  }

  /** The next thing that happens to one of those on their way goes wrong. */
  private spoil(): void {
    const fallible = this.items.filter((item) => item.fault === undefined && item.is in FAULTS);
    const item = fallible[this.choices.draw(fallible.length)];
    if (!item) return;
    const faults = FAULTS[item.is as keyof typeof FAULTS];
    const fault = faults[this.choices.draw(faults.length)];
    if (fault === undefined) return;
    item.fault = fault;
    this.say(`${fault}: ${nameOf(item)}`);
  }

  /** One vendor fails for a while, each time in the same way. */
  private storm(): void {
    const vendor = this.choices.of(VENDORS);
    const fault = this.choices.of(FAULTS.attempt);
    const left = 1 + this.choices.draw(STORM_MAX);
    this.storms.set(vendor, { fault, left });
    this.say(`${fault}: the next ${left} calls of ${vendor}`);
  }

  private stormOf(name: string): Fault | undefined {
    const storm = this.storms.get(vendorOf(name));
    if (!storm || storm.left === 0) return undefined;
    storm.left -= 1;
    return storm.fault;
  }

  /** The worker is killed: what it was doing is not answered, and another goes on from the history. */
  private async crash(): Promise<void> {
    this.say('the worker is killed');
    const lost = this.items.filter((item) => item.is === 'answer');
    for (const item of lost) if (item.is === 'answer') this.lose(item);
    const different = await this.life.replay();
    if (different) this.stop('replay', `${different} differs after a replay`);
  }

  /** What comes next by time, unless that is further away. */
  private async next(until: number): Promise<boolean> {
    this.post();
    const first = this.items.reduce<Item | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
    if (!first || first.at > until) return false;
    await this.happen(first);
    return true;
  }

  private async happen(item: Item): Promise<void> {
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
  private post(): void {
    for (const webhook of this.world.webhooks.splice(0))
      this.items.push({ is: 'webhook', at: this.world.now + LATENCY, webhook });
    if (!this.inbox.isEmpty && !this.items.some(({ is }) => is === 'send' || is === 'sent'))
      this.items.push({ is: 'send', at: this.world.now + LATENCY });
  }

  private receive(item: Item & { is: 'webhook' }): void {
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
  private send(item: Item & { is: 'send' }): void {
    const sent = this.inbox.take();
    if (!sent) return;
    if (item.fault === 'fail') return void this.items.push({ is: 'send', at: this.world.now + SECOND });
    this.deliver({ is: 'signal', name: 'hints', input: [sent.hint] });
    // Nothing tells that it has arrived: it is sent again.
    if (item.fault === 'lost') this.items.push({ is: 'send', at: this.world.now + SECOND });
    else this.items.push({ is: 'sent', at: this.world.now + LATENCY, version: sent.version });
  }

  private deliver(job: Job): void {
    this.mailbox.push(job);
    if (!this.items.some(({ is }) => is === 'task')) this.items.push({ is: 'task', at: this.world.now + 1 });
  }

  private attempt(item: Item & { is: 'attempt' }): void {
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
      if (fault === 'refuse') throw new Refused(refusalCode(name));
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

  private answer(item: Item & { is: 'answer' }): void {
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
  private lose(item: Item & { is: 'answer' }): void {
    this.items = this.items.filter((one) => one !== item);
    const { activity, attempt, deadline } = item;
    if (attempt < activity.options.retry.maximumAttempts) return this.again(activity, attempt, deadline);
    this.deliver({ is: 'failure', seq: activity.seq, error: lostFailure(activity) });
  }

  private fail(activity: Scheduled, error: Error): void {
    this.deliver({ is: 'failure', seq: activity.seq, error: failureOf(activity, error, Infinity).error });
  }

  private again(activity: Scheduled, attempt: number, from: number, pause?: number): void {
    const { initialInterval, backoffCoefficient, maximumInterval } = activity.options.retry;
    const usual = Math.min(initialInterval * backoffCoefficient ** (attempt - 1), maximumInterval);
    const at = Math.max(from, this.world.now) + (pause ?? usual);
    this.items.push({ is: 'attempt', at, activity, attempt: attempt + 1 });
  }

  /** A workflow task: the workflow is told what has happened. */
  private async task(): Promise<void> {
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

  private began(asked: Scheduled[]): void {
    const { life, world } = this;
    for (const activity of asked) {
      this.watch.schedules(activity, life.record);
      this.items.push({ is: 'attempt', at: world.now + LATENCY, activity, attempt: 1 });
    }
    this.timers();
    if (life.run) this.watch.afterTask(life.run, life.record, this.mailbox.length > 0);
  }

  /** Those of the run, as it has them now. */
  private timers(): void {
    const { run } = this.life;
    const kept = this.items.filter((item) => item.is !== 'timer');
    const timers = [...(run?.timers.values() ?? [])].map(({ seq, at }): Item => ({ is: 'timer', seq, at }));
    this.items = [...kept, ...timers];
  }

  private heard(fact: Fact): void {
    this.watch.heard(fact);
    const more = fact.is === 'failed' ? ` ${fact.step} ${fact.code}` : fact.is === 'done' ? ` ${fact.done.do}` : '';
    const status = fact.is === 'seen' ? ` ${fact.issue.status}, ${fact.issue.assignee ?? 'nobody'}` : '';
    this.say(`  learnt: ${fact.is}${more}${status}`);
  }

  /** Sentry's list compared with what is known here, as a full sweep does it. @returns whether it told the issue to look */
  private sweep(): boolean {
    const { life, world: w } = this;
    if (!w.sentry) return false;
    const mark = life.record && this.product.describe.markOf(life.record);
    const known = life.runs === 0 ? undefined : { mark, row: undefined, over: !life.run, cut: false };
    const isListed = w.exists && !w.merged;
    const at = this.instant();
    const asks = !isListed && known && !known.over && mark?.status !== 'gone' && mark !== undefined;
    const isAsked = mark?.unlisted !== undefined && Date.parse(mark.unlisted) > w.now - 24 * HOUR;
    const verdict = isListed
      ? judge(w.snapshot('api'), known, at.slice(0, 4), abilityWord(abilities(w)), true)
      : asks && !isAsked
        ? 'asked'
        : 'present';
    if (typeof verdict === 'object' || verdict === 'present' || verdict === 'undated') return false;
    this.say(`a sweep finds: ${verdict}`);
    const more = verdict === 'asked' ? { what: 'unlisted', unlisted: 'unanswered' } : { what: 'swept' };
    const hint = { delivery: 'swept', at, about: { issue: REF }, urgent: true, ...more };
    this.deliver({ is: 'signal', name: 'hints', input: [hint] });
    return true;
  }

  /** The faults are over. */
  private async rest(): Promise<void> {
    const { world, config } = this;
    this.say('the faults are over');
    for (const item of this.items) delete item.fault;
    this.storms.clear();
    world.write = !config.observe;
    await this.until(world.now + REST);
    // Of what webhooks have told, no sweep is needed to know.
    if (!this.isUntold) this.compare();
    for (let sweeps = 0; this.sweep(); sweeps += 1) {
      if (sweeps >= SWEEPS) this.stop('agrees with Sentry', 'each sweep finds another difference');
      await this.until(world.now + AFTER_SWEEP);
    }
    this.compare();
  }

  private compare(): void {
    const { world, config, life } = this;
    for (const [invariant, what] of atRest({ world, config, record: life.record, isRunning: life.run !== undefined }))
      this.stop(invariant, what);
  }

  private async until(end: number): Promise<void> {
    while (await this.next(end));
    this.world.now = Math.max(this.world.now, end);
  }

  private instant(): string {
    return new Date(this.world.now).toISOString();
  }

  private say(what: string): void {
    this.told.push([this.world.now, what]);
  }

  private stop(invariant: string, what: string): never {
    throw new Stop({ invariant, what });
  }
}

function nameOf(item: Item): string {
  if (item.is === 'attempt' || item.is === 'answer') return `${item.is} of ${item.activity.name}`;
  return item.is === 'webhook' ? `webhook ${item.webhook.what}` : item.is;
}
