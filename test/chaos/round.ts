/** One round: the lives of so many issues under faults, then quiet, then the comparison. */
import { setMaxListeners } from 'node:events';
import { random } from '../../src/sandbox/faults';
import { Acts } from './acts';
import type { Cell } from './cells';
import { compare, type Difference } from './compare';
import { Director } from './director';
import type { Installation } from './installation';
import { Observer } from './observe';
import { TEAM_IN_TURN } from './people';
import { ambush, hunt, rest } from './processes';
import type { Proxy } from './proxy';
import { untilQuiet } from './quiet';
import { roundLength, type Life, type Schedule } from './schedule';
import type { State } from './state';
import {
  faultsOf,
  LEFT_OUT,
  LEFT_OUT_EVERY_MS,
  LIST_DOWN,
  MISSING,
  REFUSED,
  type Fault,
  type Weather,
} from './weather';
import { readTurns } from './worlds';

/** `seconds`: how long the faults lasted and how long it took until all was quiet. */
export type RoundResult = {
  differences: Difference[];
  /** What its issues reached. */
  reached: ReadonlySet<Cell>;
  seconds: { faults: number; quiet: number };
};
export type Tell = (share: number, words: string) => void;

export type RoundParts = {
  state: State;
  schedule: Schedule;
  installation: Installation;
  proxy: Proxy;
  /** Lets webhooks be lost, or not. */
  weather: { now: Pick<Weather, 'drop' | 'double' | 'hold'> };
  tell: Tell;
  /** Ctrl-C. */
  over: AbortSignal;
};

/** @throws the reason of `over` when it was stopped; what was done by then is in the state */
export async function playRound(parts: RoundParts): Promise<RoundResult> {
  const { state, schedule, installation, proxy, over } = parts;
  const { weather, seed } = state.plan;
  const lives = schedule.lives.filter((life) => life.round === state.round);
  const began = Date.now();
  parts.weather.now = weather;
  if (state.round > 0) await installation.restartVendors();
  for (const fault of faultsOf(weather, seed + state.round)) await installation.sandbox.fault(fault);
  const calm = new AbortController();
  const faults = AbortSignal.any([calm.signal, over]);
  // Every issue of the round waits for it.
  setMaxListeners(0, faults);
  const length = roundLength(lives.length);
  const observer = new Observer(installation);
  const wreckers = Promise.all(wreck(parts, length, observer, faults));
  const kills = killsOf(weather.temporalRestarts, length);
  // All of them, also where the lives end before the last: on a slow machine Temporal takes long to come up.
  const restarts = restartTemporal(installation, kills, faults);
  const arm = (fault: Record<string, unknown>): Promise<unknown> => installation.sandbox.fault(fault);
  const director = new Director(seed, weather.directed ? arm : undefined, kills, faults);
  proxy.fate = (issue) => director.fate(issue);
  // Looked at below, when the lives have ended.
  for (const one of [wreckers, restarts]) one.catch(() => undefined);
  try {
    await play(parts, lives, director);
    await restarts;
  } finally {
    calm.abort();
    await Promise.all([wreckers, restarts]);
  }
  over.throwIfAborted();
  await installation.sandbox.noFaults();
  parts.weather.now = { ...weather, drop: 0 };
  const ended = Date.now();
  for (const process of [installation.api, ...installation.workers]) await process.ready();

  const wait = (words: string): void => parts.tell(1, `waiting for ${words}`);
  const quiet = await untilQuiet(installation, proxy, weather, wait, over);
  const born = schedule.lives.filter((life) => life.round <= state.round);
  const lost = await lostInTheEnd(parts);
  // Of a longer life it is not known how often it was to be decided.
  const turns = weather.lives === 'raised' ? await readTurns(installation.temporal.client, TEAM_IN_TURN) : undefined;
  const differences = compare(born, (id) => state.happenedTo(id), { ...quiet, lost, turns }, schedule.away);
  const reached = await observer.reached(lives, state, proxy);
  const seconds = { faults: (ended - began) / 1_000, quiet: (Date.now() - ended) / 1_000 };
  return { differences, reached, seconds };
}

/** Every life at its own pace; acts that were done before the run was stopped are not done again. */
async function play(parts: RoundParts, lives: Life[], director: Director): Promise<void> {
  const { state, installation, tell, over } = parts;
  const acts = new Acts(installation, over, director);
  const all = lives.reduce((sum, life) => sum + life.acts.length, 0);
  const owed = lives.flatMap((life) => life.acts.slice(state.happenedTo(life.id).length));
  const from = Date.now() - Math.min(...owed.map((act) => act.at));
  let left = owed.length;
  await Promise.all(
    lives.map(async (life) => {
      for (let i = state.happenedTo(life.id).length; i < life.acts.length; i += 1) {
        const act = life.acts[i];
        if (!act) return;
        await rest(Math.max(0, from + act.at - Date.now()), over);
        const happened = over.aborted ? undefined : await acts.perform(life, act, state.happenedTo(life.id));
        if (!happened) return;
        state.happened(life.id, i, happened);
        left -= 1;
        tell(1 - left / all, `round ${state.round + 1}: ${all - left} of ${all} acts, ${lives.length} issues`);
      }
    }),
  );
}

