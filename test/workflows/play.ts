/** Plays lives in one world under jest, and checks what holds for every one of them. */
import type { History } from '@temporalio/common/lib/proto-utils';
import { replay } from '../support/replay';
import { startWorld, START_TIMEOUT_MS, type WorldOptions } from '../support/world';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import type { Life } from './life';
import { LIVES } from './lives';
import { workflowIdOf } from '../../src/contract';

/** Several waits of {@link PATIENCE_MS} may follow one another before the message of the last one is the helpful one. */
const LIFE_TIMEOUT_MS = 600_000;
/** Some 100 histories of 100 events, each a fraction of a second. */
const REPLAY_TIMEOUT_MS = 10 * 60_000;

/**
 * @param lives all of them, or those of these names
 * @param after runs when all lives are over, with the histories of the runs of each workflow that was played
 * @returns the world, for tests that follow
 */
export function playAll(
  options: WorldOptions,
  after?: (runs: Map<string, History[]>) => void,
  lives: readonly Life[] = LIVES,
): () => TestWorld {
  let world: TestWorld | undefined;
  const runs = new Map<string, History[]>();
  const started = (): TestWorld => {
    if (!world) throw new Error('the world did not start');
    return world;
  };

  beforeAll(async () => {
    world = await startWorld(options);
  }, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);

  afterEach(async () => {
    await world?.heal();
  });

  afterAll(async () => {
    await world?.stop();
  }, START_TIMEOUT_MS);

  test.each(lives)(
    '$name',
    async ({ play }) => {
      const w = started();
      const before = w.refs.length;
      await play(w);
      for (const ref of w.refs.slice(before)) {
        const id = workflowIdOf(ref);
        runs.set(id, await w.runs(id));
        // A failed workflow task is repeated for ever: the issue would be stuck, or was about to be.
        expect({ id, failedTasks: await w.failedTasks(ref) }).toEqual({ id, failedTasks: [] });
      }
    },
    LIFE_TIMEOUT_MS,
  );

  test('Asana holds no task beyond those of the lives', async () => {
    const w = started();
    const dump = (await w.control('world', {}, 'GET')) as { 'asana-tasks': { parent: string | null; notes: string }[] };
    const markers = dump['asana-tasks'].filter((t) => t.parent === null).map((t) => t.notes.split('\n').at(-1));
    expect(new Set(markers).size).toBe(markers.length);
    expect(w.refs.map(workflowIdOf)).toEqual(expect.arrayContaining(markers));
  });

  test(
    'every run replays from its beginning: what is not deterministic fails here',
    async () => {
      const histories = [...runs].flatMap(([id, all]) => all.map((run, i) => [`${id} run ${i + 1}`, run] as const));
      expect(histories.length).toBeGreaterThanOrEqual(lives.length);
      expect(await replay(new Map(histories))).toEqual({});
    },
    REPLAY_TIMEOUT_MS,
  );

  if (after) test('the run really was what its name says', () => after(runs));
  return started;
}
