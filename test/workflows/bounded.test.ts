/** An issue that comes back again and again, over many runs: what each run begins with and holds does not grow. */
import { workflowIdOf } from '../../src/contract';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { HistoryEvent, TestWorld } from '../support/test-world';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { open } from './life';

/** A regression makes some 60 events, so that there is about one run for each. */
const SUGGEST_EVENTS = 60;
/** The list of commands is empty here; what else is bounded has filled up after some of them. */
const TURNS = 24;
/** A run may go on for as long as its lanes are busy. */
const RUN_EVENTS = 4 * SUGGEST_EVENTS;
const PLAY_TIMEOUT_MS = 900_000;

let world: TestWorld | undefined;
beforeAll(async () => {
  world = await startWorld({ suggestContinueAsNew: SUGGEST_EVENTS });
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(async () => world?.stop(), START_TIMEOUT_MS);

/** Of the payload that a run began with, or of the rows that it wrote. */
function bytesOf(events: HistoryEvent[], pick: (e: HistoryEvent) => unknown): number[] {
  return events.flatMap((e) => {
    const picked = pick(e);
    return picked === null || picked === undefined ? [] : [Buffer.byteLength(JSON.stringify(picked))];
  });
}
const input = (e: HistoryEvent): unknown => e.workflowExecutionStartedEventAttributes?.input;
const row = (e: HistoryEvent): unknown =>
  e.workflowPropertiesModifiedEventAttributes?.upsertedMemo ??
  e.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes;

test(
  `${TURNS} regressions: as many runs as needed, each as large as the one before`,
  async () => {
    if (!world) throw new Error('the world did not start');
    const ref = await open(world);
    for (let n = 1; n <= TURNS; n += 1) {
      await world.happens(ref, 'resolve');
      await world.until(ref, `resolved ${n}`, (s) => s.state === 'resolved');
      await world.quiet(ref);
      await world.happens(ref, 'regress');
      await world.until(ref, `back ${n}`, (s) => s.state === 'open' && s.task !== null);
      await world.quiet(ref);
    }
    const runs = await world.runs(workflowIdOf(ref));
    expect(runs.length).toBeGreaterThan(TURNS / 4);
    const lengths = runs.map((run) => run.events?.length ?? 0);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(RUN_EVENTS);
    const began = runs.map((run) => bytesOf(run.events ?? [], input)[0] ?? 0);
    // The first begins without a record; the timeline has filled up by the middle.
    const middle = began[Math.floor(began.length / 2)] ?? 0;
    expect(Math.max(...began.slice(-3))).toBeLessThan(middle * 1.1);
    const rows = runs.map((run) => Math.max(0, ...bytesOf(run.events ?? [], row)));
    expect(Math.max(...rows.slice(-3))).toBeLessThanOrEqual(Math.max(...rows.slice(0, 3)) * 1.1);
    expect(await world.failedTasks(ref)).toEqual([]);
    expect((await world.ends(ref)).tasks).toHaveLength(1);
  },
  PLAY_TIMEOUT_MS,
);
