/** Whatever is sent to an issue by hand, it answers, keeps a bounded list of what it rejected, and still obeys. */
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Payload } from '@temporalio/common';
import { ISSUE_WORKFLOW, OPERATOR_ACTS, QUEUE, SIGNAL, workflowIdOf } from '../../src/contract';
import type { IssueRef } from '../../src/core/refs';
import { HALF_HINTS, NONSENSE, OBJECTS, ODD_HINTS, UNDECODABLE } from '../support/garbage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';
import type { TestWorld } from '../support/test-world';
import { startWorld, START_TIMEOUT_MS } from '../support/world';
import { ends, open, OPENED } from './life';

/** As in issue/state.ts. */
const REJECTS_MAX = 20;
const ENOUGH = 100;
const TEST_TIMEOUT_MS = 600_000;
const UNKNOWN_SIGNALS = [
  'Resolve',
  'resolve ',
  'constructor',
  '__proto__',
  'toString',
  'ż'.repeat(100),
  '__stack_trace',
];

const run = promisify(execFile);
let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
}, MAKE_TIMEOUT_MS + START_TIMEOUT_MS);
afterAll(() => world?.stop(), START_TIMEOUT_MS);

/** As any client may: the server looks at neither the name nor the payload. */
async function send(ref: IssueRef, signalName: string, payloads: Payload[]): Promise<void> {
  const { connection, namespace } = world.temporal;
  await connection.withDeadline(Date.now() + START_TIMEOUT_MS, () =>
    connection.workflowService.signalWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: workflowIdOf(ref) },
      signalName,
      input: { payloads },
      requestId: randomUUID(),
    }),
  );
}

async function obeys(ref: IssueRef, told: string[] = []): Promise<void> {
  await world.signal(ref, 'resolve', { by: 'Ada' });
  await world.until(ref, 'resolved', (s) => s.state === 'resolved');
  await world.quiet(ref);
  const closed = { completed: true, comments: [...told, 'resolved-0'], stories: ['marked_complete'] };
  expect(await world.ends(ref)).toEqual(ends(closed, { status: 'resolved' }));
  expect(await world.failedTasks(ref)).toEqual([]);
}

test(
  `${ENOUGH} garbage signals of all kinds and names`,
  async () => {
    const ref = await open(world);
    const sent: [string, Payload[]][] = [];
    for (const payloads of Object.values({ ...UNDECODABLE, ...NONSENSE })) {
      // Text is an answer to "reassign to whom?", if an unknown one; it is rejected all the same.
      for (const name of [...OPERATOR_ACTS, SIGNAL.hints]) sent.push([name, payloads]);
    }
    for (const payloads of Object.values(OBJECTS)) sent.push(['reassign', payloads]);
    for (const payloads of Object.values(HALF_HINTS)) sent.push([SIGNAL.hints, payloads]);
    const anything = Object.values({ ...UNDECODABLE, ...NONSENSE, ...OBJECTS });
    UNKNOWN_SIGNALS.forEach((name, i) => sent.push([name, anything[i % anything.length] ?? []], [name, []]));
    expect(sent.length).toBeGreaterThanOrEqual(ENOUGH);

    // One after the other, each known to have done no harm before the next: the message names the culprit.
    for (const [i, [name, payloads]] of sent.entries()) {
      await send(ref, name, payloads);
      if (i % 10 === 0) await world.until(ref, `an answer after ${name} (${i})`, (s) => s.state === 'open');
    }
    // The last one tells that all before it were taken.
    await send(ref, 'the end', []);
    const state = await world.until(ref, 'the last reject', (s) => Boolean(s.rejects.at(-1)?.what.includes('the end')));
    expect(state.rejects).toHaveLength(REJECTS_MAX);
    expect(Math.max(...state.rejects.map((r) => r.what.length))).toBeLessThanOrEqual(300);
    await world.quiet(ref);
    expect(await world.ends(ref)).toEqual(OPENED);
    await obeys(ref);
  },
  TEST_TIMEOUT_MS,
);

test.each(Object.entries({ ...UNDECODABLE, ...NONSENSE }))(
  'an act that is garbage is listed as rejected: %s',
  async (_what, payloads) => {
    const ref = await open(world);
    await send(ref, 'resolve', payloads);
    const state = await world.until(ref, 'a reject', (s) => s.rejects.length > 0);
    expect(state.rejects.map((r) => r.what)).toEqual([expect.stringMatching(/^resolve: /)]);
    expect(state.state).toBe('open');
  },
  TEST_TIMEOUT_MS,
);

