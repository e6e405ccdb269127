/**
 * The wall clock of api and worker is set forward by a day and back, in rest and in the middle of a write. Pretend vendors and
 * Temporal keep the right time.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedRecord } from '../../src/core/feed/record';
import type { IssueDetail } from '../../src/core/issue/view';
import { cleanUpApps, idle, temporaryDir, until, type App } from '../support/app';
import { rulesWith, SHORT, startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

const DAY = 24 * 60 * 60_000;
const clock = join(temporaryDir(), 'clock');
let app: App;

beforeAll(async () => {
  await temporalExecutable();
  const NODE_OPTIONS = `--require ${join(__dirname, '..', 'support', 'clock-shift.cjs')}`;
  const RULES_DIR = rulesWith(`${SHORT}, sweepEvery: 1s`);
  app = await startApart((env) => ({ ...env, NODE_OPTIONS, LC_ERRAND_TEST_CLOCK: clock, RULES_DIR }));
}, MAKE_TIMEOUT_MS);
afterEach(() => app.sandbox.noFaults());
afterAll(cleanUpApps);

type Logged = { at: string };
/** Sets the clock, and waits until the api goes by it. */
async function clockAt(ms: number): Promise<void> {
  writeFileSync(clock, String(ms));
  await until('the api goes by the new time', async () => {
    // Nobody is known by that id; that it was asked for stands in the log, with the api's time.
    await app.errand('recheck', '1');
    const { acts } = await app.get<{ acts: Logged[] }>('/logs?limit=1');
    const off = Math.abs(Date.parse(acts[0]?.at ?? '') - Date.now() - ms);
    return off < DAY / 2;
  });
}

const raise = async (title: string): Promise<string> => (await app.sandbox.raise({ title, platform: 'python' })).id;
const closed = (id: string): Promise<IssueDetail> =>
  app.issueWhen(id, 'is closed', (i) => i.state === 'resolved' && idle(i));

async function oneTask(id: string, completed = false): Promise<void> {
  const { task } = await (completed ? closed(id) : app.settled(id));
  expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: task?.id, completed });
}

it.each([
  { jump: 'forward', to: DAY },
  { jump: 'back', to: 0 },
])('$jump by a day: what was open is closed, what is new is made, what was closed comes back', async ({ jump, to }) => {
  const [open, over, noisy] = await Promise.all(['open', 'over', 'noisy'].map((t) => raise(`Error: ${t}, ${jump}`)));
  if (!open || !over || !noisy) throw new Error('not raised');
  await Promise.all([open, over, noisy].map((id) => app.settled(id)));
  await app.sandbox.act(over, 'resolve');
  await closed(over);
  await app.sandbox.act(noisy, 'event', { count: 2 });
  await clockAt(to);
  const late = await raise(`Error: new, ${jump}`);
  await app.sandbox.act(open, 'resolve');
  await app.sandbox.act(over, 'regress');
  await app.sandbox.act(noisy, 'event', { count: 3 });
  await oneTask(late);
  await oneTask(open, true);
  await oneTask(over);
  // Held back for a while, as repeats are, and not for a day.
  await app.issueWhen(noisy, 'counts all', (i) => (i.events ?? 0) >= 6 && idle(i));
  await oneTask(noisy);
});

it.each([
  { jump: 'forward', from: 0, to: DAY },
  { jump: 'back', from: DAY, to: 0 },
])('$jump by a day while Asana is being asked, with an answer that is lost: one task', async ({ jump, from, to }) => {
  await clockAt(from);
  const faults = [
    { vendor: 'asana', kind: 'latency', ms: 1_500, method: 'GET', path: '/tasks' },
    { vendor: 'asana', kind: 'commitThenReset', method: 'POST', path: '/tasks$', times: 1 },
  ];
  for (const fault of faults) await app.sandbox.fault(fault);
  const id = await raise(`Error: in the middle, ${jump}`);
  await until('Asana is asked', async () =>
    (await app.sandbox.control<{ hits: number }[]>('/faults', {}, 'GET')).some(({ hits }) => hits > 0),
  );
  await clockAt(to);
  await until('the answer was lost', async () =>
    (await app.sandbox.control<{ kind: string; hits: number }[]>('/faults', {}, 'GET')).some(
      ({ kind, hits }) => kind === 'commitThenReset' && hits > 0,
    ),
  );
  await oneTask(id);
});

it('swept by a worker that is a day ahead: the watermark is no later than now, and what no webhook tells is found', async () => {
  await clockAt(DAY);
  const swept = async (): Promise<FeedRecord> =>
    JSON.parse((await app.errand('--json', 'sweep', '--last')).stdout) as FeedRecord;
  const { sweeps } = await swept();
  const ahead = await until('two more sweeps', async () => {
    const feed = await swept();
    return feed.sweeps > sweeps + 1 && Date.parse(feed.last?.startedAt ?? '') > Date.now() + DAY / 2 && feed;
  });
  expect(Date.parse(ahead.watermark)).toBeLessThanOrEqual(Date.now());
  await clockAt(0);
  const { id } = await app.sandbox.raise({ title: 'Error: without a word', platform: 'python', webhook: false });
  await until('it is found', async () => (await app.issues()).some((i) => i.id.endsWith(`:${id}`)));
  await oneTask(id);
});
