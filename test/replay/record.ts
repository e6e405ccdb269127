/**
 * Plays every life once and keeps its history, in place of the one before:
 * `npx tsx test/replay/record.ts [lives|continued|feed|storm|alerts]`. To be run after a change that makes new histories differ.
 */
import { alertsIdOf, feedIdOf, QUERY, rotationIdOf, stormIdOf, SWEEP, workflowIdOf } from '../../src/contract';
import type { AlertsRecord } from '../../src/core/alerts/record';
import type { SweepReport } from '../../src/core/feed/activities';
import type { StormView } from '../../src/core/storm/record';
import type { TestWorld } from '../support/test-world';
import { PATIENCE_MS, until } from '../support/waiting';
import { startWorld } from '../support/world';
import { RULES } from '../support/world-rules';
import { LIVES } from '../workflows/lives';
import { dropAllBut, keep } from './store';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** One life that is continued as new several times, so that a run that begins with a record is among the histories. */
const CONTINUED = 'a regression reopens the same task and says what was before';
const EVENTS = 40;

const kept = new Set<string>();
async function keepRuns(world: TestWorld, id: string, name: string): Promise<void> {
  for (const file of keep(name, await world.runs(id))) {
    kept.add(file);
    say(`kept: ${file}`);
  }
}

/** The first issue of a life tells it; others only stand beside it. */
async function recordLives(): Promise<void> {
  const world = await startWorld();
  try {
    for (const { name, play } of LIVES) {
      const before = world.refs.length;
      await play(world);
      await world.heal();
      // In a life of two issues the last one is the one that it is about.
      const ref = world.refs.slice(before).at(-1);
      if (ref) await keepRuns(world, workflowIdOf(ref), name);
    }
    await keepRuns(world, rotationIdOf('turns'), `rotation of a team`);
  } finally {
    await world.stop();
  }
}

async function recordContinued(): Promise<void> {
  const world = await startWorld({ suggestContinueAsNew: EVENTS });
  try {
    await LIVES.find((l) => l.name === CONTINUED)?.play(world);
    for (const ref of world.refs) await keepRuns(world, workflowIdOf(ref), `${CONTINUED} continued`);
  } finally {
    await world.stop();
  }
}

/** A feed that sweeps by itself and on demand, also while Sentry is down. */
async function recordFeed(): Promise<void> {
  const world = await startWorld();
  try {
    await world.temporal.startFeed('acme');
    const sweep = () =>
      world.client.workflow
        .getHandle(feedIdOf('sentry', 'acme'))
        .executeUpdate<SweepReport, [object]>(SWEEP, { args: [{}] });
    await world.raise({ environment: 'ci-1' });
    await sweep();
    await world.fault({ vendor: 'sentry', kind: 'down' });
    await sweep().catch(() => undefined);
    await world.heal();
    await sweep();
    await keepRuns(world, feedIdOf('sentry', 'acme'), `feed of an organisation`);
  } finally {
    await world.stop();
  }
}

const STORM = { released: '10m', 'in turn': '5s' };

/** Three issues where one may have a task: once released by an operator, once each in its turn over several runs. */
async function recordStorm(): Promise<void> {
  for (const [how, window] of Object.entries(STORM)) {
    const rules = RULES.replace('maxNewTasks: 10000', `maxNewTasks: 1\n  stormWindow: ${window}`);
    const world = await startWorld({ rules, ...(how === 'in turn' ? { suggestContinueAsNew: EVENTS } : {}) });
    try {
      const refs = [await world.raise(), await world.raise(), await world.raise()];
      for (const ref of refs) await world.hint(ref);
      for (const ref of refs)
        await world.until(ref, 'a task or its place in the line', (s) => s.task !== null || s.attention.length > 0);
      const storm = (wanted: (s: StormView | undefined) => boolean) =>
        until('the storm', () => world.temporal.storm('acme', 'shop'), wanted, PATIENCE_MS);
      if (how === 'released') {
        await storm((s) => s?.task !== null);
        await world.temporal.release('acme', 'shop', { id: 'r1', by: 'otto' });
      }
      await storm((s) => s?.since === null);
      for (const ref of refs) await world.quiet(ref);
      const done = (requests: unknown[]): boolean => requests.length > 0 || how === 'in turn';
      await until('the storm task to be completed', () => world.requests(/^POST .*\/stories$/), done);
      await keepRuns(world, stormIdOf('acme', 'shop'), `storm workflow of a project ${how}`);
      const told = (await Promise.all(refs.map(async (ref) => ({ ref, state: await world.state(ref) })))).find((i) =>
        i.state.timeline.some((t) => t.what.startsWith('released by')),
      );
      if (told) await keepRuns(world, workflowIdOf(told.ref), `held in a storm and let in ${how}`);
    } finally {
      await world.stop();
    }
  }
}

/** What alerts, from the first trouble to its end, with Slack away in between. */
async function recordAlerts(): Promise<void> {
  const world = await startWorld({ rules: RULES.replace('settings:\n', 'settings:\n  alertEvery: 1s\n') });
  try {
    await world.temporal.startAlerts('acme');
    const state = () => world.client.workflow.getHandle(alertsIdOf('acme')).query<AlertsRecord>(QUERY.state);
    await world.fault({ vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' });
    await world.fault({ vendor: 'slack', kind: 'down' });
    const ref = await world.raise();
    await world.hint(ref);
    const { looks } = await until('Slack is owed an alert', state, (s) => s.alerts.some((a) => !a.announced));
    await until('it could not be told at a whole look', state, (s) => s.looks > looks + 1);
    await world.heal();
    await until('Slack is told', state, (s) => s.alerts.some((a) => a.announced));
    await world.signal(ref, 'retry');
    await until('it is over', state, (s) => s.looks > 0 && s.alerts.length === 0);
    await keepRuns(world, alertsIdOf('acme'), `alerts of an organisation`);
  } finally {
    await world.stop();
  }
}

const PARTS = {
  lives: recordLives,
  continued: recordContinued,
  feed: recordFeed,
  storm: recordStorm,
  alerts: recordAlerts,
};

async function main(): Promise<void> {
  const only = process.argv[2];
  for (const [name, part] of Object.entries(PARTS)) if (only === undefined || only === name) await part();
  if (only === undefined) for (const file of dropAllBut(kept)) say(`no such life any more: ${file}`);
}

void main();
