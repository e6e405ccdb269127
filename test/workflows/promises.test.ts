/**
 * The promises on a real server, in the lives that show them best, each run continued as new every few dozen events. The other lives
 * are played by lives.test.ts, which takes minutes.
 */
import { feedIdOf, SWEEP, workflowIdOf } from '../../src/contract';
import type { SweepReport } from '../../src/core/feed/activities';
import { answered } from '../support/waiting';
import { LIVES } from './lives';
import { playAll } from './play';

const NAMES = [
  // One task.
  'a new issue becomes one task with its person, its link and one message',
  'fifty hints at once change nothing but counts',
  'Asana commits the task and hangs up, and there is one task',
  'a regression reopens the same task and says what was before',
  'a regression after its run has ended reopens the same task and says so',
  // The right person, and why.
  'the first candidate is on leave, so the next gets it',
  'Calamari is down, so the task says so and is assigned later',
  // Bounded.
  'resolved again and again, it is always the same task',
  // Never stuck in silence.
  'Asana refuses the task, and it is made after retry',
];
const CHOSEN = LIVES.filter(({ name }) => NAMES.includes(name));
/** As in lives-continued.test.ts. */
const EVENTS = 40;
/** Several waits follow one another. */
const TEST_MS = 600_000;

const world = playAll(
  { suggestContinueAsNew: EVENTS },
  (runs) => {
    expect(CHOSEN.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
    expect([...runs.values()].filter((all) => all.length > 1).length).toBeGreaterThan(0);
  },
  CHOSEN,
);

test(
  'nothing lost: what no webhook told is found by sweeping, its task made and completed',
  async () => {
    const w = world();
    const sweep = (): Promise<SweepReport> =>
      answered('the sweep', () =>
        w.client.workflow.getHandle(feedIdOf('sentry', 'acme')).executeUpdate<SweepReport, [object]>(SWEEP, {
          args: [{}],
        }),
      );
    await answered('the feed to be started', () => w.temporal.startFeed('acme'));
    await sweep();
    const ref = await w.raise({ title: 'Error: nobody told' });
    expect(await w.temporal.state(workflowIdOf(ref))).toBeUndefined();
    await sweep();
    await w.until(ref, 'a task', (s) => s.task !== null);
    await w.quiet(ref);
    await w.listed(ref);
    await w.sentry(ref, 'resolve');
    await sweep();
    await w.until(ref, 'resolved', (s) => s.state === 'resolved');
    await w.quiet(ref);
    expect((await w.view(ref)).tasks).toMatchObject([{ completed: true }]);
  },
  TEST_MS,
);
