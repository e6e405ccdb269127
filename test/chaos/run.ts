/** A whole run: round after round until a difference is found, all are played, or somebody stops it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IssueDetail } from '../../src/core/issue/view';
import type { Cell } from './cells';
import { linesOf } from './histories';
import { Installation } from './installation';
import { Proxy } from './proxy';
import { playRound, type RoundResult, type Tell } from './round';
import { scheduleOf } from './schedule';
import type { State } from './state';
import { COLUMNS, type Column, type Difference } from './compare';

export type Story = Difference & {
  timeline: { at: string; what: string }[];
  /** Temporal's histories of the issue, a line for each event; of the first {@link HISTORIES_MAX} issues alone. */
  history: string[];
};
/** So many histories are read: a run that is wrong differs for one reason, or for few. */
const HISTORIES_MAX = 10;
export type Result = {
  seed: number;
  issues: number;
  /** Issues whose rounds were played to the end. */
  compared: number;
  columns: Record<Column, number>;
  differences: Story[];
  /** Cells of fault and transition, see cells.ts. */
  reached: Cell[];
  rounds: RoundResult['seconds'][];
  webhooks: Proxy['counts'];
  kills: { api: number; workers: number; temporal: number };
  stopped: boolean;
};

/** @param bin of a build that is broken on purpose */
export async function run(state: State, tell: Tell, over: AbortSignal, bin?: string): Promise<Result> {
  const { seed, issues, weather } = state.plan;
  const schedule = scheduleOf(seed, issues, weather);
  const weatherNow = { now: { ...weather, drop: 0 } };
  let api = '';
  tell(0, 'starting');
  const proxy = await Proxy.start(
    seed,
    () => weatherNow.now,
    () => api,
    (one) => state.acknowledge(one),
  );
  try {
    const installation = await Installation.start(state.dir, weather, bin);
    api = installation.url;
    try {
      await furnish(installation, proxy, schedule.away, weather.listLag);
      const rounds: RoundResult['seconds'][] = [];
      let differences: Difference[] = [];
      while (state.round < schedule.rounds && differences.length === 0) {
        const parts = { state, schedule, installation, proxy, weather: weatherNow, tell, over };
        const played = await playRound(parts).catch((e: unknown) => {
          if (over.aborted) return undefined;
          throw e;
        });
        if (!played) break;
        rounds.push(played.seconds);
        differences = played.differences;
        state.finishRound(played.reached);
      }
      return {
        seed,
        issues,
        compared: schedule.lives.filter((life) => life.round < state.round).length,
        columns: Object.fromEntries(
          COLUMNS.map((column) => [column, differences.filter((d) => d.column === column).length]),
        ) as Record<Column, number>,
        differences: await storiesOf(installation, state.dir, differences),
        reached: [...state.reached],
        rounds,
        webhooks: proxy.counts,
        kills: {
          api: installation.api.kills,
          workers: installation.workers[1].kills,
          temporal: installation.temporal.restarts,
        },
        stopped: over.aborted,
      };
    } finally {
      tell(1, 'stopping');
      await installation.stop();
    }
  } finally {
    await proxy.close();
  }
}

async function furnish({ sandbox }: Installation, proxy: Proxy, away: string, lagMs: number): Promise<void> {
  await sandbox.control('/sentry/webhook', { url: proxy.url });
  await sandbox.control('/asana/plan', { plan: 'paid' });
  await sandbox.control('/sentry/lists', { lagMs });
  const day = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);
  await sandbox.control('/calamari/absences', {}, 'DELETE');
  await sandbox.control('/calamari/absences', { email: `${away}@example.com`, from: day(-7), to: day(30) });
}

const DAY_MS = 24 * 60 * 60_000;

async function storiesOf(
  installation: Installation,
  dir: string,
  differences: readonly Difference[],
): Promise<Story[]> {
  const histories = new Map<string, string[]>();
  for (const { life } of differences) {
    if (!life || histories.has(life.id) || histories.size >= HISTORIES_MAX) continue;
    const lines = await linesOf(installation.temporal.client, life.id).catch((e: unknown) => [String(e)]);
    histories.set(life.id, lines);
    mkdirSync(historiesIn(dir), { recursive: true });
    writeFileSync(join(historiesIn(dir), `${life.id}.txt`), `${lines.join('\n')}\n`);
  }
  return Promise.all(differences.map((d) => storyOf(installation, d, histories.get(d.life?.id ?? '') ?? [])));
}

/** Where the histories of differing issues lie, whole. */
export function historiesIn(dir: string): string {
  return join(dir, 'histories');
}

async function storyOf(installation: Installation, d: Difference, history: string[]): Promise<Story> {
  if (!d.life) return { ...d, timeline: [], history };
  const issue = await installation.ask<IssueDetail>(`/issues/${d.life.id}`).catch(() => undefined);
  return { ...d, timeline: issue?.timeline ?? [], history };
}
