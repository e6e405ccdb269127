/** Every life, continued as new every few dozen events: whatever is not carried over is missed here. */
import { playAll } from './play';

/** The server's default is 4,096; the shortest life has some 60 events, so that most are continued at least once. */
const EVENTS = 40;

playAll({ suggestContinueAsNew: EVENTS }, (runs) => {
  const continued = [...runs.values()].filter((all) => all.length > 1).length;
  expect(continued).toBeGreaterThan(runs.size / 2);
});
