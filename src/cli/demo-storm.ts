/** `errand demo storm`: one error happens again and again, and five others appear at the same moment. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxInfo } from '../process/sandbox-env';
import { ASSIGNED } from '../core/issue/echo';
import type { IssueDetail } from '../core/issue/view';
import type { CliContext } from './context';
import { asanaOf, control, newIssue, type NewIssue } from './demo-sandbox';
import { FIRST_PAYLOAD, readFixture } from './fixtures';
import { follow, look, isAtRest } from './follow';
import { drawnBar, type Bar } from './progress';
import { signedHeaders } from './send';

export const STORM_COUNT = 500;
/** With what pretend Sentry sends besides they still fit into the log of deliveries, 10,000 rows, from which the result is read. */
export const STORM_MAX = 5_000;
/** Requests under way at once. Sentry's workers send in parallel; more would only measure this machine. */
const AT_ONCE = 20;
const ANSWER_TIMEOUT_MS = 10_000;
const POLL_MS = 500;
/** Repeats are signalled 5 s, 10 s, 20 s … apart while they last, so the last may wait as long as the storm took. */
const PATIENCE_MS = 90_000;

const NOISY = 'TimeoutError: the payment provider did not answer';
const OTHERS: readonly NewIssue[] = [
  { title: 'TypeError: cart is undefined', project: 'checkout-web', platform: 'javascript' },
  { title: 'KeyError: price', project: 'shop', platform: 'python' },
  { title: 'RangeError: page -1', project: 'shop', platform: 'node' },
  { title: 'ValueError: not a date', project: 'billing', platform: 'python' },
  { title: 'Error: no such colour', project: 'shop', platform: 'php' },
];

export type Storm = {
  /** Of the one error; `accepted`: answered 202. */
  webhooks: { sent: number; accepted: number; medianMs: number; slowestMs: number };
  /** Of all six issues, with those that pretend Sentry sent of itself. */
  deliveries: number;
  signals: number;
  issues: number;
  tasks: number;
  comments: number;
  /** Everything was dispatched and every issue had its task and nothing to do before patience ended. */
  settled: boolean;
};

/** @param count webhooks of the one error, 1 to {@link STORM_MAX} */
export async function storm(ctx: CliContext, sandbox: SandboxInfo, url: string, count: number): Promise<Storm> {
  const from = Date.now();
  const bar = ctx.json ? { draw: () => undefined, end: () => undefined } : drawnBar(process.stdout);
  try {
    const title = `${NOISY} (${new Date(from).toISOString().slice(11, 19)})`;
    bar.draw(0, 'the first event, and its task');
    const noisy = await newIssue(sandbox, { title, project: 'checkout-api', platform: 'node' });
    // So that what follows are repeats of what is known, and not of what is just being read.
    await follow(ctx, noisy, from, () => undefined, isAtRest);
    // Sentry has counted an event before it tells of it.
    await control(sandbox, `/sentry/issues/${noisy}/event`, { count, environment: 'production', webhook: false });
    const [answers, ...others] = await Promise.all([
      burst(sandbox, `${url}/webhooks/sentry`, { id: noisy, title }, count, bar),
      ...OTHERS.map((issue) => newIssue(sandbox, issue)),
    ]);
    const ids = [noisy, ...others];
    const quick = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    const patience = PATIENCE_MS + 2 * (Date.now() - from);
    const { rows, done } = await calm(ctx, sandbox, { ids, from, events: count + 1 }, patience, bar);
    return {
      webhooks: {
        sent: answers.length,
        accepted: answers.filter(({ status }) => status === 202).length,
        medianMs: quick[Math.floor(quick.length / 2)] ?? 0,
        slowestMs: quick.at(-1) ?? 0,
      },
      deliveries: rows.length,
      signals: signalsOf(rows),
      issues: ids.length,
      ...(await asanaOf(sandbox, ids)),
      settled: done,
    };
  } finally {
    bar.end();
  }
}

type Answer = { status: number | null; ms: number };