test(
  'hints with odd contents are heard, cut and without their seeds',
  async () => {
    const ref = await open(world);
    for (const payloads of Object.values(ODD_HINTS)) await send(ref, SIGNAL.hints, payloads);
    const state = await world.quiet(ref);
    expect(state.rejects).toEqual([]);
    expect(JSON.stringify(state).length).toBeLessThan(64 * 1024);
    // One of them names an environment, which is news.
    await obeys(ref, ['news-1']);
  },
  TEST_TIMEOUT_MS,
);

test(
  'garbage typed into the real command line',
  async () => {
    const ref = await open(world);
    const temporal = await temporalExecutable();
    const signal = (name: string, ...more: string[]): Promise<unknown> =>
      run(temporal, [
        ...['workflow', 'signal', '--address', world.server.address, '--namespace', world.server.namespace],
        ...['--workflow-id', workflowIdOf(ref), '--name', name, ...more],
      ]);
    await signal('resolve', '--input', '"now"');
    // It refuses by itself what is no JSON under an encoding that begins with json.
    const broken = ['--input', Buffer.from('{"to":').toString('base64'), '--input-base64'];
    await signal('resolve', ...broken, '--input-meta', 'encoding=nonsense');
    await signal('reassign', ...broken, '--input-meta', 'encoding=binary/protobuf');
    await signal('reassign', '--input', '{"two":"anna"}');
    await signal('mute', '--input', '"for ever"', '--input-meta', 'encoding=binary/encrypted');
    await signal('reslove');
    const state = await world.until(ref, '6 rejects', (s) => s.rejects.length === 6);
    expect(state.rejects.map((r) => r.what.split(':')[0])).toEqual([
      ...[
        'resolve',
        'resolve',
        'reassign',
        'reassign',
        'mute',
        'there is no signal "reslove"; there are resolve, reassign, retry, mute, unmute, recheck',
      ],
    ]);
    await signal('reassign', '--input', '{"to":"piotr"}');
    await world.until(ref, 'given to piotr', (s) => s.assignee === 'piotr');
    await signal('resolve');
    await world.until(ref, 'resolved', (s) => s.state === 'resolved');
    await world.quiet(ref);
    expect((await world.ends(ref)).sentry?.status).toBe('resolved');
    expect(await world.failedTasks(ref)).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);

const STARTS: [string, Payload[]][] = [
  ...Object.entries({ ...UNDECODABLE, ...NONSENSE, ...OBJECTS }),
  ['no input', []],
  ['settings of wrong types', [text({ settings: { retry: 5 } })]],
  ['a record out of nowhere', [text({ settings: {}, record: { version: 1, state: 'open' } })]],
  ['another issue', [text({ ref: { source: 'sentry', scope: 'acme', id: '1' } })]],
];

function text(value: unknown): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

async function start(workflowId: string, payloads: Payload[]): Promise<void> {
  const { connection, namespace } = world.temporal;
  await connection.workflowService.startWorkflowExecution({
    namespace,
    workflowId,
    workflowType: { name: ISSUE_WORKFLOW },
    taskQueue: { name: QUEUE.main },
    input: { payloads },
    requestId: randomUUID(),
  });
}

test.each(STARTS)(
  'started by hand with garbage, it does what its id says: %s',
  async (_what, payloads) => {
    const ref = await world.raise();
    await start(workflowIdOf(ref), payloads);
    await world.until(ref, 'a task', (s) => s.task !== null);
    expect((await world.ends(ref)).tasks).toHaveLength(1);
    expect(await world.failedTasks(ref)).toEqual([]);
  },
  TEST_TIMEOUT_MS,
);

test.each(['no issue', 'sentry:acme', 'a:b:c:d', 'Sentry:acme:1'])(
  'started by hand under an id that names no issue, it says so and ends: %s',
  async (id) => {
    await start(id, []);
    const result = world.client.workflow.getHandle(id).result() as Promise<string>;
    await expect(result).resolves.toMatch(/names no issue; expected <source>:<org>:<issue id>/);
  },
  TEST_TIMEOUT_MS,
);