function wreck(parts: RoundParts, length: number, observer: Observer, over: AbortSignal): Promise<void>[] {
  const { state, installation, proxy } = parts;
  const { weather, seed } = state.plan;
  const next = random(seed + 7 * (state.round + 1));
  const wreckers = [observer.watch(over), ambush(installation.api, weather.apiKilledEvery, proxy, over)];
  if (weather.workerKilled) wreckers.push(hunt(installation.workers[1], next, over));
  const share = (percent: number): number => (percent / 100) * length;
  if (weather.listDown > 0) wreckers.push(fault(installation, LIST_DOWN, share(weather.listDown), over));
  if (weather.refused > 0) wreckers.push(fault(installation, REFUSED, share(weather.refused), over));
  if (weather.leftOut > 0) wreckers.push(leaveOut(installation, weather.leftOut, observer, over));
  if (weather.missing.every > 0) wreckers.push(hide(installation, weather.missing, over));
  return wreckers;
}

/** When Temporal is killed, ms since 1970: at equal distances, the last time when most lives are near their ends. */
function killsOf(times: number, length: number): number[] {
  return Array.from({ length: times }, (_, i) => Date.now() + ((i + 1) * length) / (times + 0.5));
}

async function restartTemporal({ temporal }: Installation, kills: readonly number[], over: AbortSignal): Promise<void> {
  for (const at of kills) {
    await rest(Math.max(0, at - Date.now()), over);
    if (over.aborted) return;
    await temporal.restart();
  }
}

/** For so long. */
async function fault({ sandbox }: Installation, what: Fault, ms: number, over: AbortSignal): Promise<void> {
  await sandbox.fault(what);
  await rest(ms, over);
  const faults = await sandbox.control<{ id: string; path?: string }[]>('/faults', {}, 'GET');
  const ours = faults.find(({ path }) => path === what.path);
  if (ours) await sandbox.control(`/faults/${ours.id}`, {}, 'DELETE');
}

async function hide(installation: Installation, missing: Weather['missing'], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await rest(missing.every - missing.for, over);
    if (!over.aborted) await fault(installation, MISSING, missing.for, over);
  }
}

async function leaveOut(
  { sandbox }: Installation,
  percent: number,
  observer: Observer,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const span = { from: Date.now(), to: Infinity };
    await sandbox.control('/asana/details', { leaveOut: LEFT_OUT });
    observer.leftOut.push(span);
    await rest((percent / 100) * LEFT_OUT_EVERY_MS, over);
    await sandbox.control('/asana/details', {});
    span.to = Date.now();
    await rest((1 - percent / 100) * LEFT_OUT_EVERY_MS, over);
  }
}

/** The echo of a last write may come while the end is looked at, and waits its quiet time in the inbox. */
const ECHO_MS = 60_000;
const LOOK_MS = 500;

async function lostInTheEnd(parts: RoundParts): Promise<State['acknowledged']> {
  for (const end = Date.now() + ECHO_MS; ; await rest(LOOK_MS, parts.over)) {
    const lost = await lostOf(parts);
    if (lost.length === 0 || Date.now() > end || parts.over.aborted) return lost;
  }
}

type Delivery = { id: string; outcome: string };

/** Answered 202, and either unknown to the receiver or not handed to a workflow. */
async function lostOf({ state, installation }: RoundParts): Promise<State['acknowledged']> {
  const outcomes = new Map<string, string>();
  let cursor: string | null = '';
  do {
    const page: { deliveries: Delivery[]; next: string | null } = await installation.ask(
      `/deliveries?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    for (const { id, outcome } of page.deliveries) outcomes.set(id, outcome);
    cursor = page.next;
  } while (cursor !== null);
  const oldest = [...outcomes.keys()].sort()[0] ?? '';
  // The log is bounded: what is older than its oldest was there in its round.
  return state.acknowledged.filter(
    ({ delivery }) => (delivery >= oldest || outcomes.size < LOG_MIN) && !HANDED.test(outcomes.get(delivery) ?? ''),
  );
}

/** The receiver's log is not cut before it has this many. */
const LOG_MIN = 10_000;
const HANDED = /^(dispatched|no change|no issue)/;
