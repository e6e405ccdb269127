/** After a newer version was taken back: its records are not understood, and not lost. */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import {
  ALERTS_WORKFLOW,
  alertsIdOf,
  FEED_WORKFLOW,
  feedIdOf,
  ISSUE_WORKFLOW,
  QUERY,
  ROTATION_WORKFLOW,
  rotationIdOf,
  STORM_WORKFLOW,
  stormIdOf,
  workflowIdOf,
} from '../../src/contract';
import type { AlertsRecord } from '../../src/core/alerts/record';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { answered, until } from '../support/waiting';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { RULES } from '../support/world-rules';

const TEST_MS = 600_000;
const NEWER = 'newer';
let world: TestWorld;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  world = await startWorld({ rules: RULES.replace('settings:\n', 'settings:\n  alertEvery: 1s\n'), stuckAfter: 2 });
  connection = await NativeConnection.connect({ address: world.server.address });
  worker = await Worker.create({
    connection,
    namespace: world.server.namespace,
    taskQueue: NEWER,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: require.resolve('../support/newer-workflows'),
      logger: new DefaultLogger('ERROR'),
    }),
  });
  running = worker.run();
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(async () => {
  worker?.shutdown();
  await running;
  await connection?.close();
  await world?.stop();
}, START_TIMEOUT_MS);

/** A run that a newer version continued, and how its first task fails. */
async function continued(workflowType: string, workflowId: string, start: object): Promise<string> {
  const args: [string, object] = [workflowType, start];
  await world.client.workflow.start(NEWER, { workflowId, taskQueue: NEWER, args });
  const failed = await until(
    `${workflowId}: its task fails`,
    async () => {
      const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
      return events?.find((e) => e.workflowTaskFailedEventAttributes)?.workflowTaskFailedEventAttributes;
    },
    (found) => found !== undefined,
  );
  return failed?.failure?.message ?? '';
}
const UNKNOWN = 'Its record has version 2, this worker knows version 1: start a newer worker.';
const record = { version: 2, something: 'that is not to be lost' };

test(
  'an issue whose record has an unknown version makes no second task, is alerted, and keeps its record',
  async () => {
    await answered('the alerts to be started', () => world.temporal.startAlerts('acme'));
    const ref = await world.raise();
    const id = workflowIdOf(ref);
    expect(await continued(ISSUE_WORKFLOW, id, { ref, record })).toBe(UNKNOWN);
    const alerts = () => world.client.workflow.getHandle(alertsIdOf('acme')).query<AlertsRecord>(QUERY.state);
    const { alerts: told } = await until('the alert', alerts, (s) => s.alerts.some((a) => a.code === 'workflow_stuck'));
    expect(told).toMatchObject([{ code: 'workflow_stuck', some: [{ id }] }]);
    await world.hint(ref);
    const { status } = await world.client.workflow.getHandle(id).describe();
    expect(status.name).toBe('RUNNING');
    expect((await world.ends(ref)).tasks).toEqual([]);
    await world.client.workflow.getHandle(id).terminate();
  },
  TEST_MS,
);

test.each([
  [FEED_WORKFLOW, feedIdOf('sentry', 'other'), { org: 'other', record }],
  [STORM_WORKFLOW, stormIdOf('other', 'shop'), { record }],
  [ALERTS_WORKFLOW, alertsIdOf('other'), { org: 'other', record }],
  [ROTATION_WORKFLOW, rotationIdOf('turns'), record],
])(
  '%s: the same',
  async (type, id, start) => {
    expect(await continued(type, id, start)).toBe(UNKNOWN);
    await world.client.workflow.getHandle(id).terminate();
  },
  TEST_MS,
);
