/** A try that fails takes no turn and changes no person; who has gone away meanwhile is passed over. */
import { rotationIdOf } from '../../src/contract';
import type { IssueRef } from '../../src/core/refs';
import { beginWorld } from '../support/begin-world';
import type { TestWorld } from '../support/test-world';
import { emailOf } from '../support/world-rules';

const TEST_MS = 300_000;
let world: TestWorld;
beginWorld((begun) => (world = begun));

/** Turns that were given by the rotation of the team. */
async function turns(): Promise<number> {
  const { events } = await world.client.workflow.getHandle(rotationIdOf('turns')).fetchHistory();
  return events?.filter((e) => e.workflowExecutionUpdateCompletedEventAttributes).length ?? 0;
}
const REFUSED = { vendor: 'asana', kind: 'status', status: 403, method: 'POST', path: '/tasks$' };
/** An issue that has its person, and whose task Asana does not take. */
async function refused(): Promise<{ ref: IssueRef; chosen: string }> {
  await world.fault(REFUSED);
  const ref = await world.raise({ project: 'turns' });
  await world.hint(ref);
  await world.until(ref, 'attention', (s) => s.attention.length > 0);
  const chosen = await personOf(ref);
  if (chosen === null) throw new Error('nobody was chosen');
  return { ref, chosen };
}
/** Asana takes it again. */
async function taken(ref: IssueRef): Promise<void> {
  await world.heal();
  await world.signal(ref, 'retry');
  await world.until(ref, 'a task', (s) => s.task !== null);
}
const personOf = async (ref: IssueRef): Promise<string | null> => (await world.state(ref)).assignee;

test(
  'five failed tries take one turn, and the person stays',
  async () => {
    const { ref, chosen } = await refused();
    await world.until(ref, 'five tries', (s) => {
      if (s.attention.some((a) => a.tries < 5)) void world.signal(ref, 'retry');
      return s.attention.some((a) => a.tries >= 5);
    });
    await taken(ref);
    await world.quiet(ref);
    expect([await turns(), await personOf(ref)]).toEqual([1, chosen]);
    expect(await world.ends(ref)).toMatchObject({ tasks: [{ assignee: chosen }] });
  },
  TEST_MS,
);

test(
  'whoever has gone away meanwhile is passed over by the next try',
  async () => {
    const { ref, chosen } = await refused();
    const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    await world.control('calamari/absences', { email: emailOf(chosen), from: day(-1), to: day(3) });
    await world.until(ref, 'somebody else', (s) => {
      void world.signal(ref, 'retry');
      return s.assignee !== null && s.assignee !== chosen;
    });
    await taken(ref);
    expect(await turns()).toBe(3);
  },
  TEST_MS,
);