/** Sends `count` alerts about one issue, {@link AT_ONCE} at a time; `status` is null where no answer came. */
async function burst(
  sandbox: SandboxInfo,
  url: string,
  issue: { id: string; title: string },
  count: number,
  bar: Bar,
): Promise<Answer[]> {
  const alert = readFixture(FIRST_PAYLOAD);
  const answers: Answer[] = [];
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      const raw = occurrence(alert.body as Alert, sandbox, issue);
      const began = performance.now();
      const status = await fetch(url, {
        method: 'POST',
        headers: signedHeaders(raw, alert.resource, sandbox.sentrySecret),
        body: new Uint8Array(raw),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      }).then(
        (answer) => answer.arrayBuffer().then(() => answer.status),
        () => null,
      );
      answers.push({ status, ms: Math.round(performance.now() - began) });
      bar.draw(answers.length / count, `webhooks: ${answers.length} of ${count}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return answers;
}

type Alert = { data: { event: Record<string, unknown> } };

/** The recorded payload, told of another issue: as large and as deep as real ones are. */
function occurrence(alert: Alert, sandbox: SandboxInfo, { id, title }: { id: string; title: string }): Buffer {
  const at = new Date();
  const event = {
    ...alert.data.event,
    title,
    event_id: randomBytes(16).toString('hex'),
    issue_id: id,
    issue_url: `${sandbox.url}/api/0/organizations/${sandbox.org}/issues/${id}/`,
    web_url: `${sandbox.url}/organizations/${sandbox.org}/issues/${id}/`,
    datetime: at.toISOString(),
    timestamp: at.getTime() / 1_000,
    environment: 'production',
    tags: [
      ['environment', 'production'],
      ['level', 'error'],
    ],
  };
  return Buffer.from(JSON.stringify({ ...alert, data: { ...alert.data, event } }));
}

type Row = { at: string; what: string; issue: string | null; outcome: string; dispatchedAt?: string };
type Wanted = { ids: string[]; from: number; events: number };

/** Waits until nothing is on its way and every issue has its task and nothing to do. The first of `ids` has `events` by then. */
async function calm(
  ctx: CliContext,
  sandbox: SandboxInfo,
  { ids, from, events }: Wanted,
  patienceMs: number,
  bar: Bar,
): Promise<{ rows: Row[]; done: boolean }> {
  const end = Date.now() + patienceMs;
  const issues = ids.map((id) => `sentry:${sandbox.org}:${id}`);
  const quiet = (issue: IssueDetail | undefined, i: number): boolean =>
    issue !== undefined && issue.task !== null && isAtRest(issue) && (i > 0 || (issue.events ?? 0) >= events);
  for (;;) {
    const rows = await deliveries(ctx, new Set(issues), from);
    // That of our own assignment waits for a minute, and goes to Temporal only if it says something new.
    const gone = rows.filter(({ outcome, what }) => outcome !== 'kept' || what === ASSIGNED).length;
    const ready = (await Promise.all(ids.map((id) => look(ctx, id)))).filter(quiet).length;
    bar.draw(
      gone / Math.max(1, rows.length),
      `in Temporal: ${gone} of ${rows.length}, issues done: ${ready} of ${ids.length}`,
    );
    const done = gone === rows.length && ready === ids.length;
    if (done || Date.now() > end) return { rows, done };
    await sleep(POLL_MS);
  }
}

async function deliveries(ctx: CliContext, issues: Set<string>, from: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { deliveries: Row[]; next: string | null } = await ctx.ask(
      `/deliveries?limit=500${cursor ? `&cursor=${cursor}` : ''}`,
    );
    const ours = page.deliveries.filter(({ at }) => Date.parse(at) >= from);
    rows.push(...ours.filter(({ issue }) => issue !== null && issues.has(issue)));
    cursor = ours.length < page.deliveries.length ? null : page.next;
  }
  return rows;
}

/** What went in one signal left the inbox at one moment, and an issue has one signal on its way at a time. */
function signalsOf(rows: Row[]): number {
  return new Set(rows.flatMap(({ issue, dispatchedAt }) => (dispatchedAt ? [`${issue} ${dispatchedAt}`] : []))).size;
}

/** For people. */
export function stormTable(s: Storm): string {
  const { sent, accepted, medianMs, slowestMs } = s.webhooks;
  return [
    ['webhooks of one error', `${sent}`],
    ['answered 202', `${accepted}; half within ${medianMs} ms, the slowest after ${slowestMs} ms (Sentry waits 1 s)`],
    ['deliveries in all', `${s.deliveries}, with those of the other errors and of what Errand did in Sentry`],
    ['signals to Temporal', `${s.signals}; all others were joined with them`],
    ['issues', `${s.issues}`],
    ['tasks in Asana', `${s.tasks}`],
    ['comments on them', `${s.comments}`],
  ]
    .map(([what = '', how = '']) => `  ${what.padEnd(22)} ${how}`)
    .join('\n');
}

/** What is wrong with it, if anything is. */
export function stormProblem(s: Storm): string | undefined {
  if (s.webhooks.accepted < s.webhooks.sent) return `${s.webhooks.sent - s.webhooks.accepted} webhooks were not taken.`;
  if (!s.settled) return 'Not everything has settled yet; see `errand issues`.';
  if (s.tasks !== s.issues) return `There are ${s.tasks} tasks for ${s.issues} issues.`;
  return undefined;
}
