/** Workflows that cannot help themselves, on a real server: found, listed, counted and told, until they can again. */
import { bundleWorkflowCode, NativeConnection, Worker, DefaultLogger } from '@temporalio/worker';
import { listIssues } from '../../src/api/operator/issues';
import { ALERTS_WORKFLOW, alertsIdOf, ISSUE_WORKFLOW, QUERY, workflowIdOf } from '../../src/contract';
import type { Alert, AlertsRecord } from '../../src/core/alerts/record';
import type { IssueView } from '../../src/core/issue/row';
import type { IssueRef } from '../../src/core/refs';
import { MAKE_TIMEOUT_MS } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { answered, until } from '../support/waiting';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { RULES } from '../support/world-rules';
import { open } from './life';

/** Of a test, which waits many times. */
const TEST_MS = 600_000;
const BROKEN = 'broken';

let world: TestWorld;

beforeAll(async () => {
  const rules = RULES.replace('settings:\n', 'settings:\n  alertEvery: 1s\n');
  world = await startWorld({ rules, stuckAfter: 2 });
  await startAlerts();
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(() => world.stop(), START_TIMEOUT_MS);

const startAlerts = (): Promise<void> => answered('the alerts to be started', () => world.temporal.startAlerts('acme'));
const state = (): Promise<AlertsRecord> =>
  world.client.workflow.getHandle(alertsIdOf('acme')).query<AlertsRecord>(QUERY.state);
const alertOf = async (code: string): Promise<Alert | undefined> => (await state()).alerts.find((a) => a.code === code);
const listed = (attention: boolean): Promise<IssueView[]> =>
  answered('the list', async () => (await listIssues(world.temporal, { attention })).issues);
const needing = (): Promise<number> =>
  answered('the number of issues that need a person', () => world.temporal.unhealthy.needing(Date.now() + 10_000));
const isRow =
  (ref: IssueRef) =>
  (row: IssueView): boolean =>
    row.id === workflowIdOf(ref);

test(
  'a workflow whose tasks fail is stuck: since when and how often, until it is gone',
  async () => {
    const well = await open(world);
    await world.listed(well);
    const ref = world.newRef();
    const connection = await NativeConnection.connect({ address: world.server.address });
    const worker = await Worker.create({
      connection,
      namespace: world.server.namespace,
      taskQueue: BROKEN,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: require.resolve('../support/broken-workflows'),
        logger: new DefaultLogger('ERROR'),
      }),
    });
    const run = worker.run();
    try {
      const began = new Date().toISOString();
      await world.client.workflow.start(ISSUE_WORKFLOW, { workflowId: workflowIdOf(ref), taskQueue: BROKEN });
      const alert = await until(
        'the alert',
        () => alertOf('workflow_stuck'),
        (a) => a?.announced !== undefined,
      );
      expect(alert).toMatchObject({ vendor: 'Temporal', count: 1, some: [{ id: workflowIdOf(ref) }] });
      const row = (await listed(true)).find(isRow(ref));
      expect(row?.attention).toMatchObject([{ step: 'workflow', code: 'workflow_stuck' }]);
      expect(row?.attention[0]?.tries).toBeGreaterThan(1);
      expect((row?.attention[0]?.since ?? '') >= began).toBe(true);
      expect((await listed(true)).some(isRow(well))).toBe(false);
      expect((await listed(false)).some(isRow(ref))).toBe(false);
      expect((await listed(false)).some(isRow(well))).toBe(true);
      expect(await needing()).toBe(1);
      // Cancelled on purpose would be the gentle way, but this one cannot hear it.
      await world.client.workflow.getHandle(workflowIdOf(ref)).terminate();
      await until(
        'it has fallen',
        () => alertOf('workflow_failed'),
        (a) => a?.announced !== undefined,
      );
      expect((await listed(true)).find(isRow(ref))?.attention).toMatchObject([{ code: 'workflow_failed', tries: 1 }]);
      expect(await needing()).toBe(1);
      // A new run on a worker that fits.
      await world.raise({}, ref);
      await world.hint(ref);
      await until('nothing is left', state, (s) => s.alerts.length === 0);
      await world.quiet(ref);
      await world.listed(ref);
      expect([await needing(), await listed(true)]).toEqual([0, []]);
    } finally {
      worker.shutdown();
      await run;
      await connection.close();
    }
  },
  TEST_MS,
);

test(
  'cancelled is on purpose; started twice it is one; started by hand with rubbish it looks all the same',
  async () => {
    const ref = await open(world);
    await world.client.workflow.getHandle(workflowIdOf(ref)).cancel();
    await until(
      'the end',
      () => world.client.workflow.getHandle(workflowIdOf(ref)).describe(),
      (d) => d.status.name === 'CANCELLED',
    );
    await startAlerts();
    const { looks } = await state();
    await until('three looks', state, (s) => s.looks > looks + 2);
    expect([(await state()).alerts, await needing()]).toEqual([[], 0]);
    await world.client.workflow.start(ALERTS_WORKFLOW, {
      workflowId: alertsIdOf('another'),
      taskQueue: 'errand',
      args: [{ org: 4, record: { version: 99 } }],
    });
    const other = world.client.workflow.getHandle(alertsIdOf('another'));
    await until(
      'its looks',
      () => other.query<AlertsRecord>(QUERY.state),
      (s) => s.looks > 1,
    );
    await other.terminate();
    // Nobody's issue, but ours: it is told, too.
    await until(
      'it is missed',
      () => alertOf('workflow_failed'),
      (a) => a?.some[0]?.id === alertsIdOf('another'),
    );
    expect(await listed(true)).toEqual([]);
  },
  TEST_MS,
);
