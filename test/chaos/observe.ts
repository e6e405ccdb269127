/** What was seen of the faults of a round, and which cells its issues reached by it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reachedBy, type Befallen, type Cell, type Seen, type Span } from './cells';
import { workOf } from './histories';
import type { Installation } from './installation';
import { rest } from './processes';
import type { Proxy } from './proxy';
import type { Life } from './schedule';
import type { State } from './state';

/** Long before the log of the pretend vendors, 5,000 requests, goes round. */
const LOOK_MS = 3_000;

type Logged = Omit<Befallen, 'at'> & { at: string };

export class Observer {
  /** When Asana left something out. */
  readonly leftOut: Span[] = [];
  private readonly calls = new Map<string, Befallen>();

  constructor(private readonly installation: Installation) {}

  /** Keeps what befell the vendors' calls, until it is told to end. */
  async watch(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await rest(LOOK_MS, over);
      await this.look();
    }
  }

  /** @returns the cells that these issues reached in this round */
  async reached(lives: readonly Life[], state: State, proxy: Proxy): Promise<Set<Cell>> {
    const { api, workers, temporal } = this.installation;
    const seen: Seen = {
      api: api.downs,
      // The other one works meanwhile: only who is under way in that moment is concerned.
      worker: workers[1].downs.map(({ from }) => ({ from, to: from })),
      stopped: workers[1].pauses,
      temporal: temporal.downs,
      leftOut: this.leftOut,
      webhooks: proxy.webhooks,
      calls: [...this.calls.values()],
    };
    const followed = lives.filter(({ old }) => !old);
    const work = await workOf(temporal.client, new Set(followed.map(({ id }) => id)));
    // So that who misses a cell finds out why.
    const all = JSON.stringify({ seen, work: Object.fromEntries(work) });
    writeFileSync(join(state.dir, `seen-${state.round + 1}.json`), all);
    return new Set(
      followed.flatMap((life) => [...reachedBy(life, state.happenedTo(life.id), work.get(life.id) ?? [], seen)]),
    );
  }

  private async look(): Promise<void> {
    const log = await this.installation.sandbox.control<Logged[]>('/log?befallen=1', {}, 'GET').catch(() => []);
    for (const call of log)
      this.calls.set(`${call.at} ${call.method} ${call.path} ${call.befell}`, { ...call, at: Date.parse(call.at) });
  }
}
