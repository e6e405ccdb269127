/**
 * Issues per second, from the webhook to the linked task, beside a bare workflow of seven no-op activities.
 *
 * What makes the comparison fair:
 * - The control is fixed, so that an activity fewer counts as a gain: what a created issue had when it was set. Its activities are
 *   on the product's queues; its worker has the product's options, and its server is the same one.
 * - The HTTP is the same: in both, pretend Sentry raises the issue and sends its webhooks, and every vendor request of a real
 *   issue is made once per issue. In the control the requests, recorded from a real issue, are sent beside the workflows by the
 *   benchmark, so that the pretend vendors take as much of the machine from it as from the product.
 * - Rounds of both alternate, each on an emptied world, so that whatever else the machine does falls on both.
 * - The clock stops when the last issue is at rest. Stopping it at the last link would leave work undone that the control
 *   has done; the time until the last link is printed beside it.
 * - The vendors' rate limits are lifted for both, or Sentry's five requests a second on an issue's endpoint would be all that
 *   is measured. What they leave is measured apart, beside what they allow.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUE } from '../src/contract';
import { createGate } from '../src/process/gate';
import { besideBare, type Bare } from './bare';
import { webhookReceiver } from './bare-receiver';
import { median, ratioOf, type Figure, type Say } from './figures';
import { Installation, isLink, linkedAt, PATIENCE_MS, type Logged } from './installation';
import { Recorder, repeat, type Recorded, type Subject } from './recorded';
import { NO_STORM, rulesWith } from '../test/support/rules-dir';
import type { Server } from './server';

/** Of the control; published as it is. */
const AIM = 0.9;
const ROUNDS = 5;
const RECORDED_LIVES = 5;
/** A burst of a bad deployment; some twenty seconds a round on two cores. */
const ISSUES = 100;
const WARM_UP_ISSUES = 15;
/** With Sentry's limits an issue takes the better part of a second. */
const LIMITED_ISSUES = 40;
/** People and programs that break at once. */
const RAISED_AT_ONCE = 8;
/** As the dispatcher has signals in flight. */
const STARTED_AT_ONCE = 16;
/** Issues whose vendor requests are under way at once: the product's slots for Asana. */
const REPEATED_AT_ONCE = 10;
const LOOK_EVERY_MS = 1_000;
/** No vendor request for so long, and nothing pending in Temporal: at rest. */
const SILENT_MS = 3_000;

/** docs.sentry.io/api/ratelimits: one issue's endpoint, per method. developers.asana.com/docs/rate-limits: a paid plan. */
const VENDORS_ALLOW = { sentryIssuePerSecond: 5, asanaPerSecond: 1_500 / 60 };

/** Seconds until all were linked, and until all were at rest; vendor requests and activities in all. */
type Round = { linked: number; rest: number; requests: number; activities: number; refused: number };
/** The control's activities, in the order of readIssue, checkAvailability, selectAssignee, ensureTask, linkIssue, tell, verifyTask. */
const BARE_QUEUES = [QUEUE.source, QUEUE.other, QUEUE.main, QUEUE.tracker, QUEUE.source, QUEUE.other, QUEUE.tracker];
/** What a real issue does: its activities, and its vendor requests. */
type Life = { activities: number; recorded: Recorded[]; was: Subject };

/** The rules that come with Errand, but a hundred issues at once are no storm. */
const rules = (): string => rulesWith(NO_STORM);

let lastId = 6_100_000_000;
const nextIds = (count: number): string[] => Array.from({ length: count }, () => String((lastId += 1)));

export function throughput(say: Say): Promise<Figure[]> {
  return besideBare(say, async (server, bare) => [await unlimited(server, bare, say), await limited(server, say)]);
}

async function unlimited(server: Server, bare: Bare, say: Say): Promise<Figure> {
  const errand = await Installation.start({ server, namespace: 'errand', rulesDir: rules(), limits: 'lifted' });
  const life = await lifeOf(errand, say);
  await errand.startWorker();
  const pairs: { product: Round; control: Round }[] = [];
  for (let n = 0; n <= ROUNDS; n += 1) {
    const issues = n === 0 ? WARM_UP_ISSUES : ISSUES;
    const name = n === 0 ? 'warm-up' : `round ${n} of ${ROUNDS}`;
    const product = async (): Promise<Round> => {
      say(`throughput, ${name}: ${issues} issues`);
      return productRound(errand, nextIds(issues));
    };
    const control = async (): Promise<Round> => {
      say(`throughput, ${name}: the control`);
      return controlRound(errand, bare, life, nextIds(issues));
    };
    // Each goes first as often as the other.
    const pair =
      n % 2 === 0
        ? { control: await control(), product: await product() }
        : { product: await product(), control: await control() };
    if (n > 0) pairs.push(pair);
  }
  await errand.stop();
  return figureOf(pairs, life);
}

