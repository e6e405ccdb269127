/** Promises 1, 2 and 6: everything fails, and afterwards each issue has its one task. `npm run chaos` is the same by hand. */
import { setMaxListeners } from 'node:events';
import { cleanUpApps, temporaryDir } from '../support/run';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import { cellsWanted } from './cells';
import { run } from './run';
import { State } from './state';
import { cellsTable, storyText } from './table';
import { STORM } from './weather';

const ISSUES = 150;
const SEED = 1;
/** Four minutes on two idle cores; quiet is waited for ten minutes at most. */
const TEST_MS = 20 * 60_000;

afterAll(cleanUpApps);

it(
  `of ${ISSUES} issues none is lost, none has two tasks, and each task ends as it should, whatever is killed meanwhile`,
  async () => {
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const state = State.begin(temporaryDir(), { version: 1, seed: SEED, issues: ISSUES, weather: STORM });
    const result = await run(state, () => {}, over.signal);
    const stories = result.differences.map((d) => storyText(d, SEED, state.happenedTo(d.life?.id ?? '')));
    expect(stories.join('\n\n')).toBe('');
    expect(result).toMatchObject({ compared: ISSUES, stopped: false });
    // Otherwise it proves nothing.
    const reached = result.reached.length >= cellsWanted(ISSUES) ? '' : cellsTable(new Set(result.reached), ISSUES);
    expect(reached).toBe('');
    expect(result.kills.temporal).toBe(STORM.temporalRestarts);
    expect(result.kills.api).toBeGreaterThan(1);
    expect(result.kills.workers).toBeGreaterThan(1);
    expect(result.webhooks.dropped).toBeGreaterThan(0);
    expect(result.webhooks.doubled).toBeGreaterThan(0);
  },
  TEST_MS + MAKE_TIMEOUT_MS,
);
