/** Operators act on an issue whose project in Sentry is gone: in Asana it is done, nothing is closed by itself, and what fails is said. */
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';

const TEST_MS = 300_000;
let world: TestWorld;
beginWorld((begun) => (world = begun));

test(
  'reassigned and resolved by hand, the task is somebody else’s and then completed, once',
  async () => {
    const ref = await world.raise({ project: 'transferred' });
    await world.hint(ref);
    await world.until(ref, 'a task', (s) => s.task !== null);
    await world.control('sentry/projects/transferred/transfer');
    await world.signal(ref, 'recheck');
    const gone = 'sentry_project_not_found';
    await world.until(ref, 'the project in attention', (s) => s.attention.some((a) => a.code === gone));
    await world.signal(ref, 'reassign', 'ewa');
    await world.until(ref, 'ewa', (s) => s.assignee === 'ewa');
    expect(await world.ends(ref)).toMatchObject({ tasks: [{ completed: false }] });
    await world.signal(ref, 'resolve');
    const closed = await world.until(ref, 'its end', (s) => s.state === 'resolved' && !s.next.startsWith('Now:'));
    expect(closed.timeline.some(({ what }) => /resolve/.test(what))).toBe(true);
    const { tasks } = await world.ends(ref);
    expect(tasks).toMatchObject([{ completed: true, assignee: 'ewa' }]);
  },
  TEST_MS,
);