function figureOf(pairs: { product: Round; control: Round }[], { recorded }: Life): Figure {
  const rate = (seconds: number): number => ISSUES / seconds;
  const refused = pairs.reduce((sum, { product, control }) => sum + product.refused + control.refused, 0);
  if (refused > 0) throw new Error(`the pretend vendors refused ${refused} requests: their limits were measured`);
  const perIssue = (side: 'product' | 'control'): string => {
    const each = (what: 'activities' | 'requests'): string =>
      (median(pairs.map((p) => p[side][what])) / ISSUES).toFixed(1);
    return `${each('activities')} activities, ${each('requests')} vendor requests`;
  };
  return {
    name: `issues from webhook to linked task, all at rest (rounds of ${ISSUES})`,
    unit: '/s',
    value: median(pairs.map((p) => rate(p.product.rest))),
    control: {
      what: `bare workflows of ${BARE_QUEUES.length} no-op activities, ${recorded.length} vendor requests beside each`,
      value: median(pairs.map((p) => rate(p.control.rest))),
    },
    ratio: ratioOf(pairs.map((p) => p.control.rest / p.product.rest)),
    aim: { at: 'least', value: AIM },
    binding: false,
    details: {
      'issues per second until the last link': median(pairs.map((p) => rate(p.product.linked))),
      'per issue': perIssue('product'),
      'per control': perIssue('control'),
      'issues per second, round by round': pairs.map((p) => rate(p.product.rest).toFixed(2)).join(' '),
      'control, round by round': pairs.map((p) => rate(p.control.rest).toFixed(2)).join(' '),
    },
  };
}

/**
 * The shortest of a few lives, so that the control never does more than the product: a read that overlaps a write is made
 * again, and that is the product's own affair. The first issue is left out: its worker has everything still to ask for.
 */
async function lifeOf(errand: Installation, say: Say): Promise<Life> {
  const recorder = await Recorder.start(errand.sandbox.url);
  await errand.startWorker(recorder.origin);
  const lives: Life[] = [];
  for (const [index, issue] of nextIds(1 + RECORDED_LIVES).entries()) {
    say(`throughput: recording the life of issue ${index + 1} of ${1 + RECORDED_LIVES}`);
    recorder.requests = [];
    await errand.clearRequests();
    await raise(errand, [issue]);
    await errand.atRest(issue, (requests) => requests.some(isLink));
    const task = (await errand.sandbox.onlyTaskOf(issue)).gid;
    const activities = await activitiesOf(errand, issue);
    if (index > 0) lives.push({ activities, recorded: recorder.requests, was: { issue, task } });
    await end(errand, [issue]);
  }
  await errand.stopWorker();
  await recorder.stop();
  const length = ({ activities, recorded }: Life): number => activities + recorded.length;
  return lives.reduce((shortest, one) => (length(one) < length(shortest) ? one : shortest));
}

/** How many activities the issue scheduled. */
async function activitiesOf(errand: Installation, issue: string): Promise<number> {
  const { events } = await errand.handle(issue).fetchHistory();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length;
}

async function raise(errand: Installation, ids: string[]): Promise<void> {
  const gate = createGate(() => RAISED_AT_ONCE);
  const title = 'TypeError: Cannot read properties of undefined';
  await Promise.all(ids.map((id) => gate(() => errand.sandbox.raise({ id, title, release: 'shop@1.0.0' }))));
}

async function productRound(errand: Installation, ids: string[]): Promise<Round> {
  await errand.newWorld();
  const began = Date.now();
  await raise(errand, ids);
  const requests = await watch(errand, async (seen) => {
    if (linkedAt(seen, ids).length < ids.length || Date.now() - lastAt(seen) < SILENT_MS) return false;
    return errand.idle(ids);
  });
  const round = roundOf(requests, ids, began, lastAt(requests));
  for (const id of ids) round.activities += await activitiesOf(errand, id);
  // Their timers would wake them in a later round, in another world.
  await end(errand, ids);
  return round;
}

