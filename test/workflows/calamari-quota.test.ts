/** Calamari’s quota is used up: the task is made for nobody within `availability.wait`, however long Calamari asks to wait. */
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';

const HOUR_S = 3_600;
const TEST_MS = 300_000;

let world: TestWorld;
beginWorld((begun) => (world = begun));

test(
  'a refusal for an hour holds up neither the task nor a further read',
  async () => {
    await world.fault({ vendor: 'calamari', kind: 'status', status: 429, retryAfter: HOUR_S });
    const ref = await world.raise();
    await world.hint(ref);
    await world.until(ref, 'an unassigned task', (s) => s.task !== null && s.assignee === null);
    expect((await world.view(ref)).task.notes).toContain('Calamari could not be asked who is available');
    await world.happens(ref, 'resolve');
    await world.until(ref, 'resolved', (s) => s.state === 'resolved');
  },
  TEST_MS,
);
