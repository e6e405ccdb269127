/** When the faults are over: waits until nothing is under way any more, and says what it still waits for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SweepReport } from '../../src/core/feed/activities';
import type { Ends } from './compare';
import type { Installation } from './installation';
import type { Proxy } from './proxy';
import { VERIFY_AFTER_MS, type Weather } from './weather';
import { readRuns, readWorlds } from './worlds';

const LOOK_MS = 1_000;
/** The verification itself, after its time has come. */
const VERIFIED_MS = VERIFY_AFTER_MS + 2_000;

/**
 * One that the rules skip has no task to be closed, and is read once an hour. One that was archived and has its task completed
 * waits until it is opened again: Sentry tells nobody that it was deleted or merged since.
 */
function isToClose(state: string, tasks: readonly { completed: boolean }[]): boolean {
  return state === 'open' || (state === 'muted' && tasks.some(({ completed }) => !completed));
}

/** Without `lost`, which is looked up afterwards. */
export type Quiet = Omit<Ends, 'lost' | 'turns'> & { patience: 'enough' | 'over' };

/** @param say what is still waited for, in words */
export async function untilQuiet(
  installation: Installation,
  proxy: Proxy,
  weather: Weather,
  say: (words: string) => void,
  over: AbortSignal,
): Promise<Quiet> {
  const end = Date.now() + weather.patience;
  for (;;) {
    let waiting: string;
    let seen: Omit<Ends, 'lost'> | undefined;
    try {
      const look = await lookOnce(installation, proxy, weather);
      waiting = look.waiting ?? '';
      seen = look.seen;
      if (look.waiting === undefined && look.seen) return { ...look.seen, patience: 'enough' };
    } catch (e) {
      waiting = e instanceof Error ? e.message : String(e);
    }
    over.throwIfAborted();
    say(waiting);
    if (Date.now() > end) {
      seen ??= { ...(await readWorlds(installation.sandbox)), runs: await readRuns(installation.temporal.client) };
      return { ...seen, patience: 'over' };
    }
    await sleep(LOOK_MS, undefined, { signal: over });
  }
}

type Look = { waiting: string | undefined; seen?: Omit<Ends, 'lost'> };

async function lookOnce(installation: Installation, proxy: Proxy, weather: Weather): Promise<Look> {
  if (!proxy.empty) return { waiting: 'webhooks on their way' };
  const inbox = await installation.metric('errand_inbox_waiting');
  if (inbox > 0) return { waiting: `${inbox} hints in the inbox` };
  const busy = await resting(installation);
  if (busy.waiting !== undefined || weather.sweepEvery === 0) return busy;
  const swept = weather.ownSweeps ? await ownSweep(installation) : await sweep(installation);
  // One that the rules skip is read once an hour, and until then each sweep finds what has changed.
  const skipped = [...(busy.seen?.runs ?? [])].filter(([id, { state, running }]) => {
    const there = busy.seen?.sentry.get(id);
    return running && state === 'skipped' && (there?.status !== 'unresolved' || there.assignee !== null);
  });
  const told = swept.created + swept.changed + swept.closed + swept.rechecked + (swept.missed ?? 0) - skipped.length;
  // Some of these may have been read since.
  if (told > 0) return { waiting: `a sweep told ${told} issues to look again` };
  // What the sweep found at rest was at rest before it, and is read after it.
  return resting(installation);
}

async function resting(installation: Installation): Promise<Look> {
  const runs = await readRuns(installation.temporal.client);
  const worlds = await readWorlds(installation.sandbox);
  const seen = { ...worlds, runs };
  const all = [...runs.values()];
  const busy = all.filter((run) => run.busy !== undefined);
  if (busy.length > 0) return { waiting: `${busy.length} issues, of which one: ${busy[0]?.busy}`, seen };
  const attention = all.filter((run) => run.running && run.attention);
  if (attention.length > 0)
    return { waiting: `${attention.length} issues in attention, of which one: ${attention[0]?.attention}`, seen };
  const born = Math.max(0, ...[...worlds.tasks.values()].flat().map((t) => Date.parse(t.createdAt)));
  if (Date.now() - born < VERIFIED_MS) return { waiting: 'the newest task to be verified', seen };
  // Made while Calamari could not be asked, it is given to somebody some seconds later; the rules of a run always find somebody.
  const given = [...worlds.tasks].some(([id, tasks]) => {
    const run = runs.get(id);
    return run?.running && run.state === 'open' && tasks.some((t) => !t.completed && t.assignee === null);
  });
  if (given) return { waiting: 'a task to be given to somebody', seen };
  // A deletion is believed after three looks.
  const removed = [...runs].some(([id, { state, running }]) => {
    return running && worlds.sentry.get(id)?.status === 'gone' && isToClose(state, worlds.tasks.get(id) ?? []);
  });
  if (removed) return { waiting: 'a deletion to be believed', seen };
  return { waiting: undefined, seen };
}

/** The next that the feed makes by itself. */
async function ownSweep(installation: Installation): Promise<SweepReport> {
  const asked = new Date().toISOString();
  for (;;) {
    const { last } = await installation.ask<{ last?: SweepReport }>('/sweep');
    if (last && last.startedAt > asked) return last;
    await sleep(LOOK_MS);
  }
}

/** In full, as an operator asks for it. */
async function sweep(installation: Installation): Promise<SweepReport> {
  const { sweep: id } = await installation.ask<{ sweep: string }>('/sweep', {});
  for (;;) {
    const answer = await installation.ask<SweepReport | { running: true }>(`/sweep/${id}`);
    if (!('running' in answer)) return answer;
    await sleep(LOOK_MS);
  }
}