async function controlRound(errand: Installation, bare: Bare, life: Life, ids: string[]): Promise<Round> {
  bare.done.clear();
  const starting = createGate(() => STARTED_AT_ONCE);
  const repeating = createGate(() => REPEATED_AT_ONCE);
  let repeated = 0;
  let lastRepeated = 0;
  let failure: Error | undefined;
  const live = async (id: string): Promise<void> => {
    await starting(() => bare.signalWithStart({ queues: BARE_QUEUES, signals: 1 }, id));
    await repeating(() => repeat(errand.sandbox.url, life.recorded, life.was, id));
    repeated += 1;
    lastRepeated = Date.now();
  };
  const receiver = await webhookReceiver(
    (id) => void live(id).catch((e: unknown) => (failure = e instanceof Error ? e : new Error(String(e)))),
  );
  await errand.newWorld(receiver.url);
  const began = Date.now();
  await raise(errand, ids);
  const requests = await watch(errand, () => {
    if (failure) throw failure;
    return repeated === ids.length && bare.done.size === ids.length;
  });
  const round = roundOf(requests, ids, began, Math.max(lastRepeated, ...bare.done.values()));
  round.activities = ids.length * BARE_QUEUES.length;
  await receiver.stop();
  return round;
}

/** Looks at the vendors' log once a second, in both, until `over`; a look costs the pretend vendors a little. */
async function watch(
  errand: Installation,
  over: (requests: Logged[]) => Promise<boolean> | boolean,
): Promise<Logged[]> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const requests = await errand.requests();
    if (await over(requests)) return requests;
    if (Date.now() > giveUp) throw new Error(`not over after ${PATIENCE_MS / 60_000} min`);
    await sleep(LOOK_EVERY_MS);
  }
}

function lastAt(requests: Logged[]): number {
  return requests.reduce((last, { at }) => Math.max(last, Date.parse(at)), 0);
}

function roundOf(requests: Logged[], ids: string[], began: number, ended: number): Round {
  return {
    linked: (Math.max(...linkedAt(requests, ids)) - began) / 1_000,
    rest: (ended - began) / 1_000,
    requests: requests.length,
    activities: 0,
    refused: requests.filter(({ status }) => status === 429).length,
  };
}

async function end(errand: Installation, ids: string[]): Promise<void> {
  const gate = createGate(() => STARTED_AT_ONCE);
  await Promise.all(ids.map((id) => gate(() => errand.handle(id).terminate('the round is over'))));
}

/** With the vendors' limits in force, beside what those limits allow: how much of it the product uses. */
async function limited(server: Server, say: Say): Promise<Figure> {
  say(`throughput: ${LIMITED_ISSUES} issues with the vendors' limits in force`);
  const errand = await Installation.start({ server, namespace: 'limited', rulesDir: rules(), limits: 'in force' });
  await errand.startWorker();
  const ids = nextIds(LIMITED_ISSUES);
  const began = Date.now();
  await raise(errand, ids);
  // Not until all are at rest: Slack takes one message a second, and nobody waits for those.
  const requests = await watch(errand, (seen) => linkedAt(seen, ids).length === ids.length);
  await errand.stop();
  const { linked } = roundOf(requests, ids, began, lastAt(requests));
  const from = (vendor: string, refused: boolean): number =>
    requests.filter((r) => r.vendor === vendor && (r.status === 429) === refused).length;
  const perIssue = from('asana', false) / LIMITED_ISSUES;
  const { sentryIssuePerSecond, asanaPerSecond } = VENDORS_ALLOW;
  const allowed = Math.min(sentryIssuePerSecond, asanaPerSecond / perIssue);
  return {
    name: `issues from webhook to linked task, the vendors' limits in force (${LIMITED_ISSUES} at once)`,
    unit: '/s',
    value: LIMITED_ISSUES / linked,
    control: { what: 'what Sentry and Asana allow, with one read and one write of the issue', value: allowed },
    ratio: { value: LIMITED_ISSUES / linked / allowed },
    details: {
      'Asana requests per issue': Number(perIssue.toFixed(1)),
      'refused with 429': ['sentry', 'asana', 'slack'].map((vendor) => `${vendor} ${from(vendor, true)}`).join(', '),
    },
  };
}
