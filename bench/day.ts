/**
 * What an issue costs that repeats all day long. The day is shortened: the quiet times between two looks at a noisy issue
 * (`settings.quiet`), the only ones that bear on it, and the day itself are divided by one factor, and the repeats come at a
 * steady rate over all of it. So it has as many looks as a real one, or fewer, since a look itself takes as long as ever.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SettingsSchema } from '../src/rules/schema';
import { Meter, total, whereTheyGo, type Action } from './actions';
import type { Figure, Say } from './figures';
import { alertOf, rulesWith, UNVERIFIED } from './fixtures';
import { fire } from './http-load';
import { Installation, isLink, type Logged } from './installation';
import type { Server } from './server';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A day in 144 s: the longest quiet time, 1.5 s, is still many times what a look takes. */
const FACTOR = 600;
const REPEATS = 20_000;
/** Sent together, every 144 ms, which stand for a minute and a half. */
const AT_ONCE = 20;
const AIM = 0.02;
const SETTINGS = SettingsSchema.parse({});
const REPORT_EVERY = 2_000;

type Quiet = { first: number; max: number };

/** The same times shortened, in whole milliseconds. */
export function shortened({ first, max }: Quiet, factor: number): Quiet {
  return { first: Math.max(1, Math.round(first / factor)), max: Math.max(1, Math.round(max / factor)) };
}

/**
 * How often a workflow looks at most at an issue that is noisy for so long: at once, then after quiet times that double up
 * to the longest, and once more when the noise is over.
 */
export function looksIn(ms: number, { first, max }: Quiet): number {
  let looks = 1;
  for (let at = 0, wait = first; at + wait <= ms; wait = Math.min(wait * 2, max)) {
    at += wait;
    looks += 1;
  }
  return looks + 1;
}

/** Actions at most: a signal and a read for each look, the comments, and each new run that a grown history is parked in. */
export function boundOf(looks: number, comments: number, parks: number): number {
  return 2 * looks + comments + parks;
}

const of = (actions: Action[], what: string): number => total(actions.filter((a) => a.what === what));

/** @param control actions per repeat without the product */
export async function overADay(say: Say, server: Server, control: Figure['control']): Promise<Figure> {
  const { first, max } = shortened(SETTINGS.quiet, FACTOR);
  const rulesDir = rulesWith(`quiet: { first: ${first}ms, max: ${max}ms }`);
  const errand = await Installation.start({ server, namespace: 'day', rulesDir, limits: 'in force' });
  await errand.startWorker();
  const meter = new Meter(errand.client);
  const { id } = await errand.sandbox.raise({ title: 'TypeError: all day long', project: UNVERIFIED });
  await errand.atRest(id, (requests) => requests.some(isLink));
  await meter.since();
  await errand.clearRequests();
  const seconds = await repeatAllDay(errand, id, say);
  const reads = (r: Logged): boolean =>
    r.vendor === 'sentry' && r.method === 'GET' && r.path.endsWith(`/issues/${id}/`);
  await errand.atRest(id, (requests) => requests.some(reads));
  const actions = await meter.since();
  const requests = (await errand.requests()).length;
  await errand.stop();

  const looks = looksIn(DAY_MS, SETTINGS.quiet);
  const comments = SETTINGS.commentAt.filter((n) => n <= REPEATS).length;
  const parks = of(actions, 'continue-as-new');
  return {
    name: `Temporal actions per repeat, ${REPEATS.toLocaleString('en')} over a day`,
    unit: 'actions',
    value: total(actions) / REPEATS,
    control,
    aim: { at: 'most', value: AIM },
    details: {
      'a day': `1:${FACTOR}, with settings.quiet as much shorter; it took ${Math.round(seconds)} s`,
      'actions a day': total(actions),
      'calculated, at most': `${boundOf(looks, comments, parks)}: ${looks} looks of 2, ${comments} comments, ${parks} new runs`,
      'where they go': whereTheyGo(actions),
      'vendor requests in all': requests,
    },
  };
}

/** Signed alerts through the public route, at a steady rate. @returns how many seconds it took */
async function repeatAllDay(errand: Installation, id: string, say: Say): Promise<number> {
  const port = Number(new URL(errand.url).port);
  const load = { port, path: '/webhooks/sentry', body: alertOf(id), resource: 'event_alert', secret: errand.secret };
  const every = (DAY_MS / FACTOR / REPEATS) * AT_ONCE;
  const began = performance.now();
  for (let sent = 0; sent < REPEATS; sent += AT_ONCE) {
    if (sent % REPORT_EVERY === 0)
      say(`cost: a day of repeats, ${sent.toLocaleString('en')} of ${REPEATS.toLocaleString('en')}`);
    await errand.sandbox.act(id, 'event', { count: AT_ONCE, webhook: false });
    await fire({ ...load, requests: AT_ONCE });
    const due = began + (sent / AT_ONCE + 1) * every;
    await sleep(Math.max(0, due - performance.now()));
  }
  return (performance.now() - began) / 1_000;
}
