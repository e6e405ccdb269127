/**
 * One interleaving: the choices say what of the possible comes next, what fails on the way, and what people do meanwhile. Then the
 * faults are over, and everything comes to rest.
 */
import type { IssueRecord } from '../../src/core/issue/record';
import { judge } from '../../src/activities/sweep';
import { abilityWord } from '../../src/core/issue/able';
import { abilities } from './answers';
import { Choices } from './choices';
import type { Config } from './config';
import { Engine, HOUR, MINUTE, Stop, type Broken, type Item } from './engine';
import { atRest } from './expect';
import { FAULTS, VENDORS } from './faults';
import type { Product } from './load';
import { ACTS, REF, type World } from './world';

export type Outcome = { broken?: Broken; story: () => string[]; steps: number };

/** While faults last time goes on by itself no further than this; a jump takes it further. */
const SOON = 20 * MINUTE;
/** What is tried again once a day has been tried again by then. */
const REST = 26 * HOUR;
/** Enough for what a sweep has told. */
const AFTER_SWEEP = 2 * HOUR;
const SWEEPS = 5;
/** More than the attempts that the policy allows, so that another try fails, too. */
const STORM_MAX = 6;
const OPERATOR_ACTS = ['retry', 'resolve', 'reassign', 'recheck', 'mute', 'unmute'] as const;

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

class Simulation extends Engine {
  private commands = 0;

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

  /** The worker is killed: what it was doing is not answered, and another goes on from the history. */
  private async crash(): Promise<void> {
    this.say('the worker is killed');
    const lost = this.items.filter((item) => item.is === 'answer');
    for (const item of lost) if (item.is === 'answer') this.lose(item);
    const different = await this.life.replay();
    if (different) this.stop('replay', `${different} differs after a replay`);
  }

  /** Sentry's list compared with what is known here, as a full sweep does it. @returns whether it told the issue to look */
  private sweep(): boolean {
    const { life, world: w } = this;
    if (!w.sentry) return false;
    const mark = life.record && this.product.describe.markOf(life.record);
    const known = life.runs === 0 ? undefined : { mark, row: undefined, over: !life.run, terminated: false };
    const isListed = w.exists && !w.merged;
    const at = this.instant();
    const asks = !isListed && known && !known.over && mark?.status !== 'gone' && mark !== undefined;
    const isAsked = mark?.unlisted !== undefined && Date.parse(mark.unlisted) > w.now - 24 * HOUR;
    const verdict = isListed
      ? judge(w.snapshot('api'), known, at.slice(0, 4), abilityWord(abilities(w)), true)
      : asks && !isAsked
        ? 'rechecked'
        : 'present';
    if (typeof verdict === 'object' || verdict === 'present' || verdict === 'undated') return false;
    this.say(`a sweep finds: ${verdict}`);
    const more = verdict === 'rechecked' ? { what: 'unlisted', unlisted: 'unanswered' } : { what: 'swept' };
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
}

function nameOf(item: Item): string {
  if (item.is === 'attempt' || item.is === 'answer') return `${item.is} of ${item.activity.name}`;
  return item.is === 'webhook' ? `webhook ${item.webhook.what}` : item.is;
}
